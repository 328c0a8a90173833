#include "sched/scheduler.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sched/admission.h"
#include "sched/command_states.h"
#include "sched/critical_path.h"
#include "sched/dependencies.h"
#include "sched/expectations.h"
#include "sched/ready_queue.h"
#include "sched/retry_book.h"

namespace shoal {
namespace {

/// Whether the attempt ran to an end of its own, so that the next of its shape
/// may be expected to take as long.
bool is_typical(EndClass end) {
  return end == EndClass::ok || end == EndClass::failed || end == EndClass::output_missing;
}

// Priorities are computed anew when this share of the nodes has ended, and
// then whenever the number of learnt ends has doubled: some ten times in the
// largest run, so that the cost a command stays constant.
constexpr std::uint32_t kNodesPerFirstLearning = 1000;

// Doubling stops here: no machine has more, and sums stay in range.
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 56U;

}  // namespace

class Scheduler::Impl {
 public:
  Impl(Workload workload, ShapeHistory& history, SchedulerOptions options, Resume resume);

  void begin(Instant now, Actions& out);
  void on_attempt_ended(const AttemptResult& result, Instant now, Actions& out);
  void resize(std::uint32_t attempts, std::uint32_t slots, Instant now, Actions& out);
  void drain(Instant now, Actions& out);
  void abort(Instant now, Actions& out);
  CommandState state(CommandId id) const { return states_.of(id); }
  const Counts& counts() const { return states_.counts(); }
  std::optional<Duration> estimate_left(Instant now) const;

 private:
  struct Running {
    AttemptNumber attempt{};
    Instant since{};
    Demand demand;
  };

  const Directives* directives(CommandId command) const;
  AttemptNumber last_attempt(CommandId command) const;
  float priority(CommandId command) const { return paths_[number(command) - 1]; }
  Demand demand(CommandId command);

  void advance(Instant now, Actions& out);
  void start(CommandId command, Instant now, Actions& out);
  void finish(Actions& out);

  void learn(const AttemptResult& result);
  void compute_priorities();

  bool try_again(const AttemptResult& result, const Demand& demand, Actions& out);
  void expect_more_memory(const AttemptResult& result, const Demand& demand,
                          RetryBook::Entry& entry);
  void settle(const AttemptResult& result, CommandState state, Actions& out);
  void make_ready(std::vector<CommandId>& reached, Actions& out);
  void drain_if_it_ends_the_run(CommandId command, CommandState state, EndClass end);

  Workload workload_;
  SchedulerOptions options_;
  Resume resume_;
  CommandStates states_;
  Dependencies dependencies_;
  Expectations expectations_;
  RetryBook retries_;
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

Scheduler::Impl::Impl(Workload workload, ShapeHistory& history, SchedulerOptions options,
                      Resume resume)
    : workload_(std::move(workload)),
      options_(options),
      resume_(std::move(resume)),
      states_(workload_.graph->command_count()),
      dependencies_(*workload_.graph),
      expectations_(workload_.graph->command_count(), workload_.shape, history),
      retries_(options.retries),
      admission_(options.slots, options.cpus, options.memory),
      next_learning_(std::max(1U, workload_.graph->node_count() / kNodesPerFirstLearning)) {
  options_.slots = std::max(options_.slots, 1U);
  resume_.done.resize(workload_.graph->command_count());
  resume_.attempts.resize(workload_.graph->command_count());
  for (std::uint32_t at = 0; at < resume_.done.size(); ++at) {
    if (!resume_.done[at]) continue;
    states_.set(CommandId{at + 1}, CommandState::done);
    expectations_.remove(CommandId{at + 1});
  }
}

const Directives* Scheduler::Impl::directives(CommandId command) const {
  return workload_.directives ? workload_.directives(command) : nullptr;
}

AttemptNumber Scheduler::Impl::last_attempt(CommandId command) const {
  return AttemptNumber{resume_.attempts[number(command) - 1]};
}

// Events.

void Scheduler::Impl::begin(Instant now, Actions& out) {
  begun_ = true;
  compute_priorities();
  std::vector<CommandId> reached;
  dependencies_.begin(reached);
  for (std::uint32_t at = 0; at < resume_.done.size(); ++at) {
    if (resume_.done[at]) dependencies_.settle(CommandId{at + 1}, true, reached);
  }
  make_ready(reached, out);
  advance(now, out);
}

void Scheduler::Impl::on_attempt_ended(const AttemptResult& result, Instant now, Actions& out) {
  const auto found = running_.find(result.command);
  if (found == running_.end() || found->second.attempt != result.attempt) return;
  const Demand demand = found->second.demand;
  running_.erase(found);
  admission_.release(demand);
  learn(result);
  if (!try_again(result, demand, out)) {
    switch (result.end) {
      case EndClass::ok:
        settle(result, CommandState::done, out);
        break;
      case EndClass::input_missing:
        settle(result, CommandState::skipped, out);
        break;
      case EndClass::cancelled:
        settle(result, CommandState::not_reached, out);
        break;
      default:
        settle(result, CommandState::failed, out);
        break;
    }
  }
  advance(now, out);
}

void Scheduler::Impl::resize(std::uint32_t attempts, std::uint32_t slots, Instant now,
                             Actions& out) {
  admission_.set_slots(attempts);
  options_.slots = std::max(slots, 1U);
  if (begun_) advance(now, out);
}

void Scheduler::Impl::drain(Instant now, Actions& out) {
  draining_ = true;
  if (begun_) advance(now, out);
}

void Scheduler::Impl::abort(Instant now, Actions& out) {
  if (!std::exchange(aborted_, true)) {
    for (const auto& [command, running] : running_) {
      out.cancel.push_back({command, running.attempt});
    }
  }
  drain(now, out);
}

// Starting.

Demand Scheduler::Impl::demand(CommandId command) {
  Demand demand;
  const Directives* asked = directives(command);
  if (asked != nullptr && asked->cpus) demand.cpus = *asked->cpus;
  const RetryBook::Entry* retry = retries_.find(command);
  if (retry != nullptr && retry->memory > 0) {
    demand.memory = retry->memory;
  } else if (asked != nullptr && asked->memory) {
    demand.memory = std::min(*asked->memory, kMostMemory);
  } else {
    const std::uint64_t peak = expectations_.peak_memory(command);
    demand.memory = peak + peak / 10;
  }
  demand.alone = retry != nullptr && retry->alone;
  return demand;
}

/// Starts what may start; when nothing runs after that, the run is over.
void Scheduler::Impl::advance(Instant now, Actions& out) {
  if (finished_) return;
  const auto fits = [this](CommandId command) { return admission_.fits(demand(command)); };
  while (!draining_ && admission_.has_free_slot() && !queue_.empty()) {
    const std::optional<CommandId> next = queue_.take(fits);
    if (!next) break;
    start(*next, now, out);
  }
  if (draining_ && !std::exchange(told_stopping_, true)) out.stopping = true;
  if (running_.empty()) finish(out);
}

void Scheduler::Impl::start(CommandId command, Instant now, Actions& out) {
  const Demand needs = demand(command);
  admission_.admit(needs);
  states_.set(command, CommandState::running);
  const AttemptNumber attempt{++resume_.attempts[number(command) - 1]};
  running_.emplace(command, Running{attempt, now, needs});
  out.start.push_back(
      {command, attempt, dependencies_.must_check_inputs(command), needs.cpus, needs.memory});
}

void Scheduler::Impl::finish(Actions& out) {
  const Counts& now = states_.counts();
  const bool all_terminal = now.waiting + now.ready == 0;
  for (std::uint32_t id = 1; id <= now.total && !all_terminal; ++id) {
    const CommandId command{id};
    if (is_terminal(states_.of(command))) continue;
    states_.set(command, CommandState::not_reached);
    const RetryBook::Entry* retry = retries_.find(command);
    if (retry == nullptr) continue;
    out.settled.push_back(
        {command, last_attempt(command), CommandState::not_reached, retry->last_end, std::nullopt});
  }
  finished_ = true;
  out.finished = true;
}

// Learning.

void Scheduler::Impl::learn(const AttemptResult& result) {
  if (result.end == EndClass::out_of_memory) {
    expectations_.learn_memory(result.command, result.usage.peak_memory);
  }
  if (!is_typical(result.end)) return;
  expectations_.learn(result.command, result.wall, result.usage.peak_memory);
  if (++learnt_ < next_learning_ || draining_) return;
  next_learning_ = 2 * learnt_;
  compute_priorities();
  queue_.reprioritise([this](CommandId command) { return priority(command); });
}

void Scheduler::Impl::compute_priorities() {
  paths_are_learnt_ = expectations_.know_anything();
  if (paths_are_learnt_) expectations_.find_shapes();
  longest_paths(
      *workload_.graph, [this](CommandId command) { return expectations_.seconds(command); },
      paths_);
}

// Ends.

/// Whether the command goes on: back into the queue, or, while draining, to be
/// tried again by the next session.
bool Scheduler::Impl::try_again(const AttemptResult& result, const Demand& demand, Actions& out) {
  const Directives* asked = directives(result.command);
  const auto failed_retries = asked != nullptr ? asked->retries : std::nullopt;
  RetryBook::Entry* entry = retries_.try_again(result.command, result.end, failed_retries);
  if (entry == nullptr) return false;
  if (draining_) {
    settle(result, CommandState::not_reached, out);
    return true;
  }
  if (result.end == EndClass::out_of_memory) expect_more_memory(result, demand, *entry);
  states_.set(result.command, CommandState::ready);
  out.settled.push_back(
      {result.command, result.attempt, CommandState::ready, result.end, std::nullopt});
  queue_.push(result.command, priority(result.command));
  return true;
}

void Scheduler::Impl::expect_more_memory(const AttemptResult& result, const Demand& demand,
                                         RetryBook::Entry& entry) {
  const std::uint64_t learnt = expectations_.peak_memory(result.command);
  const std::uint64_t more = std::max(2 * demand.memory, learnt + learnt / 2);
  const bool limited = options_.memory > 0;
  entry.memory = std::min(more, limited ? options_.memory : kMostMemory);
  entry.alone =
      limited && (entry.memory == options_.memory || retries_.was_last_memory_retry(entry));
}

/// The attempt was the command's last of this session.
void Scheduler::Impl::settle(const AttemptResult& result, CommandState state, Actions& out) {
  const CommandId command = result.command;
  states_.set(command, state);
  expectations_.remove(command);
  retries_.forget(command);
  drain_if_it_ends_the_run(command, state, result.end);
  const bool has_run = state != CommandState::not_reached;
  out.settled.push_back({command, result.attempt, state, result.end,
                         has_run ? dependencies_.incomplete(command) : std::nullopt});
  if (draining_) return;
  std::vector<CommandId> reached;
  dependencies_.settle(command, state == CommandState::done, reached);
  make_ready(reached, out);
}

/// Puts the commands that wait for nothing any more into the queue, or holds
/// them, which may reach others in turn.
void Scheduler::Impl::make_ready(std::vector<CommandId>& reached, Actions& out) {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < reached.size(); ++at) {
    const CommandId command = reached[at];
    if (states_.of(command) != CommandState::waiting) continue;  // done by an earlier session
    const auto incomplete = options_.strict ? dependencies_.incomplete(command) : std::nullopt;
    if (!incomplete) {
      states_.set(command, CommandState::ready);
      reached[kept++] = command;
      continue;
    }
    states_.set(command, CommandState::held);
    expectations_.remove(command);
    out.settled.push_back(
        {command, last_attempt(command), CommandState::held, EndClass::ok, incomplete});
    dependencies_.settle(command, false, reached);
  }
  reached.resize(kept);
  queue_.push_all(reached, [this](CommandId command) { return priority(command); });
}

void Scheduler::Impl::drain_if_it_ends_the_run(CommandId command, CommandState state,
                                               EndClass end) {
  const bool failed = state == CommandState::failed;
  const bool unsuccessful = failed || state == CommandState::skipped;
  const bool halted =
      failed && options_.halt_after > 0 && states_.counts().failed >= options_.halt_after;
  const bool exits = unsuccessful && workload_.exits_on_error && workload_.exits_on_error(command);
  if (halted || exits || end == EndClass::ended_shell || end == EndClass::cancelled) {
    draining_ = true;
  }
}

// The future.

std::optional<Duration> Scheduler::Impl::estimate_left(Instant now) const {
  if (finished_) return Duration{0};
  if (!draining_ && !expectations_.know_most()) return std::nullopt;
  const double path_unit = paths_are_learnt_ ? 1.0 : expectations_.typical_seconds();
  double work = draining_ ? 0.0 : expectations_.seconds_left();
  double longest = draining_ ? 0.0 : path_unit * queue_.highest_priority();
  for (const auto& [command, running] : running_) {
    if (draining_ && !expectations_.knows(command)) return std::nullopt;
    const double expected = expectations_.seconds(command);
    const double spent = std::clamp(seconds(now - running.since), 0.0, expected);
    if (!draining_) work -= spent;
    const double path = draining_ ? expected : path_unit * priority(command);
    longest = std::max(longest, path - spent);
  }
  const double left = std::max(work / options_.slots, longest);
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(left));
}

Scheduler::Scheduler(Workload workload, ShapeHistory& history, SchedulerOptions options,
                     Resume resume)
    : impl_(std::make_unique<Impl>(std::move(workload), history, options, std::move(resume))) {}

Scheduler::~Scheduler() = default;

void Scheduler::begin(Instant now, Actions& out) { impl_->begin(now, out); }

void Scheduler::on_attempt_ended(const AttemptResult& result, Instant now, Actions& out) {
  impl_->on_attempt_ended(result, now, out);
}

void Scheduler::resize(std::uint32_t attempts, std::uint32_t slots, Instant now, Actions& out) {
  impl_->resize(attempts, slots, now, out);
}

void Scheduler::drain(Instant now, Actions& out) { impl_->drain(now, out); }

void Scheduler::abort(Instant now, Actions& out) { impl_->abort(now, out); }

CommandState Scheduler::state(CommandId id) const { return impl_->state(id); }

const Scheduler::Counts& Scheduler::counts() const { return impl_->counts(); }

std::optional<Duration> Scheduler::estimate_left(Instant now) const {
  return impl_->estimate_left(now);
}

}  // namespace shoal
