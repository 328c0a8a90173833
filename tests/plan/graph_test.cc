#include "plan/graph.h"

#include <gtest/gtest.h>

#include "plan/stages.h"
#include "tests/plan/planning.h"

namespace shoal {
namespace {

GraphBuilder::Handle command(std::uint32_t id) { return GraphBuilder::of(CommandId{id}); }

TEST(Graph, KeepsTheKindsOfItsEdges) {
  GraphBuilder builder;
  builder.add_edge(command(1), command(2), EdgeKind::data);
  const auto join = builder.add_join();
  builder.add_edge(command(1), join, EdgeKind::gather);
  builder.add_edge(join, command(3), EdgeKind::gather);
  const auto graph = std::move(builder).build(3);
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->node_count(), 4U);
  EXPECT_EQ(graph->edge_count(), 3U);
  EXPECT_FALSE(graph->is_command(NodeId{4}));
  std::vector<std::pair<std::uint32_t, EdgeKind>> edges;
  for (const Edge edge : graph->successors(NodeId{1}))
    edges.emplace_back(number(edge.to), edge.kind);
  EXPECT_EQ(edges, (std::vector<std::pair<std::uint32_t, EdgeKind>>{{2, EdgeKind::data},
                                                                    {4, EdgeKind::gather}}));
  EXPECT_EQ(graph->predecessor_count(NodeId{3}), 1U);
}

TEST(Graph, IgnoresEdgesToItselfAndRepeatedOnes) {
  GraphBuilder builder;
  builder.add_edge(command(1), command(1), EdgeKind::order);
  builder.add_edge(command(1), command(2), EdgeKind::order);
  builder.add_edge(command(1), command(2), EdgeKind::order);
  const auto graph = std::move(builder).build(2);
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->edge_count(), 1U);
}

TEST(Graph, OrdersItsNodesForward) {
  GraphBuilder builder;
  builder.add_edge(command(3), command(1), EdgeKind::order);
  builder.add_edge(command(1), command(2), EdgeKind::order);
  const auto graph = std::move(builder).build(3);
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->topological_order(), (std::vector<NodeId>{NodeId{3}, NodeId{1}, NodeId{2}}));
}

TEST(Graph, NamesACommandOnACycle) {
  GraphBuilder builder;
  builder.add_edge(command(1), command(2), EdgeKind::order);
  builder.add_edge(command(2), command(3), EdgeKind::order);
  builder.add_edge(command(3), command(2), EdgeKind::order);
  builder.add_edge(command(3), command(4), EdgeKind::order);
  NodeId on_cycle{};
  EXPECT_FALSE(std::move(builder).build(4, &on_cycle));
  EXPECT_TRUE(on_cycle == NodeId{2} || on_cycle == NodeId{3});
}

TEST(Stages, PutASimulationThatNeedsAnotherIntoTheLastStage) {
  GraphBuilder builder;
  builder.add_edge(command(1), command(2), EdgeKind::data);
  builder.add_edge(command(2), command(3), EdgeKind::data);
  builder.add_edge(command(3), command(4), EdgeKind::data);
  const auto graph = std::move(builder).build(5);
  ASSERT_TRUE(graph);
  const auto simulates = [](CommandId id) { return number(id) == 2 || number(id) == 4; };
  const auto stages = stages_of(*graph, simulates);
  EXPECT_EQ(stages, (std::vector<Stage>{Stage::before, Stage::simulate, Stage::after, Stage::after,
                                        Stage::before}));
  const PlainGraph staged(with_stage_barriers(*graph, stages));
  EXPECT_EQ(staged.ancestors(2), (std::vector<std::uint32_t>{1, 5}));
  EXPECT_EQ(staged.ancestors(3), (std::vector<std::uint32_t>{1, 2, 5}));
}

}  // namespace
}  // namespace shoal
