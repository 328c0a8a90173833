#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "job/directives.h"
#include "plan/graph.h"
#include "sched/attempt.h"
#include "sched/shape_history.h"

namespace shoal {

/// How often each class of end is tried again. The default retries only what
/// was no fault of the command.
struct RetryRules {
  std::uint32_t failed = 0;  // --retries; also for timed_out, killed and output_missing
  std::uint32_t lost = 5;
  std::uint32_t out_of_memory = 3;  // each time with more memory, at last alone
};

struct SchedulerOptions {
  std::uint32_t slots = 1;
  double cpus = 1;           // of the executor; a command asks for 1 unless directed
  std::uint64_t memory = 0;  // bytes for all commands together; 0: no admission by memory
  RetryRules retries;
  std::uint32_t halt_after = 0;  // stop starting after this many failures; 0: go on like bash
  bool strict = false;           // hold readers of trees and globs whose sources failed
};

/// Where a command stands. Terminal ones are below the line.
enum class CommandState : std::uint8_t {
  waiting,  // for its predecessors
  ready,    // in the ready queue
  running,
  // terminal:
  done,         // ended ok
  failed,       // last attempt did not end ok and no retry is left
  skipped,      // a file it needs was not made
  held,         // --strict: some of its sources failed
  not_reached,  // the run ended first: halt, set -e, exit, or the user stopped it
};
constexpr bool is_terminal(CommandState state) { return state >= CommandState::done; }

/// A reader of a tree or glob that ran although not all its sources succeeded.
struct Incomplete {
  std::uint32_t succeeded = 0;
  std::uint32_t total = 0;
  friend bool operator==(const Incomplete&, const Incomplete&) = default;
};

struct StartAction {
  CommandId command{};
  AttemptNumber attempt{};
  /// A predecessor did not succeed: the executor must check the exact inputs
  /// and end as input_missing when one is absent.
  bool check_inputs = false;
  double cpus = 1;
  std::uint64_t memory = 0;  // expected peak, bytes; 0: unknown
  /// The command ran ok and is not run again: only its files are uploaded.
  bool only_upload = false;
};
struct CancelAction {
  CommandId command{};
  AttemptNumber attempt{};
};
/// A command reached a terminal state (or goes back to ready for a retry:
/// state ready), for the journal and the view. A command that never started
/// and is not reached gets none: there may be a million of them.
struct SettleAction {
  CommandId command{};
  AttemptNumber attempt{};  // the last one over the life of the run; none: never started
  CommandState state = CommandState::done;
  EndClass end = EndClass::ok;           // of that attempt; says nothing when held
  std::optional<Incomplete> incomplete;  // of done, failed, skipped and held ones
};

/// What one event asks of the host, in the order in which to do it. Events
/// append to it.
struct Actions {
  std::vector<SettleAction> settled;
  std::vector<StartAction> start;
  std::vector<CancelAction> cancel;
  /// Nothing more will start: what was started and waits may be withdrawn. Set
  /// by one event of a run, at most.
  bool stopping = false;
  /// Nothing runs and nothing will start. Set by one event of a run.
  bool finished = false;
};

/// What the scheduler must know of the commands. A function may be empty: one
/// shape, no directives, no `set -e`.
struct Workload {
  const Graph* graph = nullptr;
  std::function<std::uint64_t(CommandId)> shape;           // see job/words.h; asked once a command
  std::function<const Directives*(CommandId)> directives;  // nullptr: none
  /// `set -e` is in effect for the command, and its failure ends the run.
  std::function<bool(CommandId)> exits_on_error;
};

/// A run as a pure state machine: no clock, no file, no thread. The host feeds
/// events and carries out the actions that it appends. The rules stand in
/// docs/scheduling.md.
class Scheduler {
 public:
  /// What a resumed run knows: per command (index = number - 1) the attempts
  /// already used and how far it is. Empty vectors: nothing yet.
  struct Resume {
    std::vector<bool> done;
    std::vector<std::uint32_t> attempts;
    std::vector<bool> made = {};  // not done, but only because its upload failed
  };

  /// The graph and `history` must outlive the scheduler; `history` is learnt into.
  Scheduler(Workload workload, ShapeHistory& history, SchedulerOptions options, Resume resume);
  ~Scheduler();

  /// The first event; a drain or an abort may come before it.
  void begin(Instant now, Actions& out);
  /// The command of an attempt has ended ok, and its files are being uploaded:
  /// what it held is free, but it has not ended.
  void on_uploading(CommandId command, AttemptNumber attempt, Instant now, Actions& out);
  /// An attempt that is not running (a duplicate, a late one) is ignored.
  void on_attempt_ended(const AttemptResult& result, Instant now, Actions& out);
  /// The executor has more or less room than before: `attempts` at once, of
  /// which `slots` run and the others wait for one.
  void resize(std::uint32_t attempts, std::uint32_t slots, Instant now, Actions& out);
  /// Start nothing more; what runs may finish. (Ctrl-C once.)
  void drain(Instant now, Actions& out);
  /// Drain, and cancel what runs. (Ctrl-C twice.)
  void abort(Instant now, Actions& out);

  CommandState state(CommandId id) const;
  struct Counts {
    std::uint32_t total = 0, waiting = 0, ready = 0, running = 0;
    std::uint32_t done = 0, failed = 0, skipped = 0, held = 0, not_reached = 0;
    friend bool operator==(const Counts&, const Counts&) = default;
  };
  const Counts& counts() const;
  /// Expected time from `now` to the end: the larger of the work left over the
  /// slots and the longest path left, by learnt durations; nullopt while
  /// nothing is learnt. While draining, the time until nothing runs. Costs a
  /// step a running attempt.
  std::optional<Duration> estimate_left(Instant now) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal
