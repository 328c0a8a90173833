#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "plan/graph.h"
#include "sched/scheduler.h"

namespace shoal {

/// The commands behind the gather edges of a reader, through any joins, each
/// counted once however many ways lead to it.
///
/// Needs the edges backwards, which the graph does not keep: 4 bytes a node
/// and a gather edge, and 4 more a node. One count costs as many steps as the
/// reader has sources, all of which that reader is about to read itself.
class GatherSources {
 public:
  /// The graph must outlive this.
  explicit GatherSources(const Graph& graph);

  /// `succeeded(CommandId)` tells of each source whether it counts as such.
  template <class Succeeded>
  Incomplete count(CommandId reader, const Succeeded& succeeded) {
    Incomplete sources;
    visit(reader, [&](CommandId source) {
      ++sources.total;
      if (succeeded(source)) ++sources.succeeded;
    });
    return sources;
  }

 private:
  template <class Visit>
  void visit(CommandId reader, const Visit& visit_source) {
    ++walk_;
    unvisited_.assign(1, node_of(reader));
    while (!unvisited_.empty()) {
      const std::size_t at = number(unvisited_.back()) - 1;
      unvisited_.pop_back();
      for (std::uint32_t edge = offsets_[at]; edge < offsets_[at + 1]; ++edge) {
        const NodeId source = sources_[edge];
        if (last_walk_[number(source) - 1] == walk_) continue;
        last_walk_[number(source) - 1] = walk_;
        if (graph_.is_command(source)) {
          visit_source(CommandId{number(source)});
        } else {
          unvisited_.push_back(source);
        }
      }
    }
  }

  const Graph& graph_;
  std::vector<std::uint32_t> offsets_;  // by node, one more than nodes
  std::vector<NodeId> sources_;
  std::vector<std::uint32_t> last_walk_;  // by node: the walk that met it last
  std::uint32_t walk_ = 0;
  std::vector<NodeId> unvisited_;
};

}  // namespace shoal
