#pragma once

#include <string>
#include <vector>

#include "plan/planner.h"

namespace shoal {

/// A plan together with the text that it points into.
struct PlannedText {
  std::unique_ptr<JobsText> text;
  Plan plan;
};

/// Plans jobs text with the built-in table. A failure ends the test program's
/// case with the error's sentence as an exception.
PlannedText plan_of(const std::string& jobs, PlanOptions options = {});
Expected<Plan> try_plan(const JobsText& text, PlanOptions options = {});
JobsText jobs_text(const std::string& jobs);

/// A graph as plain lists, to be walked in tests. Index 0 is not used.
struct PlainGraph {
  std::uint32_t commands = 0;
  std::vector<std::vector<std::uint32_t>> after;   // by node: what it waits for
  std::vector<std::vector<std::uint32_t>> before;  // by node: what waits for it

  explicit PlainGraph(const Graph& graph);
  /// All commands that the node waits for, directly or through others, in order.
  std::vector<std::uint32_t> ancestors(std::uint32_t node) const;
  /// The commands it waits for directly or through joins only.
  std::vector<std::uint32_t> direct(std::uint32_t node) const;
};

/// The number of the first command whose text holds all of `part`.
CommandId command_with(const Plan& plan, std::string_view part);
bool waits_for(const Plan& plan, std::string_view later, std::string_view earlier);
/// The paths of a command's accesses of some mode, as people write them.
std::vector<std::string> paths_of(const Plan& plan, CommandId id, AccessMode mode);

}  // namespace shoal
