// A worker, or several in one process, that takes tasks, their leases and all,
// and says at once that they have ended well.
//
//   empty_worker BROKER FOLDER WORKERS [PRETENDED_MILLISECONDS [SLOTS]]
//
// What a command pretends to have taken decides whether others travel with it.
// Says "ready" when all are connected, and leaves when their run is finished.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "amqp/work_folder.h"
#include "amqp/worker.h"
#include "exec/clock.h"

namespace shoal {
namespace {

/// In the place of an upload: no command is run before it either.
class EmptyExecution : public FollowUp {
 public:
  EmptyExecution(asio::io_context& io, ExecutorEvents& events, Duration pretended)
      : io_(io), events_(events), pretended_(pretended) {}

  bool admit(const AttemptSpec& spec) override {
    AttemptResult result;
    result.command = spec.command;
    result.attempt = spec.attempt;
    result.started = wall_now();
    result.wall = pretended_;
    asio::post(io_, [this, result] { events_.on_ended(result); });
    return false;
  }
  bool cancel(CommandId, AttemptNumber) override { return true; }
  void on_ended(AttemptResult) override {}

 private:
  asio::io_context& io_;
  ExecutorEvents& events_;
  Duration pretended_;
};

int run(const BrokerAddress& broker, const std::string& folder, int count, Duration pretended,
        std::uint32_t slots) {
  const auto folder_id = work_folder_id(folder);
  if (!folder_id) {
    fmt::print(stderr, "{}\n", folder_id.error().sentence());
    return 1;
  }
  asio::io_context io(1);
  std::vector<std::unique_ptr<Worker>> workers;
  int left = count;
  asio::steady_timer look(io);
  for (int i = 0; i < count; ++i) {
    WorkerOptions options;
    options.broker = broker;
    options.link.connection.name = "empty worker";
    options.place.name = fmt::format("empty-{}-{}", ::getpid(), i);
    options.place.work_folder = folder;
    options.place.slots = slots;
    options.place.make_follow_up = [&io, pretended](ExecutorEvents& events) {
      return std::make_unique<EmptyExecution>(io, events, pretended);
    };
    options.folder_id = *folder_id;
    options.classes = {"default"};
    const auto log = [](std::string_view) {};
    workers.push_back(std::make_unique<Worker>(io, std::move(options), log, [&] { --left; }));
  }
  std::function<void()> tell_ready = [&] {
    if (std::ranges::all_of(workers, [](const auto& worker) { return worker->is_connected(); })) {
      fmt::print("ready\n");
      std::fflush(stdout);
      return;
    }
    look.expires_after(std::chrono::milliseconds(20));
    look.async_wait([&](const asio::error_code&) { tell_ready(); });
  };
  tell_ready();
  io.run();
  return left == 0 ? 0 : 1;
}

}  // namespace
}  // namespace shoal

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr,
               "usage: empty_worker BROKER FOLDER WORKERS [PRETENDED_MILLISECONDS [SLOTS]]\n");
    return 2;
  }
  const auto broker =
      shoal::read_broker_address(argv[1], [](const std::string&) { return std::nullopt; });
  if (!broker) {
    fmt::print(stderr, "{}\n", broker.error().sentence());
    return 2;
  }
  const auto pretended = std::chrono::milliseconds(argc > 4 ? std::atoi(argv[4]) : 0);
  const int slots = argc > 5 ? std::atoi(argv[5]) : 1;
  return shoal::run(*broker, argv[2], std::atoi(argv[3]), pretended,
                    static_cast<std::uint32_t>(slots));
}
