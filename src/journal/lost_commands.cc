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
  }
}

bool LostCommands::ran_at(WallTime time) const {
  const auto later = std::upper_bound(spans_.begin(), spans_.end(), time,
                                      [](WallTime t, const Span& span) { return t < span.begin; });
  return later != spans_.begin() && std::prev(later)->last_end >= time;
}

const std::int64_t* LostCommands::size_before(const std::string& path, std::uint32_t after,
                                              std::uint32_t before) const {
  const auto found = appends_.find(path);
  if (found == appends_.end()) return nullptr;
  const auto first = std::upper_bound(
      found->second.begin(), found->second.end(), after,
      [](std::uint32_t position, const Append& append) { return position < append.position; });
  return first != found->second.end() && first->position < before ? &first->size : nullptr;
}

}  // namespace shoal
