#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "amqp/broker_address.h"
#include "amqp/cluster_report.h"
#include "amqp/delivery_book.h"
#include "amqp/lease_folder.h"
#include "amqp/link.h"
#include "amqp/message.h"
#include "amqp/names.h"
#include "amqp/publish_book.h"
#include "amqp/task_outbox.h"
#include "amqp/tasker_core.h"
#include "amqp/worker_list.h"
#include "sched/executor.h"

namespace shoal {

struct BrokerExecutorOptions {
  BrokerAddress broker;
  LinkOptions link;  // without a topology
  BrokerNames names;
  RunAnnouncement run;
  std::string run_folder;  // absolute
};

/// Runs attempts on workers, through a broker: the hands and eyes of a
/// TaskerCore, which decides. All on the event loop's thread.
class BrokerExecutor : public Executor {
 public:
  /// `maybe_published`: attempts that an earlier tasker of this run may have
  /// sent, and that will be started here like others; results that come before
  /// wait for that. `io` and `events` must outlive it.
  /// Errors: the run's folder cannot be written.
  static Expected<std::unique_ptr<BrokerExecutor>> create(asio::io_context& io,
                                                          ExecutorEvents& events,
                                                          BrokerExecutorOptions options,
                                                          std::set<TaskId> maybe_published);
  ~BrokerExecutor() override;

  void start(AttemptSpec spec) override;
  void cancel(CommandId command, AttemptNumber attempt) override;
  std::optional<RunningLog> log_of(CommandId command) const override;
  bool queues() const override { return true; }
  void withdraw() override;
  /// As it stands now.
  ClusterReport cluster() const;

  enum class Goodbye : std::uint8_t {
    finished,  // all is done: workers may leave, the broker forgets the run
    stopped,   // nothing is out, and the run may be continued
    detached,  // what is out goes on, for a tasker that continues the run
  };
  /// Nothing is reported any more. The event loop runs out of work when the
  /// broker has heard it, or after some seconds.
  void close(Goodbye goodbye);

 private:
  BrokerExecutor(asio::io_context& io, ExecutorEvents& events, BrokerExecutorOptions options,
                 std::set<TaskId> maybe_published);

  // The broker's events (broker_executor_events.cc).
  void on_event(LinkEvent event);
  void on_connected(const LinkConnected& connected);
  void on_delivery(const LinkDelivery& delivery);
  void on_worker_state(const LinkDelivery& delivery);
  void on_result_message(const LinkDelivery& delivery);
  void on_question(const LinkDelivery& delivery);
  void on_held(const LinkDelivery& delivery);
  void on_dead_letter(const LinkDelivery& delivery);
  void on_published(const LinkPublished& published);
  void take_in(DeliveryId delivery, AttemptResult result);
  void refuse(const LinkDelivery& delivery);

  // What the core decides.
  void carry_out(TaskerActions actions);
  void act(const tasker_action::Mark& action);
  void act(const tasker_action::Publish& action);
  void act(const tasker_action::Answer& action);
  void act(const tasker_action::CancelEverywhere& action);
  void act(const tasker_action::Acknowledge& action);
  void act(tasker_action::Report& action);
  void act(const tasker_action::Watch& action);
  void act(const tasker_action::Unwatch& action);
  void act(const tasker_action::Break& action);

  void settle_soon();
  void settle();
  void fail(Error error);
  void give_up_too_large(const std::vector<AttemptSpec>& attempts);
  void send_tasks();
  bool workers_have_enough() const;
  void send_control(const ControlMessage& message);
  void announce();
  void announce_to_newcomers();
  void tick();
  void tick_after(std::chrono::milliseconds pause);
  void look_at_leases();
  void update_workers();
  void report_cluster();

  asio::io_context& io_;
  ExecutorEvents& events_;
  BrokerExecutorOptions options_;
  LeaseFolder leases_;
  TaskerCore core_;
  std::set<TaskId> maybe_published_;  // and not yet started here
  std::map<TaskId, std::pair<DeliveryId, AttemptResult>> early_results_;  // of these
  std::set<CommandId> watched_;
  std::set<TaskId> running_;  // as the workers say
  DeliveryBook deliveries_;
  PublishBook publishes_;
  TaskOutbox outbox_;
  WorkerList workers_;
  Capacity capacity_;           // as told
  std::set<std::string> told_;  // what was noticed once and is not again
  bool connected_ = false;
  bool broker_was_missed_ = false;
  bool settling_ = false;
  bool stopping_ = false;  // nothing waits any more for company
  bool broken_ = false;
  bool closed_ = false;
  Instant last_announcement_{};
  bool announcement_is_due_ = false;  // somebody has not heard of the run
  Instant last_report_{};
  std::uint32_t queued_ = 0;        // messages, when the broker was asked last
  std::uint32_t dead_letters_ = 0;  // that came
  asio::steady_timer ticker_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::unique_ptr<Link> link_;
};

}  // namespace shoal
