#include <fmt/format.h>

#include <utility>

#include "amqp/worker.h"
#include "exec/clock.h"

namespace shoal {
namespace {

constexpr std::size_t kLongestText = 120;

std::string shortened(const std::string& text) {
  const std::string line = text.substr(0, text.find('\n'));
  return line.size() <= kLongestText ? line : line.substr(0, kLongestText) + "...";
}

}  // namespace

/// An action may lead to more of them, which are carried out before the next.
void Worker::carry_out(WorkerActions actions) {
  for (const WorkerAction& action : actions) {
    std::visit([this](const auto& each) { act(each); }, action);
  }
}

void Worker::act(const worker_action::TakeLease& action) {
  Run* run = find(action.key.run);
  const LeaseAnswer answer =
      run == nullptr ? LeaseAnswer::unavailable : run->site->take_lease(action.key.task);
  if (answer == LeaseAnswer::unavailable) {
    const std::string sentence =
        fmt::format("run {} command {}: cannot take its lease, tries again", action.key.run.text(),
                    number(action.key.task.command));
    if (told_.insert(sentence).second) log_(sentence);
  }
  WorkerActions more;
  core_.on_lease_answer(action.key, answer, monotonic_now(), more);
  carry_out(std::move(more));
}

void Worker::act(const worker_action::ReleaseLease& action) {
  if (Run* run = find(action.key.run)) run->site->release_lease(action.key.task);
}

void Worker::act(const worker_action::Start& action) {
  Run* run = find(action.key.run);
  const TaskId task = action.key.task;
  // It may have waited for an answer so long that its lease is over.
  if (run == nullptr || run->site->lease_is_over(task)) {
    AttemptResult result;
    result.command = task.command;
    result.attempt = task.attempt;
    result.end = EndClass::cancelled;
    WorkerActions more;
    core_.on_lease_lost(action.key, more);
    core_.on_ended(action.key, std::move(result), more);
    return carry_out(std::move(more));
  }
  if (results_.average() > std::chrono::milliseconds(100)) {
    log_(fmt::format("run {} command {}: {}", action.key.run.text(), number(task.command),
                     shortened(action.spec->text)));
  }
  run->running.emplace(task, wall_now());
  last_turn_ = monotonic_now();
  changed_ = true;
  run->site->start(*action.spec, action.again);
}

void Worker::act(const worker_action::Stop& action) {
  if (Run* run = find(action.key.run)) run->site->stop(action.key.task);
}

void Worker::act(const worker_action::PublishResult& action) {
  results_.add(action.key.run, *action.result, action.id);
}

void Worker::act(const worker_action::PublishAsk& action) {
  const auto& [run, task] = action.key;
  // What this worker has to say of the command's earlier attempts comes before.
  results_.send_all();
  send(run, QuestionMessage{run, options_.place.name, task.command, task.attempt, action.question},
       {action.id});
}

void Worker::act(const worker_action::PublishHeld& action) {
  const auto& [run, task] = action.key;
  log_(fmt::format("run {} command {}: another worker may run it; leaves it to the tasker",
                   run.text(), number(task.command)));
  send(run, HeldMessage{run, options_.place.name, task.command, task.attempt}, {action.id});
}

void Worker::act(const worker_action::Acknowledge& action) { settle(action.delivery, false); }

void Worker::act(const worker_action::Return& action) { settle(action.delivery, true); }

void Worker::settle(DeliveryId delivery, bool gives_back) {
  switch (deliveries_.settle(delivery, gives_back)) {
    case DeliveryBook::Verdict::wait:
      return;
    case DeliveryBook::Verdict::acknowledge:
      return link_->ack(delivery);
    case DeliveryBook::Verdict::give_back:
      return link_->nack(delivery, Requeue::yes);
  }
}

void Worker::on_uploading(const TaskKey& key) {
  WorkerActions actions;
  core_.on_uploading(key, actions);
  carry_out(std::move(actions));
}

void Worker::on_attempt_ended(const TaskKey& key, AttemptResult result) {
  attempts_.add(result);
  last_turn_ = monotonic_now();
  last_duration_ = result.wall;
  WorkerActions actions;
  if (Run* run = find(key.run)) {
    run->running.erase(key.task);
    changed_ = true;
    if (run->site->lease_is_over(key.task)) core_.on_lease_lost(key, actions);
  }
  if (result.end != EndClass::ok) {
    log_(fmt::format("run {} command {}: {}{}{}", key.run.text(), number(key.task.command),
                     end_class_text(result.end), result.detail.empty() ? "" : ", ", result.detail));
  }
  core_.on_ended(key, std::move(result), actions);
  carry_out(std::move(actions));
  if (!core_.is_busy()) results_.send_all();
  if (may_end(monotonic_now())) end();
}

}  // namespace shoal
