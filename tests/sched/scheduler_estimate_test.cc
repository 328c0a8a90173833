#include "tests/sched/recorded_run.h"

namespace shoal::testing {
namespace {

using std::chrono::seconds;

TEST(SchedulerEstimate, IsNoneWhileNothingIsLearnt) {
  RecordedRun run(2);
  EXPECT_EQ(run.scheduler().estimate_left(run.now), std::nullopt);
  run.begin();
  EXPECT_EQ(run.scheduler().estimate_left(run.now), std::nullopt);
}

TEST(SchedulerEstimate, SharesTheWorkAmongTheSlots) {
  RecordedRun run(8);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.history.learn(0, seconds(10), 0);
  run.begin();
  EXPECT_EQ(run.scheduler().estimate_left(run.now), Duration(seconds(40)));
}

TEST(SchedulerEstimate, IsNoShorterThanTheLongestPath) {
  RecordedRun run(4);
  run.order(1, 2).order(2, 3);
  run.options.slots = 4;
  run.options.cpus = 4;
  run.history.learn(0, seconds(10), 0);
  run.begin();
  EXPECT_EQ(run.scheduler().estimate_left(run.now), Duration(seconds(30)));
  run.now += seconds(4);
  EXPECT_EQ(run.scheduler().estimate_left(run.now), Duration(seconds(26)));
}

TEST(SchedulerEstimate, TakesOffWhatTheRunningOnesHaveDone) {
  RecordedRun run(3);
  run.history.learn(0, seconds(10), 0);
  run.begin();
  run.now += seconds(4);
  EXPECT_EQ(run.scheduler().estimate_left(run.now), Duration(seconds(26)));
  run.now += seconds(60);
  EXPECT_EQ(run.scheduler().estimate_left(run.now), Duration(seconds(20)));
}

TEST(SchedulerEstimate, FollowsWhatIsLearntByShape) {
  RecordedRun run(5);
  run.shapes = {{1, 10}, {2, 10}, {3, 20}, {4, 20}, {5, 10}};
  run.begin();
  run.now += seconds(2);
  run.ended(1);
  EXPECT_EQ(run.scheduler().estimate_left(run.now), Duration(seconds(8)));
  run.now += seconds(2);
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 3#1"}));
  run.now += seconds(20);
  run.ended(3);
  EXPECT_EQ(run.scheduler().estimate_left(run.now), Duration(seconds(22)));
}

TEST(SchedulerEstimate, IsNoneWhileMostThatIsLeftIsOfAnUnknownKind) {
  RecordedRun run(6);
  run.shapes = {{1, 10}, {2, 20}, {3, 20}, {4, 20}, {5, 10}, {6, 10}};
  run.begin();
  run.now += seconds(2);
  run.ended(1);
  EXPECT_EQ(run.scheduler().estimate_left(run.now), std::nullopt) << "3 of 5 are unknown";
  run.now += seconds(5);
  run.ended(2);
  EXPECT_EQ(run.scheduler().estimate_left(run.now), Duration(seconds(14)));
}

TEST(SchedulerEstimate, IsNoneWhileDrainingIfARunningOneIsOfAnUnknownKind) {
  RecordedRun run(3);
  run.shapes = {{1, 10}, {2, 20}, {3, 10}};
  run.begin();
  run.now += seconds(2);
  run.ended(1);
  run.drain();
  EXPECT_EQ(run.scheduler().estimate_left(run.now), std::nullopt);
}

TEST(SchedulerEstimate, LeavesOutWhatIsDoneHeldOrSkipped) {
  RecordedRun run(6);
  run.options.strict = true;
  run.resume.done = {true};
  run.gather(run.join({2}), 3).data(2, 4);
  run.history.learn(0, seconds(10), 0);
  run.begin();
  EXPECT_EQ(run.scheduler().estimate_left(run.now), Duration(seconds(50)));
  run.now += seconds(10);
  EXPECT_EQ(run.ended(2, EndClass::failed),
            Log({"failed 2#1", "held 3#0 0/1", "start 4#1 checking inputs"}));
  EXPECT_EQ(run.scheduler().estimate_left(run.now), Duration(seconds(30)));
  run.ended(4, EndClass::input_missing);
  EXPECT_EQ(run.scheduler().estimate_left(run.now), Duration(seconds(20)));
}

TEST(SchedulerEstimate, IsTheRestOfTheRunningOnesWhileDraining) {
  RecordedRun run(9);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.history.learn(0, seconds(10), 0);
  run.begin();
  run.now += seconds(3);
  run.ended(1);
  EXPECT_EQ(run.state(3), CommandState::running);
  run.drain();
  const auto left = run.scheduler().estimate_left(run.now);
  ASSERT_TRUE(left.has_value());
  EXPECT_EQ(*left, Duration(6'500'000)) << "of 3, which has just begun, with 6.5 s learnt";
}

TEST(SchedulerEstimate, IsZeroInTheEnd) {
  RecordedRun run(1);
  run.begin();
  run.now += seconds(3);
  run.ended(1);
  EXPECT_EQ(run.scheduler().estimate_left(run.now), Duration(0));
}

}  // namespace
}  // namespace shoal::testing
