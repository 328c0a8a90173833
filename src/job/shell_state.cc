#include "job/shell_state.h"

#include <algorithm>

#include "base/text.h"

namespace shoal {

void ShellState::add(Entry entry) {
  const auto index = static_cast<std::uint32_t>(entries_.size());
  const std::uint64_t before = marks_.empty() ? hash64("") : marks_.back().hash;
  // A snapshot holds what all lines before it left, so its number depends on them too.
  const std::uint64_t hash = hash64(entry.from_snapshot ? "\1" : "\2", hash64(entry.text, before));
  const std::uint32_t before_first = marks_.empty() ? 0 : marks_.back().first_to_replay;
  marks_.push_back({hash, entry.supersedes_all ? index : before_first});
  entries_.push_back(entry);
}

std::vector<ShellState::Entry> ShellState::to_replay(std::uint32_t count) const {
  count = std::min(count, size());
  if (count == 0) return {};
  const auto begin = entries_.begin();
  return {begin + marks_[count - 1].first_to_replay, begin + count};
}

std::uint64_t ShellState::fingerprint(std::uint32_t count) const {
  count = std::min(count, size());
  return count == 0 ? hash64("") : marks_[count - 1].hash;
}

ErrorExit ShellState::error_exit(std::uint32_t count) const {
  const auto later = std::ranges::upper_bound(switches_, count, {}, &Switch::from);
  return later != switches_.begin() ? std::prev(later)->to : ErrorExit::off;
}

void ShellState::set_error_exit_from(std::uint32_t count, ErrorExit error_exit) {
  if (this->error_exit(count) != error_exit) switches_.push_back({count, error_exit});
}

}  // namespace shoal
