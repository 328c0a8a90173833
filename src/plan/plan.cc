#include "plan/plan.h"

#include <algorithm>
#include <array>

#include "plan/path_text.h"

namespace shoal {
namespace {

constexpr std::array<std::pair<std::string_view, PlanMode>, 4> kModes = {
    {{"auto", PlanMode::automatic},
     {"serial", PlanMode::serial},
     {"stages", PlanMode::stages},
     {"independent", PlanMode::independent}}};

}  // namespace

std::optional<PlanMode> parse_plan_mode(std::string_view text) {
  for (const auto& [name, mode] : kModes) {
    if (name == text) return mode;
  }
  return std::nullopt;
}

std::string_view plan_mode_text(PlanMode mode) {
  for (const auto& [name, known] : kModes) {
    if (known == mode) return name;
  }
  return {};
}

const Directives* Plan::directives(CommandId id) const {
  const std::uint32_t at = command(id).directives;
  return at == 0 ? nullptr : &directives_[at - 1];
}

std::optional<CleanUp> Plan::clean_up(CommandId id) const {
  for (const Access& access : accesses(id)) {
    if (access.temporaries == 0) continue;
    CleanUp clean_up{access.path, {}};
    const std::string target = paths_.text(access.path);
    for (std::string_view suffix : temporaries_[access.temporaries - 1U].suffixes) {
      if (suffix.ends_with('/')) suffix.remove_suffix(1);
      clean_up.leftovers.push_back(with_suffix(target, suffix));
    }
    return clean_up;
  }
  return std::nullopt;
}

bool Plan::only_makes_folders(CommandId id) const {
  const auto touched = accesses(id);
  // `(cd a && mkdir b)` needs a/. besides.
  const auto only_stands_in_it = [&](const Access& access) {
    return access.mode == AccessMode::read && paths_.text(access.path).ends_with("/.");
  };
  return kind(id) == "mkdir" && !touched.empty() &&
         std::all_of(touched.begin(), touched.end(), [&](const Access& access) {
           return makes_folder(access.mode) || only_stands_in_it(access);
         });
}

PlanShape shape_of(const Plan& plan) {
  const Graph& graph = plan.graph();
  // Commands on the longest path to each node, the node included.
  std::vector<std::uint32_t> depth(graph.node_count(), 0);
  std::vector<std::uint32_t> on_level;
  for (const NodeId node : graph.topological_order()) {
    std::uint32_t& own = depth[number(node) - 1];
    if (graph.is_command(node)) {
      ++own;
      if (own > on_level.size()) on_level.resize(own);
      ++on_level[own - 1];
    }
    for (const Edge edge : graph.successors(node)) {
      std::uint32_t& next = depth[number(edge.to) - 1];
      next = std::max(next, own);
    }
  }
  const auto widest = std::max_element(on_level.begin(), on_level.end());
  return {static_cast<std::uint32_t>(on_level.size()), widest == on_level.end() ? 0 : *widest};
}

}  // namespace shoal
