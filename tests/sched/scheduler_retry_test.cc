#include "tests/sched/recorded_run.h"

namespace shoal::testing {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;

class RetriesOfFailures : public ::testing::TestWithParam<EndClass> {};
INSTANTIATE_TEST_SUITE_P(Scheduler, RetriesOfFailures,
                         ::testing::Values(EndClass::failed, EndClass::timed_out, EndClass::killed,
                                           EndClass::output_missing),
                         [](const auto& tested) {
                           return std::string(end_class_text(tested.param));
                         });

TEST_P(RetriesOfFailures, AreNoneByDefault) {
  RecordedRun run(1);
  run.begin();
  run.ended(1, GetParam());
  EXPECT_EQ(run.state(1), CommandState::failed);
}

TEST_P(RetriesOfFailures, AreAsManyAsTheRuleAllows) {
  RecordedRun run(1);
  run.options.retries.failed = 2;
  run.begin();
  run.ended(1, GetParam());
  run.ended(1, GetParam());
  EXPECT_EQ(run.state(1), CommandState::running);
  EXPECT_EQ(number(run.last_start(1).attempt), 3U);
  run.ended(1, GetParam());
  EXPECT_EQ(run.state(1), CommandState::failed);
}

TEST(SchedulerRetry, GoesBackToTheQueueBeforeItStartsAgain) {
  RecordedRun run(1);
  run.options.retries.failed = 1;
  EXPECT_EQ(run.begin(), Log({"start 1#1"}));
  EXPECT_EQ(run.ended(1, EndClass::killed), Log({"retry 1#1 killed", "start 1#2"}));
  EXPECT_EQ(run.ended(1), Log({"done 1#2", "finished"}));
}

TEST(SchedulerRetry, FollowsTheCommandsDirective) {
  RecordedRun run(2);
  run.options.retries.failed = 1;
  run.directives(1).retries = 0;
  run.directives(2).retries = 2;
  run.begin();
  EXPECT_EQ(run.ended(1, EndClass::failed), Log({"failed 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(2, EndClass::failed), Log({"retry 2#1", "start 2#2"}));
  EXPECT_EQ(run.ended(2, EndClass::failed), Log({"retry 2#2", "start 2#3"}));
  EXPECT_EQ(run.ended(2, EndClass::failed), Log({"failed 2#3", "finished"}));
}

TEST(SchedulerRetry, CountsEachRuleByItself) {
  RecordedRun run(1);
  run.options.retries = {.failed = 1, .lost = 1, .out_of_memory = 1};
  run.begin();
  EXPECT_EQ(run.ended(1, EndClass::lost), Log({"retry 1#1 lost", "start 1#2"}));
  EXPECT_EQ(run.ended(1, EndClass::out_of_memory), Log({"retry 1#2 out_of_memory", "start 1#3"}));
  EXPECT_EQ(run.ended(1, EndClass::timed_out), Log({"retry 1#3 timed_out", "start 1#4"}));
  EXPECT_EQ(run.ended(1, EndClass::lost), Log({"failed 1#4 lost", "finished"}));
}

TEST(SchedulerRetry, TriesLostAttemptsFiveTimesMoreByDefault) {
  RecordedRun run(1);
  run.begin();
  for (int lost = 0; lost < 5; ++lost) run.ended(1, EndClass::lost);
  EXPECT_EQ(number(run.last_start(1).attempt), 6U);
  EXPECT_EQ(run.ended(1, EndClass::lost), Log({"failed 1#6 lost", "finished"}));
}

TEST(SchedulerRetry, NeverTriesAgainWhatCannotChange) {
  for (const EndClass end : {EndClass::input_missing, EndClass::ended_shell}) {
    RecordedRun run(1);
    run.options.retries.failed = 9;
    run.begin();
    run.ended(1, end);
    EXPECT_TRUE(is_terminal(run.state(1))) << end_class_text(end);
  }
}

TEST(SchedulerRetry, IgnoresTheEndOfAnEarlierAttempt) {
  RecordedRun run(1);
  run.begin();
  run.ended(1, EndClass::lost);
  EXPECT_EQ(run.ended(1, 1, EndClass::ok), Log());
  EXPECT_EQ(run.state(1), CommandState::running);
  EXPECT_EQ(run.ended(1, 2, EndClass::ok), Log({"done 1#2", "finished"}));
}

TEST(SchedulerRetry, IgnoresASecondEndOfOneAttempt) {
  RecordedRun run(2);
  run.begin();
  run.ended(1);
  EXPECT_EQ(run.ended(1, 1, EndClass::failed), Log());
  EXPECT_EQ(run.ended(2, 0, EndClass::ok), Log());
  EXPECT_EQ(run.state(1), CommandState::done);
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "finished"}));
  EXPECT_EQ(run.ended(2), Log());
}

TEST(SchedulerRetry, DoublesTheMemoryAfterEachDeathOfIt) {
  RecordedRun run(1);
  run.options.memory = 16 * kGiB;
  run.directives(1).memory = 2 * kGiB;
  run.begin();
  EXPECT_EQ(run.last_start(1).memory, 2 * kGiB);
  run.ended(1, EndClass::out_of_memory);
  EXPECT_EQ(run.last_start(1).memory, 4 * kGiB);
  run.ended(1, EndClass::out_of_memory);
  EXPECT_EQ(run.last_start(1).memory, 8 * kGiB);
}

TEST(SchedulerRetry, GivesAtLeastHalfAsMuchAgainAsWasSeen) {
  RecordedRun run(1);
  run.options.memory = 16 * kGiB;
  run.directives(1).memory = kGiB;
  run.begin();
  run.ended(1, EndClass::out_of_memory, 4 * kGiB);
  EXPECT_EQ(run.last_start(1).memory, 6 * kGiB);
}

TEST(SchedulerRetry, NeverGivesMoreMemoryThanThereIsAndThenRunsAlone) {
  RecordedRun run(2);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.options.memory = 3 * kGiB;
  run.directives(1).memory = 2 * kGiB;
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(1, EndClass::out_of_memory), Log({"retry 1#1 out_of_memory"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 1#2"}));
  EXPECT_EQ(run.last_start(1).memory, 3 * kGiB);
}

TEST(SchedulerRetry, KeepsOthersOutWhileACommandRunsAlone) {
  RecordedRun run(2);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.options.memory = 3 * kGiB;
  run.options.retries.failed = 1;
  run.directives(1).memory = 2 * kGiB;
  run.begin();
  run.ended(1, EndClass::out_of_memory);
  EXPECT_EQ(run.ended(2, EndClass::failed), Log({"retry 2#1", "start 1#2"}));
  EXPECT_EQ(run.ended(1), Log({"done 1#2", "start 2#2"}));
}

TEST(SchedulerRetry, RunsTheLastTryAloneWhenMemoryIsUnknown) {
  RecordedRun run(2);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.options.memory = 8 * kGiB;
  run.options.retries.out_of_memory = 2;
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(1, EndClass::out_of_memory), Log({"retry 1#1 out_of_memory", "start 1#2"}));
  EXPECT_EQ(run.ended(1, EndClass::out_of_memory), Log({"retry 1#2 out_of_memory"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 1#3"}));
  EXPECT_EQ(run.ended(1, EndClass::out_of_memory), Log({"failed 1#3 out_of_memory", "finished"}));
}

TEST(SchedulerRetry, NeedsNoLimitToAskForMoreMemory) {
  RecordedRun run(2);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.options.retries.out_of_memory = 1;
  run.begin();
  EXPECT_EQ(run.ended(1, EndClass::out_of_memory, 2 * kGiB),
            Log({"retry 1#1 out_of_memory", "start 1#2"}));
  EXPECT_EQ(run.last_start(1).memory, 3 * kGiB);
}

TEST(SchedulerRetry, SuspectsMemoryWhenACommandIsLostTwice) {
  RecordedRun run(1);
  run.begin();
  run.ended(1, EndClass::lost);
  EXPECT_EQ(run.last_start(1).memory, 0U);
  run.ended(1, EndClass::lost);
  EXPECT_GT(run.last_start(1).memory, 1024 * kGiB) << "more than any usual worker has";
}

TEST(SchedulerRetry, RunsAloneWhatWasLostTwice) {
  RecordedRun run(2);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.options.memory = 8 * kGiB;
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(1, EndClass::lost), Log({"retry 1#1 lost", "start 1#2"}));
  EXPECT_EQ(run.ended(1, EndClass::lost), Log({"retry 1#2 lost"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 1#3"}));
  EXPECT_EQ(run.last_start(1).memory, 8 * kGiB);
}

}  // namespace
}  // namespace shoal::testing
