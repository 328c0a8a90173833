#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "amqp/broker_address.h"
#include "amqp/crew.h"
#include "amqp/delivery_book.h"
#include "amqp/link.h"
#include "amqp/message.h"
#include "amqp/names.h"
#include "amqp/outgoing.h"
#include "amqp/publish_book.h"
#include "amqp/result_outbox.h"
#include "amqp/run_site.h"
#include "amqp/worker_core.h"
#include "sched/attempt_tally.h"

namespace shoal {

struct WorkerOptions {
  BrokerAddress broker;
  LinkOptions link;  // without a topology
  BrokerNames names;
  WorkerPlace place;
  std::string host;
  std::string folder_id;             // see work_folder_id
  std::string version;               // of shoal
  std::vector<std::string> classes;  // of resources, whose tasks it takes
  Duration idle_exit{0};             // leaves after so long without a task; 0: never
  bool keep = false;                 // stays when its runs are finished
  Crew crew;                         // with which it leaves, should it come too late
  Duration grace{0};                 // between a first request to leave and stopping what runs
};

/// A worker: takes tasks of all runs of its work folder, executes them, and
/// sends the results. The hands and eyes of a WorkerCore, which decides.
///
/// Works until it is asked to leave, its runs are finished, or the broker
/// refuses it. Everything happens on the event loop's thread, which must be the
/// one that made it.
class Worker {
 public:
  /// `log` gets lines about what happens, without a newline; `on_end` is called
  /// once, from the event loop, when it has said goodbye to the broker.
  Worker(asio::io_context& io, WorkerOptions options, std::function<void(std::string_view)> log,
         std::function<void()> on_end);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  /// Takes nothing more; what runs may finish within the grace. The second
  /// time, and after the grace, it is stopped, and its messages go back.
  void leave();

  bool is_connected() const { return connected_; }
  std::uint32_t running() const;  // commands
  std::uint32_t tasks() const { return core_.tasks(); }
  const AttemptTally& attempts() const { return attempts_; }
  /// Why it ended by itself, if that is an error.
  const std::optional<Error>& error() const { return error_; }

 private:
  struct Run {
    RunAnnouncement announcement;
    std::unique_ptr<RunSite> site;
    bool consumes = false;  // gets tasks
    bool over = false;      // finished, or its queues are gone: forgotten when idle
    std::map<TaskId, WallTime> running;
  };

  // The broker's events (worker_events.cc).
  void on_event(LinkEvent event);
  void on_delivery(LinkDelivery delivery);
  void on_announcement(const RunAnnouncement& announcement);
  void on_task_message(const LinkDelivery& delivery);
  void on_control(const ControlMessage& message);
  void on_published(const LinkPublished& published);
  void on_consumer_ended(const LinkConsumerEnded& ended);
  void refuse(const LinkDelivery& delivery, const Error& error);

  // What the core decides (worker_actions.cc).
  void carry_out(WorkerActions actions);
  void act(const worker_action::TakeLease& action);
  void act(const worker_action::ReleaseLease& action);
  void act(const worker_action::Start& action);
  void act(const worker_action::Stop& action);
  void act(const worker_action::PublishResult& action);
  void act(const worker_action::PublishAsk& action);
  void act(const worker_action::PublishHeld& action);
  void act(const worker_action::Acknowledge& action);
  void act(const worker_action::Return& action);
  void settle(DeliveryId delivery, bool gives_back);
  /// To the run's tasker.
  template <class Content>
  void send(const RunId& run, const Content& content, std::vector<PublishId> of_core) {
    link_->publish(publishes_.add(std::move(of_core)),
                   message_to(options_.names.results(run), content));
  }
  void on_attempt_ended(const TaskKey& key, AttemptResult result);
  void on_uploading(const TaskKey& key);

  // Its own life (worker.cc).
  void join(const RunAnnouncement& announcement);
  void leave_run(Run& run);
  void leave_finished(Run& run);
  bool leave_if_finished(Run& run);
  void forget_idle_runs();
  void look_at_stopped_runs();
  void look_at_crew();
  void stop_consuming(Run& run);
  /// The consumers of the run's tasks, and their queues.
  std::vector<std::pair<std::string, QueueName>> task_consumers(const Run& run) const;
  void stop_now();
  void tick();
  void announce();
  void adjust_prefetch();
  bool commands_are_long() const;
  std::uint32_t stock() const;
  std::uint32_t messages_at_work() const;
  std::uint16_t wanted_prefetch() const;
  bool may_end(Instant now);
  void end();
  Run* find(const RunId& run);

  asio::io_context& io_;
  WorkerOptions options_;
  std::function<void(std::string_view)> log_;
  std::function<void()> on_end_;
  WorkerCore core_;
  std::map<RunId, Run> runs_;
  std::map<RunId, LeaseFolder> stopped_runs_;  // it took part in; may be finished without it
  std::set<std::string> told_;                 // what was logged once and is not again
  DeliveryBook deliveries_;
  PublishBook publishes_;
  ResultOutbox results_;
  AttemptTally attempts_;
  std::uint16_t prefetch_ = 0;
  asio::steady_timer ticker_;
  asio::steady_timer grace_;
  Instant last_task_;
  Instant last_turn_;          // when a command last began or ended
  Duration last_duration_{0};  // of the command that ended last
  Instant last_announcement_;
  Instant connected_at_;
  bool changed_ = false;  // since the last announcement
  bool connected_ = false;
  bool broker_was_missed_ = false;
  bool leaving_ = false;
  bool any_finished_ = false;
  bool ended_ = false;
  std::optional<Error> error_;
  std::unique_ptr<Link> link_;
};

}  // namespace shoal
