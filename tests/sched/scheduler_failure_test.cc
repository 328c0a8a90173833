#include "tests/sched/recorded_run.h"

namespace shoal::testing {
namespace {

TEST(SchedulerFailure, MakesDataDependentsLookForTheirInputs) {
  RecordedRun run(3);
  run.data(1, 2).data(2, 3);
  EXPECT_EQ(run.begin(), Log({"start 1#1"}));
  EXPECT_EQ(run.ended(1, EndClass::failed), Log({"failed 1#1", "start 2#1 checking inputs"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 3#1"}));
  EXPECT_EQ(run.ended(3), Log({"done 3#1", "finished"}));
}

TEST(SchedulerFailure, SkipsACommandWhoseInputIsMissingAndItsDependentsLookToo) {
  RecordedRun run(3);
  run.data(1, 2).data(2, 3);
  run.begin();
  run.ended(1, EndClass::failed);
  EXPECT_EQ(run.ended(2, EndClass::input_missing),
            Log({"skipped 2#1 input_missing", "start 3#1 checking inputs"}));
  EXPECT_EQ(run.ended(3, EndClass::input_missing), Log({"skipped 3#1 input_missing", "finished"}));
}

TEST(SchedulerFailure, CarriesNothingOverOrderEdges) {
  RecordedRun run(4);
  run.order(1, 2).order(run.join({1}, {}, EdgeKind::order), 3).order(3, 4);
  run.options.strict = true;
  EXPECT_EQ(run.begin(), Log({"start 1#1"}));
  run.now += std::chrono::seconds(1);
  EXPECT_EQ(run.ended(1, EndClass::failed), Log({"failed 1#1", "start 3#1"}));
  EXPECT_EQ(run.ended(3), Log({"done 3#1", "start 2#1"}));
}

TEST(SchedulerFailure, SaysFromHowManySourcesAReaderOfATreeRan) {
  RecordedRun run(4);
  run.options.slots = 3;
  run.options.cpus = 3;
  run.gather(run.join({1, 2, 3}), 4);
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 2#1", "start 3#1"}));
  EXPECT_EQ(run.ended(2, EndClass::failed), Log({"failed 2#1"}));
  EXPECT_EQ(run.ended(1), Log({"done 1#1"}));
  EXPECT_EQ(run.ended(3), Log({"done 3#1", "start 4#1"}));
  EXPECT_EQ(run.ended(4), Log({"done 4#1 2/3", "finished"}));
}

TEST(SchedulerFailure, SaysItOfAReaderThatFailsToo) {
  RecordedRun run(2);
  run.gather(run.join({1}), 2);
  run.begin();
  run.ended(1, EndClass::failed);
  EXPECT_EQ(run.ended(2, EndClass::failed), Log({"failed 2#1 0/1", "finished"}));
}

TEST(SchedulerFailure, SaysNothingWhenAllSourcesSucceeded) {
  RecordedRun run(2);
  run.gather(run.join({1}), 2);
  run.begin();
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "finished"}));
}

TEST(SchedulerFailure, AddsUpChainedJoinsAndCountsEachSourceOnce) {
  RecordedRun run(4);
  const auto first = run.join({1, 2});
  const auto second = run.join({1, 3}, {first});
  run.gather(second, 4);
  run.begin();
  run.ended(1, EndClass::failed);
  run.ended(2);
  EXPECT_EQ(run.ended(3), Log({"done 3#1", "start 4#1"}));
  EXPECT_EQ(run.ended(4), Log({"done 4#1 2/3", "finished"}));
}

TEST(SchedulerFailure, CountsTheSourcesOfAllTreesThatAReaderReads) {
  RecordedRun run(4);
  run.gather(run.join({1, 2}), 4).gather(run.join({3}), 4);
  run.begin();
  run.ended(1, EndClass::failed);
  run.ended(2);
  run.ended(3);
  EXPECT_EQ(run.ended(4), Log({"done 4#1 2/3", "finished"}));
}

TEST(SchedulerFailure, HoldsReadersOfIncompleteTreesWhenStrict) {
  RecordedRun run(5);
  run.options.strict = true;
  run.gather(run.join({1, 2}), 3).data(3, 4).gather(run.join({3}), 5);
  run.begin();
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(2, EndClass::failed),
            Log({"failed 2#1", "held 3#0 1/2", "held 5#0 0/1", "start 4#1 checking inputs"}));
  EXPECT_EQ(run.ended(4, EndClass::input_missing), Log({"skipped 4#1 input_missing", "finished"}));
  EXPECT_EQ(run.state(3), CommandState::held);
}

TEST(SchedulerFailure, RunsReadersOfCompleteTreesWhenStrict) {
  RecordedRun run(3);
  run.options.strict = true;
  run.gather(run.join({1}), 2);
  run.begin();
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 3#1"}));
  EXPECT_EQ(run.ended(3, EndClass::failed), Log({"failed 3#1", "finished"}));
}

TEST(SchedulerFailure, StillLooksForInputsInARetry) {
  RecordedRun run(2);
  run.data(1, 2);
  run.begin();
  run.ended(1, EndClass::failed);
  EXPECT_EQ(run.ended(2, EndClass::lost), Log({"retry 2#1 lost", "start 2#2 checking inputs"}));
}

}  // namespace
}  // namespace shoal::testing
