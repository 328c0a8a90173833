#include "plan/export.h"

#include <algorithm>

#include "plan/export_formats.h"

namespace shoal {

std::string_view severity_text(Severity severity) {
  switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::note: return "note";
  }
  return {};
}

std::string access_text(const Plan& plan, const Access& access) {
  std::string text = plan.paths().text(access.path);
  if (access.extent == Extent::tree && text != "/") text += '/';
  return text;
}

Predecessors::Predecessors(const Graph& graph) : offsets_(graph.node_count() + 1, 0) {
  for (std::uint32_t node = 1; node <= graph.node_count(); ++node) {
    offsets_[node] = offsets_[node - 1] + graph.predecessor_count(NodeId{node});
  }
  sources_.resize(graph.edge_count());
  std::vector<std::uint32_t> fill(offsets_.begin(), offsets_.end() - 1);
  for (std::uint32_t node = 1; node <= graph.node_count(); ++node) {
    for (const Edge edge : graph.successors(NodeId{node})) sources_[fill[number(edge.to) - 1]++] = node;
  }
}

std::vector<std::uint32_t> Predecessors::of(NodeId node) const {
  const auto begin = sources_.begin() + offsets_[number(node) - 1];
  const auto end = sources_.begin() + offsets_[number(node)];
  std::vector<std::uint32_t> nodes(begin, end);
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

void export_plan(const Plan& plan, const std::vector<Finding>& findings, PlanFormat format,
                 const std::function<void(std::string_view)>& out) {
  switch (format) {
    case PlanFormat::text: return export_text(plan, findings, out);
    case PlanFormat::json: return export_json(plan, findings, out);
    case PlanFormat::dot: return export_dot(plan, out);
  }
}

}  // namespace shoal
