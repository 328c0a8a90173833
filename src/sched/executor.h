#pragma once

#include <optional>

#include "sched/attempt.h"

namespace shoal {

/// Receives what an executor reports, on the thread of the run's event loop
/// and never from inside Executor::start or cancel.
class ExecutorEvents {
 public:
  virtual ~ExecutorEvents() = default;
  virtual void on_ended(AttemptResult result) = 0;
};

/// Runs attempts: here (exec), through a broker (amqp), or not at all (tests).
class Executor {
 public:
  virtual ~Executor() = default;
  /// The scheduler never starts more attempts than the executor has slots.
  /// Every started attempt gets exactly one on_ended.
  virtual void start(AttemptSpec spec) = 0;
  /// Asks a running attempt to end as `cancelled`; TERM, grace, KILL.
  /// An attempt that has ended already is ignored.
  virtual void cancel(CommandId command, AttemptNumber attempt) = 0;
  /// nullopt when the command is not running, or its log is not known.
  virtual std::optional<RunningLog> log_of(CommandId command) const = 0;
};

}  // namespace shoal
