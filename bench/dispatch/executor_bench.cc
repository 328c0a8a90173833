// Runs one command again and again through LocalExecutor alone: no plan, no
// scheduler, no journal. Beside dispatch_floor it shows what the executor adds.
//
//   executor_bench COUNT AT_ONCE none|sh|named LINE

#include <sys/resource.h>

#include <asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "exec/local_executor.h"

namespace {

using namespace shoal;

/// Starts the next attempt whenever one ends.
class Repeater : public ExecutorEvents {
 public:
  Repeater(std::uint32_t count, std::string line, ShellKind shell)
      : count_(count), line_(std::move(line)), shell_(shell) {}

  void start_next(Executor& executor) {
    executor_ = &executor;
    if (started_ == count_) return;
    AttemptSpec spec;
    spec.command = CommandId{++started_};
    spec.attempt = AttemptNumber{1};
    spec.text = line_;
    spec.shell = shell_;
    executor.start(std::move(spec));
  }

  void on_ended(AttemptResult result) override {
    if (result.end != EndClass::ok) ++failed_;
    start_next(*executor_);
  }

  std::uint32_t failed() const { return failed_; }

 private:
  Executor* executor_ = nullptr;
  std::uint32_t count_;
  std::uint32_t started_ = 0;
  std::uint32_t failed_ = 0;
  std::string line_;
  ShellKind shell_;
};

}  // namespace

int main(int count_of_words, char** words) {
  if (count_of_words != 5) {
    std::fprintf(stderr, "usage: executor_bench COUNT AT_ONCE none|sh|named LINE\n");
    return 2;
  }
  const std::string_view kind = words[3];
  const ShellKind shell = kind == "none" ? ShellKind::none
                          : kind == "sh" ? ShellKind::sh
                                         : ShellKind::named;
  std::string folder = (std::filesystem::temp_directory_path() / "executor_bench.XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 1;

  LocalExecutorOptions options;
  options.working_directory = folder;
  options.run_folder = folder;
  options.slots = static_cast<std::uint32_t>(std::strtoul(words[2], nullptr, 10));
  const char* path = std::getenv("PATH");
  options.shell = *find_shell({}, path == nullptr ? "" : path);

  Repeater repeater(static_cast<std::uint32_t>(std::strtoul(words[1], nullptr, 10)), words[4],
                    shell);
  const std::uint32_t slots = options.slots;
  {
    asio::io_context io(1);
    auto executor = LocalExecutor::create(io, repeater, std::move(options));
    if (!executor) {
      std::fprintf(stderr, "%s\n", executor.error().sentence().c_str());
      return 1;
    }
    for (std::uint32_t i = 0; i < slots; ++i) repeater.start_next(**executor);
    io.run();
  }
  std::filesystem::remove_all(folder);
  return repeater.failed() == 0 ? 0 : 1;
}
