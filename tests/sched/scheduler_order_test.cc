#include "tests/sched/recorded_run.h"

namespace shoal::testing {
namespace {

using std::chrono::seconds;

TEST(SchedulerOrder, GoesByFileOrderAmongEquals) {
  RecordedRun run(3);
  EXPECT_EQ(run.begin(), Log({"start 1#1"}));
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 3#1"}));
  EXPECT_EQ(run.ended(3), Log({"done 3#1", "finished"}));
}

TEST(SchedulerOrder, TakesTheLongestPathFirst) {
  RecordedRun run(4);
  run.order(2, 3).order(3, 4);
  EXPECT_EQ(run.begin(), Log({"start 2#1"}));
  run.now += seconds(1);
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 3#1"}));
  run.now += seconds(1);
  EXPECT_EQ(run.ended(3), Log({"done 3#1", "start 1#1"}));
}

TEST(SchedulerOrder, WaitsForAllPredecessors) {
  RecordedRun run(3);
  run.options.slots = 3;
  run.options.cpus = 3;
  run.data(1, 3).order(2, 3);
  EXPECT_EQ(run.begin(), Log({"start 1#1", "start 2#1"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1"}));
  EXPECT_EQ(run.state(3), CommandState::waiting);
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "start 3#1"}));
}

TEST(SchedulerOrder, CompletesJoinsWithoutPredecessors) {
  RecordedRun run(1);
  const auto empty = run.join({});
  run.gather(run.join({}, {empty}), 1);
  EXPECT_EQ(run.begin(), Log({"start 1#1"}));
}

TEST(SchedulerOrder, PutsTheLongestShapeFirstWhenHistoryKnowsIt) {
  RecordedRun run(3);
  run.shapes = {{1, 10}, {2, 20}, {3, 30}};
  run.history.learn(10, seconds(1), 0);
  run.history.learn(20, seconds(9), 0);
  run.history.learn(30, seconds(5), 0);
  EXPECT_EQ(run.begin(), Log({"start 2#1"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 3#1"}));
}

TEST(SchedulerOrder, TakesTheOverallMeanForUnknownShapes) {
  RecordedRun run(3);
  run.shapes = {{1, 10}, {2, 20}, {3, 30}};
  run.history.learn(10, seconds(2), 0);
  run.history.learn(30, seconds(8), 0);
  EXPECT_EQ(run.begin(), Log({"start 3#1"}));
  EXPECT_EQ(run.ended(3), Log({"done 3#1", "start 2#1"}));
}

TEST(SchedulerOrder, LearnsFromThisRun) {
  RecordedRun run(4);
  run.shapes = {{1, 10}, {2, 20}, {3, 10}, {4, 20}};
  EXPECT_EQ(run.begin(), Log({"start 1#1"}));
  run.now += seconds(1);
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "start 2#1"}));
  run.now += seconds(60);
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 4#1"}));
}

TEST(SchedulerOrder, LearnsNothingFromAttemptsThatWereStopped) {
  for (const EndClass end : {EndClass::lost, EndClass::cancelled, EndClass::timed_out,
                             EndClass::killed, EndClass::input_missing}) {
    RecordedRun run(1);
    run.begin();
    run.now += seconds(60);
    run.ended(1, end);
    EXPECT_TRUE(run.history.empty()) << end_class_text(end);
  }
}

TEST(SchedulerOrder, AsksForTheShapeOfACommandOnce) {
  GraphBuilder builder;
  builder.add_edge({1}, {2}, EdgeKind::order);
  const Graph graph = *std::move(builder).build(3);
  std::map<CommandId, int> asked;
  Workload workload;
  workload.graph = &graph;
  workload.shape = [&](CommandId command) { return std::uint64_t(++asked[command]); };
  ShapeHistory history;
  history.learn(1, seconds(1), 0);
  Scheduler scheduler(workload, history, {}, {});
  Actions actions;
  scheduler.begin({}, actions);
  for (std::uint32_t at = 0; at < actions.start.size(); ++at) {
    AttemptResult result;
    result.command = actions.start[at].command;
    result.attempt = actions.start[at].attempt;
    scheduler.on_attempt_ended(result, {}, actions);
  }
  EXPECT_TRUE(actions.finished);
  EXPECT_EQ(asked,
            (std::map<CommandId, int>{{CommandId{1}, 1}, {CommandId{2}, 1}, {CommandId{3}, 1}}));
}

// With recursion in place of a loop this overflows the stack.
TEST(SchedulerOrder, CompletesAMillionChainedJoins) {
  constexpr std::uint32_t kJoins = 1'000'000;
  GraphBuilder builder;
  auto last = builder.add_join();
  builder.add_edge({1}, last, EdgeKind::gather);
  for (std::uint32_t at = 1; at < kJoins; ++at) {
    const auto next = builder.add_join();
    builder.add_edge(last, next, EdgeKind::gather);
    last = next;
  }
  builder.add_edge(last, {2}, EdgeKind::gather);
  const Graph graph = *std::move(builder).build(2);
  Workload workload;
  workload.graph = &graph;
  ShapeHistory history;
  Scheduler scheduler(workload, history, {}, {});
  Actions actions;
  scheduler.begin({}, actions);
  AttemptResult result;
  result.command = CommandId{1};
  result.attempt = AttemptNumber{1};
  result.end = EndClass::failed;
  scheduler.on_attempt_ended(result, {}, actions);
  result.command = CommandId{2};
  scheduler.on_attempt_ended(result, {}, actions);
  ASSERT_EQ(actions.settled.size(), 2U);
  EXPECT_EQ(actions.settled[1].incomplete, (Incomplete{.succeeded = 0, .total = 1}));
  EXPECT_TRUE(actions.finished);
}

// The same for held readers, each of which holds the next.
TEST(SchedulerOrder, HoldsAChainOfAHundredThousandReaders) {
  constexpr std::uint32_t kReaders = 100'000;
  GraphBuilder builder;
  for (std::uint32_t reader = 2; reader <= kReaders + 1; ++reader) {
    const auto join = builder.add_join();
    builder.add_edge({reader - 1}, join, EdgeKind::gather);
    builder.add_edge(join, {reader}, EdgeKind::gather);
  }
  const Graph graph = *std::move(builder).build(kReaders + 1);
  Workload workload;
  workload.graph = &graph;
  ShapeHistory history;
  SchedulerOptions options;
  options.strict = true;
  Scheduler scheduler(workload, history, options, {});
  Actions actions;
  scheduler.begin({}, actions);
  AttemptResult result;
  result.command = CommandId{1};
  result.attempt = AttemptNumber{1};
  result.end = EndClass::failed;
  scheduler.on_attempt_ended(result, {}, actions);
  EXPECT_EQ(scheduler.counts().held, kReaders);
  EXPECT_TRUE(actions.finished);
}

}  // namespace
}  // namespace shoal::testing
