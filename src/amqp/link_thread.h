#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "amqp/confirm_window.h"
#include "amqp/connection.h"
#include "amqp/link.h"
#include "amqp/link_consumers.h"
#include "amqp/link_receiver.h"
#include "amqp/link_requests.h"
#include "amqp/socket_breaker.h"
#include "base/backoff.h"

namespace shoal {

/// The inside of a Link: what its thread does.
class LinkThread {
 public:
  LinkThread(BrokerAddress address, LinkOptions options, LinkMailbox& mailbox,
             LinkReceiver& receiver, SocketBreaker& breaker);
  /// Returns after a CloseRequest has been carried out.
  void run();

 private:
  using Clock = std::chrono::steady_clock;

  static constexpr ChannelNumber kDeclaring{1};
  static constexpr ChannelNumber kPublishing{2};
  static constexpr ChannelNumber kFirstConsumer{3};

  // The loop (link_thread.cc).
  bool has_finished() const;
  void connect();
  BrokerExpected<void> set_up();
  void serve();
  void wait(std::optional<Clock::time_point> until);
  void wait_for_connection();
  void finish();

  // What goes wrong (link_thread.cc).
  void fail(const BrokerError& error);  // disconnects, or refuses what is permanent
  void disconnect(const BrokerError& error);
  void refuse(const BrokerError& error);
  void drop_connection(const std::string& reason);
  void report(std::vector<LinkPublished> outcomes);

  // Requests (link_requests.cc).
  void take_requests();
  void on(const DeclareRequest& request);
  void on(PublishRequest request);
  void on(const ConsumeRequest& request);
  void on(const PrefetchRequest& request);
  void on(const CancelRequest& request);
  void on(const AckRequest& request);
  void on(const NackRequest& request);
  void on(const InspectRequest& request);
  void on(const RemoveRequest& request);
  void on(const CloseRequest& request);
  void send_acks();
  void send_ack(LinkConsumers::Consumer& consumer);
  void answered(LinkConsumers::Consumer& consumer, DeliveryTag tag,
                const BrokerExpected<void>& sent);
  void end_if_idle(LinkConsumers::Consumer& consumer);
  BrokerExpected<void> open_declaring_channel();
  BrokerExpected<void> declare(const Topology& topology);
  BrokerExpected<void> declare(const QueueDeclaration& queue);
  BrokerExpected<void> remove(const RemoveRequest& request);
  void send_publishes();
  void send_removals();
  void send_front();

  // The connection's events (link_broker_events.cc).
  void take_events();
  void on(Delivery delivery);
  void on(const Confirm& confirm);
  void on(const Returned& returned);
  void on(const Blocked& blocked);
  void on(const Unblocked& unblocked);
  void on(const ConsumerCancelled& cancelled);
  void on(const ChannelClosed& closed);
  void on(const ConnectionClosed& closed);
  bool start_consumer(LinkConsumers::Consumer& consumer);
  void on_consumer_error(LinkConsumers::Consumer& consumer, const BrokerError& error);
  void reset_consumer(LinkConsumers::Consumer& consumer, const BrokerError& error);
  void reset_publishing(const BrokerError& error);

  BrokerAddress address_;
  LinkOptions options_;
  LinkMailbox& mailbox_;
  LinkReceiver& receiver_;
  SocketBreaker& breaker_;

  std::optional<Connection> connection_;
  Clock::time_point connected_since_;
  Clock::time_point next_try_;
  Backoff backoff_;
  bool blocked_ = false;
  bool has_more_events_ = false;
  bool refused_ = false;
  std::optional<Clock::time_point> closing_;  // until when

  Topology topology_;
  LinkConsumers consumers_;
  std::deque<PublishRequest> unsent_;
  ConfirmWindow window_;
  Clock::time_point publishing_since_;
  std::vector<QueueName> made_;          // since the last LinkConnected
  std::vector<RemoveRequest> removals_;  // that wait for confirms or a connection
  std::vector<QueueName> inspections_;   // that wait for a connection
};

}  // namespace shoal
