#include "sched/scheduler.h"

#include <algorithm>
#include <utility>

#include "sched/scheduler_impl.h"

namespace shoal {
namespace {

// Priorities are computed anew when this share of the nodes has ended, and
// then whenever the number of learnt ends has doubled: some ten times in the
// largest run, so that the cost a command stays constant.
constexpr std::uint32_t kNodesPerFirstLearning = 1000;

}  // namespace

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
  resume_.made.resize(workload_.graph->command_count());
  for (std::uint32_t at = 0; at < resume_.done.size(); ++at) {
    if (!resume_.done[at] && !resume_.made[at]) continue;
    const CommandId command{at + 1};
    states_.set(command, resume_.done[at] ? CommandState::done : CommandState::ready);
    expectations_.remove(command);
    if (!resume_.done[at]) made_.emplace(command, false);
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
    const CommandId command{at + 1};
    if (resume_.done[at] || resume_.made[at]) dependencies_.settle(command, true, reached);
    if (resume_.made[at] && !resume_.done[at]) queue_.push(command, priority(command));
  }
  make_ready(reached, out);
  advance(now, out);
}

/// From now on it needs nothing but the network.
void Scheduler::Impl::on_uploading(CommandId command, AttemptNumber attempt, Instant now,
                                   Actions& out) {
  const auto found = running_.find(command);
  if (found == running_.end() || found->second.attempt != attempt || found->second.uploading) {
    return;
  }
  found->second.uploading = true;
  admission_.release(found->second.demand);
  advance(now, out);
}

void Scheduler::Impl::on_attempt_ended(const AttemptResult& result, Instant now, Actions& out) {
  const auto found = running_.find(result.command);
  if (found == running_.end() || found->second.attempt != result.attempt) return;
  const Running ended = found->second;
  running_.erase(found);
  if (!ended.uploading) admission_.release(ended.demand);
  if (!ended.only_upload) learn(result);
  if (!try_again(result, ended.demand, out)) {
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
      case EndClass::upload_failed:
        on_upload_failed(result, out);
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
  if (made_.contains(command)) return {0, 0, false};
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
  if (!draining_ && running_.empty() && queue_.empty()) queue_failed_uploads();
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
  const bool only_upload = made_.contains(command);
  running_.emplace(command, Running{attempt, now, needs, only_upload, false});
  out.start.push_back({command, attempt, dependencies_.must_check_inputs(command), needs.cpus,
                       needs.memory, only_upload});
}

/// Everything else has ended: the server may be well again.
void Scheduler::Impl::queue_failed_uploads() {
  for (const CommandId command : std::exchange(failed_uploads_, {})) {
    made_.at(command) = true;
    queue_.push(command, priority(command));
  }
}

void Scheduler::Impl::finish(Actions& out) {
  const Counts& now = states_.counts();
  const bool all_terminal = now.waiting + now.ready == 0;
  for (std::uint32_t id = 1; id <= now.total && !all_terminal; ++id) {
    const CommandId command{id};
    if (is_terminal(states_.of(command))) continue;
    states_.set(command, CommandState::not_reached);
    const RetryBook::Entry* retry = retries_.find(command);
    if (retry == nullptr && !made_.contains(command)) continue;
    const EndClass last = retry == nullptr ? EndClass::upload_failed : retry->last_end;
    out.settled.push_back(
        {command, last_attempt(command), CommandState::not_reached, last, std::nullopt});
  }
  finished_ = true;
  out.finished = true;
}

Scheduler::Scheduler(Workload workload, ShapeHistory& history, SchedulerOptions options,
                     Resume resume)
    : impl_(std::make_unique<Impl>(std::move(workload), history, options, std::move(resume))) {}

Scheduler::~Scheduler() = default;

void Scheduler::begin(Instant now, Actions& out) { impl_->begin(now, out); }

void Scheduler::on_uploading(CommandId command, AttemptNumber attempt, Instant now, Actions& out) {
  impl_->on_uploading(command, attempt, now, out);
}

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
