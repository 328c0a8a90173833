#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sched/admission.h"
#include "sched/command_states.h"
#include "sched/dependencies.h"
#include "sched/expectations.h"
#include "sched/ready_queue.h"
#include "sched/retry_book.h"
#include "sched/scheduler.h"

namespace shoal {

/// The inside of a Scheduler: events and starting in scheduler.cc, what follows
/// from an end in scheduler_ends.cc.
class Scheduler::Impl {
 public:
  Impl(Workload workload, ShapeHistory& history, SchedulerOptions options, Resume resume);

  void begin(Instant now, Actions& out);
  void on_uploading(CommandId command, AttemptNumber attempt, Instant now, Actions& out);
  void on_attempt_ended(const AttemptResult& result, Instant now, Actions& out);
  void resize(std::uint32_t attempts, std::uint32_t slots, Instant now, Actions& out);
  void drain(Instant now, Actions& out);
  void abort(Instant now, Actions& out);
  CommandState state(CommandId id) const { return states_.of(id); }
  const Counts& counts() const { return states_.counts(); }
  std::optional<Duration> estimate_left(Instant now) const;

 private:
  /// Doubling stops here: no machine has more, and sums stay in range.
  static constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 56U;
  /// A machine is lost now and then, and what it ran was not the cause.
  static constexpr std::uint32_t kLossesByChance = 2;

  struct Running {
    AttemptNumber attempt{};
    Instant since{};
    Demand demand;
    bool only_upload = false;
    bool uploading = false;  // what it held was given back
  };

  const Directives* directives(CommandId command) const;
  AttemptNumber last_attempt(CommandId command) const;
  float priority(CommandId command) const { return paths_[number(command) - 1]; }
  Demand demand(CommandId command);

  void advance(Instant now, Actions& out);
  void start(CommandId command, Instant now, Actions& out);
  void queue_failed_uploads();
  void finish(Actions& out);

  void learn(const AttemptResult& result);
  void compute_priorities();

  bool try_again(const AttemptResult& result, const Demand& demand, Actions& out);
  void expect_more_memory(const AttemptResult& result, const Demand& demand,
                          RetryBook::Entry& entry);
  void expect_most_memory(RetryBook::Entry& entry) const;
  void on_upload_failed(const AttemptResult& result, Actions& out);
  void settle(const AttemptResult& result, CommandState state, Actions& out);
  void release(CommandId command, bool succeeded, Actions& out);
  void make_ready(std::vector<CommandId>& reached, Actions& out);
  void drain_if_it_ends_the_run(CommandId command, CommandState state, EndClass end);

  Workload workload_;
  SchedulerOptions options_;
  Resume resume_;
  CommandStates states_;
  Dependencies dependencies_;
  Expectations expectations_;
  RetryBook retries_;
  /// Ran ok, so that those after them may start, but their files are not
  /// uploaded; whether another upload was tried at the end of the run.
  std::unordered_map<CommandId, bool> made_;
  std::vector<CommandId> failed_uploads_;  // to be tried again at the end
  Admission admission_;
  ReadyQueue queue_;
  std::vector<float> paths_;       // by node: expected seconds to the end of the run
  bool paths_are_learnt_ = false;  // else every command counted as one second
  std::map<CommandId, Running> running_;
  std::uint32_t learnt_ = 0;
  std::uint32_t next_learning_;  // compute priorities anew when learnt_ gets here
  bool begun_ = false;
  bool draining_ = false;
  bool told_stopping_ = false;
  bool aborted_ = false;
  bool finished_ = false;
};

}  // namespace shoal
