#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <limits>

#include "base/text.h"
#include "plan/export_formats.h"

namespace shoal {
namespace {

using Kinds = std::bitset<256>;

/// The commands of one kind.
struct Role {
  std::string_view kind;
  std::uint32_t count = 0;
  std::uint32_t first_step = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t last_step = 0;
  Kinds waits_for;
};

/// Looks at every node once and sums up by kind.
class RoleTable {
 public:
  explicit RoleTable(const Plan& plan);
  void write(const PieceWriter& out) const;

 private:
  std::size_t role_of(CommandId id);

  const Plan& plan_;
  std::vector<Role> roles_;  // in order of appearance; the index is the bit in Kinds
};

std::size_t RoleTable::role_of(CommandId id) {
  const std::string_view kind = plan_.kind(id);
  const auto found =
      std::find_if(roles_.begin(), roles_.end(), [&](const Role& role) { return role.kind == kind; });
  if (found != roles_.end()) return static_cast<std::size_t>(found - roles_.begin());
  roles_.push_back({kind, 0, std::numeric_limits<std::uint32_t>::max(), 0, {}});
  return roles_.size() - 1;
}

RoleTable::RoleTable(const Plan& plan) : plan_(plan) {
  const Graph& graph = plan.graph();
  std::vector<std::uint32_t> step(graph.node_count(), 0);
  std::vector<Kinds> behind_join(graph.node_count() - graph.command_count());
  for (const NodeId node : graph.topological_order()) {
    Kinds kinds;
    std::uint32_t& own = step[number(node) - 1];
    if (graph.is_command(node)) {
      const std::size_t at = role_of(CommandId{number(node)});
      Role& role = roles_[at];
      ++own;
      ++role.count;
      role.first_step = std::min(role.first_step, own);
      role.last_step = std::max(role.last_step, own);
      kinds.set(at);
    } else {
      kinds = behind_join[number(node) - graph.command_count() - 1];
    }
    for (const Edge edge : graph.successors(node)) {
      std::uint32_t& next = step[number(edge.to) - 1];
      next = std::max(next, own);
      if (graph.is_command(edge.to)) {
        roles_[role_of(CommandId{number(edge.to)})].waits_for |= kinds;
      } else {
        behind_join[number(edge.to) - graph.command_count() - 1] |= kinds;
      }
    }
  }
}

void RoleTable::write(const PieceWriter& out) const {
  std::vector<const Role*> sorted;
  for (const Role& role : roles_) sorted.push_back(&role);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Role* a, const Role* b) {
    return std::pair(a->first_step, a->last_step) < std::pair(b->first_step, b->last_step);
  });
  out(fmt::format("\n  {:<14} {:>9}  {:<8} {}\n", "what", "commands", "steps", "waits for"));
  for (const Role* role : sorted) {
    std::string waits_for;
    for (std::size_t i = 0; i < roles_.size(); ++i) {
      if (!role->waits_for[i]) continue;
      if (!waits_for.empty()) waits_for += ", ";
      waits_for += roles_[i].kind;
    }
    const std::string steps = role->first_step == role->last_step
                                  ? fmt::format("{}", role->first_step)
                                  : fmt::format("{} to {}", role->first_step, role->last_step);
    out(fmt::format("  {:<14} {:>9}  {:<8} {}\n", role->kind, role->count, steps,
                    waits_for.empty() ? "nothing" : waits_for));
  }
}

std::string plural(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

}  // namespace

void export_text(const Plan& plan, const std::vector<Finding>& findings, const PieceWriter& out) {
  const PlanShape shape = shape_of(plan);
  out(fmt::format("{} in {} one after another, at most {} side by side (mode {})\n",
                  plural(plan.command_count(), "command"), plural(shape.depth, "step"), shape.width,
                  plan_mode_text(plan.mode())));
  if (plan.command_count() > 0) RoleTable(plan).write(out);
  if (findings.empty()) return;
  out("\n");
  for (const Severity severity : {Severity::error, Severity::warning, Severity::note}) {
    for (const Finding& finding : findings) {
      if (finding.severity != severity) continue;
      const std::string place = finding.line == 0 ? "" : fmt::format("line {}: ", finding.line);
      out(fmt::format("  {:<8} {}{}\n", severity_text(severity), place, valid_utf8(finding.message)));
    }
  }
}

}  // namespace shoal
