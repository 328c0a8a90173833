#include "tests/plan/planning.h"

#include <algorithm>
#include <stdexcept>

#include "plan/export_formats.h"

namespace shoal {

JobsText jobs_text(const std::string& jobs) {
  auto text = JobsText::from(jobs, "jobs.sh");
  if (!text) throw std::runtime_error(text.error().sentence());
  return std::move(*text);
}

Expected<Plan> try_plan(const JobsText& text, PlanOptions options) {
  if (!options.environment) {
    options.environment = [](std::string_view) { return std::optional<std::string>(); };
  }
  static const CommandTable kTable = CommandTable::built_in();
  return make_plan(text, kTable, options);
}

PlannedText plan_of(const std::string& jobs, PlanOptions options) {
  PlannedText planned;
  planned.text = std::make_unique<JobsText>(jobs_text(jobs));
  auto plan = try_plan(*planned.text, std::move(options));
  if (!plan) throw std::runtime_error(plan.error().sentence());
  planned.plan = std::move(*plan);
  return planned;
}

PlainGraph::PlainGraph(const Graph& graph)
    : commands(graph.command_count()), after(graph.node_count() + 1), before(graph.node_count() + 1) {
  for (std::uint32_t node = 1; node <= graph.node_count(); ++node) {
    for (const Edge edge : graph.successors(NodeId{node})) {
      after[number(edge.to)].push_back(node);
      before[node].push_back(number(edge.to));
    }
  }
}

std::vector<std::uint32_t> PlainGraph::ancestors(std::uint32_t node) const {
  std::vector<bool> seen(after.size());
  std::vector<std::uint32_t> stack = {node};
  while (!stack.empty()) {
    const std::uint32_t at = stack.back();
    stack.pop_back();
    for (const std::uint32_t source : after[at]) {
      if (seen[source]) continue;
      seen[source] = true;
      stack.push_back(source);
    }
  }
  std::vector<std::uint32_t> found;
  for (std::uint32_t command = 1; command <= commands; ++command) {
    if (seen[command]) found.push_back(command);
  }
  return found;
}

std::vector<std::uint32_t> PlainGraph::direct(std::uint32_t node) const {
  std::vector<std::uint32_t> found;
  std::vector<std::uint32_t> stack = {node};
  while (!stack.empty()) {
    const std::uint32_t at = stack.back();
    stack.pop_back();
    for (const std::uint32_t source : after[at]) {
      (source <= commands ? found : stack).push_back(source);
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

CommandId command_with(const Plan& plan, std::string_view part) {
  for (std::uint32_t i = 1; i <= plan.command_count(); ++i) {
    if (plan.command(CommandId{i}).text.find(part) != std::string_view::npos) return CommandId{i};
  }
  throw std::runtime_error("no command holds " + std::string(part));
}

bool waits_for(const Plan& plan, std::string_view later, std::string_view earlier) {
  const auto ancestors = PlainGraph(plan.graph()).ancestors(number(command_with(plan, later)));
  return std::binary_search(ancestors.begin(), ancestors.end(), number(command_with(plan, earlier)));
}

std::vector<std::string> paths_of(const Plan& plan, CommandId id, AccessMode mode) {
  std::vector<std::string> paths;
  for (const Access& access : plan.accesses(id)) {
    if (access.mode == mode) paths.push_back(access_text(plan, access));
  }
  return paths;
}

}  // namespace shoal
