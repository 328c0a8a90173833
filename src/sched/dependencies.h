#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "plan/graph.h"
#include "sched/gather_sources.h"

namespace shoal {

/// Who still waits for whom, and what an unsuccessful predecessor means for
/// those behind it. Joins complete by themselves, in a loop and not by
/// recursion: a chain of them may be a million long.
class Dependencies {
 public:
  /// The graph must outlive this.
  explicit Dependencies(const Graph& graph);

  /// Appends the commands that wait for nothing from the start. Call once,
  /// before settle.
  void begin(std::vector<CommandId>& reached);

  /// The command is terminal; `succeeded` when it is done. Appends the
  /// commands that waited for it last: each command is reached once.
  void settle(CommandId command, bool succeeded, std::vector<CommandId>& reached);

  /// A predecessor by a data edge did not succeed.
  bool must_check_inputs(CommandId command) const { return marked(node_of(command), kCheckInputs); }

  /// How many of the sources of the command's gather edges succeeded; nullopt
  /// when all did. For a command that was reached.
  std::optional<Incomplete> incomplete(CommandId command);

 private:
  using Marks = std::uint8_t;
  static constexpr Marks kUnsuccessful = 1;  // a command; a join: one of its sources
  static constexpr Marks kCheckInputs = 2;
  static constexpr Marks kIncomplete = 4;  // a gather edge from something unsuccessful

  bool marked(NodeId node, Marks mark) const { return (marks_[number(node) - 1] & mark) != 0; }
  void leave(NodeId node, std::vector<CommandId>& reached);
  void leave_once(NodeId node, std::vector<CommandId>& reached);
  void pass_on(const Edge& edge);

  const Graph& graph_;
  std::vector<std::uint32_t> waits_for_;  // by node: predecessors that are not terminal
  std::vector<Marks> marks_;              // by node
  std::vector<NodeId> completed_joins_;   // work list of leave
  std::optional<GatherSources> sources_;  // made when the first failure needs it
};

}  // namespace shoal
