#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "job/command.h"
#include "job/directives.h"
#include "job/jobs_text.h"
#include "job/shell_state.h"
#include "plan/access_lists.h"
#include "plan/access_set.h"
#include "plan/command_row.h"
#include "plan/graph.h"
#include "plan/path_table.h"

namespace shoal {

enum class PlanMode : std::uint8_t { automatic, serial, stages, independent };
std::optional<PlanMode> parse_plan_mode(std::string_view text);  // auto, serial, stages, independent
std::string_view plan_mode_text(PlanMode mode);

/// Some commands leave temporaries behind when they are killed, and refuse to
/// start beside their own result. From the command table.
struct CleanUp {
  PathId target{};                    // a complete one (a readable zip) means: this command is done
  std::vector<std::string> leftovers; // paths to remove before another attempt
};

enum class Severity : std::uint8_t { error, warning, note };
struct Finding {
  Severity severity = Severity::note;
  std::uint32_t line = 0;  // 0: about the whole file
  std::string message;
};

/// The commands of a jobs file, what each touches, and who waits for whom.
/// Immutable; some 100 bytes a command beside the text, which it points into.
class Plan {
 public:
  std::uint32_t command_count() const { return static_cast<std::uint32_t>(commands_.size()); }
  const Command& command(CommandId id) const { return commands_[number(id) - 1]; }
  const std::vector<Command>& commands() const { return commands_; }
  /// nullptr when the command has no directives.
  const Directives* directives(CommandId id) const;
  const ShellState& state() const { return state_; }
  const Graph& graph() const { return graph_; }

  /// What the command surely or possibly touches; none for a barrier that may
  /// touch anything.
  std::span<const Access> accesses(CommandId id) const { return accesses_.of(id); }
  const PathTable& paths() const { return paths_; }
  /// What sort of work it is: its row's `kind` in the command table, "state",
  /// "opaque", or "other".
  std::string_view kind(CommandId id) const { return kinds_[kind_of_[number(id) - 1]]; }
  /// Belongs to the middle one of the three stages, by its row.
  bool simulates(CommandId id) const { return simulates_[kind_of_[number(id) - 1]]; }
  /// It waits for all before it, and all after it wait for it.
  bool is_barrier(CommandId id) const { return command(id).barrier != BarrierReason::none; }
  /// nullopt for most commands. Computed on demand.
  std::optional<CleanUp> clean_up(CommandId id) const;
  /// Every step of the command is a mkdir: it is no failure when the folders exist.
  bool only_makes_folders(CommandId id) const;
  /// Whether some command of the plan writes, appends to or removes the path
  /// (exactly, or through a tree or glob that covers it).
  bool is_written(PathId path) const { return written_[number(path)]; }
  /// The last command in file order that writes or removes the exact path.
  CommandId last_writer(PathId path) const { return CommandId{writers_[number(path)]}; }

  PlanMode mode() const { return mode_; }
  const std::vector<Finding>& findings() const { return findings_; }
  /// The line of a plain `exit`; commands after it are not part of the plan.
  std::optional<std::uint32_t> stopped_at_line() const { return stopped_at_line_; }

 private:
  friend class PlanBuilder;
  std::vector<Command> commands_;
  std::vector<Directives> directives_;
  ShellState state_;
  Graph graph_;
  PathTable paths_;
  AccessLists accesses_;
  std::vector<TemporariesRule> temporaries_;
  std::vector<std::uint8_t> kind_of_;  // by command: index into kinds_
  std::vector<std::string> kinds_;
  std::vector<bool> simulates_;         // by kind
  std::vector<std::uint32_t> writers_;  // by path: the last that changes it
  std::vector<bool> written_;           // by path
  PlanMode mode_ = PlanMode::automatic;
  std::vector<Finding> findings_;
  std::optional<std::uint32_t> stopped_at_line_;
};

struct PlanShape {
  std::uint32_t depth = 0;  // commands on the longest path
  std::uint32_t width = 0;  // most commands on one level
};
PlanShape shape_of(const Plan& plan);

}  // namespace shoal
