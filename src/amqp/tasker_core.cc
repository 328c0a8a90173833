#include "amqp/tasker_core.h"

#include <utility>

namespace shoal {

using namespace tasker_action;

void TaskerCore::start(AttemptSpec spec, bool maybe_published, TaskerActions& out) {
  const TaskId id{spec.command, spec.attempt};
  const auto [task, added] = out_.try_emplace(id);
  if (!added) return;
  task->second.spec = std::move(spec);
  task->second.copies = maybe_published ? 1 : 0;
  if (connected_) publish(task, out);
}

/// Marks first where this is not the only copy: from then on nobody who takes
/// the lease runs without asking.
void TaskerCore::publish(Tasks::iterator task, TaskerActions& out) {
  Task& it = task->second;
  const bool again = it.copies > 0;
  if (again) out.emplace_back(Mark{task->first.command});
  ++it.copies;
  it.place = Place::unconfirmed;
  it.not_before.reset();
  it.publish = PublishId{++last_publish_};
  publishes_.emplace(it.publish, task->first);
  out.emplace_back(Publish{it.publish, &it.spec, again});
}

void TaskerCore::watch(Tasks::iterator task, TaskerActions& out) {
  if (task->second.watched) return;
  task->second.watched = true;
  task->second.beats.reset();
  out.emplace_back(Watch{task->first.command});
}

void TaskerCore::forget(Tasks::iterator task, TaskerActions& out) {
  if (task->second.watched) out.emplace_back(Unwatch{task->first.command});
  publishes_.erase(task->second.publish);
  out_.erase(task);
}

void TaskerCore::report(Tasks::iterator task, EndClass end, std::string detail,
                        TaskerActions& out) {
  AttemptResult result;
  result.command = task->first.command;
  result.attempt = task->first.attempt;
  result.end = end;
  result.detail = std::move(detail);
  out.emplace_back(Report{std::move(result)});
  forget(task, out);
}

void TaskerCore::cancel(TaskId id, Instant now, TaskerActions& out) {
  const auto task = out_.find(id);
  if (task == out_.end() || task->second.stopped_at) return;
  if (task->second.copies == 0) return report(task, EndClass::cancelled, {}, out);
  if (!task->second.cancelled_at) {
    task->second.cancelled_at = now;
    out.emplace_back(Mark{id.command});
  }
  task->second.stopped_at = now;
  out.emplace_back(CancelEverywhere{id});
  watch(task, out);
}

void TaskerCore::withdraw_all(Instant now, TaskerActions& out) {
  for (auto task = out_.begin(); task != out_.end();) {
    const auto each = task++;
    if (each->second.cancelled_at) continue;
    if (each->second.copies == 0) {
      report(each, EndClass::cancelled, {}, out);
      continue;
    }
    each->second.cancelled_at = now;
    out.emplace_back(Mark{each->first.command});
    watch(each, out);
  }
}

void TaskerCore::on_journaled(TaskerActions& out) {
  for (const DeliveryId delivery : std::exchange(unjournaled_, {})) {
    out.emplace_back(Acknowledge{delivery});
  }
}

void TaskerCore::on_connected(bool tasks_lost, TaskerActions& out) {
  connected_ = true;
  for (auto task = out_.begin(); task != out_.end(); ++task) {
    const bool gone = tasks_lost && task->second.place == Place::queued && !task->second.watched;
    if (task->second.place == Place::unpublished || gone) publish(task, out);
  }
}

/// Results that were not acknowledged come again; what was not confirmed may
/// have arrived or not.
void TaskerCore::on_disconnected() {
  connected_ = false;
  unjournaled_.clear();
  publishes_.clear();
  for (auto& [id, task] : out_) {
    if (task.place == Place::unconfirmed) task.place = Place::unpublished;
  }
}

void TaskerCore::on_confirmed(PublishId id) {
  const auto found = publishes_.find(id);
  if (found == publishes_.end()) return;
  const auto task = out_.find(found->second);
  if (task != out_.end() && task->second.publish == id) task->second.place = Place::queued;
  publishes_.erase(found);
}

void TaskerCore::on_unconfirmed(PublishId id, TaskerActions& out) {
  const auto found = publishes_.find(id);
  if (found == publishes_.end()) return;
  const auto task = out_.find(found->second);
  publishes_.erase(found);
  if (task == out_.end() || task->second.publish != id) return;
  task->second.place = Place::unpublished;
  if (connected_) publish(task, out);
}

void TaskerCore::on_returned(PublishId id, Instant now) {
  const auto found = publishes_.find(id);
  if (found == publishes_.end()) return;
  const auto task = out_.find(found->second);
  publishes_.erase(found);
  if (task == out_.end() || task->second.publish != id) return;
  --task->second.copies;
  task->second.place = Place::unpublished;
  task->second.not_before = now + times_.return_pause;
}

/// One that is not out is a duplicate of one that the journal may not have yet,
/// so it is not acknowledged any sooner.
void TaskerCore::on_result(DeliveryId delivery, AttemptResult result, TaskerActions& out) {
  unjournaled_.push_back(delivery);
  const auto task = out_.find(TaskId{result.command, result.attempt});
  if (task == out_.end()) return;
  out.emplace_back(Report{std::move(result)});
  forget(task, out);
}

/// The queue of results is in order, so whatever an earlier holder of the lease
/// had to say was heard before this question. The mark is for a worker that got
/// the message first, lost its connection, and does not know it yet.
///
/// A worker whose guardian outlives it leaves no lease to be found dead, and the
/// next one is let run the same attempt; but a command that kills its worker each
/// time must come to an end.
void TaskerCore::on_ask(DeliveryId delivery, const WorkerName& worker, TaskId id,
                        std::uint64_t question, TaskerActions& out) {
  const auto task = out_.find(id);
  const bool is_wanted = task != out_.end() && !task->second.cancelled_at;
  const bool run = is_wanted && may_run(task->second, worker);
  if (is_wanted) out.emplace_back(Mark{id.command});
  out.emplace_back(Answer{worker, id, question, run});
  out.emplace_back(Acknowledge{delivery});
  if (task == out_.end() || run) return;
  if (is_wanted) {
    report(task, EndClass::lost, "the workers that ran it vanished", out);
  } else {
    report(task, EndClass::cancelled, {}, out);
  }
}

bool TaskerCore::may_run(Task& task, const WorkerName& worker) {
  if (task.allowed == worker) return true;  // it did not hear the answer
  if (task.times_allowed == kMostTimesAllowed) return false;
  ++task.times_allowed;
  task.allowed = worker;
  return true;
}

void TaskerCore::on_held(DeliveryId delivery, TaskId id, TaskerActions& out) {
  out.emplace_back(Acknowledge{delivery});
  const auto task = out_.find(id);
  if (task != out_.end()) watch(task, out);
}

void TaskerCore::on_lease(CommandId command, std::optional<std::int64_t> beat, Instant now,
                          TaskerActions& out) {
  const auto task = out_.lower_bound(TaskId{command, AttemptNumber::none});
  if (task == out_.end() || task->first.command != command || !task->second.watched) return;
  Task& it = task->second;
  if (!beat) {
    if (it.cancelled_at) {
      if (now - *it.cancelled_at >= times_.cancel_patience)
        report(task, EndClass::cancelled, {}, out);
      return;
    }
    // Its result is on its way, or it went without one: then this copy runs.
    it.watched = false;
    out.emplace_back(Unwatch{command});
    it.place = Place::unpublished;
    if (connected_) publish(task, out);
    return;
  }
  // Its worker may not have heard it.
  if (it.stopped_at && now - *it.stopped_at >= times_.cancel_patience) {
    it.stopped_at = now;
    out.emplace_back(CancelEverywhere{task->first});
  }
  if (!it.beats.is_dead(*beat, now, times_.lease_death)) return;
  out.emplace_back(Mark{command});
  out.emplace_back(Break{command});
  if (it.cancelled_at) return report(task, EndClass::cancelled, {}, out);
  report(task, EndClass::lost, "its worker vanished", out);
}

void TaskerCore::give_up(TaskId id, EndClass end, std::string detail, TaskerActions& out) {
  const auto task = out_.find(id);
  if (task == out_.end()) return;
  // Should another copy come to a worker all the same, it asks.
  out.emplace_back(Mark{id.command});
  report(task, end, std::move(detail), out);
}

void TaskerCore::on_tick(Instant now, TaskerActions& out) {
  if (!connected_) return;
  for (auto task = out_.begin(); task != out_.end(); ++task) {
    if (task->second.not_before && *task->second.not_before <= now) publish(task, out);
  }
}

}  // namespace shoal
