#pragma once

#include <vector>

#include "base/ids.h"
#include "sched/scheduler.h"

namespace shoal {

/// Where every command stands, and how many stand where.
class CommandStates {
 public:
  explicit CommandStates(std::uint32_t command_count)
      : states_(command_count, CommandState::waiting) {
    counts_.total = command_count;
    counts_.waiting = command_count;
  }

  CommandState of(CommandId command) const { return states_[number(command) - 1]; }
  const Scheduler::Counts& counts() const { return counts_; }

  void set(CommandId command, CommandState state) {
    --count_of(of(command));
    ++count_of(state);
    states_[number(command) - 1] = state;
  }

 private:
  std::uint32_t& count_of(CommandState state) {
    switch (state) {
      case CommandState::waiting:
        return counts_.waiting;
      case CommandState::ready:
        return counts_.ready;
      case CommandState::running:
        return counts_.running;
      case CommandState::done:
        return counts_.done;
      case CommandState::failed:
        return counts_.failed;
      case CommandState::skipped:
        return counts_.skipped;
      case CommandState::held:
        return counts_.held;
      case CommandState::not_reached:
        break;
    }
    return counts_.not_reached;
  }

  std::vector<CommandState> states_;
  Scheduler::Counts counts_;
};

}  // namespace shoal
