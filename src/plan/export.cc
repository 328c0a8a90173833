#include "plan/export.h"

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
  sources_.assign(graph.edge_count(), 0);
  std::vector<std::uint32_t> fill(offsets_.begin(), offsets_.end() - 1);
  for (std::uint32_t node = 1; node <= graph.node_count(); ++node) {
    for (const Edge edge : graph.successors(NodeId{node})) sources_[fill[number(edge.to) - 1]++] = node;
  }
}

std::vector<std::uint32_t> Predecessors::of(NodeId node) const {
  std::vector<std::uint32_t> nodes;
  for (std::uint32_t i = offsets_[number(node) - 1]; i < offsets_[number(node)]; ++i) {
    if (nodes.empty() || nodes.back() != sources_[i]) nodes.push_back(sources_[i]);
  }
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
