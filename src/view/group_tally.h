#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "sched/scheduler.h"
#include "view/progress_block.h"

namespace shoal {

/// Counts by data set, kept up to date from events.
class GroupTally {
 public:
  GroupTally() = default;
  /// `group` gives the data set of a command, "" for none.
  GroupTally(std::uint32_t command_count, const std::function<std::string(CommandId)>& group);

  void start(CommandId command);
  void stop(CommandId command);
  /// A command may settle again: after a retry, or when its source succeeded later.
  void settle(CommandId command, CommandState state);

  /// In the order of the jobs file.
  const std::vector<GroupProgress>& groups() const { return groups_; }

 private:
  GroupProgress* group_of(CommandId command);

  std::vector<GroupProgress> groups_;
  std::vector<std::uint32_t> group_index_;  // by command - 1; UINT32_MAX for none
  std::vector<CommandState> states_;        // by command - 1
};

}  // namespace shoal
