#include "journal/rerun_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace shoal {
namespace {

constexpr std::size_t kNone = SIZE_MAX;

WallTime modified_at(const Fingerprint& fingerprint) {
  return WallTime(
      std::chrono::floor<Duration>(std::chrono::nanoseconds(fingerprint.modified_nanoseconds)));
}

}  // namespace

RerunSet::RerunSet(const Plan& plan, const std::vector<const CommandRecord*>& records,
                   const RunRecord& run, const ResumeOptions& options, const FileUses& uses)
    : plan_(plan),
      records_(records),
      run_(run),
      options_(options),
      uses_(uses),
      lost_(run, records),
      reruns_(plan.graph().node_count()),
      stale_(plan.graph().node_count()) {}

bool RerunSet::has_run(CommandId command) const {
  return record(command) != nullptr && record(command)->attempts > 0;
}

/// Ends: every round but the last adds a command.
void RerunSet::close() {
  do {
    grew_ = false;
    propagate();
    if (plan_.mode() != PlanMode::independent) {
      add_unknown_effects();
      for (std::uint32_t file = 0; file < uses_.file_count(); ++file) add_for_file(file);
    }
  } while (grew_);
}

/// Along data and gather edges: who reads what is made again runs again, and
/// so does who started before the last end of what it reads (an earlier
/// session stopped after the source had run again and before its reader had).
void RerunSet::propagate() {
  const Graph& graph = plan_.graph();
  std::vector<std::uint32_t> newest_end(graph.node_count());  // of a node's sources, then its own
  for (const NodeId node : graph.topological_order()) {
    const std::size_t at = number(node) - 1;
    if (graph.is_command(node)) {
      const CommandRecord* const own = records_[at];
      if (own != nullptr && newest_end[at] > own->start_position) stale_[at] = true;
      newest_end[at] = own == nullptr ? 0 : own->end_position;
    }
    reruns_[at] = reruns_[at] || stale_[at];
    for (const Edge edge : graph.successors(node)) {
      if (edge.kind == EdgeKind::order) continue;
      const std::size_t to = number(edge.to) - 1;
      if (reruns_[at]) stale_[to] = true;
      newest_end[to] = std::max(newest_end[to], newest_end[at]);
    }
  }
}

/// A command that may touch anything may have read what is made again before
/// it, and have made what any command after it has read.
void RerunSet::add_unknown_effects() {
  bool earlier = false;          // some command before runs again
  bool unknown_earlier = false;  // and one of them may touch anything
  for (std::uint32_t id = 1; id <= plan_.command_count(); ++id) {
    const Command& command = plan_.command(CommandId{id});
    if (command.kind == CommandKind::state) continue;
    const bool unknown = may_touch_anything(command);
    if (!reruns_[id - 1] && (unknown_earlier || (earlier && unknown))) {
      reruns_[id - 1] = stale_[id - 1] = true;
      grew_ = true;
    }
    earlier = earlier || reruns_[id - 1];
    unknown_earlier = unknown_earlier || (unknown && reruns_[id - 1]);
  }
}

void RerunSet::add_now(CommandId command) {
  if (contains(command)) return;
  add(command);
  grew_ = true;
}

void RerunSet::add_for_file(std::uint32_t file) {
  note_what_has_run(file);
  if (next_change_.front() == kNone) return;
  add_earlier_changes(file);
  add_later_changes(file);
}

void RerunSet::note_what_has_run(std::uint32_t file) {
  const auto uses = uses_.uses(file);
  now_.reset();
  next_change_.assign(uses.size() + 1, kNone);
  last_change_.assign(uses.size() + 1, kNone);
  std::uint32_t newest = 0;
  for (std::size_t at = 0; at < uses.size(); ++at) {
    const bool is_change = changes_contents(uses[at].mode) && has_run(uses[at].command);
    last_change_[at + 1] = is_change ? at : last_change_[at];
    if (!is_change) continue;
    // A change is undone when one before it starts again.
    const std::uint32_t start = record(uses[at].command)->start_position;
    if (start >= newest) next_change_[at] = at;
    newest = std::max(newest, start);
  }
  for (std::size_t at = uses.size(); at-- > 0;) {
    if (next_change_[at] == kNone) next_change_[at] = next_change_[at + 1];
  }
}

/// A command that must find the file as it was, when the file has changed
/// since: the last one before it that makes the file anew runs again, and
/// those that changed it in between.
void RerunSet::add_earlier_changes(std::uint32_t file) {
  const auto uses = uses_.uses(file);
  CommandId reader = CommandId::none;
  for (std::size_t at = uses.size(); at-- > 0;) {
    const FileUse& use = uses[at];
    if (reader != CommandId::none && use.command != reader && changes_contents(use.mode)) {
      add_now(use.command);
      if (use.mode == AccessMode::write) reader = CommandId::none;
    }
    if (contains(use.command) && must_see_earlier_contents(file, at) &&
        is_changed_since(file, at)) {
      reader = use.command;
    }
  }
}

/// What changed the file after a command that now makes it again must do so
/// again; and what is removed again later must first be there again.
void RerunSet::add_later_changes(std::uint32_t file) {
  const auto uses = uses_.uses(file);
  bool made_again = false;
  for (std::size_t at = 0; at < uses.size(); ++at) {
    const FileUse& use = uses[at];
    if (!changes_contents(use.mode)) continue;
    if (made_again && has_run(use.command)) {
      if (!contains(use.command)) stale_[number(use.command) - 1] = true;
      add_now(use.command);
    }
    made_again = made_again || contains(use.command);
    if (use.mode != AccessMode::remove || !contains(use.command)) continue;
    for (const FileUse& before : uses.first(at)) {
      if (makes_folder(before.mode)) add_now(before.command);
    }
  }
}

/// Access sets do not tell whether a command that reads and writes a file reads
/// what it has itself made: so it may read what others left there. One that
/// appends needs nothing if the file can be cut to what it was.
bool RerunSet::must_see_earlier_contents(std::uint32_t file, std::size_t at) {
  const AccessMode mode = uses_.uses(file)[at].mode;
  if (mode != AccessMode::append) return mode == AccessMode::read;
  const auto size = size_before(file, at);
  return !size || now(file).size < *size;
}

/// Asked for once while a file is looked at, and only if it matters.
const Fingerprint& RerunSet::now(std::uint32_t file) {
  if (!now_) now_ = options_.fingerprint(plan_.paths().text(uses_.path(file)), false);
  return *now_;
}

/// The change, by the command itself or one after it, that has happened
/// already, so that the file is not what the command should find.
const FileUse* RerunSet::change_after(std::uint32_t file, std::size_t at) {
  const auto uses = uses_.uses(file);
  std::size_t first = at;
  while (first > 0 && uses[first - 1].command == uses[at].command) --first;
  const std::size_t last = last_change_[first];
  const CommandRecord* const writer = last == kNone ? nullptr : record(uses[last].command);
  for (std::size_t each = next_change_[first]; each != kNone; each = next_change_[each + 1]) {
    if (has_changed(file, uses[each], writer)) return &uses[each];
  }
  return nullptr;
}

/// The file is not as the use `at` must find it: a command of the plan has
/// changed it since, or one whose line was edited since, or it is gone.
bool RerunSet::is_changed_since(std::uint32_t file, std::size_t at) {
  if (change_after(file, at) != nullptr) return true;
  const std::size_t last = last_change_[at];
  if (last == kNone) return false;
  const FileUse& change = uses_.uses(file)[last];
  const CommandRecord& writer = *record(change.command);
  if (now(file).size < 0) return change.mode != AccessMode::remove && change.certain;
  const WallTime modified = modified_at(now(file));
  return modified > writer.started + writer.wall && lost_.ran_at(modified);
}

/// Whether a command that has run changed the file since `writer` ended. A
/// command that failed or was interrupted, and one of which shoal only guesses
/// that it writes, may have left it alone: then the file is no younger than its
/// writer's end. The margin is the kernel's clock for files, which lags.
bool RerunSet::has_changed(std::uint32_t file, const FileUse& use, const CommandRecord* writer) {
  constexpr Duration kClockLag{10'000};
  const bool surely = use.certain && record(use.command)->done_once;
  if (surely || writer == nullptr || !writer->has_end) return true;
  return now(file).size < 0 || modified_at(now(file)) > writer->started + writer->wall - kClockLag;
}

/// The size that the file had before the use `at`, if the journal knows: that
/// after the last change before it, which is the smallest that any command
/// noted which started to append behind that change. Such a command stands at
/// `at` or later, or stood there before the jobs file was edited.
std::optional<std::int64_t> RerunSet::size_before(std::uint32_t file, std::size_t at) const {
  const auto uses = uses_.uses(file);
  const std::size_t next = next_change_[at];
  const std::string path = plan_.paths().text(uses_.path(file));
  const std::size_t last = last_change_[at];
  const std::uint32_t last_start = last == kNone ? 0 : record(uses[last].command)->start_position;
  std::optional<std::int64_t> size = lost_.smallest_size_since(path, last_start);
  if (next == kNone) return size;
  // Made anew or removed since: then only its absence can be had again.
  if (uses[next].mode != AccessMode::append) return size == -1 ? size : std::nullopt;
  for (const auto& [name, noted] : run_.appended(*record(uses[next].command))) {
    if (name == path) return std::min(noted, size.value_or(noted));
  }
  return size;
}

std::unordered_map<std::uint32_t, std::vector<AppendedFile>> RerunSet::cut_back() {
  std::unordered_map<std::uint32_t, std::vector<AppendedFile>> cuts;
  for (std::uint32_t file = 0; file < uses_.file_count(); ++file) {
    const auto uses = uses_.uses(file);
    const auto first = std::find_if(uses.begin(), uses.end(), [&](const FileUse& use) {
      return changes_contents(use.mode) && contains(use.command);
    });
    if (first == uses.end() || first->mode != AccessMode::append) continue;
    note_what_has_run(file);
    if (const auto size = size_before(file, static_cast<std::size_t>(first - uses.begin()))) {
      cuts[number(first->command)].emplace_back(plan_.paths().text(uses_.path(file)), *size);
    }
  }
  return cuts;
}

std::vector<ResumePlan::Reason> RerunSet::warnings() {
  std::vector<ResumePlan::Reason> warnings;
  if (plan_.mode() == PlanMode::independent) return warnings;
  for (std::uint32_t file = 0; file < uses_.file_count(); ++file) {
    const auto uses = uses_.uses(file);
    note_what_has_run(file);
    for (std::size_t at = 0; at < uses.size(); ++at) {
      const FileUse& use = uses[at];
      if (changes_contents(use.mode)) break;  // made by the plan: its maker runs again
      if (use.mode != AccessMode::read || !use.certain || !contains(use.command)) continue;
      const FileUse* const change = change_after(file, at);
      if (change == nullptr || change->command == use.command || !change->certain) continue;
      warnings.push_back(
          {use.command,
           fmt::format("it reads {}, which line {} has changed since and no line makes anew",
                       plan_.paths().text(uses_.path(file)), plan_.command(change->command).line)});
    }
  }
  return warnings;
}

}  // namespace shoal
