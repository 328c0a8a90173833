#include "amqp/broker_executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "amqp/cluster_report.h"
#include "amqp/outgoing.h"
#include "exec/clock.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kTick{1000};
constexpr Duration kAnnouncementInterval = 3s;
constexpr Duration kReportInterval = 2s;
constexpr Duration kLongestClose = 5s;
constexpr std::uint16_t kResultsPrefetch = 500;  // messages
constexpr std::uint16_t kDeadPrefetch = 1000;    // they stay where they are

/// So many attempts are out even while no worker is known: whoever starts
/// workers by the length of the queue has something to go by.
constexpr std::uint32_t kSlotsWithoutWorkers = 32;
/// Beside what runs, so much of work is out, so that no worker waits for the
/// tasker. Less would leave slots idle, more would bind the order too early.
constexpr Duration kStock = 500ms;
constexpr std::int64_t kLargestStock = 1000;  // attempts a slot
/// With as much, what is short may wait until it fills a message.
constexpr Duration kEnoughStock = kStock / 2;

/// A worker that hears of a run tells of itself within this time.
constexpr Duration kTimeToTell = std::chrono::seconds(4);

}  // namespace

BrokerExecutor::BrokerExecutor(asio::io_context& io, ExecutorEvents& events,
                               BrokerExecutorOptions options, std::set<TaskId> maybe_published)
    : io_(io),
      events_(events),
      options_(std::move(options)),
      leases_(options_.run_folder),
      core_(TaskerTimes{.lease_death = options_.run.lease_death}),
      maybe_published_(std::move(maybe_published)),
      workers_(options_.run.folder),
      ticker_(io) {}

BrokerExecutor::~BrokerExecutor() { *alive_ = false; }

Expected<std::unique_ptr<BrokerExecutor>> BrokerExecutor::create(asio::io_context& io,
                                                                 ExecutorEvents& events,
                                                                 BrokerExecutorOptions options,
                                                                 std::set<TaskId> maybe_published) {
  std::unique_ptr<BrokerExecutor> executor(
      new BrokerExecutor(io, events, std::move(options), std::move(maybe_published)));
  if (auto made = executor->leases_.make(); !made) return tl::unexpected(made.error());
  const BrokerExecutorOptions& given = executor->options_;
  LinkOptions link = given.link;
  link.topology = tasker_topology(given.names, given.run.run, given.run.resource_classes, {});
  executor->link_ = std::make_unique<Link>(
      io.get_executor(), given.broker, std::move(link),
      [self = executor.get()](LinkEvent event) { self->on_event(std::move(event)); });
  executor->link_->subscribe("workers", given.names.workers());
  executor->link_->consume("results", given.names.results(given.run.run), kResultsPrefetch);
  executor->link_->consume("dead", given.names.dead(given.run.run), kDeadPrefetch);
  executor->tick_after(std::chrono::milliseconds::zero());  // not before create has returned
  return executor;
}

void BrokerExecutor::start(AttemptSpec spec) {
  TaskerActions actions;
  const TaskId task{spec.command, spec.attempt};
  const bool maybe = maybe_published_.erase(task) > 0;
  auto early = early_results_.extract(task);
  core_.start(std::move(spec), maybe, actions);
  carry_out(std::move(actions));
  if (early.empty()) return;
  asio::post(io_, [this, alive = alive_, result = std::move(early.mapped())]() mutable {
    if (*alive && !closed_) take_in(result.first, std::move(result.second));
  });
}

void BrokerExecutor::cancel(CommandId command, AttemptNumber attempt) {
  stopping_ = true;
  TaskerActions actions;
  core_.cancel(TaskId{command, attempt}, monotonic_now(), actions);
  carry_out(std::move(actions));
}

void BrokerExecutor::withdraw() {
  stopping_ = true;
  TaskerActions actions;
  core_.withdraw_all(monotonic_now(), actions);
  carry_out(std::move(actions));
}

std::optional<RunningLog> BrokerExecutor::log_of(CommandId command) const {
  for (const auto& [name, worker] : workers_.all()) {
    for (const WorkerState::Running& each : worker.state.running) {
      if (each.run == options_.run.run && each.command == command) {
        return RunningLog{name, each.slot, each.log_begin};
      }
    }
  }
  return std::nullopt;
}

void BrokerExecutor::close(Goodbye goodbye) {
  closed_ = true;
  ticker_.cancel();
  const RunId& run = options_.run.run;
  if (goodbye == Goodbye::finished) {
    leases_.note_finished();
    send_control(ControlMessage{.run = run, .action = ControlAction::finished});
  }
  if (goodbye != Goodbye::detached) {
    const Topology own = run_topology(options_.names, run, options_.run.resource_classes, {});
    link_->cancel("results");
    link_->cancel("dead");
    link_->remove(queue_names(own), own.exchanges);
    leases_.remove();
    remove_cluster_report(options_.run_folder);
  }
  link_->close(kLongestClose);
}

void BrokerExecutor::carry_out(TaskerActions actions) {
  for (TaskerAction& action : actions) {
    std::visit([this](auto& each) { act(each); }, action);
  }
}

void BrokerExecutor::act(const tasker_action::Mark& action) {
  // Without it, what is to be sent next would not be safe.
  if (auto marked = leases_.mark(action.command); !marked) fail(marked.error());
}

void BrokerExecutor::act(const tasker_action::Publish& action) {
  outbox_.add(*action.spec, action.id, action.again);
  settle_soon();
}

void BrokerExecutor::act(const tasker_action::Answer& action) {
  ControlMessage message{.run = options_.run.run};
  message.action = action.run ? ControlAction::run : ControlAction::drop;
  message.command = action.task.command;
  message.attempt = action.task.attempt;
  message.worker = action.worker;
  message.question = action.question;
  send_control(message);
}

void BrokerExecutor::act(const tasker_action::CancelEverywhere& action) {
  send_control(ControlMessage{.run = options_.run.run,
                              .action = ControlAction::cancel,
                              .command = action.task.command,
                              .attempt = action.task.attempt});
}

void BrokerExecutor::act(const tasker_action::Acknowledge& action) {
  if (deliveries_.settle(action.delivery, false) == DeliveryBook::Verdict::acknowledge) {
    link_->ack(action.delivery);
  }
}

void BrokerExecutor::act(tasker_action::Report& action) {
  running_.erase(TaskId{action.result.command, action.result.attempt});
  events_.on_ended(std::move(action.result));
}

void BrokerExecutor::act(const tasker_action::Watch& action) { watched_.insert(action.command); }

void BrokerExecutor::act(const tasker_action::Unwatch& action) { watched_.erase(action.command); }

void BrokerExecutor::act(const tasker_action::Break& action) {
  leases_.break_lease(action.command);
}

/// Once for all that this turn of the event loop brings: then one wait for the
/// disk serves many attempts.
void BrokerExecutor::settle_soon() {
  if (std::exchange(settling_, true)) return;
  asio::post(io_, [this, alive = alive_] {
    if (*alive) settle();
  });
}

void BrokerExecutor::fail(Error error) {
  if (std::exchange(broken_, true)) return;
  events_.on_broken(std::move(error));
}

void BrokerExecutor::settle() {
  settling_ = false;
  if (closed_ || broken_ || !events_.make_durable()) return;
  TaskerActions actions;
  core_.on_journaled(actions);
  carry_out(std::move(actions));
  send_tasks();
}

bool BrokerExecutor::workers_have_enough() const {
  const auto there = static_cast<std::int64_t>(core_.count() - outbox_.count());
  return there * outbox_.average() >= kEnoughStock * std::max(workers_.slots(), 1U);
}

void BrokerExecutor::send_tasks() {
  const bool may_wait = !stopping_ && workers_have_enough();
  const auto need = may_wait ? TaskOutbox::Need::later : TaskOutbox::Need::now;
  const auto class_of_spec = [this](const AttemptSpec& spec) { return class_of(spec); };
  for (TaskOutbox::Parcel& parcel : outbox_.take(workers_.slots(), need, class_of_spec)) {
    TaskMessage content{options_.run.run, options_.run.folder, std::move(parcel.resource_class),
                        std::move(parcel.attempts)};
    Message message =
        message_to(options_.names.tasks(content.run, content.resource_class), content);
    message.id = parcel.tasks.text();
    if (message.body.size() > options_.link.largest_message) {
      give_up_too_large(content.attempts);
      continue;
    }
    link_->publish(publishes_.add(std::move(parcel.ids)), std::move(message));
  }
}

/// Workers tell how much memory they have, so nobody need say what is large. At
/// the beginning they are given the time to tell.
std::string_view BrokerExecutor::class_of(const AttemptSpec& spec) const {
  if (spec.memory == 0) return kDefaultClass;
  const bool may_wait = monotonic_now() - connected_at_ < kTimeToTell;
  if (may_wait && workers_.all().empty()) return {};
  const auto of_default = workers_.least_memory(kDefaultClass);
  if (!of_default || spec.memory <= *of_default) return kDefaultClass;
  if (workers_.any_takes(kLargeClass)) return kLargeClass;
  return may_wait ? std::string_view() : kDefaultClass;
}

/// A class may be left without workers while its tasks wait.
void BrokerExecutor::look_for_stranded_tasks() {
  const auto large = queued_.find(options_.names.tasks(options_.run.run, kLargeClass));
  if (large == queued_.end() || large->second == 0 || workers_.any_takes(kLargeClass)) return;
  const std::string sentence = fmt::format(
      "Commands that need much memory wait for a worker of the class {0}: start one with shoal "
      "worker --class {0}.",
      kLargeClass);
  if (told_.insert(sentence).second) events_.on_notice(sentence);
}

void BrokerExecutor::give_up_too_large(const std::vector<AttemptSpec>& attempts) {
  TaskerActions actions;
  for (const AttemptSpec& spec : attempts) {
    core_.give_up(TaskId{spec.command, spec.attempt}, EndClass::failed,
                  "its line is longer than a message can be", actions);
  }
  carry_out(std::move(actions));
}

void BrokerExecutor::send_control(const ControlMessage& message) {
  if (broken_) return;
  link_->publish(publishes_.add(), message_to(options_.names.control(options_.run.run), message));
}

void BrokerExecutor::announce() {
  if (!connected_) return;
  announcement_is_due_ = false;
  last_announcement_ = monotonic_now();
  link_->publish(publishes_.add(), message_to(options_.names.runs(), options_.run));
}

/// At once, but once for many that start together.
void BrokerExecutor::announce_to_newcomers() {
  announcement_is_due_ = true;
  if (monotonic_now() - last_announcement_ >= kTick) announce();
}

void BrokerExecutor::tick() {
  const Instant now = monotonic_now();
  if (announcement_is_due_ || now - last_announcement_ >= kAnnouncementInterval) announce();
  look_at_leases();
  TaskerActions actions;
  core_.on_tick(now, actions);
  carry_out(std::move(actions));
  update_workers();
  look_for_stranded_tasks();
  report_cluster();
  settle_soon();
  tick_after(kTick);
}

void BrokerExecutor::tick_after(std::chrono::milliseconds pause) {
  ticker_.expires_after(pause);
  ticker_.async_wait([this, alive = alive_](const asio::error_code& error) {
    // One that was due already is not cancelled by close.
    if (!error && *alive && !closed_) tick();
  });
}

/// What the volume cannot tell now is no news.
void BrokerExecutor::look_at_leases() {
  const std::vector<CommandId> commands(watched_.begin(), watched_.end());
  for (const CommandId command : commands) {
    const auto beat = leases_.beat(command);
    if (!beat) continue;
    TaskerActions actions;
    core_.on_lease(command, *beat, monotonic_now(), actions);
    carry_out(std::move(actions));
  }
}

void BrokerExecutor::update_workers() {
  workers_.forget_silent(monotonic_now());
  const std::uint32_t slots = workers_.slots();
  const Duration each = std::max(outbox_.average(), Duration(1));
  const auto stock = std::clamp<std::int64_t>(kStock / each, 1, kLargestStock);
  const auto wanted = std::max<std::uint32_t>(kSlotsWithoutWorkers,
                                              slots + slots * static_cast<std::uint32_t>(stock));
  const Capacity capacity{wanted, slots};
  if (std::exchange(capacity_, capacity) != capacity) events_.on_capacity(capacity);
}

ClusterReport BrokerExecutor::cluster() const {
  const Instant now = monotonic_now();
  ClusterReport report;
  report.time = wall_now();
  report.broker = options_.broker.text();
  report.connected = connected_;
  for (const auto& [queue, messages] : queued_) report.queued += messages;
  report.dead_letters = dead_letters_;
  for (const auto& [name, worker] : workers_.all()) {
    ClusterReport::Worker row{
        name, worker.state.host, worker.state.slots, report.time - (now - worker.heard), {}};
    for (const WorkerState::Running& each : worker.state.running) {
      if (each.run == options_.run.run) row.running.push_back(each.command);
    }
    report.workers.push_back(std::move(row));
  }
  return report;
}

void BrokerExecutor::report_cluster() {
  const Instant now = monotonic_now();
  if (now - last_report_ < kReportInterval) return;
  last_report_ = now;
  write_cluster_report(options_.run_folder, cluster());
  if (!connected_) return;
  for (const std::string& resource_class : options_.run.resource_classes) {
    link_->inspect_queue(options_.names.tasks(options_.run.run, resource_class));
  }
}

}  // namespace shoal
