#include "sched/critical_path.h"

#include <gtest/gtest.h>

#include <utility>

namespace shoal {
namespace {

TEST(CriticalPath, IsTheLongestWayToTheEndThroughJoinsThatTakeNoTime) {
  GraphBuilder builder;
  const auto join = builder.add_join();
  builder.add_edge({1}, join, EdgeKind::gather);
  builder.add_edge({2}, join, EdgeKind::gather);
  builder.add_edge(join, {3}, EdgeKind::gather);
  builder.add_edge({1}, {4}, EdgeKind::order);
  const Graph graph = *std::move(builder).build(4);
  std::vector<float> paths;
  longest_paths(
      graph, [](CommandId id) { return number(id) == 4 ? 10.0 : 1.0 * number(id); }, paths);
  EXPECT_EQ(paths, (std::vector<float>{11, 5, 3, 10, 3}));
}

TEST(CriticalPath, OfNothingIsNothing) {
  std::vector<float> paths{1, 2, 3};
  longest_paths(
      *GraphBuilder().build(0), [](CommandId) { return 1.0; }, paths);
  EXPECT_TRUE(paths.empty());
}

}  // namespace
}  // namespace shoal
