#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "amqp/ids.h"
#include "base/time.h"
#include "sched/admission.h"
#include "sched/attempt.h"

namespace shoal {

/// What an event asks of the worker's host, to be done in this order.
namespace worker_action {
/// Tries to take the command's lease and tells on_lease_answer.
struct TakeLease {
  TaskKey key;
};
/// Lets go of a lease that this worker holds.
struct ReleaseLease {
  TaskKey key;
};
struct Start {
  TaskKey key;
  const AttemptSpec* spec = nullptr;  // valid until the next event
  bool again = false;                 // it may have been started before: clean up first
};
struct Stop {
  TaskKey key;
};
struct PublishResult {
  PublishId id{};
  TaskKey key;
  const AttemptResult* result = nullptr;  // valid until the next event
};
/// "May I run it?" The tasker answers; see on_answer.
struct PublishAsk {
  PublishId id{};
  TaskKey key;
  std::uint64_t question = 0;  // for the answer; a new one each time that the lease is taken
};
/// "Another worker holds its lease, or is to have it; yours to watch."
struct PublishHeld {
  PublishId id{};
  TaskKey key;
};
struct Acknowledge {
  DeliveryId delivery{};
};
/// Gives a message back to its queue.
struct Return {
  DeliveryId delivery{};
};
}  // namespace worker_action

using WorkerAction =
    std::variant<worker_action::TakeLease, worker_action::ReleaseLease, worker_action::Start,
                 worker_action::Stop, worker_action::PublishResult, worker_action::PublishAsk,
                 worker_action::PublishHeld, worker_action::Acknowledge, worker_action::Return>;
using WorkerActions = std::vector<WorkerAction>;

/// How a task came.
struct TaskDelivery {
  DeliveryId id{};
  bool redelivered = false;  // another consumer may have had the message
  bool is_stock = false;     // it is expected to be short, so it came before there was room for it
  Instant arrived{};
};

enum class LeaseAnswer : std::uint8_t {
  taken,
  taken_marked,  // and the tasker wants to be asked
  busy,          // another one holds it
  unavailable,   // the shared volume failed
};

/// The worker's end of the protocol as a pure state machine: which tasks it
/// has, and how far each one is. Why it is so stands in docs/protocol.md; the
/// simulator of tests/sim runs it against a bad world.
///
/// A task is acknowledged only when its result is confirmed, or when the tasker
/// knows that this worker does not have it any more.
class WorkerCore {
 public:
  /// `cpus` and `memory` (bytes; 0: no limit) of all its commands together.
  WorkerCore(std::uint32_t slots, double cpus, std::uint64_t memory) : room_(slots, cpus, memory) {}

  void on_task(const TaskDelivery& delivery, const TaskKey& key, AttemptSpec spec,
               WorkerActions& out);
  void on_lease_answer(const TaskKey& key, LeaseAnswer answer, Instant now, WorkerActions& out);
  /// The lease is another's now, or could not be renewed in time: its command
  /// must stop, and whatever it ends with counts for nothing.
  void on_lease_lost(const TaskKey& key, WorkerActions& out);
  /// An answer to an older question is ignored: others may have run it since.
  void on_answer(const TaskKey& key, std::uint64_t question, bool run, WorkerActions& out);
  /// The command has ended and its files are being uploaded: its room is free.
  void on_uploading(const TaskKey& key, WorkerActions& out);
  void on_ended(const TaskKey& key, AttemptResult result, WorkerActions& out);
  void on_cancel(const TaskKey& key, WorkerActions& out);

  void on_connected(WorkerActions& out);
  /// All deliveries are void: the broker gives the messages to others. What was
  /// not confirmed is published again later.
  void on_disconnected(WorkerActions& out);
  void on_confirmed(PublishId id, WorkerActions& out);
  /// The broker refused it.
  void on_unconfirmed(PublishId id, WorkerActions& out);
  /// The broker has taken back what one opening of a channel delivered.
  void on_deliveries_void(std::uint64_t generation, WorkerActions& out);

  /// The run is over, or its tasker is gone for good: gives its tasks back and
  /// stops its commands.
  void leave(const RunId& run, WorkerActions& out);
  /// Takes no new tasks and gives back those that do not run. The host stops
  /// consuming.
  void drain(WorkerActions& out);
  /// Commands have turned out long: what has been stock for two seconds would wait
  /// here while others have nothing to do, and goes back to the tasker, not all at
  /// once.
  void give_back_stock(Instant now, WorkerActions& out);
  /// Stops what runs, too, and gives the messages back.
  void stop(WorkerActions& out);
  void on_tick(Instant now, WorkerActions& out);

  /// Whether something runs, or waits to.
  bool is_busy() const { return !waiting_.empty() || room_.in_use(); }
  bool has_tasks() const { return !held_.empty(); }
  std::uint32_t tasks() const { return static_cast<std::uint32_t>(held_.size()); }
  bool has_tasks_of(const RunId& run) const;
  /// Tasks that have no room and no need of it any more, but are not over.
  std::uint32_t uploading() const { return uploading_; }

 private:
  enum class Phase : std::uint8_t {
    waiting,       // for room
    taking_lease,  // from here to running it has room
    asking,
    running,
    publishing,  // the result; the lease is still held
    giving_back,
  };
  struct Task {
    std::optional<DeliveryId> delivery;  // void since a disconnect
    AttemptSpec spec;
    Demand demand;  // of room
    Phase phase = Phase::waiting;
    bool redelivered = false;
    std::optional<Instant> stock_since;  // none: it is no stock
    bool stopping = false;               // by stop(): its end is no result
    bool fenced = false;                 // its lease is lost
    bool uploading = false;              // it runs without room
    PublishId publish{};                 // of what is on its way; none: yet to be published
    std::uint64_t question = 0;
    Instant asked_at{};
    AttemptResult result;
  };
  using Tasks = std::map<TaskKey, Task>;

  void fill(WorkerActions& out);
  void start(Tasks::iterator task, bool again, WorkerActions& out);
  void publish_result(Tasks::iterator task, WorkerActions& out);
  void ask(Tasks::iterator task, WorkerActions& out);
  void give_back(Tasks::iterator task, WorkerActions& out);
  void leave_to_tasker(Tasks::iterator task, WorkerActions& out);
  void return_task(Tasks::iterator task, WorkerActions& out);
  void acknowledge(Task& task, WorkerActions& out);
  Tasks::iterator void_delivery(Tasks::iterator task, WorkerActions& out);
  Tasks::iterator return_unstarted(Tasks::iterator task, WorkerActions& out);
  void stop_task(Tasks::iterator task, WorkerActions& out);
  PublishId next_publish(const TaskKey& key);

  Admission room_;
  Tasks held_;
  std::deque<TaskKey> waiting_;
  std::map<PublishId, TaskKey> publishes_;
  std::uint64_t last_publish_ = 0;
  std::uint64_t last_question_ = 0;
  bool connected_ = true;
  bool draining_ = false;
  std::uint32_t uploading_ = 0;
};

}  // namespace shoal
