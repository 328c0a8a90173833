#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "amqp/tasker_core.h"
#include "amqp/worker_core.h"
#include "tests/sim/broker_model.h"

namespace shoal::sim {

/// A rule of the protocol that the simulated hosts break, to see that the
/// simulator would notice.
enum class Mutation : std::uint8_t {
  none,
  acknowledge_before_confirm,
  no_lease,
  no_fence,   // a worker goes on although its lease is lost
  no_dedupe,  // whoever asks may run
  no_mark,    // a second copy is not announced on the volume
  old_pulse,  // a worker whose leases are over goes on with their pulse
};

struct Options {
  std::uint64_t seed = 0;
  Mutation mutation = Mutation::none;
  bool trace = false;  // prints what happens
};

/// A tasker and some workers with a broker, a shared volume and commands that
/// take time, under faults: lost connections, crashes and freezes of each, slow
/// and refused publishes, channels closed under their consumers, a broker that
/// forgets all, a volume that hangs. Meanwhile workers are asked to leave, and
/// the user interrupts the run, gently or not, and goes on. After a while the
/// faults stop, and the run must end.
class World {
 public:
  explicit World(Options options);
  ~World();

  /// Runs to the end. The first promise that was broken, or nullopt.
  std::optional<std::string> run();

 private:
  /// A connection as its client sees it; the broker may see it longer, or less
  /// long. What goes either way stays in order.
  struct Link {
    BrokerModel::Client client{};
    bool alive = false;  // to the client
    std::uint64_t generation = 0;
    Instant out{};  // when the last message sent arrives
    Instant in{};
  };
  struct Execution {
    std::string worker;
    TaskKey key;
    std::uint64_t number = 0;
  };
  /// What a worker shows all its leases alive by.
  struct Pulse {
    std::uint64_t number = 0;  // 0: none
    Instant renewed{};
  };
  struct Worker {
    std::string name;
    std::unique_ptr<WorkerCore> core;
    Link link;
    Instant frozen_until{};
    Instant volume_back{};
    Pulse pulse;
    std::set<TaskKey> leases;  // held
    bool leaving = false;
  };
  struct Tasker {
    std::unique_ptr<TaskerCore> core;
    Link link;
    Instant frozen_until{};
    std::set<std::uint32_t> watched;
    std::map<std::uint32_t, AttemptResult> unjournaled;  // results, by command
    std::set<std::uint32_t> out;                         // commands started
    std::map<std::uint32_t, std::uint32_t> attempts;     // used up
    bool stopping = false;                               // starts nothing more
  };

  // world.cc: the clock and the faults
  void after(Duration delay, std::function<void()> event);
  Duration between(std::int64_t least_ms, std::int64_t most_ms);
  bool chance(double probability);
  void fault();
  void restart_broker();
  void wipe_broker();
  void cut(Link& link, std::function<void()> noticed);
  void say(const std::string& text);
  void broken(const std::string& text);

  // tasker_host.cc
  void start_tasker();
  void kill_tasker();
  void interrupt_tasker(bool at_once);
  void end_session();
  void connect_tasker();
  void tasker_lost_connection();
  void pump_tasker(std::uint64_t generation);
  void tasker_receives(const BrokerModel::Received& received);
  void schedule_commands();
  void start_attempt(std::uint32_t command, bool maybe_published);
  void carry_out(TaskerActions actions);
  void send(Link& link, BrokerModel::Queue queue, BrokerModel::Message message, PublishId id);
  void journal();
  void tick_tasker();
  bool ready(std::uint32_t command) const;

  // worker_host.cc
  void start_worker(std::size_t index);
  void kill_worker(std::size_t index);
  void ask_to_leave(std::size_t index);
  void leave_when_idle(std::size_t index);
  void connect_worker(std::size_t index);
  void worker_lost_connection(std::size_t index);
  void pump_worker(std::size_t index, std::uint64_t generation);
  void worker_receives(Worker& worker, const BrokerModel::Received& received);
  void carry_out(Worker& worker, WorkerActions actions);
  bool lease_is_over(const Worker& worker, const TaskKey& key) const;
  void start_command(Worker& worker, const TaskKey& key);
  void stop_command(Worker& worker, const TaskKey& key);
  void command_uploads(const std::string& name, std::uint64_t execution);
  void command_ended(const std::string& name, std::uint64_t execution, EndClass end);
  LeaseAnswer take_lease(Worker& worker, const TaskKey& key);
  void renew_leases(Worker& worker, WorkerActions& actions);
  void tick_worker(std::size_t index);
  void guard(const std::string& name);

  Options options_;
  std::mt19937_64 random_;
  Instant now_{};
  struct Event {
    Instant time;
    std::uint64_t order;
    std::function<void()> run;
    bool operator<(const Event& other) const {
      return std::pair(time, order) > std::pair(other.time, other.order);
    }
  };
  std::priority_queue<Event> events_;
  std::uint64_t last_event_ = 0;
  std::uint64_t generations_ = 0;
  bool faults_ = true;
  std::optional<std::string> broken_;

  BrokerModel broker_;
  std::uint64_t broker_life_ = 0;      // counts its restarts
  Instant broker_writes_{};            // until then it is busy writing
  bool broker_forgot_ = false;         // and the tasker has not seen that yet
  std::set<std::uint32_t> forgotten_;  // commands whose results only a tasker's memory has had
  RunId run_;
  std::uint32_t commands_ = 0;
  std::vector<std::set<std::uint32_t>> waits_for_;  // by command number

  // The shared volume
  std::map<std::uint32_t, std::uint64_t> leases_;  // pulses, by command
  std::map<std::uint64_t, std::int64_t> beats_;    // of pulses
  std::set<std::uint32_t> marks_;
  std::map<std::uint32_t, EndClass> journal_;       // of commands that are over
  std::map<std::uint32_t, std::uint32_t> started_;  // last attempt started, by command
  std::map<std::uint32_t, std::uint32_t> vain_;     // attempts journaled as lost or cancelled

  // What really happens
  std::map<std::uint32_t, Execution> executing_;  // by command
  std::uint64_t executions_ = 0;
  std::set<std::uint32_t> worked_;   // some execution ended well
  std::set<std::uint32_t> settled_;  // a tasker took a result in

  Tasker tasker_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::uint32_t names_ = 0;
};

}  // namespace shoal::sim
