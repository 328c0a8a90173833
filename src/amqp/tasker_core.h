#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "amqp/beat_watch.h"
#include "amqp/ids.h"
#include "base/time.h"
#include "sched/attempt.h"

namespace shoal {

/// What an event asks of the tasker's host, to be done in this order.
namespace tasker_action {
/// Leaves a mark on the shared volume, durably: whoever takes a lease of this
/// command from now on asks before it runs.
struct Mark {
  CommandId command{};
};
struct Publish {
  PublishId id{};
  const AttemptSpec* spec = nullptr;  // valid until the next event
  bool again = false;                 // an earlier copy may have been started
};
/// Answers a worker that asked.
struct Answer {
  WorkerName worker;
  TaskId task;
  std::uint64_t question = 0;  // as it was asked
  bool run = false;
};
struct CancelEverywhere {
  TaskId task;
};
struct Acknowledge {
  DeliveryId delivery{};
};
/// The attempt is over, for the scheduler and the journal.
struct Report {
  AttemptResult result;
};
/// Looks at the command's lease now and then, and tells on_lease.
struct Watch {
  CommandId command{};
};
struct Unwatch {
  CommandId command{};
};
/// Removes a lease whose holder is gone.
struct Break {
  CommandId command{};
};
}  // namespace tasker_action

using TaskerAction =
    std::variant<tasker_action::Mark, tasker_action::Publish, tasker_action::Answer,
                 tasker_action::CancelEverywhere, tasker_action::Acknowledge, tasker_action::Report,
                 tasker_action::Watch, tasker_action::Unwatch, tasker_action::Break>;
using TaskerActions = std::vector<TaskerAction>;

struct TaskerTimes {
  /// A lease that did not change for so long is dead. Longer than the time
  /// after which its holder stops its command (see RunSite).
  Duration lease_death = std::chrono::seconds(45);
  /// How long a cancelled task may go without a word from a worker.
  Duration cancel_patience = std::chrono::seconds(5);
  /// After which a task that no queue took is published again.
  Duration return_pause = std::chrono::seconds(1);
};

/// The tasker's end of the protocol as a pure state machine: which attempts are
/// out, in how many copies, and who may run them. Why it is so stands in
/// docs/protocol.md; the simulator of tests/sim runs it against a bad world.
///
/// An attempt is published once. Only where nobody can know whether a copy
/// arrived (a lost connection, a tasker that was killed, a broker that forgot)
/// is it published again, and then marked, so that every copy of it asks.
class TaskerCore {
 public:
  explicit TaskerCore(TaskerTimes times = {}) : times_(times) {}

  /// `maybe_published`: an earlier tasker of this run may have published it.
  void start(AttemptSpec spec, bool maybe_published, TaskerActions& out);
  /// Of an attempt that is not out: ignored.
  void cancel(TaskId id, Instant now, TaskerActions& out);
  /// Ends as cancelled what no worker has begun; what runs may finish.
  void withdraw_all(Instant now, TaskerActions& out);
  /// All that was reported so far is in the journal, on disk.
  void on_journaled(TaskerActions& out);

  /// `tasks_lost`: the queue of tasks was not there and had to be made.
  void on_connected(bool tasks_lost, TaskerActions& out);
  /// All that was not confirmed is in doubt, and published again later.
  void on_disconnected();
  void on_confirmed(PublishId id);
  /// The broker refused it.
  void on_unconfirmed(PublishId id, TaskerActions& out);
  /// No queue took it; surely no copy exists.
  void on_returned(PublishId id, Instant now);

  void on_result(DeliveryId delivery, AttemptResult result, TaskerActions& out);
  /// A worker holds the lease of a task that others may have run.
  void on_ask(DeliveryId delivery, const WorkerName& worker, TaskId id, std::uint64_t question,
              TaskerActions& out);
  /// A worker met the lease of another one, or had no slot for it for too long,
  /// and gave the task back.
  void on_held(DeliveryId delivery, TaskId id, TaskerActions& out);
  /// How a watched lease looks: its beat, which its holder changes while it
  /// lives; nullopt when there is no lease.
  void on_lease(CommandId command, std::optional<std::int64_t> beat, Instant now,
                TaskerActions& out);
  /// It cannot be sent, or no worker can take it.
  void give_up(TaskId id, EndClass end, std::string detail, TaskerActions& out);
  void on_tick(Instant now, TaskerActions& out);

  /// Attempts that are out.
  std::size_t count() const { return out_.size(); }
  /// nullptr: the attempt is not out. Valid until the next event.
  const AttemptSpec* find(TaskId task) const {
    const auto found = out_.find(task);
    return found == out_.end() ? nullptr : &found->second.spec;
  }

 private:
  enum class Place : std::uint8_t {
    unpublished,  // no copy is on its way
    unconfirmed,
    queued,  // the broker has it, or a worker
  };
  struct Task {
    AttemptSpec spec;
    Place place = Place::unpublished;
    std::uint32_t copies = 0;  // that may exist
    PublishId publish{};
    std::optional<Instant> not_before;    // of the next copy
    std::optional<Instant> cancelled_at;  // answers no to whoever asks
    std::optional<Instant> stopped_at;    // whoever runs it was last told to stop
    WorkerName allowed;                   // which worker asked last and was told to run it
    std::uint32_t times_allowed = 0;      // to different workers, one after the other
    bool watched = false;
    BeatWatch beats;
  };
  using Tasks = std::map<TaskId, Task>;

  static constexpr std::uint32_t kMostTimesAllowed = 2;

  static bool may_run(Task& task, const WorkerName& worker);
  void publish(Tasks::iterator task, TaskerActions& out);
  void watch(Tasks::iterator task, TaskerActions& out);
  void report(Tasks::iterator task, EndClass end, std::string detail, TaskerActions& out);
  void forget(Tasks::iterator task, TaskerActions& out);

  TaskerTimes times_;
  Tasks out_;
  std::map<PublishId, TaskId> publishes_;
  std::vector<DeliveryId> unjournaled_;  // results to acknowledge once they are safe
  std::uint64_t last_publish_ = 0;
  bool connected_ = false;
};

}  // namespace shoal
