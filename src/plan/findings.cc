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
                 fmt::format("the jobs file ends here with exit: {} more {} below {} never run", unread,
                             unread == 1 ? "line" : "lines", unread == 1 ? "is" : "are")});
}

std::vector<Finding> missing_inputs(const Plan& plan, const DiskView& disk) {
  BoundedFindings absent{Severity::error, "inputs that do not exist"};
  BoundedFindings doubtful{Severity::warning, "inputs that do not exist yet"};
  std::vector<bool> written(plan.paths().size());
  std::vector<bool> looked_at(plan.paths().size());
  std::uint32_t opaque_line = 0;
  for (std::uint32_t i = 1; i <= plan.command_count(); ++i) {
    const CommandId id{i};
    const Command& command = plan.command(id);
    const auto accesses = plan.accesses(id);
    const auto writes_too = [&](PathId path) {
      return std::any_of(accesses.begin(), accesses.end(), [&](const Access& access) {
        return access.path == path && access.mode != AccessMode::read;
      });
    };
    for (const Access& access : accesses) {
      const std::size_t path = number(access.path);
      const bool needed = access.mode == AccessMode::read && access.extent == Extent::exact && access.certain;
      if (!needed || written[path] || looked_at[path] || writes_too(access.path)) continue;
      looked_at[path] = true;
      const CommandId writer = plan.last_writer(access.path);
      const bool covered = plan.is_written(access.path) && writer == CommandId::none;
      const std::string text = plan.paths().text(access.path);
      if (covered || disk.exists(text)) continue;
      BoundedFindings& sort = opaque_line == 0 ? absent : doubtful;
      if (!sort.wants_next()) continue;
      std::string message = fmt::format("{} does not exist, and no line before makes it", text);
      if (writer != CommandId::none) {
        message += fmt::format("; line {} makes it later", plan.command(writer).line);
      }
      if (opaque_line != 0) {
        message += fmt::format(", unless line {} does, which shoal cannot tell", opaque_line);
      }
      sort.add(command.line, std::move(message));
    }
    for (const Access& access : accesses) {
      if (access.mode != AccessMode::read) written[number(access.path)] = true;
    }
    const bool may_do_anything =
        plan.is_barrier(id) && command.barrier != BarrierReason::directive;
    if (may_do_anything && opaque_line == 0) opaque_line = command.line;
  }
  std::vector<Finding> all;
  absent.append_to(all);
  doubtful.append_to(all);
  return all;
}

}  // namespace shoal
