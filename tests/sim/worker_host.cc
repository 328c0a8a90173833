// The workers of the simulated world: carry out what WorkerCore asks.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/sim/world.h"

namespace shoal::sim {

using Message = BrokerModel::Message;
using Queue = BrokerModel::Queue;

namespace {

constexpr Duration kRenewAfter = std::chrono::seconds(5);
/// Shorter than TaskerTimes::lease_death, whoever looks at whatever moment.
constexpr Duration kStopAfter = std::chrono::seconds(30);
constexpr std::uint32_t kSlots = 2;

AttemptResult cancelled(const TaskKey& key) {
  AttemptResult result;
  result.command = key.task.command;
  result.attempt = key.task.attempt;
  result.end = EndClass::cancelled;
  return result;
}

}  // namespace

void World::start_worker(std::size_t index) {
  Worker& worker = *workers_[index];
  worker = Worker{};
  worker.name = fmt::format("worker{}-{}", index, ++names_);
  worker.core = std::make_unique<WorkerCore>(kSlots, kSlots, 0);
  say(worker.name + " starts");
  connect_worker(index);
  tick_worker(index);
  guard(worker.name);
}

/// Its commands die with it: the guardian sees to that.
void World::kill_worker(std::size_t index) {
  Worker& worker = *workers_[index];
  say("kill: " + worker.name);
  std::erase_if(executing_, [&](const auto& entry) { return entry.second.worker == worker.name; });
  const auto client = worker.link.client;
  after(between(0, chance(0.5) ? 30'000 : 10), [this, client] { broker_.disconnect(client); });
  worker = Worker{};
  after(between(500, 20'000), [this, index] { start_worker(index); });
}

/// TERM: takes nothing more, and leaves when what runs has finished, or after a
/// while has been stopped.
void World::ask_to_leave(std::size_t index) {
  Worker& worker = *workers_[index];
  say(worker.name + " is asked to leave");
  worker.leaving = true;
  if (broker_.connected(worker.link.client)) broker_.consume(worker.link.client, Queue::tasks, 0);
  WorkerActions actions;
  worker.core->drain(actions);
  carry_out(worker, std::move(actions));
  after(between(0, 60'000), [this, index, name = worker.name] {
    Worker& leaving = *workers_[index];
    if (leaving.name != name) return;
    WorkerActions stops;
    leaving.core->stop(stops);
    carry_out(leaving, std::move(stops));
  });
  leave_when_idle(index);
}

void World::leave_when_idle(std::size_t index) {
  Worker& worker = *workers_[index];
  if (worker.core->has_tasks()) {
    after(between(100, 1'000), [this, index, name = worker.name] {
      if (workers_[index]->name == name) leave_when_idle(index);
    });
    return;
  }
  say(worker.name + " leaves");
  // What it said last was sent before its goodbye.
  after(std::max(worker.link.out - now_, Duration{0}) + between(1, 50),
        [this, client = worker.link.client] { broker_.disconnect(client); });
  worker = Worker{};
  after(between(500, 20'000), [this, index] { start_worker(index); });
}

void World::connect_worker(std::size_t index) {
  Worker& worker = *workers_[index];
  if (!worker.core || worker.link.alive) return;
  worker.link = Link{broker_.connect(true), true, ++generations_, now_, now_};
  if (!worker.leaving) broker_.consume(worker.link.client, Queue::tasks, kSlots + 2);
  WorkerActions actions;
  worker.core->on_connected(actions);
  carry_out(worker, std::move(actions));
  pump_worker(index, worker.link.generation);
}

void World::worker_lost_connection(std::size_t index) {
  Worker& worker = *workers_[index];
  if (!worker.link.alive) return;
  say(worker.name + " sees its connection lost");
  worker.link.alive = false;
  WorkerActions actions;
  worker.core->on_disconnected(actions);
  carry_out(worker, std::move(actions));
  after(between(200, 5'000), [this, index, generation = worker.link.generation] {
    if (workers_[index]->link.generation == generation) connect_worker(index);
  });
}

void World::pump_worker(std::size_t index, std::uint64_t generation) {
  Worker& worker = *workers_[index];
  if (!worker.link.alive || worker.link.generation != generation) return;
  if (!broker_.connected(worker.link.client) && chance(0.01)) return worker_lost_connection(index);
  if (worker.frozen_until <= now_) {
    if (const auto received = broker_.next(worker.link.client)) worker_receives(worker, *received);
  }
  after(between(1, 40), [this, index, generation] { pump_worker(index, generation); });
}

void World::worker_receives(Worker& worker, const BrokerModel::Received& received) {
  WorkerActions actions;
  const Message& message = received.message;
  const TaskKey key{run_, message.task};
  if (received.kind == BrokerModel::Received::Kind::confirmed) {
    worker.core->on_confirmed(received.publish, actions);
  } else if (received.kind == BrokerModel::Received::Kind::unconfirmed) {
    worker.core->on_unconfirmed(received.publish, actions);
  } else if (received.kind == BrokerModel::Received::Kind::void_deliveries) {
    worker.core->on_deliveries_void(received.generation, actions);
  } else if (message.kind == Message::Kind::task) {
    const TaskDelivery came{received.delivery, received.redelivered, chance(0.3), now_};
    worker.core->on_task(came, key, message.spec, actions);
  } else if (message.kind == Message::Kind::answer) {
    if (message.worker == worker.name) {
      worker.core->on_answer(key, message.question, message.run, actions);
    }
  } else {
    worker.core->on_cancel(key, actions);
  }
  carry_out(worker, std::move(actions));
}

void World::carry_out(Worker& worker, WorkerActions actions) {
  const auto publish = [&](Message::Kind kind, const TaskKey& key, PublishId id) {
    Message message{};
    message.kind = kind;
    message.task = key.task;
    message.worker = worker.name;
    say(fmt::format("{} sends a{} of {}.{}", worker.name,
                    kind == Message::Kind::result ? " result"
                    : kind == Message::Kind::ask  ? " question"
                                                  : " task back,",
                    number(key.task.command), number(key.task.attempt)));
    return std::pair(std::move(message), id);
  };
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const WorkerAction action = actions[i];
    if (const auto* take = std::get_if<worker_action::TakeLease>(&action)) {
      worker.core->on_lease_answer(take->key, take_lease(worker, take->key), now_, actions);
    } else if (const auto* release = std::get_if<worker_action::ReleaseLease>(&action)) {
      const auto lease = leases_.find(number(release->key.task.command));
      const bool own = lease != leases_.end() && lease->second == worker.pulse.number;
      if (own && !lease_is_over(worker, release->key)) leases_.erase(lease);
      worker.leases.erase(release->key);
    } else if (const auto* start = std::get_if<worker_action::Start>(&action)) {
      // The answer may have come while the worker was frozen.
      if (lease_is_over(worker, start->key)) {
        worker.core->on_lease_lost(start->key, actions);
        worker.core->on_ended(start->key, cancelled(start->key), actions);
      } else {
        start_command(worker, start->key);
      }
    } else if (const auto* stop = std::get_if<worker_action::Stop>(&action)) {
      stop_command(worker, stop->key);
    } else if (const auto* result = std::get_if<worker_action::PublishResult>(&action)) {
      auto [message, id] = publish(Message::Kind::result, result->key, result->id);
      message.result = *result->result;
      send(worker.link, Queue::results, std::move(message), id);
      if (options_.mutation == Mutation::acknowledge_before_confirm) {
        worker.core->on_confirmed(id, actions);
      }
    } else if (const auto* ask = std::get_if<worker_action::PublishAsk>(&action)) {
      auto [message, id] = publish(Message::Kind::ask, ask->key, ask->id);
      message.question = ask->question;
      send(worker.link, Queue::results, std::move(message), id);
    } else if (const auto* held = std::get_if<worker_action::PublishHeld>(&action)) {
      auto [message, id] = publish(Message::Kind::held, held->key, held->id);
      send(worker.link, Queue::results, std::move(message), id);
    } else if (const auto* acknowledge = std::get_if<worker_action::Acknowledge>(&action)) {
      after(between(1, 50), [this, client = worker.link.client, delivery = acknowledge->delivery] {
        broker_.acknowledge(client, delivery);
      });
    } else if (const auto* back = std::get_if<worker_action::Return>(&action)) {
      after(between(1, 50), [this, client = worker.link.client, delivery = back->delivery] {
        broker_.give_back(client, delivery);
      });
    }
  }
}

LeaseAnswer World::take_lease(Worker& worker, const TaskKey& key) {
  const std::uint32_t command = number(key.task.command);
  const bool marked = marks_.contains(command);
  if (options_.mutation == Mutation::no_lease) {
    return marked ? LeaseAnswer::taken_marked : LeaseAnswer::taken;
  }
  if (worker.volume_back > now_) return LeaseAnswer::unavailable;
  const bool holds_another_attempt = std::ranges::any_of(
      worker.leases, [&](const TaskKey& held) { return held.task.command == key.task.command; });
  if (holds_another_attempt) return LeaseAnswer::busy;
  if (worker.pulse.number == 0) {
    worker.pulse = {beats_.size() + 1, now_};
    beats_.emplace(worker.pulse.number, 0);
  }
  if (now_ - worker.pulse.renewed >= kStopAfter) return LeaseAnswer::unavailable;
  if (!leases_.try_emplace(command, worker.pulse.number).second) return LeaseAnswer::busy;
  worker.leases.insert(key);
  return marked ? LeaseAnswer::taken_marked : LeaseAnswer::taken;
}

bool World::lease_is_over(const Worker& worker, const TaskKey& key) const {
  if (options_.mutation == Mutation::no_lease) return false;
  return !worker.leases.contains(key) || now_ - worker.pulse.renewed >= kStopAfter;
}

void World::start_command(Worker& worker, const TaskKey& key) {
  const std::uint32_t command = number(key.task.command);
  say(fmt::format("{} runs {}.{}", worker.name, command, number(key.task.attempt)));
  if (const auto other = executing_.find(command); other != executing_.end()) {
    broken(fmt::format("{} and {} run command {} at once", other->second.worker, worker.name,
                       command));
  }
  if (settled_.contains(command)) {
    broken(fmt::format("command {} runs again after its result was taken in", command));
  }
  for (const std::uint32_t before : waits_for_[command]) {
    if (!settled_.contains(before)) {
      broken(fmt::format("command {} runs before command {} is over", command, before));
    }
  }
  const std::uint64_t execution = ++executions_;
  executing_.insert_or_assign(command, Execution{worker.name, key, execution});
  const EndClass end = chance(0.9) ? EndClass::ok : EndClass::failed;
  const bool uploads = end == EndClass::ok && chance(0.3);
  after(between(10, chance(0.2) ? 120'000 : 5'000),
        [this, name = worker.name, execution, end, uploads] {
          if (uploads) return command_uploads(name, execution);
          command_ended(name, execution, end);
        });
}

/// A worker that is frozen does not hear that the room is free, which is no
/// harm.
void World::command_uploads(const std::string& name, std::uint64_t execution) {
  const auto found = std::ranges::find_if(
      executing_, [&](const auto& entry) { return entry.second.number == execution; });
  if (found == executing_.end()) return;
  for (auto& worker : workers_) {
    if (worker->name != name || !worker->core || worker->frozen_until > now_) continue;
    WorkerActions actions;
    worker->core->on_uploading(found->second.key, actions);
    carry_out(*worker, std::move(actions));
  }
  after(between(10, chance(0.2) ? 60'000 : 3'000),
        [this, name, execution] { command_ended(name, execution, EndClass::ok); });
}

void World::stop_command(Worker& worker, const TaskKey& key) {
  if (options_.mutation == Mutation::no_fence) return;
  const auto found = executing_.find(number(key.task.command));
  const bool its = found != executing_.end() && found->second.worker == worker.name;
  const std::uint64_t execution = its ? found->second.number : 0;
  after(between(1, 100), [this, name = worker.name, key, execution] {
    if (execution != 0) return command_ended(name, execution, EndClass::cancelled);
    for (auto& other : workers_) {
      if (other->name != name || !other->core) continue;
      WorkerActions actions;
      other->core->on_ended(key, cancelled(key), actions);
      carry_out(*other, std::move(actions));
    }
  });
}

void World::command_ended(const std::string& name, std::uint64_t execution, EndClass end) {
  const auto found = std::ranges::find_if(
      executing_, [&](const auto& entry) { return entry.second.number == execution; });
  if (found == executing_.end()) return;
  const TaskKey key = found->second.key;
  executing_.erase(found);
  if (end == EndClass::ok) worked_.insert(number(key.task.command));
  const auto tell = [this, name, key, end](auto&& self) -> void {
    for (auto& worker : workers_) {
      if (worker->name != name || !worker->core) continue;
      if (worker->frozen_until > now_) {
        after(worker->frozen_until - now_, [self] { self(self); });
        return;
      }
      AttemptResult result;
      result.command = key.task.command;
      result.attempt = key.task.attempt;
      result.end = end;
      WorkerActions actions;
      // Whatever ended it: once the lease is over, the end counts for nothing.
      if (lease_is_over(*worker, key)) worker->core->on_lease_lost(key, actions);
      worker->core->on_ended(key, std::move(result), actions);
      carry_out(*worker, std::move(actions));
      return;
    }
  };
  tell(tell);
}

void World::tick_worker(std::size_t index) {
  Worker& worker = *workers_[index];
  if (!worker.core) return;
  if (worker.frozen_until <= now_) {
    WorkerActions actions;
    worker.core->on_tick(now_, actions);
    if (chance(0.1)) worker.core->give_back_stock(now_, actions);
    if (worker.pulse.number != 0) renew_leases(worker, actions);
    carry_out(worker, std::move(actions));
  }
  after(between(500, 1'500), [this, index, name = worker.name] {
    if (workers_[index]->name == name) tick_worker(index);
  });
}

/// See LeaseHolder.
void World::renew_leases(Worker& worker, WorkerActions& actions) {
  const bool reachable = worker.volume_back <= now_;
  const Duration age = now_ - worker.pulse.renewed;
  bool over = age >= kStopAfter;
  if (!over && reachable && age >= kRenewAfter) {
    over = !std::ranges::all_of(worker.leases, [&](const TaskKey& held) {
      const auto lease = leases_.find(number(held.task.command));
      return lease != leases_.end() && lease->second == worker.pulse.number;
    });
    if (!over) {
      ++beats_[worker.pulse.number];
      worker.pulse.renewed = now_;
    }
  }
  if (!over) return;
  if (options_.mutation == Mutation::old_pulse) {
    worker.pulse.renewed = now_;
  } else {
    worker.pulse = {};
  }
  for (const TaskKey& lost : std::exchange(worker.leases, {})) {
    worker.core->on_lease_lost(lost, actions);
  }
}

/// The guardian, a process of its own: stops the commands whose lease its
/// worker has not renewed in time, even while the worker is frozen.
void World::guard(const std::string& name) {
  const auto found =
      std::ranges::find_if(workers_, [&](const auto& worker) { return worker->name == name; });
  if (found == workers_.end()) return;
  Worker& worker = **found;
  if (options_.mutation != Mutation::no_fence && options_.mutation != Mutation::no_lease) {
    std::vector<std::uint64_t> overdue;
    for (const auto& [command, execution] : executing_) {
      if (execution.worker != name) continue;
      if (lease_is_over(worker, execution.key)) overdue.push_back(execution.number);
    }
    for (const std::uint64_t execution : overdue) {
      say(name + "'s guardian stops a command");
      command_ended(name, execution, EndClass::cancelled);
    }
  }
  after(between(100, 1'000), [this, name] { guard(name); });
}

}  // namespace shoal::sim
