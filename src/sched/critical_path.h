#pragma once

#include <algorithm>
#include <vector>

#include "base/ids.h"
#include "plan/graph.h"

namespace shoal {

/// For every node (index = number - 1) the expected seconds of the longest
/// path that begins with it, itself included. `seconds(CommandId)` is what a
/// command takes; joins take no time. One pass, linear in the graph.
template <class Seconds>
void longest_paths(const Graph& graph, const Seconds& seconds, std::vector<float>& paths) {
  const std::vector<NodeId>& order = graph.topological_order();
  paths.assign(order.size(), 0.0F);
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    float longest = 0;
    for (const Edge edge : graph.successors(*node)) {
      longest = std::max(longest, paths[number(edge.to) - 1]);
    }
    if (graph.is_command(*node)) longest += static_cast<float>(seconds(CommandId{number(*node)}));
    paths[number(*node) - 1] = longest;
  }
}

}  // namespace shoal
