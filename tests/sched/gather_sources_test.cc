#include "sched/gather_sources.h"

#include <gtest/gtest.h>

#include <utility>

namespace shoal {
namespace {

constexpr auto kOdd = [](CommandId id) { return number(id) % 2 == 1; };

TEST(GatherSources, CountsEachCommandOnceHoweverManyJoinsLeadToIt) {
  GraphBuilder builder;
  const auto a = builder.add_join();
  const auto b = builder.add_join();
  const auto c = builder.add_join();
  builder.add_edge({1}, a, EdgeKind::gather);
  builder.add_edge({2}, a, EdgeKind::gather);
  builder.add_edge({1}, b, EdgeKind::gather);
  builder.add_edge({3}, b, EdgeKind::gather);
  builder.add_edge(a, c, EdgeKind::gather);
  builder.add_edge(b, c, EdgeKind::gather);
  builder.add_edge({2}, c, EdgeKind::gather);
  builder.add_edge(c, {5}, EdgeKind::gather);
  builder.add_edge(a, {5}, EdgeKind::gather);
  builder.add_edge(a, {4}, EdgeKind::gather);
  const Graph graph = *std::move(builder).build(5);
  GatherSources sources(graph);
  EXPECT_EQ(sources.count(CommandId{5}, kOdd), (Incomplete{.succeeded = 2, .total = 3}));
  EXPECT_EQ(sources.count(CommandId{4}, kOdd), (Incomplete{.succeeded = 1, .total = 2}));
  EXPECT_EQ(sources.count(CommandId{5}, kOdd), (Incomplete{.succeeded = 2, .total = 3}));
}

TEST(GatherSources, LeavesOutEdgesThatCarryNothing) {
  GraphBuilder builder;
  const auto join = builder.add_join();
  builder.add_edge({1}, join, EdgeKind::gather);
  builder.add_edge({2}, join, EdgeKind::order);
  builder.add_edge(join, {4}, EdgeKind::gather);
  builder.add_edge({3}, {4}, EdgeKind::data);
  const Graph graph = *std::move(builder).build(4);
  GatherSources sources(graph);
  EXPECT_EQ(sources.count(CommandId{4}, kOdd), (Incomplete{.succeeded = 1, .total = 1}));
}

}  // namespace
}  // namespace shoal
