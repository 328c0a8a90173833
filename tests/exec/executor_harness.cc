#include "tests/exec/executor_harness.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <asio/steady_timer.hpp>
#include <cstdlib>

namespace shoal {

ExecutorTest::ExecutorTest() {
  const char* path = std::getenv("PATH");
  shell = find_shell({}, path == nullptr ? "" : path).value();
}

void ExecutorTest::make_executor(std::uint32_t slots, std::vector<int> kept_open) {
  LocalExecutorOptions options;
  options.working_directory = folder.path();
  options.run_folder = folder / ".shoal";
  options.worker = worker;
  options.shell = shell;
  options.slots = slots;
  options.kept_open = std::move(kept_open);
  executor_ = LocalExecutor::create(io, recorder, std::move(options)).value();
}

LocalExecutor& ExecutorTest::executor() {
  if (!executor_) make_executor(1);
  return *executor_;
}

AttemptSpec ExecutorTest::spec(std::string text, ShellKind kind) {
  AttemptSpec attempt;
  attempt.command = CommandId{next_command_++};
  attempt.attempt = AttemptNumber{1};
  attempt.text = std::move(text);
  attempt.shell = kind;
  return attempt;
}

AttemptResult ExecutorTest::run(AttemptSpec attempt) {
  const std::size_t results = recorder.results.size() + 1;
  executor().start(std::move(attempt));
  EXPECT_LT(recorder.results.size(), results) << "reported from inside start()";
  wait_for(results);
  return recorder.results.back();
}

void ExecutorTest::wait_for(std::size_t results) {
  while (recorder.results.size() < results) {
    io.restart();
    ASSERT_GT(io.run_one(), 0U) << "an attempt was never reported";
  }
}

void ExecutorTest::wait_for_file(std::string_view name) {
  while (folder.read(name).empty()) {
    asio::steady_timer look_again(io, std::chrono::milliseconds(1));
    bool looked = false;
    look_again.async_wait([&looked](const asio::error_code&) { looked = true; });
    while (!looked) {
      io.restart();
      io.run_one();
    }
  }
}

std::string ExecutorTest::output_of(const AttemptResult& result) const {
  const std::string log =
      folder.read(".shoal/logs/slot-" + std::to_string(number(result.log.slot)) + ".log");
  EXPECT_LE(result.log.end, log.size());
  return log.substr(result.log.begin, result.log.end - result.log.begin);
}

bool dies(int pid, int seconds) {
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) return true;
  pollfd watched{pidfd, POLLIN, 0};
  const int ready = ::poll(&watched, 1, seconds * 1000);
  ::close(pidfd);
  return ready == 1;
}

}  // namespace shoal
