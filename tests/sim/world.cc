#include "tests/sim/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace shoal::sim {
namespace {

constexpr std::chrono::minutes kFaultsUntil{10};
/// Far more than a run without faults needs from any state.
constexpr std::chrono::hours kMostTime{3};

}  // namespace

World::World(Options options)
    : options_(options), random_(options.seed), run_("01ARZ3NDEKTSV4RRFFQ69G5FAV") {
  commands_ = 4 + static_cast<std::uint32_t>(random_() % 12);
  waits_for_.resize(commands_ + 1);
  for (std::uint32_t command = 2; command <= commands_; ++command) {
    for (std::uint32_t i = 0; i < random_() % 3; ++i) {
      waits_for_[command].insert(1 + static_cast<std::uint32_t>(random_() % (command - 1)));
    }
  }
  const std::size_t workers = 2 + random_() % 3;
  for (std::size_t i = 0; i < workers; ++i) workers_.push_back(std::make_unique<Worker>());
}

World::~World() = default;

std::optional<std::string> World::run() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    after(between(0, 5'000), [this, i] { start_worker(i); });
  }
  after(between(0, 5'000), [this] { start_tasker(); });
  after(between(0, 20'000), [this] { fault(); });
  after(kFaultsUntil, [this] {
    say("the faults stop");
    faults_ = false;
  });
  while (!broken_ && journal_.size() < commands_) {
    if (events_.empty()) return "nothing happens any more";
    Event event = std::move(const_cast<Event&>(events_.top()));
    events_.pop();
    now_ = event.time;
    if (now_.time_since_epoch() > kMostTime) {
      return fmt::format("the run does not end: {} of {} commands", journal_.size(), commands_);
    }
    event.run();
  }
  for (const auto& [command, end] : journal_) {
    if (end == EndClass::ok && !worked_.contains(command)) {
      broken(fmt::format("command {} is called done and never ran to its end", command));
    }
  }
  return broken_;
}

void World::after(Duration delay, std::function<void()> event) {
  events_.push({now_ + delay, ++last_event_, std::move(event)});
}

Duration World::between(std::int64_t least_ms, std::int64_t most_ms) {
  const auto width = static_cast<std::uint64_t>(most_ms - least_ms + 1);
  return std::chrono::milliseconds(least_ms + static_cast<std::int64_t>(random_() % width));
}

bool World::chance(double probability) {
  return static_cast<double>(random_() % 1'000'000) < probability * 1e6;
}

void World::say(const std::string& text) {
  if (!options_.trace) return;
  fmt::print("{:10.3f} {}\n", seconds(now_.time_since_epoch()), text);
}

void World::broken(const std::string& text) {
  say("BROKEN: " + text);
  if (!broken_) broken_ = fmt::format("at {:.3f} s: {}", seconds(now_.time_since_epoch()), text);
}

/// Both ends notice in their own time.
void World::cut(Link& link, std::function<void()> noticed) {
  if (!link.alive) return;
  const auto at_broker = link.client;
  after(between(0, chance(0.3) ? 30'000 : 300),
        [this, at_broker] { broker_.disconnect(at_broker); });
  after(between(0, chance(0.3) ? 30'000 : 300), std::move(noticed));
}

void World::fault() {
  if (!faults_) return;
  const std::size_t index = random_() % workers_.size();
  Worker& worker = *workers_[index];
  switch (random_() % 16) {
    case 0:
    case 1:
      say(fmt::format("cut: {}", worker.name));
      cut(worker.link, [this, index, generation = worker.link.generation] {
        if (workers_[index]->link.generation == generation) worker_lost_connection(index);
      });
      break;
    case 2:
      say("cut: tasker");
      cut(tasker_.link, [this, generation = tasker_.link.generation] {
        if (tasker_.link.generation == generation) tasker_lost_connection();
      });
      break;
    case 3:
    case 4:
      if (worker.core) kill_worker(index);
      break;
    case 5:
      if (tasker_.core) kill_tasker();
      break;
    case 6:
      worker.frozen_until = now_ + between(1'000, chance(0.5) ? 120'000 : 5'000);
      say(fmt::format("freeze: {} for {:.1f} s", worker.name, seconds(worker.frozen_until - now_)));
      break;
    case 7:
      tasker_.frozen_until = now_ + between(1'000, chance(0.5) ? 120'000 : 5'000);
      say("freeze: tasker");
      break;
    case 8:
      restart_broker();
      break;
    case 9:
      if (chance(0.3)) wipe_broker();
      break;
    case 10:
      say("the broker closes a channel of " + worker.name);
      broker_.reset_consumer(worker.link.client);
      break;
    case 11:
    case 12:
      if (worker.core && !worker.leaving) ask_to_leave(index);
      break;
    case 13:
      if (tasker_.core) interrupt_tasker(chance(0.5));
      break;
    default:
      worker.volume_back = now_ + between(1'000, chance(0.5) ? 90'000 : 5'000);
      say(fmt::format("no volume: {} for {:.1f} s", worker.name,
                      seconds(worker.volume_back - now_)));
      break;
  }
  after(between(100, 40'000), [this] { fault(); });
}

/// What it had confirmed is still there, what was acknowledged is gone.
void World::restart_broker() {
  say("the broker restarts");
  ++broker_life_;
  broker_.disconnect_all();
  const auto notice = [this](const Link& link, std::function<void()> noticed) {
    if (link.alive) after(between(0, 300), std::move(noticed));
  };
  notice(tasker_.link, [this, generation = tasker_.link.generation] {
    if (tasker_.link.generation == generation) tasker_lost_connection();
  });
  for (std::size_t index = 0; index < workers_.size(); ++index) {
    notice(workers_[index]->link, [this, index, generation = workers_[index]->link.generation] {
      if (workers_[index]->link.generation == generation) worker_lost_connection(index);
    });
  }
}

/// It comes back with nothing: no queue, no message.
void World::wipe_broker() {
  restart_broker();
  say("and has forgotten everything");
  broker_.wipe();
  broker_forgot_ = true;
  // Results that no journal has are known to the memory of a living tasker only.
  std::erase_if(settled_, [&](std::uint32_t command) {
    return !journal_.contains(command) && !tasker_.unjournaled.contains(command);
  });
  for (const auto& [command, result] : tasker_.unjournaled) forgotten_.insert(command);
}

/// What is sent arrives in order, or not at all once the broker has given up
/// the connection. A client that believes in a dead one is told later.
void World::send(Link& link, BrokerModel::Queue queue, BrokerModel::Message message, PublishId id) {
  link.out = std::max(link.out, now_ + between(1, chance(0.1) ? 3'000 : 30));
  after(link.out - now_, [this, client = link.client, queue, message = std::move(message), id] {
    // The last words of a connection may come through although it dies.
    if (!broker_.connected(client) && !chance(0.2)) return;
    // On disk, and confirmed, a little later; in order.
    broker_writes_ = std::max(broker_writes_, now_ + between(0, chance(0.1) ? 1'000 : 5));
    after(broker_writes_ - now_, [this, client, queue, message, id, life = broker_life_] {
      if (life != broker_life_) return;
      if (faults_ && chance(0.01)) {
        broker_.refuse(client, id);
      } else {
        broker_.publish(client, queue, message, id);
      }
    });
  });
}

}  // namespace shoal::sim
