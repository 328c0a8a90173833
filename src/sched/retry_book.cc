#include "sched/retry_book.h"

namespace shoal {

RetryBook::Entry* RetryBook::try_again(CommandId command, EndClass end,
                                       std::optional<std::uint32_t> failed_retries) {
  std::uint32_t Entry::*used = nullptr;
  std::uint32_t allowed = 0;
  switch (end) {
    case EndClass::failed:
    case EndClass::timed_out:
    case EndClass::killed:
    case EndClass::output_missing:
      used = &Entry::failed;
      allowed = failed_retries.value_or(rules_.failed);
      break;
    case EndClass::lost:
      used = &Entry::lost;
      allowed = rules_.lost;
      break;
    case EndClass::out_of_memory:
      used = &Entry::out_of_memory;
      allowed = rules_.out_of_memory;
      break;
    case EndClass::ok:
    case EndClass::input_missing:
    case EndClass::cancelled:
    case EndClass::ended_shell:
    case EndClass::upload_failed:  // has a rule of its own: Scheduler
      return nullptr;
  }
  const Entry* known = find(command);
  if ((known == nullptr ? 0 : known->*used) >= allowed) return nullptr;
  Entry& entry = entries_[command];
  ++(entry.*used);
  entry.last_end = end;
  return &entry;
}

const RetryBook::Entry* RetryBook::find(CommandId command) const {
  const auto found = entries_.find(command);
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace shoal
