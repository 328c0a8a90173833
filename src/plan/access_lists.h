#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.h"
#include "plan/access_set.h"

namespace shoal {

/// The accesses of all commands, one list after the other.
class AccessLists {
 public:
  /// Memory is taken for at most so many commands; what is not used costs nothing.
  void reserve(std::size_t commands);
  /// Adds the next command's list.
  void add(std::span<const Access> accesses);

  std::uint32_t command_count() const { return static_cast<std::uint32_t>(begins_.size() - 1); }
  std::span<const Access> of(CommandId command) const {
    return std::span(accesses_).subspan(begins_[number(command) - 1], size_of(command));
  }
  std::span<Access> of(CommandId command) {
    return std::span(accesses_).subspan(begins_[number(command) - 1], size_of(command));
  }
  std::span<const Access> all() const { return accesses_; }
  std::span<Access> all() { return accesses_; }

 private:
  std::size_t size_of(CommandId command) const {
    return begins_[number(command)] - begins_[number(command) - 1];
  }

  std::vector<Access> accesses_;
  std::vector<std::uint32_t> begins_ = {0};  // by command, and the end
};

inline void AccessLists::reserve(std::size_t commands) {
  begins_.reserve(commands + 1);
  accesses_.reserve(commands * 4);
}

inline void AccessLists::add(std::span<const Access> accesses) {
  accesses_.insert(accesses_.end(), accesses.begin(), accesses.end());
  begins_.push_back(static_cast<std::uint32_t>(accesses_.size()));
}

}  // namespace shoal
