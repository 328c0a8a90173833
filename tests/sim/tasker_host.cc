// The tasker of the simulated world: carries out what TaskerCore asks.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/sim/world.h"

namespace shoal::sim {

using Message = BrokerModel::Message;
using Queue = BrokerModel::Queue;

void World::start_tasker() {
  say("tasker starts");
  tasker_ = Tasker{};
  tasker_.core = std::make_unique<TaskerCore>();
  tasker_.attempts = vain_;
  for (const auto& [command, attempt] : started_) {
    if (!journal_.contains(command) && vain_[command] < attempt) start_attempt(command, true);
  }
  schedule_commands();
  connect_tasker();
  tick_tasker();
}

void World::kill_tasker() {
  say("kill: tasker");
  for (const auto& [command, result] : tasker_.unjournaled) {
    if (forgotten_.contains(command)) settled_.erase(command);
  }
  const auto client = tasker_.link.client;
  after(between(0, chance(0.5) ? 30'000 : 10), [this, client] { broker_.disconnect(client); });
  tasker_ = Tasker{};
  after(between(500, 20'000), [this] { start_tasker(); });
}

/// Ctrl-C: nothing more starts, and what runs may finish, or is stopped.
void World::interrupt_tasker(bool at_once) {
  say(at_once ? "stop" : "interrupt");
  tasker_.stopping = true;
  TaskerActions actions;
  if (at_once) {
    for (const std::uint32_t command : tasker_.out) {
      const TaskId task{CommandId{command}, AttemptNumber{started_[command]}};
      tasker_.core->cancel(task, now_, actions);
    }
  } else {
    tasker_.core->withdraw_all(now_, actions);
  }
  carry_out(std::move(actions));
}

/// Nothing is out any more. The user goes on a little later.
void World::end_session() {
  say("tasker ends");
  journal();
  broker_.disconnect(tasker_.link.client);
  tasker_ = Tasker{};
  after(between(500, 20'000), [this] { start_tasker(); });
}

void World::connect_tasker() {
  if (!tasker_.core || tasker_.link.alive) return;
  Link& link = tasker_.link;
  link = Link{broker_.connect(false), true, ++generations_, now_, now_};
  broker_.consume(link.client, Queue::results, 1'000);
  TaskerActions actions;
  tasker_.core->on_connected(std::exchange(broker_forgot_, false), actions);
  carry_out(std::move(actions));
  pump_tasker(link.generation);
}

void World::tasker_lost_connection() {
  if (!tasker_.link.alive) return;
  say("tasker sees its connection lost");
  tasker_.link.alive = false;
  tasker_.core->on_disconnected();
  after(between(200, 5'000), [this, generation = tasker_.link.generation] {
    if (tasker_.link.generation == generation) connect_tasker();
  });
}

void World::pump_tasker(std::uint64_t generation) {
  Link& link = tasker_.link;
  if (!link.alive || link.generation != generation) return;
  if (!broker_.connected(link.client) && chance(0.01)) return tasker_lost_connection();
  if (tasker_.frozen_until <= now_) {
    if (const auto received = broker_.next(link.client)) tasker_receives(*received);
  }
  after(between(1, 40), [this, generation] { pump_tasker(generation); });
}

void World::tasker_receives(const BrokerModel::Received& received) {
  TaskerActions actions;
  TaskerCore& core = *tasker_.core;
  const Message& message = received.message;
  if (received.kind == BrokerModel::Received::Kind::confirmed) {
    core.on_confirmed(received.publish);
  } else if (received.kind == BrokerModel::Received::Kind::unconfirmed) {
    core.on_unconfirmed(received.publish, actions);
  } else if (message.kind == Message::Kind::result) {
    core.on_result(received.delivery, message.result, actions);
  } else if (message.kind == Message::Kind::ask) {
    core.on_ask(received.delivery, message.worker, message.task, message.question, actions);
  } else {
    core.on_held(received.delivery, message.task, actions);
  }
  carry_out(std::move(actions));
}

bool World::ready(std::uint32_t command) const {
  return std::ranges::all_of(waits_for_[command], [&](std::uint32_t before) {
    return journal_.contains(before) || tasker_.unjournaled.contains(before);
  });
}

void World::schedule_commands() {
  if (tasker_.stopping) return;
  for (std::uint32_t command = 1; command <= commands_; ++command) {
    const bool over = journal_.contains(command) || tasker_.unjournaled.contains(command);
    if (over || tasker_.out.contains(command) || tasker_.out.size() >= 6) continue;
    if (ready(command)) start_attempt(command, false);
  }
}

/// The journal knows of the start, and of what it follows from, before anybody
/// else does.
void World::start_attempt(std::uint32_t command, bool maybe_published) {
  journal();
  AttemptSpec spec;
  spec.command = CommandId{command};
  spec.attempt = AttemptNumber{tasker_.attempts[command] + 1};
  started_[command] = number(spec.attempt);
  tasker_.out.insert(command);
  TaskerActions actions;
  tasker_.core->start(std::move(spec), maybe_published, actions);
  carry_out(std::move(actions));
}

void World::carry_out(TaskerActions actions) {
  bool reported = false;
  for (TaskerAction& action : actions) {
    if (const auto* mark = std::get_if<tasker_action::Mark>(&action)) {
      if (options_.mutation != Mutation::no_mark) marks_.insert(number(mark->command));
    } else if (const auto* publish = std::get_if<tasker_action::Publish>(&action)) {
      Message message{};
      message.kind = Message::Kind::task;
      message.spec = *publish->spec;
      message.task = {message.spec.command, message.spec.attempt};
      say(fmt::format("tasker publishes {}.{}{}", number(message.task.command),
                      number(message.task.attempt), publish->again ? " again" : ""));
      send(tasker_.link, Queue::tasks, std::move(message), publish->id);
    } else if (const auto* answer = std::get_if<tasker_action::Answer>(&action)) {
      Message message{};
      message.kind = Message::Kind::answer;
      message.task = answer->task;
      message.worker = answer->worker;
      message.question = answer->question;
      message.run = answer->run || options_.mutation == Mutation::no_dedupe;
      after(between(1, 50), [this, message] { broker_.broadcast(message); });
    } else if (const auto* cancel = std::get_if<tasker_action::CancelEverywhere>(&action)) {
      Message message{};
      message.kind = Message::Kind::cancel;
      message.task = cancel->task;
      after(between(1, 50), [this, message] { broker_.broadcast(message); });
    } else if (const auto* acknowledge = std::get_if<tasker_action::Acknowledge>(&action)) {
      broker_.acknowledge(tasker_.link.client, acknowledge->delivery);
    } else if (auto* report = std::get_if<tasker_action::Report>(&action)) {
      const std::uint32_t command = number(report->result.command);
      say(fmt::format("tasker has {} of {}.{}", end_class_text(report->result.end), command,
                      number(report->result.attempt)));
      tasker_.out.erase(command);
      const EndClass end = report->result.end;
      if (end == EndClass::lost || end == EndClass::cancelled) {
        // A killed tasker's result that comes only after the user's patience for a
        // stop counts for nothing.
        if (end == EndClass::cancelled) settled_.erase(command);
        vain_[command] = tasker_.attempts[command] = number(report->result.attempt);
      } else {
        settled_.insert(command);
        tasker_.unjournaled[command] = std::move(report->result);
      }
      reported = true;
    } else if (const auto* watch = std::get_if<tasker_action::Watch>(&action)) {
      tasker_.watched.insert(number(watch->command));
    } else if (const auto* unwatch = std::get_if<tasker_action::Unwatch>(&action)) {
      tasker_.watched.erase(number(unwatch->command));
    } else if (const auto* dead = std::get_if<tasker_action::Break>(&action)) {
      say(fmt::format("tasker breaks the lease of {}", number(dead->command)));
      leases_.erase(number(dead->command));
    }
  }
  if (reported) schedule_commands();
}

void World::journal() {
  for (const auto& [command, result] : tasker_.unjournaled) journal_[command] = result.end;
  tasker_.unjournaled.clear();
  TaskerActions actions;
  tasker_.core->on_journaled(actions);
  carry_out(std::move(actions));
}

void World::tick_tasker() {
  if (!tasker_.core) return;
  if (tasker_.frozen_until <= now_) {
    journal();
    TaskerActions actions;
    tasker_.core->on_tick(now_, actions);
    carry_out(std::move(actions));
    for (const std::uint32_t command : std::set(tasker_.watched)) {
      const auto lease = leases_.find(command);
      TaskerActions looked;
      tasker_.core->on_lease(
          CommandId{command},
          lease == leases_.end() ? std::nullopt : std::optional(beats_[lease->second]), now_,
          looked);
      carry_out(std::move(looked));
    }
    schedule_commands();
    if (tasker_.stopping && tasker_.out.empty()) return end_session();
  }
  after(between(100, 2'000), [this, core = tasker_.core.get()] {
    if (tasker_.core.get() == core) tick_tasker();
  });
}

}  // namespace shoal::sim
