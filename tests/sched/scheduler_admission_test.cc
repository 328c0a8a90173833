#include "tests/sched/recorded_run.h"

namespace shoal::testing {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;

TEST(SchedulerAdmission, FillsTheSlotsAndNoMore) {
  RecordedRun run(3);
  run.options.slots = 2;
  run.options.cpus = 8;
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 3#1"}));
}

TEST(SchedulerAdmission, AddsUpCpus) {
  RecordedRun run(3);
  run.options.slots = 3;
  run.options.cpus = 4;
  run.directives(1).cpus = 3;
  run.directives(2).cpus = 2;
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 3#1"}));
  EXPECT_EQ(run.last_start(1).cpus, 3);
  EXPECT_EQ(run.ended(3), Log({"done 3#1"}));
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "start 2#1"}));
}

TEST(SchedulerAdmission, RunsACommandThatAsksForTooManyCpusByItself) {
  RecordedRun run(3);
  run.options.slots = 3;
  run.options.cpus = 2;
  run.directives(1).cpus = 16;
  EXPECT_EQ(run.begin(), Log({"start 1#1"}));
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "start 2#1", "start 3#1"}));
}

TEST(SchedulerAdmission, AddsUpMemory) {
  RecordedRun run(3);
  run.options.slots = 3;
  run.options.cpus = 3;
  run.options.memory = 4 * kGiB;
  run.directives(1).memory = 3 * kGiB;
  run.directives(2).memory = 2 * kGiB;
  run.directives(3).memory = 1 * kGiB;
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 3#1"}));
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "start 2#1"}));
}

TEST(SchedulerAdmission, RunsACommandThatAsksForTooMuchMemoryByItself) {
  RecordedRun run(3);
  run.options.slots = 3;
  run.options.cpus = 3;
  run.options.memory = 4 * kGiB;
  run.directives(2).memory = ~std::uint64_t{0};
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 3#1"}));
  EXPECT_EQ(run.ended(3), Log({"done 3#1"}));
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "start 2#1"}));
}

TEST(SchedulerAdmission, LetsMemoryAloneWithoutALimit) {
  RecordedRun run(2);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.directives(1).memory = 900 * kGiB;
  run.directives(2).memory = 900 * kGiB;
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 2#1"}));
}

TEST(SchedulerAdmission, ExpectsATenthMoreMemoryThanItsShapeWasSeenToUse) {
  RecordedRun run(3);
  run.options.slots = 3;
  run.options.cpus = 3;
  run.options.memory = 300;
  run.shapes = {{1, 7}, {2, 7}, {3, 7}};
  run.history.learn(7, std::chrono::seconds(1), 100);
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 2#1"}));
  EXPECT_EQ(run.last_start(1).memory, 110U);
}

TEST(SchedulerAdmission, BelievesADirectiveMoreThanWhatWasLearnt) {
  RecordedRun run(1);
  run.history.learn(0, std::chrono::seconds(1), 100);
  run.directives(1).memory = 50;
  run.begin();
  EXPECT_EQ(run.last_start(1).memory, 50U);
}

TEST(SchedulerAdmission, ExpectsOfItsShapeWhatAnAttemptThatDiedOfMemoryUsed) {
  RecordedRun run(2);
  run.options.memory = 1000;
  run.options.retries.out_of_memory = 0;
  run.begin();
  run.ended(1, EndClass::out_of_memory, 600);
  EXPECT_EQ(run.last_start(2).memory, 660U);
}

TEST(SchedulerAdmission, LetsALargeCommandRunAfterManySmallOnesPassedItBy) {
  constexpr std::uint32_t kCommands = 200;
  RecordedRun run(kCommands);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.directives(2).cpus = 2;
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 3#1"}));
  std::uint32_t last = 3;
  while (last < kCommands && run.ended(last).size() == 2) ++last;
  EXPECT_EQ(last, 66U) << "3 to 66 are the 64 that passed it by";
  EXPECT_EQ(run.state(2), CommandState::ready) << "because 1 still runs";
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 67#1", "start 68#1"}));
}

TEST(SchedulerAdmission, FollowsAnExecutorThatGrowsAndShrinks) {
  RecordedRun run(6);
  run.options.cpus = 100;
  EXPECT_EQ(run.resize(2, 2), Log());  // not begun
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 2#1"}));
  EXPECT_EQ(run.resize(4, 2), Log({"start 3#1", "start 4#1"}));
  EXPECT_EQ(run.resize(1, 1), Log());  // what runs goes on
  EXPECT_EQ(run.ended(1), Log({"done 1#1"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1"}));
  EXPECT_EQ(run.ended(3), Log({"done 3#1"}));
  EXPECT_EQ(run.ended(4), Log({"done 4#1", "start 5#1"}));
  EXPECT_EQ(run.resize(0, 0), Log());  // one at least, or the run would never end
  EXPECT_EQ(run.ended(5), Log({"done 5#1", "start 6#1"}));
  EXPECT_EQ(run.ended(6), Log({"done 6#1", "finished"}));
}

}  // namespace
}  // namespace shoal::testing
