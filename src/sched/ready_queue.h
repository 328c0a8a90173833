#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.h"

namespace shoal {

/// The commands that may start, highest priority first, equal ones in file
/// order: a binary heap, 8 bytes a command.
///
/// When the first does not fit, take() looks a little further for one that
/// does. A command that was passed over often enough is next, whatever else
/// would fit, so that a large one is not starved by many small ones.
class ReadyQueue {
 public:
  static constexpr std::size_t kLookAhead = 32;
  static constexpr std::uint32_t kMostPassedOver = 64;

  bool empty() const { return heap_.empty() && passed_over_.empty(); }
  std::size_t size() const { return heap_.size() + passed_over_.size(); }

  /// `priority` must not be negative. The command must not be in the queue.
  void push(CommandId command, float priority) {
    heap_.push_back(key_of(command, priority));
    std::push_heap(heap_.begin(), heap_.end());
  }

  /// Adds many commands; linear time for the first million.
  template <class Priority>
  void push_all(const std::vector<CommandId>& commands, const Priority& priority) {
    if (commands.size() < heap_.size() / kFewerThan) {
      for (const CommandId command : commands) push(command, priority(command));
      return;
    }
    heap_.reserve(heap_.size() + commands.size());
    for (const CommandId command : commands) heap_.push_back(key_of(command, priority(command)));
    std::make_heap(heap_.begin(), heap_.end());
  }

  /// Removes and returns the first command that `fits(CommandId)`; nullopt
  /// when none of those looked at does.
  template <class Fits>
  std::optional<CommandId> take(const Fits& fits) {
    for (auto waiting = passed_over_.begin(); waiting != passed_over_.end(); ++waiting) {
      if (waiting->times < kMostPassedOver) continue;
      const CommandId reserved = command_of(waiting->key);
      if (!fits(reserved)) return std::nullopt;
      passed_over_.erase(waiting);
      return reserved;
    }
    return take_in_order(fits);
  }

  /// Orders anew by `priority(CommandId)`.
  template <class Priority>
  void reprioritise(const Priority& priority) {
    for (Key& key : heap_) key = key_of(command_of(key), priority(command_of(key)));
    std::make_heap(heap_.begin(), heap_.end());
    for (PassedOver& waiting : passed_over_) {
      waiting.key = key_of(command_of(waiting.key), priority(command_of(waiting.key)));
    }
    std::sort(passed_over_.begin(), passed_over_.end(),
              [](const PassedOver& a, const PassedOver& b) { return a.key > b.key; });
  }

  /// The highest priority in the queue; 0 when it is empty.
  float highest_priority() const {
    Key highest = heap_.empty() ? 0 : heap_.front();
    if (!passed_over_.empty()) highest = std::max(highest, passed_over_.front().key);
    return std::bit_cast<float>(static_cast<std::uint32_t>(highest >> 32U));
  }

 private:
  // Pushing takes a logarithm of the heap's size each; making it anew, about
  // two steps for each that is in it.
  static constexpr std::size_t kFewerThan = 8;

  /// The priority above, the complement of the command's number below. Floats
  /// that are not negative order like their bits.
  using Key = std::uint64_t;
  static Key key_of(CommandId command, float priority) {
    return (Key{std::bit_cast<std::uint32_t>(priority)} << 32U) | ~number(command);
  }
  static CommandId command_of(Key key) { return CommandId{~static_cast<std::uint32_t>(key)}; }

  struct PassedOver {
    Key key = 0;
    std::uint32_t times = 0;
  };

  template <class Fits>
  std::optional<CommandId> take_in_order(const Fits& fits) {
    std::optional<CommandId> taken;
    for (std::size_t at = 0; at < kLookAhead && !taken; ++at) {
      const bool heap_is_next =
          !heap_.empty() && (at == passed_over_.size() || heap_.front() > passed_over_[at].key);
      if (!heap_is_next && at == passed_over_.size()) break;
      const auto place = passed_over_.begin() + static_cast<std::ptrdiff_t>(at);
      const Key key = heap_is_next ? heap_.front() : place->key;
      const bool starts = fits(command_of(key));
      if (heap_is_next) {
        std::pop_heap(heap_.begin(), heap_.end());
        heap_.pop_back();
        if (!starts) passed_over_.insert(place, PassedOver{key, 0});
      } else if (starts) {
        passed_over_.erase(place);
      }
      if (!starts) continue;
      taken = command_of(key);
      for (std::size_t before = 0; before < at; ++before) ++passed_over_[before].times;
    }
    return_the_last();
    return taken;
  }

  /// Newcomers in front may have made the list too long; its end goes back.
  void return_the_last() {
    while (passed_over_.size() > kLookAhead) {
      heap_.push_back(passed_over_.back().key);
      std::push_heap(heap_.begin(), heap_.end());
      passed_over_.pop_back();
    }
  }

  std::vector<Key> heap_;
  std::vector<PassedOver> passed_over_;  // those that did not fit, in order; few
};

}  // namespace shoal
