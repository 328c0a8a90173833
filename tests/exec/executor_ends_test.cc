// How attempts end.

#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <vector>

#include "tests/exec/executor_harness.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

class ExecutorEnds : public ExecutorTest {
 protected:
  int pid_in(std::string_view file) const { return std::stoi(folder.read(file)); }
};

TEST_F(ExecutorEnds, ExitZeroIsOk) {
  const AttemptResult result = run("true", ShellKind::none);
  EXPECT_EQ(result.end, EndClass::ok);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.signal, 0);
}

TEST_F(ExecutorEnds, AnyOtherExitCodeIsAFailureThatKeepsTheCode) {
  const AttemptResult result = run("exit 3");
  EXPECT_EQ(result.end, EndClass::failed);
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(ExecutorEnds, ASignalFromOutsideIsKilled) {
  const AttemptResult result = run("kill -USR1 $$");
  EXPECT_EQ(result.end, EndClass::killed);
  EXPECT_EQ(result.signal, SIGUSR1);
  EXPECT_EQ(result.exit_code, 128 + SIGUSR1);
}

TEST_F(ExecutorEnds, AKillThatTheKernelDoesNotCountAsMemoryIsKilled) {
  EXPECT_EQ(run("kill -KILL $$").end, EndClass::killed);
}

TEST_F(ExecutorEnds, AFailureWhoseLastWordsAreAMemoryErrorIsOutOfMemory) {
  EXPECT_EQ(run("echo Traceback; echo MemoryError; exit 1").end, EndClass::out_of_memory);
  EXPECT_EQ(run("echo \"  what():  std::bad_alloc\"; kill -ABRT $$").end, EndClass::out_of_memory);
  EXPECT_EQ(run("echo MemoryError").end, EndClass::ok);
  EXPECT_EQ(run("exit 1").end, EndClass::failed) << "read an earlier command's output";
}

TEST_F(ExecutorEnds, ResultsCarryTimesAndUsage) {
  const AttemptResult result = run("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
  EXPECT_GT(result.wall, 0us);
  EXPECT_GT(result.usage.user + result.usage.system, 0us);
  EXPECT_LT(std::chrono::abs(std::chrono::system_clock::now() - result.started), 1min);
}

TEST_F(ExecutorEnds, PeakMemoryIsTheCommandsAndNotShoals) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "the thread sanitizer's own memory hides that of the command";
#endif
  constexpr std::uint64_t kMegabyte = 1024 * 1024;
  const std::vector<char> own(300 * kMegabyte, 'x');
  EXPECT_EQ(run("true").usage.peak_memory, 0U);
  const AttemptResult large = run("python3 -c 'x = b\"x\" * (500 << 20)'", ShellKind::none);
  EXPECT_GT(large.usage.peak_memory, 500 * kMegabyte);
  EXPECT_LT(large.usage.peak_memory, 1000 * kMegabyte);
  EXPECT_EQ(own.back(), 'x');
}

TEST_F(ExecutorEnds, AnEndThatSomebodyElseSawIsLostAndNoSuccess) {
  executor().start(spec("echo $$ >pid"));
  while (folder.read("pid").empty()) {
  }
  const int pid = pid_in("pid");
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  wait_for(1);
  EXPECT_EQ(recorder.results[0].end, EndClass::lost);
}

TEST_F(ExecutorEnds, ATimeoutStopsTheCommandAndItsGrandchildren) {
  AttemptSpec attempt = spec("sleep 1000 & echo $! >grandchild; wait");
  attempt.timeout = 100ms;
  attempt.grace = 10s;
  const AttemptResult result = run(attempt);
  EXPECT_EQ(result.end, EndClass::timed_out);
  EXPECT_EQ(result.signal, SIGTERM);
  EXPECT_TRUE(dies(pid_in("grandchild")));
}

TEST_F(ExecutorEnds, AGrandchildThatIgnoresTermDiesWithItsLeader) {
  AttemptSpec attempt =
      spec("(trap '' TERM; echo ready >ready; exec sleep 1000) & echo $! >grandchild; wait");
  attempt.grace = 1000s;
  executor().start(attempt);
  wait_for_file("ready");
  wait_for_file("grandchild");
  executor().cancel(attempt.command, attempt.attempt);
  wait_for(1);
  EXPECT_EQ(recorder.results[0].signal, SIGTERM);
  EXPECT_TRUE(dies(pid_in("grandchild")));
}

TEST_F(ExecutorEnds, ACommandThatIgnoresTermIsKilledAfterTheGrace) {
  AttemptSpec attempt = spec("trap '' TERM; echo ready >ready; while :; do sleep 0.01; done");
  attempt.grace = 50ms;
  executor().start(attempt);
  wait_for_file("ready");
  executor().cancel(attempt.command, attempt.attempt);
  wait_for(1);
  EXPECT_EQ(recorder.results[0].end, EndClass::cancelled);
  EXPECT_EQ(recorder.results[0].signal, SIGKILL);
}

TEST_F(ExecutorEnds, ACancelledCommandMayCleanUpDuringTheGrace) {
  AttemptSpec attempt = spec(
      "trap 'echo clean >cleaned; exit 0' TERM; echo ready >ready; while :; do sleep 0.01; done");
  attempt.grace = 100s;
  executor().start(attempt);
  wait_for_file("ready");
  executor().cancel(attempt.command, attempt.attempt);
  wait_for(1);
  EXPECT_EQ(recorder.results[0].end, EndClass::cancelled);
  EXPECT_EQ(folder.read("cleaned"), "clean\n");
}

TEST_F(ExecutorEnds, CancellingWhatHasEndedOrIsUnknownDoesNothing) {
  const AttemptResult result = run("true");
  executor().cancel(result.command, result.attempt);
  executor().cancel(CommandId{99}, AttemptNumber{1});
  EXPECT_EQ(run("true").end, EndClass::ok);
}

TEST_F(ExecutorEnds, ACancelAfterTheProcessEndedKeepsItsOwnEnd) {
  AttemptSpec attempt = spec("echo $$ >pid", ShellKind::named);
  executor().start(attempt);
  // Not through the event loop, which would report the end.
  while (folder.read("pid").empty()) {
  }
  ASSERT_TRUE(dies(pid_in("pid")));
  executor().cancel(attempt.command, attempt.attempt);
  wait_for(1);
  EXPECT_EQ(recorder.results[0].end, EndClass::ok);
}

TEST_F(ExecutorEnds, ATimeoutNeverHitsTheNextCommandOfTheSlot) {
  AttemptSpec first = spec("true");
  first.timeout = 30ms;
  EXPECT_EQ(run(first).end, EndClass::ok);
  EXPECT_EQ(run("sleep 0.1").end, EndClass::ok);
}

TEST_F(ExecutorEnds, ABackgroundChildOfACommandThatEndedByItselfGoesOn) {
  // Started by a program, as a shell's own job would be waited for.
  folder.write("leave.sh", "sleep 1000 >/dev/null 2>&1 &\necho $! >left\n");
  EXPECT_EQ(run("sh leave.sh", ShellKind::none).end, EndClass::ok);
  const int left = pid_in("left");
  EXPECT_EQ(::kill(left, 0), 0);
  ::kill(left, SIGKILL);
}

TEST_F(ExecutorEnds, ADaemonOfACommandThatEndedByItselfGoesOn) {
  EXPECT_EQ(run("setsid -f sh -c 'echo $$ >daemon; exec sleep 1000'").end, EndClass::ok);
  wait_for_file("daemon");
  EXPECT_FALSE(dies(pid_in("daemon"), 0));
  ::kill(pid_in("daemon"), SIGKILL);
}

TEST_F(ExecutorEnds, WhatHasLeftTheGroupOfAStoppedCommandIsKilled) {
  const AttemptSpec attempt =
      spec("setsid sh -c 'trap \"\" TERM; echo $$ >escaped; while :; do sleep 1; done' & wait");
  executor().start(attempt);
  wait_for_file("escaped");
  executor().cancel(attempt.command, attempt.attempt);
  wait_for(1);
  EXPECT_EQ(recorder.results[0].end, EndClass::cancelled);
  EXPECT_TRUE(dies(pid_in("escaped")));
}

TEST_F(ExecutorEnds, WhatAKilledLeaderLeavesIsKilled) {
  folder.write("leave.sh", "sleep 1000 >/dev/null 2>&1 &\necho $! >left\nkill -KILL $$\n");
  EXPECT_EQ(run("sh leave.sh", ShellKind::none).end, EndClass::killed);
  EXPECT_TRUE(dies(pid_in("left")));
}

TEST_F(ExecutorEnds, ABackgroundJobOfALineIsWaitedFor) {
  EXPECT_EQ(run("(sleep 0.05; echo late >late) & true").end, EndClass::ok);
  EXPECT_EQ(folder.read("late"), "late\n");
}

TEST_F(ExecutorEnds, AStoppedCommandCanStillBeKilled) {
  AttemptSpec attempt = spec("echo ready >ready; kill -STOP $$");
  attempt.grace = 10ms;
  executor().start(attempt);
  wait_for_file("ready");
  executor().cancel(attempt.command, attempt.attempt);
  wait_for(1);
  EXPECT_EQ(recorder.results[0].end, EndClass::cancelled);
}

TEST_F(ExecutorEnds, AnExecutorThatGoesAwayTakesItsCommandsAlong) {
  {
    asio::io_context other;
    LocalExecutorOptions options;
    options.working_directory = folder.path();
    options.run_folder = folder.path();
    options.shell = shell;
    auto local = LocalExecutor::create(other, recorder, std::move(options)).value();
    local->start(spec("echo $$ >pid; exec sleep 1000"));
    wait_for_file("pid");
  }
  EXPECT_TRUE(dies(pid_in("pid")));
  EXPECT_TRUE(recorder.results.empty());
}

}  // namespace
}  // namespace shoal
