#include "journal/lost_commands.h"

#include <algorithm>

namespace shoal {

LostCommands::LostCommands(const RunRecord& run, const std::vector<const CommandRecord*>& records) {
  std::vector<bool> is_known(run.commands.size());
  for (const CommandRecord* const record : records) {
    if (record != nullptr) is_known[static_cast<std::size_t>(record - run.commands.data())] = true;
  }
  for (std::size_t i = 0; i < is_known.size(); ++i) {
    const CommandRecord& command = run.commands[i];
    if (is_known[i] || command.attempts == 0) continue;
    // Nobody saw the end of one that was interrupted.
    const bool has_ended = command.state != CommandState::running;
    spans_.push_back(
        {command.started, has_ended ? command.started + command.wall : WallTime::max()});
    for (const auto& [path, size] : run.appended(command)) {
      appends_[path].push_back({command.start_position, size});
    }
  }
  std::sort(spans_.begin(), spans_.end(),
            [](const Span& a, const Span& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < spans_.size(); ++i) {
    spans_[i].last_end = std::max(spans_[i].last_end, spans_[i - 1].last_end);
  }
  for (auto& [path, appends] : appends_) {
    std::sort(appends.begin(), appends.end(),
              [](const Append& a, const Append& b) { return a.position < b.position; });
    for (std::size_t i = appends.size() - 1; i-- > 0;) {
      appends[i].smallest = std::min(appends[i].smallest, appends[i + 1].smallest);
    }
  }
}

bool LostCommands::ran_at(WallTime time) const {
  const auto later = std::upper_bound(spans_.begin(), spans_.end(), time,
                                      [](WallTime t, const Span& span) { return t < span.begin; });
  return later != spans_.begin() && std::prev(later)->last_end >= time;
}

std::optional<std::int64_t> LostCommands::smallest_size_since(const std::string& path,
                                                              std::uint32_t position) const {
  const auto found = appends_.find(path);
  if (found == appends_.end()) return std::nullopt;
  const auto first = std::upper_bound(
      found->second.begin(), found->second.end(), position,
      [](std::uint32_t wanted, const Append& append) { return wanted < append.position; });
  if (first == found->second.end()) return std::nullopt;
  return first->smallest;
}

}  // namespace shoal
