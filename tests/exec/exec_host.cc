// Runs one shell line through a LocalExecutor until it is killed: what shoal is
// to its commands.
//
//   exec_host FOLDER LINE [KEPT_OPEN]

#include <asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>

#include "exec/local_executor.h"

namespace {

class Ignored : public shoal::ExecutorEvents {
 public:
  void on_ended(shoal::AttemptResult) override {}
};

}  // namespace

int main(int count, char** words) {
  if (count < 3) return 2;
  const std::string folder = words[1];
  shoal::LocalExecutorOptions options;
  options.working_directory = folder;
  options.run_folder = folder;
  options.shell = shoal::find_shell({}, std::getenv("PATH")).value();
  if (count > 3) options.kept_open.push_back(std::atoi(words[3]));

  asio::io_context io(1);
  Ignored events;
  const auto executor = shoal::LocalExecutor::create(io, events, std::move(options));
  if (!executor) return 3;
  shoal::AttemptSpec spec;
  spec.command = shoal::CommandId{1};
  spec.attempt = shoal::AttemptNumber{1};
  spec.text = words[2];
  (*executor)->start(std::move(spec));
  io.run();
  return 0;
}
