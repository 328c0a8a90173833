#include <fmt/format.h>

#include "base/text.h"
#include "plan/export_formats.h"

namespace shoal {
namespace {

std::string quoted(std::string_view text) {
  std::string label = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') label += '\\';
    label += c;
  }
  return label + '"';
}

std::string_view style_of(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::order: return " [style=dashed, color=gray]";
    case EdgeKind::data: return "";
    case EdgeKind::gather: return " [color=blue]";
  }
  return {};
}

}  // namespace

void export_dot(const Plan& plan, const PieceWriter& out) {
  constexpr std::size_t kLabelWidth = 60;
  const Graph& graph = plan.graph();
  out("digraph plan {\n  rankdir=LR;\n  node [shape=box, fontsize=10];\n");
  for (std::uint32_t i = 1; i <= plan.command_count(); ++i) {
    const Command& command = plan.command(CommandId{i});
    out(fmt::format("  n{} [label={}{}];\n", i,
                    quoted(fmt::format("{}: {}", i, one_line(command.text, kLabelWidth))),
                    plan.is_barrier(CommandId{i}) ? ", style=filled, fillcolor=orange" : ""));
  }
  for (std::uint32_t i = plan.command_count() + 1; i <= graph.node_count(); ++i) {
    out(fmt::format("  n{} [shape=point];\n", i));
  }
  for (std::uint32_t i = 1; i <= graph.node_count(); ++i) {
    for (const Edge edge : graph.successors(NodeId{i})) {
      out(fmt::format("  n{} -> n{}{};\n", i, number(edge.to), style_of(edge.kind)));
    }
  }
  out("}\n");
}

}  // namespace shoal
