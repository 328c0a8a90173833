#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "amqp/broker_executor.h"
#include "exec/clock.h"

namespace shoal {
void BrokerExecutor::on_event(LinkEvent event) {
  if (closed_) return;
  if (const auto* connected = std::get_if<LinkConnected>(&event)) {
    on_connected(*connected);
  } else if (const auto* lost = std::get_if<LinkDisconnected>(&event)) {
    connected_ = false;
    deliveries_.clear();
    early_results_.clear();  // they come again
    for (const PublishId id : outbox_.drop()) core_.on_returned(id, monotonic_now());
    core_.on_disconnected();
    if (!std::exchange(broker_was_missed_, true)) {
      events_.on_notice(fmt::format("The broker is away, and the run waits for it: {}",
                                    lost->reason.error.sentence()));
    }
  } else if (const auto* refused = std::get_if<LinkRefused>(&event)) {
    fail(refused->error.error);
  } else if (const auto* delivery = std::get_if<LinkDelivery>(&event)) {
    on_delivery(*delivery);
  } else if (const auto* published = std::get_if<LinkPublished>(&event)) {
    on_published(*published);
  } else if (const auto* reset = std::get_if<LinkConsumerReset>(&event)) {
    deliveries_.clear(reset->generation);
  } else if (const auto* ended = std::get_if<LinkConsumerEnded>(&event)) {
    fail(ended->reason.error);
  } else if (const auto* queue = std::get_if<LinkQueueState>(&event)) {
    if (queue->state) queued_[queue->state->name] = queue->state->messages;
  } else if (const auto* blocked = std::get_if<LinkBlocked>(&event)) {
    events_.on_notice("The broker takes no messages now: " + blocked->reason);
  } else if (std::holds_alternative<LinkUnblocked>(event)) {
    events_.on_notice("The broker takes messages again.");
  }
}

void BrokerExecutor::on_connected(const LinkConnected& connected) {
  if (std::exchange(broker_was_missed_, false)) events_.on_notice("The broker is back.");
  connected_ = true;
  connected_at_ = monotonic_now();
  const bool tasks_lost =
      std::ranges::any_of(options_.run.resource_classes, [&](const std::string& resource_class) {
        const QueueName tasks = options_.names.tasks(options_.run.run, resource_class);
        return std::ranges::find(connected.made, tasks) != connected.made.end();
      });
  TaskerActions actions;
  core_.on_connected(tasks_lost, actions);
  carry_out(std::move(actions));
  announce();
}

void BrokerExecutor::on_delivery(const LinkDelivery& delivery) {
  if (delivery.consumer == "workers") return on_worker_state(delivery);
  if (delivery.consumer == "dead") return on_dead_letter(delivery);
  if (delivery.type == kHeldType) return on_held(delivery);
  if (delivery.type == kQuestionType) return on_question(delivery);
  on_result_message(delivery);
}

/// To the dead letters, from where it is told of (on_dead_letter).
void BrokerExecutor::refuse(const LinkDelivery& delivery) { link_->nack(delivery.id, Requeue::no); }

void BrokerExecutor::on_worker_state(const LinkDelivery& delivery) {
  auto state = decode_worker_state(delivery.body);
  if (!state) {
    const std::string sentence = state.error().sentence();
    if (told_.insert(sentence).second)
      events_.on_notice("A worker cannot be understood: " + sentence);
    return;
  }
  if (state->folder != options_.run.folder) return;
  for (const WorkerState::Running& each : state->running) {
    const TaskId task{each.command, each.attempt};
    if (each.run != options_.run.run || core_.find(task) == nullptr) continue;
    if (running_.insert(task).second) events_.on_running(task.command, task.attempt);
  }
  const bool is_new = !workers_.all().contains(state->name);
  workers_.hear(std::move(*state), monotonic_now());
  if (is_new) announce_to_newcomers();
  update_workers();
}

void BrokerExecutor::on_result_message(const LinkDelivery& delivery) {
  auto message = decode_result(delivery.body);
  if (!message) return refuse(delivery);
  deliveries_.add(delivery.id, static_cast<std::uint32_t>(message->results.size()));
  for (AttemptResult& result : message->results) {
    const TaskId task{result.command, result.attempt};
    if (maybe_published_.contains(task)) {
      // A second result of it changes nothing, and would be acknowledged with it.
      early_results_.insert_or_assign(task, std::pair(delivery.id, std::move(result)));
    } else {
      take_in(delivery.id, std::move(result));
    }
  }
}

void BrokerExecutor::take_in(DeliveryId delivery, AttemptResult result) {
  if (const AttemptSpec* spec = core_.find(TaskId{result.command, result.attempt})) {
    outbox_.learn(spec->text, result.wall);
  }
  TaskerActions actions;
  core_.on_result(delivery, std::move(result), actions);
  carry_out(std::move(actions));
  settle_soon();
}

void BrokerExecutor::on_question(const LinkDelivery& delivery) {
  const auto message = decode_question(delivery.body);
  if (!message) return refuse(delivery);
  deliveries_.add(delivery.id, 1);
  TaskerActions actions;
  core_.on_ask(delivery.id, message->worker, TaskId{message->command, message->attempt},
               message->question, actions);
  carry_out(std::move(actions));
}

void BrokerExecutor::on_held(const LinkDelivery& delivery) {
  const auto message = decode_held(delivery.body);
  if (!message) return refuse(delivery);
  deliveries_.add(delivery.id, 1);
  TaskerActions actions;
  core_.on_held(delivery.id, TaskId{message->command, message->attempt}, actions);
  carry_out(std::move(actions));
}

/// It stays in its queue, unacknowledged, for people to look at.
void BrokerExecutor::on_dead_letter(const LinkDelivery& delivery) {
  ++dead_letters_;
  if (told_.insert("dead letters").second) {
    events_.on_notice(fmt::format(
        "A message could not be read, or outlived a hundred workers: it is in the queue {}. "
        "Are all workers of this version of shoal?",
        options_.names.dead(options_.run.run).text));
  }
  TaskerActions actions;
  for (const TaskId task : read_task_ids(delivery.message_id)) {
    core_.give_up(task, EndClass::lost, "its message is among the dead letters", actions);
  }
  carry_out(std::move(actions));
}

void BrokerExecutor::on_published(const LinkPublished& published) {
  TaskerActions actions;
  for (const PublishId id : publishes_.take(published.id)) {
    if (published.outcome == PublishOutcome::confirmed) {
      core_.on_confirmed(id);
    } else if (published.outcome == PublishOutcome::returned) {
      core_.on_returned(id, monotonic_now());
    } else {
      core_.on_unconfirmed(id, actions);
    }
  }
  carry_out(std::move(actions));
}

}  // namespace shoal
