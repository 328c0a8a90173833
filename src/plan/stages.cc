#include "plan/stages.h"

#include <vector>

namespace shoal {

std::vector<Stage> stages_of(const Graph& graph, const std::function<bool(CommandId)>& simulates) {
  std::vector<Stage> stages(graph.node_count(), Stage::before);
  for (const NodeId node : graph.topological_order()) {
    Stage& own = stages[number(node) - 1];
    if (own == Stage::before && graph.is_command(node) && simulates(CommandId{number(node)})) {
      own = Stage::simulate;
    }
    if (own == Stage::before) continue;
    for (const Edge edge : graph.successors(node)) stages[number(edge.to) - 1] = Stage::after;
  }
  stages.resize(graph.command_count());
  return stages;
}

Graph with_stage_barriers(const Graph& graph, const std::vector<Stage>& stages) {
  GraphBuilder builder;
  builder.reserve(graph.edge_count() + 2 * stages.size());
  const auto barrier_before_simulate = builder.add_join();
  const auto barrier_before_after = builder.add_join();
  std::vector<GraphBuilder::Handle> joins;
  for (std::uint32_t join = graph.command_count(); join < graph.node_count(); ++join) {
    joins.push_back(builder.add_join());
  }
  const auto handle = [&](NodeId node) {
    return graph.is_command(node) ? GraphBuilder::of(CommandId{number(node)})
                                  : joins[number(node) - graph.command_count() - 1];
  };
  for (std::uint32_t node = 1; node <= graph.node_count(); ++node) {
    for (const Edge edge : graph.successors(NodeId{node})) {
      builder.add_edge(handle(NodeId{node}), handle(edge.to), edge.kind);
    }
  }
  for (std::uint32_t command = 1; command <= graph.command_count(); ++command) {
    const auto own = GraphBuilder::of(CommandId{command});
    switch (stages[command - 1]) {
      case Stage::before:
        builder.add_edge(own, barrier_before_simulate, EdgeKind::order);
        break;
      case Stage::simulate:
        builder.add_edge(barrier_before_simulate, own, EdgeKind::order);
        builder.add_edge(own, barrier_before_after, EdgeKind::order);
        break;
      case Stage::after:
        builder.add_edge(barrier_before_after, own, EdgeKind::order);
        break;
    }
  }
  // Without a simulation nothing ties the last stage to the first; then there
  // is no last stage either.
  builder.add_edge(barrier_before_simulate, barrier_before_after, EdgeKind::order);
  return std::move(builder).build(graph.command_count()).value();
}

}  // namespace shoal
