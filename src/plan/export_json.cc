#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "plan/export_formats.h"

namespace shoal {
namespace {

using Json = nlohmann::ordered_json;

template <class Wanted>
Json paths(const Plan& plan, CommandId id, Wanted&& wanted) {
  Json list = Json::array();
  for (const Access& access : plan.accesses(id)) {
    if (!wanted(access.mode)) continue;
    Json path = valid_utf8(access_text(plan, access));
    if (std::find(list.begin(), list.end(), path) == list.end()) list.push_back(std::move(path));
  }
  return list;
}

Json command_json(const Plan& plan, CommandId id, const Predecessors& predecessors) {
  const Command& command = plan.command(id);
  Json json;
  json["id"] = number(id);
  json["line"] = command.line;
  json["text"] = valid_utf8(command.text);
  json["kind"] = valid_utf8(plan.kind(id));
  json["reads"] = paths(plan, id, [](AccessMode mode) { return mode == AccessMode::read; });
  json["writes"] = paths(plan, id, changes);
  json["makes"] = paths(plan, id, makes_folder);
  json["after"] = predecessors.of(node_of(id));
  json["barrier"] = plan.is_barrier(id) ? Json(barrier_reason_text(command.barrier)) : Json(nullptr);
  return json;
}

/// Writes a list whose items are made one at a time.
template <class MakeItem>
void write_list(std::string_view name, std::uint32_t count, const PieceWriter& out, MakeItem&& make) {
  out(std::string("\"").append(name).append("\":["));
  for (std::uint32_t i = 0; i < count; ++i) {
    out((i == 0 ? "\n" : ",\n") + make(i).dump());
  }
  out("]");
}

}  // namespace

void export_json(const Plan& plan, const std::vector<Finding>& findings, const PieceWriter& out) {
  const Graph& graph = plan.graph();
  const Predecessors predecessors(graph);
  out("{\"version\":1,\n");
  write_list("commands", plan.command_count(), out,
             [&](std::uint32_t i) { return command_json(plan, CommandId{i + 1}, predecessors); });
  out(",\n");
  if (graph.node_count() > graph.command_count()) {
    write_list("joins", graph.node_count() - graph.command_count(), out, [&](std::uint32_t i) {
      const NodeId join{graph.command_count() + i + 1};
      return Json{{"id", number(join)}, {"after", predecessors.of(join)}};
    });
    out(",\n");
  }
  const PlanShape shape = shape_of(plan);
  const Json modes = {
      {"mode", plan_mode_text(plan.mode())}, {"depth", shape.depth}, {"width", shape.width}};
  out("\"modes\":" + modes.dump() + ",\n");
  write_list("findings", static_cast<std::uint32_t>(findings.size()), out, [&](std::uint32_t i) {
    const Finding& finding = findings[i];
    return Json{{"severity", severity_text(finding.severity)},
                {"line", finding.line},
                {"message", valid_utf8(finding.message)}};
  });
  out("}\n");
}

}  // namespace shoal
