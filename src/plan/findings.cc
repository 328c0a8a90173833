#include "plan/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "plan/export.h"

namespace shoal {
namespace {

/// "3, 8, 10 and 4 more"
std::string line_list(const std::vector<std::uint32_t>& lines, std::size_t count) {
  const std::size_t shown = std::min(lines.size(), count > 10 ? std::size_t{9} : count);
  std::string list;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) list += count == shown && i + 1 == shown ? " and " : ", ";
    list += std::to_string(lines[i]);
  }
  if (count > shown) list += fmt::format(" and {} more", count - shown);
  return list;
}

}  // namespace

bool BoundedFindings::wants_next() {
  if (found_.size() < kMostFindings) return true;
  ++more_;
  return false;
}

void BoundedFindings::add(std::uint32_t line, std::string message) {
  found_.push_back({severity_, line, std::move(message)});
}

void BoundedFindings::append_to(std::vector<Finding>& all) const {
  all.insert(all.end(), found_.begin(), found_.end());
  if (more_ > 0) all.push_back({severity_, 0, fmt::format("and {} more {}", more_, rest_)});
}

void OverwriteFindings::on_overwrite(const std::vector<Command>& commands, const PathTable& paths,
                                     CommandId first, CommandId second, PathId path,
                                     bool read_between) {
  const std::pair pair(first, second);
  if (pair == last_) return;  // more outputs of the same two commands
  const Command& earlier = commands[number(first) - 1];
  const Command& later = commands[number(second) - 1];
  if (earlier.text == later.text) {
    last_ = pair;
    if (!repeated_.wants_next()) return;
    repeated_.add(later.line, fmt::format("the same command as line {}, which writes {} too",
                                          earlier.line, paths.text(path)));
  } else if (!read_between) {
    last_ = pair;
    if (!overwritten_.wants_next()) return;
    overwritten_.add(later.line,
                     fmt::format("writes {}, which line {} has written and nothing has read",
                                 paths.text(path), earlier.line));
  }
}

void OverwriteFindings::append_to(std::vector<Finding>& all) const {
  overwritten_.append_to(all);
  repeated_.append_to(all);
}

void append_barrier_findings(const std::vector<Command>& commands, std::vector<Finding>& all) {
  struct Lines {
    std::vector<std::uint32_t> first;
    std::size_t count = 0;
  };
  std::map<BarrierReason, Lines> by_reason;
  for (const Command& command : commands) {
    if (command.barrier == BarrierReason::none) continue;
    Lines& lines = by_reason[command.barrier];
    if (++lines.count <= 10) lines.first.push_back(command.line);
  }
  for (const auto& [reason, lines] : by_reason) {
    const bool one = lines.count == 1;
    all.push_back({Severity::note, lines.first.front(),
                   fmt::format("{} {} {} for all lines before, and all lines after {} for {} ({})",
                               one ? "line" : "lines", line_list(lines.first, lines.count),
                               one ? "waits" : "wait", "wait", one ? "it" : "them",
                               barrier_reason_text(reason))});
  }
}

void append_error_exit_finding(const std::vector<Command>& commands, const ShellState& state,
                               std::vector<Finding>& all) {
  std::size_t under_it = 0;
  std::uint32_t line_of_it = 0;
  for (const Command& command : commands) {
    if (!state.may_exit_on_error(command.state) || ++under_it > 1) continue;
    // Directly before the first command that sees it, or in the first line of the file.
    line_of_it = command.state == 0
                     ? 1
                     : commands[number(state.entries()[command.state - 1].command) - 1].line;
  }
  if (under_it < 2) return;
  all.push_back({Severity::warning, line_of_it,
                 fmt::format("set -e: {} lines run one after another, because bash would stop at "
                             "the first failure; without it they could run side by side",
                             under_it)});
}

void append_stop_finding(std::string_view text, std::uint32_t stopped_at_line,
                         std::vector<Finding>& all) {
  std::uint32_t line = 0;
  std::size_t unread = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::size_t begin = text.substr(0, end).find_first_not_of(" \t\r\n");
    if (++line > stopped_at_line && begin < end && text[begin] != '#') ++unread;
    text.remove_prefix(end);
  }
  if (unread == 0) return;
  all.push_back({Severity::warning, stopped_at_line,
                 fmt::format("the jobs file ends here with exit: {} more {} below {} never run",
                             unread, unread == 1 ? "line" : "lines", unread == 1 ? "is" : "are")});
}

namespace {

/// Goes through the commands in file order and asks the disk for each input
/// that none before has written.
class InputCheck {
 public:
  InputCheck(const Plan& plan, const DiskView& disk)
      : plan_(plan), disk_(disk), settled_(plan.paths().size()) {}

  void look_at(CommandId id);
  std::vector<Finding> findings() const;

 private:
  bool is_needed(const Access& access, std::span<const Access> all) const;
  std::string message(PathId path) const;

  const Plan& plan_;
  const DiskView& disk_;
  std::vector<bool> settled_;      // by path: written by a command before, or asked for
  std::uint32_t opaque_line_ = 0;  // the first line that may have made anything
  BoundedFindings absent_{Severity::error, "inputs that do not exist"};
  BoundedFindings doubtful_{Severity::warning, "inputs that do not exist yet"};
};

bool InputCheck::is_needed(const Access& access, std::span<const Access> all) const {
  if (access.mode != AccessMode::read || access.extent != Extent::exact || !access.certain) {
    return false;
  }
  return std::none_of(all.begin(), all.end(), [&](const Access& other) {
    return other.path == access.path && other.mode != AccessMode::read;
  });
}

std::string InputCheck::message(PathId path) const {
  std::string text =
      fmt::format("{} does not exist, and no line before makes it", plan_.paths().text(path));
  if (const CommandId writer = plan_.last_writer(path); writer != CommandId::none) {
    const auto accesses = plan_.accesses(writer);
    const bool makes = std::any_of(accesses.begin(), accesses.end(), [&](const Access& access) {
      return access.path == path && access.mode != AccessMode::read &&
             access.mode != AccessMode::remove;
    });
    if (makes) text += fmt::format("; line {} makes it later", plan_.command(writer).line);
  }
  if (opaque_line_ != 0) {
    text += fmt::format(", unless line {} does, which shoal cannot tell", opaque_line_);
  }
  return text;
}

void InputCheck::look_at(CommandId id) {
  const Command& command = plan_.command(id);
  const auto accesses = plan_.accesses(id);
  for (const Access& access : accesses) {
    if (settled_[number(access.path)] || !is_needed(access, accesses)) continue;
    settled_[number(access.path)] = true;
    const bool in_a_pattern =
        plan_.is_written(access.path) && plan_.last_writer(access.path) == CommandId::none;
    if (in_a_pattern || disk_.exists(plan_.paths().text(access.path))) continue;
    BoundedFindings& sort = opaque_line_ == 0 ? absent_ : doubtful_;
    if (sort.wants_next()) sort.add(command.line, message(access.path));
  }
  for (const Access& access : accesses) {
    if (access.mode != AccessMode::read) settled_[number(access.path)] = true;
  }
  const bool may_do_anything = plan_.is_barrier(id) && command.barrier != BarrierReason::directive;
  if (may_do_anything && opaque_line_ == 0) opaque_line_ = command.line;
}

std::vector<Finding> InputCheck::findings() const {
  std::vector<Finding> all;
  absent_.append_to(all);
  doubtful_.append_to(all);
  return all;
}

}  // namespace

std::vector<Finding> missing_inputs(const Plan& plan, const DiskView& disk) {
  InputCheck check(plan, disk);
  for (std::uint32_t i = 1; i <= plan.command_count(); ++i) check.look_at(CommandId{i});
  return check.findings();
}

}  // namespace shoal
