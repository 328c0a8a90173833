#include "sched/gather_sources.h"

namespace shoal {
namespace {

/// What an edge carries to a join counts, whatever the kind that says so.
bool gathers(const Graph& graph, const Edge& edge) {
  return edge.kind == EdgeKind::gather ||
         (edge.kind == EdgeKind::data && !graph.is_command(edge.to));
}

template <class Visit>
void for_each_gather_edge(const Graph& graph, const Visit& visit) {
  for (std::uint32_t from = 1; from <= graph.node_count(); ++from) {
    for (const Edge edge : graph.successors(NodeId{from})) {
      if (gathers(graph, edge)) visit(NodeId{from}, edge.to);
    }
  }
}

}  // namespace

GatherSources::GatherSources(const Graph& graph) : graph_(graph) {
  const std::size_t nodes = graph.node_count();
  offsets_.assign(nodes + 1, 0);
  for_each_gather_edge(graph, [&](NodeId, NodeId to) { ++offsets_[number(to)]; });
  for (std::size_t at = 1; at <= nodes; ++at) offsets_[at] += offsets_[at - 1];
  sources_.resize(offsets_[nodes]);
  std::vector<std::uint32_t> fill(offsets_.begin(), offsets_.end() - 1);
  for_each_gather_edge(graph,
                       [&](NodeId from, NodeId to) { sources_[fill[number(to) - 1]++] = from; });
  last_walk_.assign(nodes, 0);
}

}  // namespace shoal
