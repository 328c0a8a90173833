// Many attempts, several at once.

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>

#include "tests/exec/executor_harness.h"

namespace shoal {
namespace {

class ExecutorSlots : public ExecutorTest {
 protected:
  /// Starts `count` attempts, `slots` at a time, each when another ends.
  void run_many(std::uint32_t count, std::uint32_t slots,
                const std::function<AttemptSpec(std::uint32_t)>& make) {
    make_executor(slots);
    std::uint32_t started = 0;
    recorder.then = [&](const AttemptResult&) {
      if (started < count) executor().start(make(started++));
    };
    while (started < slots) executor().start(make(started++));
    wait_for(count);
    recorder.then = nullptr;
  }
};

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator descriptors("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

TEST_F(ExecutorSlots, EveryOfManyQuickAttemptsIsReportedExactlyOnce) {
  constexpr std::uint32_t kCount = 10'000;
  run_many(kCount, 4, [this](std::uint32_t i) {
    return spec(i % 2 == 0 ? "/bin/true" : "/bin/false", ShellKind::none);
  });
  io.restart();
  io.poll();
  ASSERT_EQ(recorder.results.size(), kCount);
  std::set<std::uint32_t> reported;
  for (const AttemptResult& result : recorder.results) {
    reported.insert(number(result.command));
    EXPECT_EQ(result.exit_code, number(result.command) % 2 == 1 ? 0 : 1);
  }
  EXPECT_EQ(reported.size(), kCount);
}

TEST_F(ExecutorSlots, LogRangesHoldExactlyWhatEachCommandPrinted) {
  run_many(200, 5, [this](std::uint32_t i) {
    const std::string lines = std::to_string(i % 7);
    return spec("for n in 1 2 3 4 5 6 7; do [ $n -gt " + lines + " ] || echo \"c" +
                std::to_string(i) + " $n\"; done; echo e" + std::to_string(i) + " >&2");
  });
  for (const AttemptResult& result : recorder.results) {
    const std::uint32_t i = number(result.command) - 1;
    std::string expected;
    for (std::uint32_t n = 1; n <= i % 7; ++n) {
      expected += "c" + std::to_string(i) + " " + std::to_string(n) + "\n";
    }
    EXPECT_EQ(output_of(result), expected + "e" + std::to_string(i) + "\n");
  }
}

TEST_F(ExecutorSlots, DescriptorsDoNotLeak) {
  run("true");
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 20; ++i) {
    run("true", ShellKind::none);
    run("no-such-program", ShellKind::none);
    run("/no/such/program", ShellKind::none);
    run("exit 1");
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ExecutorSlots, CommandsInheritNoDescriptorOfShoal) {
  std::set<int> expected = {0, 1, 2};
  for (int fd = 3; fd < 1000; ++fd) {  // what the test itself was given
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) expected.insert(fd);
  }
  int folder_of_ls = 3;
  while (expected.contains(folder_of_ls)) ++folder_of_ls;
  expected.insert(folder_of_ls);

  make_executor(3);
  std::istringstream listed(output_of(run("ls /proc/self/fd", ShellKind::none)));
  EXPECT_EQ(std::set<int>(std::istream_iterator<int>(listed), {}), expected);
}

TEST_F(ExecutorSlots, LogsAreAppendedTo) {
  folder.write(".shoal/logs/slot-0.log", "earlier\n");
  const AttemptResult result = run("echo now");
  EXPECT_EQ(result.log.begin, 8U);
  EXPECT_EQ(folder.read(".shoal/logs/slot-0.log"), "earlier\nnow\n");
}

TEST_F(ExecutorSlots, ACommandThatCutsItsLogGetsWhatIsLeft) {
  run("echo something long enough");
  const AttemptResult result = run("echo short >/dev/stdout");
  EXPECT_EQ(output_of(result), "short\n");
}

TEST_F(ExecutorSlots, TheLogOfARunningAttemptCanBeAskedFor) {
  run("echo before");
  const AttemptSpec attempt = spec("echo now; echo ready >ready; while [ -e ready ]; do :; done");
  executor().start(attempt);
  wait_for_file("ready");
  const std::optional<RunningLog> log = executor().log_of(attempt.command);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->worker, "");
  EXPECT_EQ(log->begin, 7U);
  EXPECT_FALSE(executor().log_of(CommandId{999}));
  std::filesystem::remove(folder / "ready");
  wait_for(2);
  EXPECT_FALSE(executor().log_of(attempt.command));
}

TEST_F(ExecutorSlots, AWorkersLogsAndScriptsHaveAFolderOfItsOwn) {
  worker = "node-3";
  const AttemptSpec attempt = spec("echo now; echo ready >ready; while [ -e ready ]; do :; done");
  executor().start(attempt);
  wait_for_file("ready");
  EXPECT_EQ(executor().log_of(attempt.command)->worker, "node-3");
  std::filesystem::remove(folder / "ready");
  wait_for(1);
  EXPECT_EQ(recorder.results[0].worker, "node-3");
  EXPECT_EQ(folder.read(".shoal/logs/node-3/slot-0.log"), "now\n");
  EXPECT_EQ(run("ls .shoal/scripts/node-3 >listed; : " + std::string(200 * 1024, 'x')).end,
            EndClass::ok);
  EXPECT_NE(folder.read("listed"), "");
}

TEST_F(ExecutorSlots, AnAttemptBeyondTheSlotsIsLostNotForgotten) {
  make_executor(1);
  executor().start(spec("sleep 0.05"));
  executor().start(spec("true"));
  wait_for(2);
  EXPECT_EQ(recorder.results[0].end, EndClass::lost);
  EXPECT_EQ(recorder.results[1].end, EndClass::ok);
}

TEST_F(ExecutorSlots, TheEventLoopRunsOutOfWorkWhenNothingRuns) {
  run("true");
  io.restart();
  EXPECT_EQ(io.run(), 0U);
}

TEST_F(ExecutorSlots, AnUnusableLogFolderIsAnInfrastructureError) {
  folder.write("file", "");
  LocalExecutorOptions options;
  options.working_directory = folder.path();
  options.run_folder = folder / "file";
  options.shell = shell;
  const auto made = LocalExecutor::create(io, recorder, std::move(options));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::infrastructure);
}

}  // namespace
}  // namespace shoal
