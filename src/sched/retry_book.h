#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "base/ids.h"
#include "sched/attempt.h"
#include "sched/scheduler.h"

namespace shoal {

/// The commands of a session that were tried again: how often and why, and
/// what the next attempt gets. Holds nothing of a command that never needed it.
class RetryBook {
 public:
  struct Entry {
    std::uint32_t failed = 0;  // retries used up, by rule
    std::uint32_t lost = 0;
    std::uint32_t out_of_memory = 0;
    EndClass last_end = EndClass::ok;
    std::uint64_t memory = 0;  // bytes that the next attempt gets; 0: as any command
    bool alone = false;        // the next attempt runs alone
  };

  explicit RetryBook(const RetryRules& rules) : rules_(rules) {}

  /// Uses up one retry of the rule for `end`. nullptr when the class is never
  /// tried again or its retries are used up. `failed_retries` is what the
  /// command's directive says instead of RetryRules::failed. The entry is the
  /// caller's to complete; it stays valid until forget.
  Entry* try_again(CommandId command, EndClass end, std::optional<std::uint32_t> failed_retries);

  bool was_last_memory_retry(const Entry& entry) const {
    return entry.out_of_memory >= rules_.out_of_memory;
  }

  /// nullptr: never tried again.
  const Entry* find(CommandId command) const;
  void forget(CommandId command) { entries_.erase(command); }

 private:
  RetryRules rules_;
  std::unordered_map<CommandId, Entry> entries_;
};

}  // namespace shoal
