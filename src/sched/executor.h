#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "sched/attempt.h"
#include "sched/start_verdict.h"

namespace shoal {

/// How much an executor does at once.
struct Capacity {
  std::uint32_t attempts = 1;  // started and not ended; some may wait
  std::uint32_t slots = 0;     // that run; 0: none is known yet
  friend bool operator==(const Capacity&, const Capacity&) = default;
};

/// Receives what an executor reports, on the thread of the run's event loop
/// and never from inside Executor::start or cancel.
class ExecutorEvents {
 public:
  virtual ~ExecutorEvents() = default;
  virtual void on_ended(AttemptResult result) = 0;
  /// The command has ended ok and holds nothing any more, while its files are
  /// uploaded; on_ended comes later. Told at most once of an attempt.
  virtual void on_uploading(CommandId /*command*/, AttemptNumber /*attempt*/) {}

  /// A command was started cold and warm on trial, before its attempt.
  virtual void on_verified(VerifiedStart /*verified*/) {}

  // Of an executor that sends attempts elsewhere (Executor::queues).

  /// One that waited has begun.
  virtual void on_running(CommandId /*command*/, AttemptNumber /*attempt*/) {}
  /// From now on it takes so many attempts at once, and runs so many of them.
  virtual void on_capacity(Capacity /*capacity*/) {}
  /// Something that the user should know; a sentence.
  virtual void on_notice(std::string_view /*sentence*/) {}
  /// It cannot go on. Nothing more will be reported.
  virtual void on_broken(Error /*error*/) {}
  /// All that was reported and started so far must be on disk before others
  /// may hear of it. False: it could not be written, and nothing may be sent.
  virtual bool make_durable() { return true; }
};

/// Runs attempts: here (exec), through a broker (amqp), or not at all (tests).
class Executor {
 public:
  virtual ~Executor() = default;
  /// The scheduler never starts more attempts than the executor has room for.
  /// Every started attempt gets exactly one on_ended.
  virtual void start(AttemptSpec spec) = 0;
  /// Asks a running attempt to end as `cancelled`; TERM, grace, KILL.
  /// An attempt that has ended already is ignored.
  virtual void cancel(CommandId command, AttemptNumber attempt) = 0;
  /// nullopt when the command is not running, or its log is not known.
  virtual std::optional<RunningLog> log_of(CommandId command) const = 0;

  /// Whether what is started may wait before it runs (see on_running).
  virtual bool queues() const { return false; }
  /// Ends as `cancelled` what waits; what runs may finish.
  virtual void withdraw() {}
};

/// What is done for an attempt between the end of its command and the end that
/// is told: its upload. Stands between an executor of processes and whoever
/// hears of its attempts; on their thread.
class FollowUp : public ExecutorEvents {
 public:
  /// Before the attempt is started. False: no command is to be run; its end is
  /// told by itself.
  virtual bool admit(const AttemptSpec& spec) = 0;
  /// True: the command has ended already, and the rest ends soon. False: it is
  /// the executor's to cancel.
  virtual bool cancel(CommandId command, AttemptNumber attempt) = 0;
};

/// Makes one that tells `events`, which outlive it.
using MakeFollowUp = std::function<std::unique_ptr<FollowUp>(ExecutorEvents& events)>;

}  // namespace shoal
