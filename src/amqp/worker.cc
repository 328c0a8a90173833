#include "amqp/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "exec/clock.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kTick{500};
/// How often a worker tells of itself when nothing happens.
constexpr Duration kAnnouncementInterval = 3s;
/// By then a tasker that is there has announced its run.
constexpr Duration kUntilAnnounced = 10s;
/// Saying goodbye: results that are not confirmed by then are made again.
constexpr Duration kLongestClose = 5s;

/// Tasks beside those that run, so that a slot need not wait for the next one:
/// what is over within this time, and at most so many.
constexpr Duration kStock = 200ms;
constexpr std::uint32_t kLargestStock = 64;
/// When no command has begun or ended for so long, those that run are long ones.
constexpr Duration kStuck = 1s;
constexpr std::uint32_t kLargestPrefetch = 2000;  // messages

}  // namespace

Worker::Worker(asio::io_context& io, WorkerOptions options,
               std::function<void(std::string_view)> log, std::function<void()> on_end)
    : io_(io),
      options_(std::move(options)),
      log_(std::move(log)),
      on_end_(std::move(on_end)),
      core_(options_.place.slots, options_.place.slots, options_.place.memory_limit),
      results_(
          io,
          [this](const RunId& run, std::vector<AttemptResult> results, std::vector<PublishId> ids) {
            send(run, ResultMessage{run, options_.place.name, std::move(results)}, std::move(ids));
          }),
      prefetch_(static_cast<std::uint16_t>(std::min<std::uint32_t>(options_.place.slots, 1000))),
      ticker_(io),
      grace_(io),
      last_task_(monotonic_now()),
      last_announcement_(last_task_),
      connected_at_(last_task_) {
  LinkOptions link = options_.link;
  link.topology = shared_topology(options_.names);
  link_ = std::make_unique<Link>(io.get_executor(), options_.broker, std::move(link),
                                 [this](LinkEvent event) { on_event(std::move(event)); });
  link_->subscribe("runs", options_.names.runs());
  tick();
}

Worker::~Worker() = default;

void Worker::leave() {
  if (ended_) return;
  if (leaving_) return stop_now();
  leaving_ = true;
  log_("leaves: takes no more commands");
  for (auto& [id, run] : runs_) stop_consuming(run);
  WorkerActions actions;
  core_.drain(actions);
  carry_out(std::move(actions));
  changed_ = true;
  grace_.expires_after(options_.grace);
  grace_.async_wait([this](const asio::error_code& error) {
    if (!error) stop_now();
  });
  if (may_end(monotonic_now())) end();
}

void Worker::stop_now() {
  grace_.cancel();
  if (core_.has_tasks()) log_("stops what runs");
  WorkerActions actions;
  core_.stop(actions);
  carry_out(std::move(actions));
}

std::uint32_t Worker::running() const {
  std::size_t sum = 0;
  for (const auto& [id, run] : runs_) sum += run.running.size();
  return static_cast<std::uint32_t>(sum);
}

Worker::Run* Worker::find(const RunId& run) {
  const auto found = runs_.find(run);
  return found == runs_.end() ? nullptr : &found->second;
}

void Worker::join(const RunAnnouncement& announcement) {
  auto site = RunSite::open(io_, options_.place, announcement,
                            {[this](const TaskKey& key, AttemptResult result) {
                               on_attempt_ended(key, std::move(result));
                             },
                             [this](const TaskKey& key) { on_uploading(key); }});
  if (!site) {
    const std::string sentence = site.error().sentence();
    if (told_.insert(sentence).second) {
      log_(fmt::format("cannot take part in run {}: {}", announcement.run.text(), sentence));
    }
    return;
  }
  log_(fmt::format("takes part in run {}", announcement.run.text()));
  stopped_runs_.erase(announcement.run);
  Run& run = runs_.emplace(announcement.run, Run{announcement, std::move(*site), true, false, {}})
                 .first->second;
  const std::string id = announcement.run.text();
  // Control first: no answer to the first question may be missed.
  link_->subscribe("control:" + id, options_.names.control(announcement.run));
  for (const auto& [consumer, queue] : task_consumers(run)) {
    link_->consume(consumer, queue, prefetch_);
  }
  changed_ = true;
}

void Worker::stop_consuming(Run& run) {
  if (!std::exchange(run.consumes, false)) return;
  for (const auto& [consumer, queue] : task_consumers(run)) link_->cancel(consumer);
}

std::vector<std::pair<std::string, QueueName>> Worker::task_consumers(const Run& run) const {
  const RunId& id = run.announcement.run;
  std::vector<std::pair<std::string, QueueName>> consumers;
  for (const std::string& served : options_.classes) {
    const auto& all = run.announcement.resource_classes;
    if (std::ranges::find(all, served) == all.end()) continue;
    consumers.emplace_back("tasks:" + id.text() + ":" + served, options_.names.tasks(id, served));
  }
  return consumers;
}

void Worker::leave_run(Run& run) {
  if (std::exchange(run.over, true)) return;
  stop_consuming(run);
  link_->cancel("control:" + run.announcement.run.text());
  WorkerActions actions;
  core_.leave(run.announcement.run, actions);
  carry_out(std::move(actions));
  changed_ = true;
}

void Worker::leave_finished(Run& run) {
  if (run.over) return;
  log_(fmt::format("run {} is finished", run.announcement.run.text()));
  any_finished_ = true;
  leave_run(run);
}

/// Where the tasker could not say it.
bool Worker::leave_if_finished(Run& run) {
  if (!run.site->is_finished()) return false;
  leave_finished(run);
  return true;
}

void Worker::forget_idle_runs() {
  std::erase_if(runs_, [&](const auto& each) {
    const bool is_idle = each.second.over && !core_.has_tasks_of(each.first);
    if (is_idle) stopped_runs_.emplace(each.first, each.second.site->lease_folder());
    return is_idle;
  });
}

/// Other workers may have done the rest before this one heard of it.
void Worker::look_at_stopped_runs() {
  std::erase_if(stopped_runs_, [&](const auto& each) {
    const bool is_finished = each.second.is_finished();
    any_finished_ |= is_finished;
    return is_finished;
  });
}

/// Its run may have been finished before it came.
void Worker::look_at_crew() {
  const bool hears_of_no_run = connected_ && runs_.empty() && stopped_runs_.empty() &&
                               monotonic_now() - connected_at_ >= kUntilAnnounced;
  any_finished_ |= hears_of_no_run && options_.crew.is_finished();
}

void Worker::tick() {
  const Instant now = monotonic_now();
  for (auto& [id, run] : runs_) {
    for (const TaskId task : run.site->renew_leases()) {
      log_(fmt::format("run {} command {}: its lease is lost, stops it", id.text(),
                       number(task.command)));
      WorkerActions actions;
      core_.on_lease_lost(TaskKey{id, task}, actions);
      carry_out(std::move(actions));
    }
  }
  WorkerActions actions;
  core_.on_tick(now, actions);
  if (commands_are_long()) core_.give_back_stock(now, actions);
  carry_out(std::move(actions));
  forget_idle_runs();
  if (core_.has_tasks()) last_task_ = now;
  if (now - last_announcement_ >= kAnnouncementInterval) {
    for (auto& [id, run] : runs_) leave_if_finished(run);
    look_at_stopped_runs();
    look_at_crew();
    changed_ = true;
  }
  if (changed_) announce();
  adjust_prefetch();
  if (may_end(now)) return end();
  ticker_.expires_after(kTick);
  ticker_.async_wait([this](const asio::error_code& error) {
    // One that was due already is not cancelled by end.
    if (!error && !ended_) tick();
  });
}

void Worker::announce() {
  last_announcement_ = monotonic_now();
  changed_ = false;
  if (!connected_) return;
  WorkerState state;
  state.name = options_.place.name;
  state.host = options_.host;
  state.folder = options_.folder_id;
  state.slots = leaving_ ? 0 : options_.place.slots;
  state.memory = options_.place.memory_limit;
  state.classes = options_.classes;
  state.version = options_.version;
  state.last_seen = wall_now();
  for (const auto& [id, run] : runs_) {
    for (const auto& [task, started] : run.running) {
      const RunningLog log = run.site->log_of(task);
      state.running.push_back({id, task.command, task.attempt, started, log.slot, log.begin});
    }
  }
  link_->publish(publishes_.add(), message_to(options_.names.workers(), state));
}

/// The last that ended was, or none has begun or ended for a while.
bool Worker::commands_are_long() const {
  return last_duration_ >= kStock || (running() > 0 && monotonic_now() - last_turn_ >= kStuck);
}

/// How many messages it may have beside those that its slots work on: short
/// commands need some, so that no slot waits for the broker.
std::uint32_t Worker::stock() const {
  const Duration each = std::max(results_.average(), Duration(1));
  if (each >= kStock || commands_are_long()) return 0;
  std::uint32_t stock = 1;
  while (stock < kLargestStock && stock * each < kStock) stock *= 2;
  return stock;
}

/// What uploads holds a message, but no slot. In few steps: see adjust_prefetch.
std::uint32_t Worker::messages_at_work() const {
  const std::uint32_t uploading = core_.uploading();
  return options_.place.slots + (uploading > 0 ? std::bit_ceil(uploading) : 0);
}

std::uint16_t Worker::wanted_prefetch() const {
  return static_cast<std::uint16_t>(std::min(messages_at_work() + stock(), kLargestPrefetch));
}

/// A change costs a request to the broker, so small ones are left out.
void Worker::adjust_prefetch() {
  const std::uint16_t wanted = wanted_prefetch();
  const int stock = prefetch_ - static_cast<int>(options_.place.slots);
  const int new_stock = wanted - static_cast<int>(options_.place.slots);
  const bool matters = new_stock > stock || (new_stock == 0 && stock > 0) || new_stock * 4 <= stock;
  if (!matters || wanted == prefetch_) return;
  prefetch_ = wanted;
  for (const auto& [id, run] : runs_) {
    if (!run.consumes) continue;
    for (const auto& [consumer, queue] : task_consumers(run)) {
      link_->set_prefetch(consumer, prefetch_);
    }
  }
}

bool Worker::may_end(Instant now) {
  if (ended_ || core_.has_tasks()) return false;
  if (leaving_) return true;
  if (!options_.keep && any_finished_ && runs_.empty()) {
    log_("its run is finished: leaves");
    return true;
  }
  if (options_.idle_exit > Duration::zero() && now - last_task_ >= options_.idle_exit) {
    log_("had nothing to do for long enough: leaves");
    return true;
  }
  return false;
}

void Worker::end() {
  if (std::exchange(ended_, true)) return;
  leaving_ = true;
  announce();
  ticker_.cancel();
  grace_.cancel();
  link_->close(kLongestClose);
}

}  // namespace shoal
