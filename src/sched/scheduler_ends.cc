#include <algorithm>
#include <utility>

#include "sched/critical_path.h"
#include "sched/scheduler_impl.h"

namespace shoal {
namespace {

/// Whether the attempt ran to an end of its own, so that the next of its shape
/// may be expected to take as long.
bool is_typical(EndClass end) {
  return end == EndClass::ok || end == EndClass::failed || end == EndClass::output_missing ||
         end == EndClass::upload_failed;
}

}  // namespace

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
  if (result.end == EndClass::lost && entry->lost >= kLossesByChance) expect_most_memory(*entry);
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

/// Where the kernel kills a whole container for memory (cgroups(7), memory.oom.group,
/// as Kubernetes has it on version 2), a command that is too large for its
/// worker takes the worker along, and nobody is left to tell why. So what was
/// lost again gets the most there is: nobody beside it, and the largest worker.
void Scheduler::Impl::expect_most_memory(RetryBook::Entry& entry) const {
  entry.alone = options_.memory > 0;
  entry.memory = entry.alone ? options_.memory : kMostMemory;
}

/// Its command ran ok: those after it need not wait for the server. The upload
/// is tried once more, when nothing else is left to do.
void Scheduler::Impl::on_upload_failed(const AttemptResult& result, Actions& out) {
  const CommandId command = result.command;
  const auto made = made_.find(command);
  const bool tried_again = made != made_.end() && made->second;
  if (draining_ || tried_again) {
    return settle(result, draining_ ? CommandState::not_reached : CommandState::failed, out);
  }
  states_.set(command, CommandState::ready);
  out.settled.push_back({command, result.attempt, CommandState::ready, result.end, std::nullopt});
  failed_uploads_.push_back(command);
  if (made != made_.end()) return;
  expectations_.remove(command);
  made_.emplace(command, false);
  release(command, true, out);
}

/// The attempt was the command's last of this session.
void Scheduler::Impl::settle(const AttemptResult& result, CommandState state, Actions& out) {
  const CommandId command = result.command;
  const bool was_made = made_.erase(command) > 0;
  states_.set(command, state);
  if (!was_made) expectations_.remove(command);
  retries_.forget(command);
  drain_if_it_ends_the_run(command, state, result.end);
  const bool has_run = state != CommandState::not_reached;
  out.settled.push_back({command, result.attempt, state, result.end,
                         has_run ? dependencies_.incomplete(command) : std::nullopt});
  if (!draining_ && !was_made) release(command, state == CommandState::done, out);
}

/// Those that wait for the command wait no longer.
void Scheduler::Impl::release(CommandId command, bool succeeded, Actions& out) {
  std::vector<CommandId> reached;
  dependencies_.settle(command, succeeded, reached);
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
  if (end == EndClass::upload_failed) return;
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
    if (running.uploading || running.only_upload) continue;
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

}  // namespace shoal
