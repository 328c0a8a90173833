#include <fmt/format.h>

#include <utility>

#include "amqp/worker.h"
#include "exec/clock.h"

namespace shoal {

void Worker::on_event(LinkEvent event) {
  WorkerActions actions;
  if (std::holds_alternative<LinkConnected>(event)) {
    connected_ = true;
    connected_at_ = monotonic_now();
    changed_ = true;
    log_(fmt::format("connected to {}", options_.broker.text()));
    broker_was_missed_ = false;
    core_.on_connected(actions);
  } else if (const auto* lost = std::get_if<LinkDisconnected>(&event)) {
    if (!std::exchange(broker_was_missed_, true)) {
      log_(fmt::format("waits for the broker: {}", lost->reason.error.sentence()));
    }
    connected_ = false;
    deliveries_.clear();
    results_.drop();
    core_.on_disconnected(actions);
  } else if (const auto* refused = std::get_if<LinkRefused>(&event)) {
    error_ = refused->error.error;
    leave();
    stop_now();
    end();
  } else if (auto* delivery = std::get_if<LinkDelivery>(&event)) {
    on_delivery(std::move(*delivery));
  } else if (const auto* published = std::get_if<LinkPublished>(&event)) {
    on_published(*published);
  } else if (const auto* reset = std::get_if<LinkConsumerReset>(&event)) {
    log_(reset->reason.error.sentence());
    deliveries_.clear(reset->generation);
    core_.on_deliveries_void(reset->generation, actions);
  } else if (const auto* ended = std::get_if<LinkConsumerEnded>(&event)) {
    on_consumer_ended(*ended);
  } else if (const auto* blocked = std::get_if<LinkBlocked>(&event)) {
    log_("the broker takes no messages now: " + blocked->reason);
  } else if (std::holds_alternative<LinkUnblocked>(event)) {
    log_("the broker takes messages again");
  } else if (std::holds_alternative<LinkClosed>(event)) {
    return on_end_();
  }
  carry_out(std::move(actions));
  if (may_end(monotonic_now())) end();
}

void Worker::on_delivery(LinkDelivery delivery) {
  if (delivery.consumer.starts_with("tasks:")) return on_task_message(delivery);
  if (delivery.consumer == "runs") {
    const auto run = decode_run_announcement(delivery.body);
    if (run) return on_announcement(*run);
    refuse(delivery, run.error());
  } else {
    const auto control = decode_control(delivery.body);
    if (control) return on_control(*control);
    refuse(delivery, control.error());
  }
}

/// What came over a fanout is noted and dropped; a task goes to the dead
/// letters, where its tasker finds it.
void Worker::refuse(const LinkDelivery& delivery, const Error& error) {
  const std::string sentence = error.sentence();
  if (told_.insert(delivery.consumer + sentence).second) {
    log_(fmt::format("cannot read a message ({}): {}", delivery.consumer, sentence));
  }
  if (delivery.consumer.starts_with("tasks:")) link_->nack(delivery.id, Requeue::no);
}

void Worker::on_announcement(const RunAnnouncement& announcement) {
  if (leaving_ || find(announcement.run) != nullptr) return;
  if (announcement.folder == options_.folder_id) return join(announcement);
  if (told_.insert(announcement.run.text()).second) {
    log_(
        fmt::format("run {} works in another folder than {}, so this worker takes no part in it. "
                    "If it should, start it in the folder of the run, on a volume that both see",
                    announcement.run.text(), options_.place.work_folder));
  }
}

void Worker::on_task_message(const LinkDelivery& delivery) {
  auto message = decode_task(delivery.body);
  if (!message) return refuse(delivery, message.error());
  const Run* run = find(message->run);
  // It was on its way when this worker left the run.
  if (run == nullptr || run->over) return link_->nack(delivery.id, Requeue::yes);
  last_task_ = monotonic_now();
  const bool is_stock = message->attempts.size() > 1 || core_.tasks() >= messages_at_work();
  const TaskDelivery came{delivery.id, delivery.redelivered, is_stock, last_task_};
  deliveries_.add(delivery.id, static_cast<std::uint32_t>(message->attempts.size()));
  WorkerActions actions;
  for (AttemptSpec& spec : message->attempts) {
    const TaskKey key{message->run, {spec.command, spec.attempt}};
    core_.on_task(came, key, std::move(spec), actions);
  }
  carry_out(std::move(actions));
}

void Worker::on_control(const ControlMessage& message) {
  Run* run = find(message.run);
  if (run == nullptr) return;
  const TaskKey key{message.run, {message.command, message.attempt}};
  WorkerActions actions;
  switch (message.action) {
    case ControlAction::cancel:
      core_.on_cancel(key, actions);
      break;
    case ControlAction::run:
    case ControlAction::drop:
      if (message.worker != options_.place.name) return;
      core_.on_answer(key, message.question, message.action == ControlAction::run, actions);
      break;
    case ControlAction::finished:
      leave_finished(*run);
      break;
  }
  carry_out(std::move(actions));
}

/// Where a result could not go, its run is over, and nobody waits for it.
void Worker::on_published(const LinkPublished& published) {
  const bool settled = published.outcome == PublishOutcome::confirmed ||
                       published.outcome == PublishOutcome::returned;
  WorkerActions actions;
  for (const PublishId id : publishes_.take(published.id)) {
    if (settled) {
      core_.on_confirmed(id, actions);
    } else {
      core_.on_unconfirmed(id, actions);
    }
  }
  carry_out(std::move(actions));
}

/// The run was finished while this worker was away, or it was stopped and may
/// be continued.
void Worker::on_consumer_ended(const LinkConsumerEnded& ended) {
  for (auto& [id, run] : runs_) {
    if (!run.over && ended.consumer.find(id.text()) != std::string::npos) {
      if (leave_if_finished(run)) continue;
      log_(fmt::format("run {} has gone from the broker", id.text()));
      leave_run(run);
    }
  }
}

}  // namespace shoal
