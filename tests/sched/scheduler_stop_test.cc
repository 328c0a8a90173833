#include "tests/sched/recorded_run.h"

namespace shoal::testing {
namespace {

TEST(SchedulerStop, FinishesAtOnceWithoutCommands) {
  RecordedRun run(0);
  EXPECT_EQ(run.begin(), Log({"finished"}));
}

TEST(SchedulerStop, DrainLetsTheRunningOnesFinishAndStartsNothing) {
  RecordedRun run(3);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.begin();
  EXPECT_EQ(run.drain(), Log());
  EXPECT_EQ(run.drain(), Log());
  EXPECT_EQ(run.ended(1), Log({"done 1#1"}));
  EXPECT_EQ(run.ended(2, EndClass::failed), Log({"failed 2#1", "finished"}));
  EXPECT_EQ(run.state(3), CommandState::not_reached);
  EXPECT_EQ(run.scheduler().counts().not_reached, 1U);
  EXPECT_EQ(run.drain(), Log());
  EXPECT_EQ(run.abort(), Log());
}

/// How often the scheduler says that nothing more will start.
TEST(SchedulerStop, TellsOnceThatWhatWaitsMayBeWithdrawn) {
  RecordedRun run(3);
  run.options.halt_after = 1;
  Actions begun;
  run.scheduler().begin(run.now, begun);
  EXPECT_FALSE(begun.stopping);
  AttemptResult failed;
  failed.command = CommandId{1};
  failed.attempt = AttemptNumber{1};
  failed.end = EndClass::failed;
  Actions halted;
  run.scheduler().on_attempt_ended(failed, run.now, halted);
  EXPECT_TRUE(halted.stopping);
  Actions drained;
  run.scheduler().drain(run.now, drained);
  EXPECT_FALSE(drained.stopping);
}

TEST(SchedulerStop, LeavesRetriesToTheNextSessionWhileDraining) {
  RecordedRun run(2);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.options.retries.failed = 1;
  run.begin();
  run.drain();
  EXPECT_EQ(run.ended(1, EndClass::failed), Log({"not reached 1#1"}));
  EXPECT_EQ(run.ended(2, EndClass::lost), Log({"not reached 2#1 lost", "finished"}));
}

TEST(SchedulerStop, SettlesThoseThatWaitedForARetry) {
  RecordedRun run(3);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.directives(1).memory = 2;
  run.options.memory = 2;
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(1, EndClass::out_of_memory), Log({"retry 1#1 out_of_memory", "start 3#1"}));
  run.drain();
  run.ended(2);
  EXPECT_EQ(run.ended(3), Log({"done 3#1", "not reached 1#1 out_of_memory", "finished"}));
}

TEST(SchedulerStop, AbortCancelsWhatRunsOnce) {
  RecordedRun run(3);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.begin();
  EXPECT_EQ(run.abort(), Log({"cancel 1#1", "cancel 2#1"}));
  EXPECT_EQ(run.abort(), Log());
  EXPECT_EQ(run.ended(2, EndClass::cancelled), Log({"not reached 2#1 cancelled"}));
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "finished"}));
  EXPECT_EQ(run.state(2), CommandState::not_reached);
  EXPECT_EQ(run.state(3), CommandState::not_reached);
}

TEST(SchedulerStop, AbortAfterDrainStillCancels) {
  RecordedRun run(2);
  run.begin();
  run.drain();
  EXPECT_EQ(run.abort(), Log({"cancel 1#1"}));
  EXPECT_EQ(run.ended(1, EndClass::cancelled), Log({"not reached 1#1 cancelled", "finished"}));
}

TEST(SchedulerStop, DrainBeforeTheBeginStartsNothing) {
  RecordedRun run(2);
  EXPECT_EQ(run.drain(), Log());
  EXPECT_EQ(run.begin(), Log({"finished"}));
  EXPECT_EQ(run.scheduler().counts().not_reached, 2U);
}

TEST(SchedulerStop, ACancelledAttemptStopsTheRunWhoeverCancelledIt) {
  RecordedRun run(2);
  run.order(1, 2);
  run.begin();
  EXPECT_EQ(run.ended(1, EndClass::cancelled), Log({"not reached 1#1 cancelled", "finished"}));
}

TEST(SchedulerStop, StopsWhereTheShellEnds) {
  RecordedRun run(3);
  run.order(1, 2).order(2, 3);
  run.begin();
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(2, EndClass::ended_shell), Log({"failed 2#1 ended_shell", "finished"}));
  EXPECT_EQ(run.state(3), CommandState::not_reached);
}

TEST(SchedulerStop, StopsAtAFailureUnderSetE) {
  RecordedRun run(4);
  run.order(1, 2).order(2, 3).order(3, 4);
  run.options.retries.failed = 1;
  run.exits_on_error[3] = true;
  run.begin();
  run.ended(1);
  run.ended(2, EndClass::failed);
  EXPECT_EQ(run.ended(2, EndClass::failed), Log({"failed 2#2", "start 3#1"}));
  EXPECT_EQ(run.ended(3, EndClass::failed), Log({"retry 3#1", "start 3#2"}));
  EXPECT_EQ(run.ended(3, EndClass::failed), Log({"failed 3#2", "finished"}));
}

TEST(SchedulerStop, StopsAtASkippedCommandUnderSetE) {
  RecordedRun run(3);
  run.data(1, 2).order(2, 3);
  run.exits_on_error[2] = true;
  run.begin();
  run.ended(1, EndClass::failed);
  EXPECT_EQ(run.ended(2, EndClass::input_missing), Log({"skipped 2#1 input_missing", "finished"}));
}

TEST(SchedulerStop, HaltsAfterAsManyFailuresAsAsked) {
  RecordedRun run(4);
  run.options.halt_after = 2;
  run.begin();
  EXPECT_EQ(run.ended(1, EndClass::failed), Log({"failed 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 3#1"}));
  EXPECT_EQ(run.ended(3, EndClass::failed), Log({"failed 3#1", "finished"}));
  EXPECT_EQ(run.state(4), CommandState::not_reached);
}

TEST(SchedulerStop, GoesOnWithWhatIsNotDone) {
  RecordedRun run(4);
  run.data(1, 2).data(2, 3).data(3, 4);
  run.resume = {.done = {true, true, false, false}, .attempts = {1, 2, 3, 0}};
  EXPECT_EQ(run.begin(), Log({"start 3#4"}));
  EXPECT_EQ(run.ended(3), Log({"done 3#4", "start 4#1"}));
  EXPECT_EQ(run.ended(4), Log({"done 4#1", "finished"}));
  EXPECT_EQ(run.scheduler().counts().done, 4U);
}

TEST(SchedulerStop, FinishesAtOnceWhenAllIsDone) {
  RecordedRun run(2);
  run.gather(run.join({1}), 2);
  run.resume.done = {true, true};
  EXPECT_EQ(run.begin(), Log({"finished"}));
}

TEST(SchedulerStop, NeverRunsADoneCommandAgainWhosePredecessorRuns) {
  RecordedRun run(3);
  run.data(1, 2).data(2, 3);
  run.resume.done = {false, true, false};
  run.options.slots = 2;
  run.options.cpus = 2;
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 3#1"}));
  EXPECT_EQ(run.ended(1, EndClass::failed), Log({"failed 1#1"}));
  EXPECT_EQ(run.ended(3), Log({"done 3#1", "finished"}));
}

TEST(SchedulerStop, CountsRetriesOfThisSessionOnly) {
  RecordedRun run(1);
  run.options.retries.lost = 1;
  run.resume.attempts = {7};
  EXPECT_EQ(run.begin(), Log({"start 1#8"}));
  EXPECT_EQ(run.ended(1, EndClass::lost), Log({"retry 1#8 lost", "start 1#9"}));
  EXPECT_EQ(run.ended(1, EndClass::lost), Log({"failed 1#9 lost", "finished"}));
}

}  // namespace
}  // namespace shoal::testing
