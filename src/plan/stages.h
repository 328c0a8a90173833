#pragma once

#include <functional>

#include "base/ids.h"
#include "plan/graph.h"

namespace shoal {

/// The three parts of a simulation study.
enum class Stage : std::uint8_t { before, simulate, after };

/// Which stage each command belongs to (index = number - 1). Simulations that
/// wait for no other simulation are the middle; what waits for them is after;
/// the rest is before. So no edge leads to an earlier stage.
std::vector<Stage> stages_of(const Graph& graph, const std::function<bool(CommandId)>& simulates);

/// The graph with two barriers more: between the first and second stage, and
/// between the second and third.
Graph with_stage_barriers(const Graph& graph, const std::vector<Stage>& stages);

}  // namespace shoal
