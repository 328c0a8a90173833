#include "sched/dependencies.h"

namespace shoal {

Dependencies::Dependencies(const Graph& graph) : graph_(graph) {
  waits_for_.resize(graph.node_count());
  marks_.resize(graph.node_count());
  for (std::uint32_t at = 0; at < graph.node_count(); ++at) {
    waits_for_[at] = graph.predecessor_count(NodeId{at + 1});
  }
}

void Dependencies::begin(std::vector<CommandId>& reached) {
  for (std::uint32_t command = 1; command <= graph_.command_count(); ++command) {
    if (waits_for_[command - 1] == 0) reached.push_back(CommandId{command});
  }
  for (std::uint32_t join = graph_.command_count() + 1; join <= graph_.node_count(); ++join) {
    if (graph_.predecessor_count(NodeId{join}) == 0) leave(NodeId{join}, reached);
  }
}

void Dependencies::settle(CommandId command, bool succeeded, std::vector<CommandId>& reached) {
  if (!succeeded) marks_[number(command) - 1] |= kUnsuccessful;
  leave(node_of(command), reached);
}

void Dependencies::leave(NodeId node, std::vector<CommandId>& reached) {
  leave_once(node, reached);
  while (!completed_joins_.empty()) {
    const NodeId join = completed_joins_.back();
    completed_joins_.pop_back();
    leave_once(join, reached);
  }
}

void Dependencies::leave_once(NodeId node, std::vector<CommandId>& reached) {
  const bool unsuccessful = marked(node, kUnsuccessful);
  for (const Edge edge : graph_.successors(node)) {
    if (unsuccessful) pass_on(edge);
    if (--waits_for_[number(edge.to) - 1] > 0) continue;
    if (graph_.is_command(edge.to)) {
      reached.push_back(CommandId{number(edge.to)});
    } else {
      completed_joins_.push_back(edge.to);
    }
  }
}

void Dependencies::pass_on(const Edge& edge) {
  Marks& marks = marks_[number(edge.to) - 1];
  if (edge.kind == EdgeKind::order) return;
  if (!graph_.is_command(edge.to)) {
    marks |= kUnsuccessful;
  } else {
    marks |= edge.kind == EdgeKind::data ? kCheckInputs : kIncomplete;
  }
}

std::optional<Incomplete> Dependencies::incomplete(CommandId command) {
  if (!marked(node_of(command), kIncomplete)) return std::nullopt;
  if (!sources_) sources_.emplace(graph_);
  return sources_->count(
      command, [this](CommandId source) { return !marked(node_of(source), kUnsuccessful); });
}

}  // namespace shoal
