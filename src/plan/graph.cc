#include "plan/graph.h"

#include <algorithm>

namespace shoal {

Graph::Successors Graph::successors(NodeId node) const {
  const std::size_t at = number(node) - 1;
  return Successors(
      std::span(edges_).subspan(offsets_[at], offsets_[at + 1] - offsets_[at]));
}

GraphBuilder::Handle GraphBuilder::add_join() { return Handle{kJoinBit | joins_++}; }

void GraphBuilder::add_edge(Handle from, Handle to, EdgeKind kind) {
  if (from.value == to.value) return;
  const RawEdge edge{from.value,
                     to.value | (static_cast<std::uint32_t>(kind) << Graph::kKindShift)};
  if (!edges_.empty() && edges_.back().from == edge.from && edges_.back().to == edge.to) return;
  edges_.push_back(edge);
}

std::optional<Graph> GraphBuilder::build(std::uint32_t command_count, NodeId* on_cycle) && {
  const auto node_number = [&](std::uint32_t handle) {
    handle &= Graph::kNodeMask;
    return (handle & kJoinBit) != 0 ? command_count + 1 + (handle & ~kJoinBit) : handle;
  };
  Graph graph;
  graph.command_count_ = command_count;
  const std::size_t nodes = std::size_t{command_count} + joins_;
  graph.offsets_.assign(nodes + 1, 0);
  graph.predecessors_.assign(nodes, 0);
  for (const RawEdge& edge : edges_) {
    ++graph.offsets_[node_number(edge.from)];
    ++graph.predecessors_[node_number(edge.to) - 1];
  }
  for (std::size_t i = 1; i <= nodes; ++i) graph.offsets_[i] += graph.offsets_[i - 1];
  graph.edges_.assign(edges_.size(), 0);
  std::vector<std::uint32_t> fill(graph.offsets_.begin(), graph.offsets_.end() - 1);
  for (const RawEdge& edge : edges_) {
    const std::uint32_t kind = edge.to & ~Graph::kNodeMask;
    graph.edges_[fill[node_number(edge.from) - 1]++] = kind | node_number(edge.to);
  }
  edges_ = {};

  // Kahn's algorithm; `fill` becomes the count of predecessors not yet placed.
  fill = graph.predecessors_;
  graph.order_.reserve(nodes);
  for (std::uint32_t node = 1; node <= nodes; ++node) {
    if (fill[node - 1] == 0) graph.order_.push_back(NodeId{node});
  }
  for (std::size_t at = 0; at < graph.order_.size(); ++at) {
    for (const Edge edge : graph.successors(graph.order_[at])) {
      if (--fill[number(edge.to) - 1] == 0) graph.order_.push_back(edge.to);
    }
  }
  if (graph.order_.size() == nodes) return graph;
  if (on_cycle != nullptr) *on_cycle = GraphBuilder::command_on_cycle(graph, fill);
  return std::nullopt;
}

/// Every node that is not placed has a predecessor that is not placed either,
/// so going back long enough ends on a cycle.
NodeId GraphBuilder::command_on_cycle(const Graph& graph, const std::vector<std::uint32_t>& waiting) {
  std::vector<std::uint32_t> before(waiting.size() + 1, 0);
  std::uint32_t at = 0;
  for (std::uint32_t node = 1; node <= waiting.size(); ++node) {
    if (waiting[node - 1] == 0) continue;
    at = node;
    for (const Edge edge : graph.successors(NodeId{node})) before[number(edge.to)] = node;
  }
  for (std::size_t step = 0; step < waiting.size(); ++step) at = before[at];
  while (!graph.is_command(NodeId{at})) at = before[at];
  return NodeId{at};
}

}  // namespace shoal
