#include "amqp/worker_core.h"

#include <iterator>
#include <utility>

namespace shoal {

using namespace worker_action;

namespace {

/// A question or its answer may have been lost on the way.
constexpr Duration kAskAgainAfter = std::chrono::seconds(10);

/// Half a second's work is out beside what runs, so by then stock is late.
constexpr Duration kLongestInStock = std::chrono::seconds(2);
/// The tasker leaves a mark on disk for each.
constexpr unsigned kMostGivenBack = 20;

}  // namespace

void WorkerCore::on_task(const TaskDelivery& delivery, const TaskKey& key, AttemptSpec spec,
                         WorkerActions& out) {
  const auto found = held_.find(key);
  if (found != held_.end()) {
    // One message is enough; the one of a connection that was lost is void.
    if (found->second.delivery) {
      out.emplace_back(Acknowledge{delivery.id});
    } else {
      found->second.delivery = delivery.id;
    }
    return;
  }
  if (draining_) {
    out.emplace_back(Return{delivery.id});
    return;
  }
  Task task;
  task.delivery = delivery.id;
  if (!spec.upload.nothing_else) task.demand = {spec.cpus, spec.memory, false};
  task.spec = std::move(spec);
  task.redelivered = delivery.redelivered;
  if (delivery.is_stock) task.stock_since = delivery.arrived;
  held_.emplace(key, std::move(task));
  waiting_.push_back(key);
  fill(out);
}

/// In the order in which they came: a large one does not starve.
void WorkerCore::fill(WorkerActions& out) {
  while (!waiting_.empty()) {
    const auto task = held_.find(waiting_.front());
    const bool waits = task != held_.end() && task->second.phase == Phase::waiting;
    if (waits && !room_.fits(task->second.demand)) return;
    waiting_.pop_front();
    if (!waits) continue;
    task->second.phase = Phase::taking_lease;
    room_.admit(task->second.demand);
    out.emplace_back(TakeLease{task->first});
  }
}

PublishId WorkerCore::next_publish(const TaskKey& key) {
  const PublishId id{++last_publish_};
  publishes_.emplace(id, key);
  return id;
}

void WorkerCore::acknowledge(Task& task, WorkerActions& out) {
  if (!task.delivery) return;
  out.emplace_back(Acknowledge{*task.delivery});
  task.delivery.reset();
}

void WorkerCore::on_lease_answer(const TaskKey& key, LeaseAnswer answer, Instant now,
                                 WorkerActions& out) {
  const auto task = held_.find(key);
  if (task == held_.end() || task->second.phase != Phase::taking_lease) {
    const bool taken = answer == LeaseAnswer::taken || answer == LeaseAnswer::taken_marked;
    if (taken) out.emplace_back(ReleaseLease{key});  // nobody waits for it any more
    return;
  }
  switch (answer) {
    case LeaseAnswer::busy:
      room_.release(task->second.demand);
      give_back(task, out);
      fill(out);
      return;
    case LeaseAnswer::unavailable:
      // Not given back: it would come again at once. The next tick tries again.
      task->second.phase = Phase::waiting;
      waiting_.push_back(key);
      room_.release(task->second.demand);
      return;
    case LeaseAnswer::taken:
    case LeaseAnswer::taken_marked:
      break;
  }
  if (answer == LeaseAnswer::taken && !task->second.redelivered) return start(task, false, out);
  task->second.phase = Phase::asking;
  task->second.question = ++last_question_;
  task->second.asked_at = now;
  ask(task, out);
}

void WorkerCore::ask(Tasks::iterator task, WorkerActions& out) {
  out.emplace_back(PublishAsk{next_publish(task->first), task->first, task->second.question});
}

void WorkerCore::start(Tasks::iterator task, bool again, WorkerActions& out) {
  task->second.phase = Phase::running;
  out.emplace_back(Start{task->first, &task->second.spec, again});
}

void WorkerCore::give_back(Tasks::iterator task, WorkerActions& out) {
  task->second.phase = Phase::giving_back;
  task->second.publish = next_publish(task->first);
  out.emplace_back(PublishHeld{task->second.publish, task->first});
}

/// Its lease is lost. A message that is void has gone to another worker, who
/// tells the tasker.
void WorkerCore::leave_to_tasker(Tasks::iterator task, WorkerActions& out) {
  if (task->second.delivery) {
    give_back(task, out);
  } else {
    held_.erase(task);
  }
}

/// Back to the queue, from where it comes again as redelivered.
void WorkerCore::return_task(Tasks::iterator task, WorkerActions& out) {
  if (task->second.delivery) out.emplace_back(Return{*task->second.delivery});
  held_.erase(task);
}

void WorkerCore::on_answer(const TaskKey& key, std::uint64_t question, bool run,
                           WorkerActions& out) {
  const auto task = held_.find(key);
  if (task == held_.end() || task->second.phase != Phase::asking) return;
  if (task->second.question != question) return;
  if (run) return start(task, true, out);
  out.emplace_back(ReleaseLease{key});
  acknowledge(task->second, out);
  room_.release(task->second.demand);
  held_.erase(task);
  fill(out);
}

void WorkerCore::on_uploading(const TaskKey& key, WorkerActions& out) {
  const auto task = held_.find(key);
  if (task == held_.end() || task->second.phase != Phase::running) return;
  if (std::exchange(task->second.uploading, true)) return;
  ++uploading_;
  room_.release(task->second.demand);
  fill(out);
}

void WorkerCore::on_ended(const TaskKey& key, AttemptResult result, WorkerActions& out) {
  const auto task = held_.find(key);
  if (task == held_.end() || task->second.phase != Phase::running) return;
  Task& it = task->second;
  if (std::exchange(it.uploading, false)) {
    --uploading_;
  } else {
    room_.release(it.demand);
  }
  if (it.fenced) {
    leave_to_tasker(task, out);
  } else if (it.stopping && result.end == EndClass::cancelled) {
    out.emplace_back(ReleaseLease{key});
    return_task(task, out);
  } else {
    it.phase = Phase::publishing;
    it.result = std::move(result);
    if (connected_) publish_result(task, out);
  }
  fill(out);
}

void WorkerCore::publish_result(Tasks::iterator task, WorkerActions& out) {
  task->second.publish = next_publish(task->first);
  out.emplace_back(PublishResult{task->second.publish, task->first, &task->second.result});
}

void WorkerCore::on_confirmed(PublishId id, WorkerActions& out) {
  const auto found = publishes_.find(id);
  if (found == publishes_.end()) return;
  const auto task = held_.find(found->second);
  publishes_.erase(found);
  if (task == held_.end() || task->second.publish != id) return;
  if (task->second.phase == Phase::publishing && !task->second.fenced) {
    out.emplace_back(ReleaseLease{task->first});
  }
  acknowledge(task->second, out);
  held_.erase(task);
}

void WorkerCore::on_unconfirmed(PublishId id, WorkerActions& out) {
  const auto found = publishes_.find(id);
  if (found == publishes_.end()) return;
  const auto task = held_.find(found->second);
  publishes_.erase(found);
  if (task == held_.end() || task->second.publish != id) return;
  task->second.publish = PublishId::none;
  if (!connected_) return;
  if (task->second.phase == Phase::publishing) publish_result(task, out);
  if (task->second.phase == Phase::giving_back) give_back(task, out);
}

/// Results that nobody confirmed go out again. Should the tasker have them
/// already, it ignores them.
void WorkerCore::on_connected(WorkerActions& out) {
  connected_ = true;
  for (auto task = held_.begin(); task != held_.end(); ++task) {
    if (task->second.phase == Phase::publishing) publish_result(task, out);
  }
}

void WorkerCore::on_disconnected(WorkerActions& out) {
  connected_ = false;
  publishes_.clear();
  waiting_.clear();
  for (auto task = held_.begin(); task != held_.end();) {
    task->second.publish = PublishId::none;
    task = void_delivery(task, out);
  }
}

void WorkerCore::on_deliveries_void(std::uint64_t generation, WorkerActions& out) {
  for (auto task = held_.begin(); task != held_.end();) {
    const std::optional<DeliveryId> delivery = task->second.delivery;
    const bool is_void = delivery && delivery->generation == generation;
    task = is_void ? void_delivery(task, out) : std::next(task);
  }
  fill(out);
}

/// The message goes to another one, or comes again. What does not run yet is
/// forgotten. The next task.
WorkerCore::Tasks::iterator WorkerCore::void_delivery(Tasks::iterator task, WorkerActions& out) {
  Task& it = task->second;
  it.delivery.reset();
  if (it.phase == Phase::running || it.phase == Phase::publishing) return std::next(task);
  if (it.phase == Phase::asking) out.emplace_back(ReleaseLease{task->first});
  if (it.phase == Phase::asking || it.phase == Phase::taking_lease) room_.release(it.demand);
  return held_.erase(task);
}

void WorkerCore::on_lease_lost(const TaskKey& key, WorkerActions& out) {
  const auto task = held_.find(key);
  if (task == held_.end()) return;
  switch (task->second.phase) {
    case Phase::running:
      if (task->second.fenced) return;
      task->second.fenced = true;
      out.emplace_back(Stop{key});
      return;
    case Phase::asking:
      room_.release(task->second.demand);
      leave_to_tasker(task, out);
      fill(out);
      return;
    case Phase::publishing:
      task->second.fenced = true;
      return;
    default:
      return;
  }
}

void WorkerCore::on_cancel(const TaskKey& key, WorkerActions& out) {
  const auto task = held_.find(key);
  if (task != held_.end() && task->second.phase == Phase::running) out.emplace_back(Stop{key});
}

/// Gives a task back that has not been started. The next task.
WorkerCore::Tasks::iterator WorkerCore::return_unstarted(Tasks::iterator task, WorkerActions& out) {
  const auto next = std::next(task);
  const Phase phase = task->second.phase;
  if (phase == Phase::asking) out.emplace_back(ReleaseLease{task->first});
  if (phase == Phase::asking || phase == Phase::taking_lease) room_.release(task->second.demand);
  if (phase == Phase::waiting || phase == Phase::asking || phase == Phase::taking_lease) {
    return_task(task, out);
  }
  return next;
}

void WorkerCore::stop_task(Tasks::iterator task, WorkerActions& out) {
  if (task->second.phase != Phase::running || task->second.stopping) return;
  task->second.stopping = true;
  out.emplace_back(Stop{task->first});
}

bool WorkerCore::has_tasks_of(const RunId& run) const {
  const auto first = held_.lower_bound(TaskKey{run, {}});
  return first != held_.end() && first->first.run == run;
}

void WorkerCore::leave(const RunId& run, WorkerActions& out) {
  for (auto task = held_.lower_bound(TaskKey{run, {}});
       task != held_.end() && task->first.run == run;) {
    stop_task(task, out);
    task = return_unstarted(task, out);
  }
  fill(out);
}

void WorkerCore::drain(WorkerActions& out) {
  draining_ = true;
  waiting_.clear();
  for (auto task = held_.begin(); task != held_.end();) task = return_unstarted(task, out);
}

void WorkerCore::stop(WorkerActions& out) {
  drain(out);
  for (auto task = held_.begin(); task != held_.end(); ++task) stop_task(task, out);
}

void WorkerCore::give_back_stock(Instant now, WorkerActions& out) {
  if (!connected_) return;
  unsigned given_back = 0;
  for (auto task = held_.begin(); task != held_.end() && given_back < kMostGivenBack; ++task) {
    const auto since = task->second.stock_since;
    const bool is_late = since && now - *since >= kLongestInStock;
    if (task->second.phase != Phase::waiting || !is_late) continue;
    give_back(task, out);
    ++given_back;
  }
  fill(out);
}

void WorkerCore::on_tick(Instant now, WorkerActions& out) {
  if (!connected_) return;
  fill(out);
  for (auto task = held_.begin(); task != held_.end(); ++task) {
    if (task->second.phase != Phase::asking || now - task->second.asked_at < kAskAgainAfter) {
      continue;
    }
    task->second.asked_at = now;
    ask(task, out);
  }
}

}  // namespace shoal
