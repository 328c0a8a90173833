#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "amqp/broker_address.h"
#include "amqp/broker_error.h"
#include "amqp/ids.h"
#include "amqp/topology.h"
#include "base/time.h"

struct amqp_connection_state_t_;
struct amqp_frame_t_;
struct amqp_method_t_;

namespace shoal {

/// A channel's number within its connection, from 1. The caller chooses.
enum class ChannelNumber : std::uint16_t {};

/// A publish's number within one opening of its channel, from 1.
enum class SequenceNumber : std::uint64_t {};

enum class ChannelMode : std::uint8_t { plain, confirms };
enum class Requeue : std::uint8_t { no, yes };
enum class AckMode : std::uint8_t { manual, automatic };
/// One delivery, or all of the channel up to it.
enum class AckRange : std::uint8_t { one, up_to };

struct Message {              // each member with a default: g++ then lets initializers name a few
  std::string exchange = {};  // empty: the default exchange
  std::string routing_key = {};  // with the default exchange: the queue's name
  std::string type = {};
  std::string id = {};
  std::string content_type = "application/json";
  std::string body = {};
  bool persistent = true;
  bool mandatory = true;  // comes back as Returned when no queue gets it
};

struct Delivery {
  ChannelNumber channel{};
  DeliveryTag tag{};
  std::string consumer;
  bool redelivered = false;
  std::uint64_t earlier_deliveries = 0;  // x-delivery-count of quorum queues
  std::string exchange;
  std::string routing_key;
  std::string type;
  std::string id;
  std::string body;
};

/// The broker has taken responsibility for a publish (positive), or refuses
/// to. `multiple`: and for all before it.
struct Confirm {
  ChannelNumber channel{};
  SequenceNumber sequence{};
  bool multiple = false;
  bool positive = true;
};

/// A mandatory message that no queue got. Its Confirm comes all the same, and
/// after this.
struct Returned {
  ChannelNumber channel{};
  SequenceNumber sequence{};  // 0: whoever published it left no number
  int code = 0;
  std::string text;
};

/// The broker is out of memory or disk and reads no more from this connection.
struct Blocked {
  std::string reason;
};
struct Unblocked {};

/// The broker ended a consumer: its queue was deleted, or moves.
struct ConsumerCancelled {
  ChannelNumber channel{};
  std::string consumer;
};

/// The broker closed a channel; it can be opened again.
struct ChannelClosed {
  ChannelNumber channel{};
  BrokerError error;
};

/// The last event of a connection.
struct ConnectionClosed {
  BrokerError error;
};

using ConnectionEvent = std::variant<Delivery, Confirm, Returned, Blocked, Unblocked,
                                     ConsumerCancelled, ChannelClosed, ConnectionClosed>;

struct ConnectionOptions {
  Duration open_timeout = std::chrono::seconds(10);     // TCP, TLS and login each
  Duration request_timeout = std::chrono::seconds(30);  // of what the broker answers
  std::string name = {};                                // shown by the broker's management page
};

/// A connection to a RabbitMQ broker: librabbitmq with an owner, times out,
/// and returns errors as values. Not for several threads at once.
///
/// Requests (open_channel, declare..., consume...) wait for the broker's
/// answer. A request that the broker refuses costs its channel, which is then
/// closed without an event and can be opened again. An error of kind `lost` or
/// `timed_out` may have cost the connection: see is_open.
class Connection {
 public:
  static BrokerExpected<Connection> open(const BrokerAddress& address,
                                         const ConnectionOptions& options);
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  /// Without a word to the broker; see close.
  ~Connection();

  bool is_open() const { return !closed_; }
  /// "3.10.8"; empty when the broker does not say.
  const std::string& server_version() const { return server_version_; }
  /// The interval that was agreed upon.
  std::chrono::seconds heartbeat() const;
  /// To be waited for together with others. Data may have been read from it
  /// already: poll until there is no event before waiting.
  int socket() const;

  BrokerExpected<void> open_channel(ChannelNumber channel, ChannelMode mode);
  BrokerExpected<void> close_channel(ChannelNumber channel);
  bool is_open(ChannelNumber channel) const { return channels_.contains(channel); }

  /// Makes it unless it is there; with other arguments: precondition.
  BrokerExpected<QueueState> declare_queue(ChannelNumber channel, const QueueDeclaration& queue);
  /// A durable fanout exchange.
  BrokerExpected<void> declare_exchange(ChannelNumber channel, const ExchangeName& exchange);
  BrokerExpected<void> bind(ChannelNumber channel, const QueueName& queue,
                            const ExchangeName& exchange);
  /// not_found when there is none.
  BrokerExpected<QueueState> inspect_queue(ChannelNumber channel, const QueueName& queue);
  /// With its messages. One that is not there is deleted already.
  BrokerExpected<void> delete_queue(ChannelNumber channel, const QueueName& queue);
  BrokerExpected<void> delete_exchange(ChannelNumber channel, const ExchangeName& exchange);

  /// `prefetch`: how many unacknowledged deliveries this consumer may hold;
  /// 0: any number. It counts for this consumer, not for its channel.
  BrokerExpected<void> consume(ChannelNumber channel, const QueueName& queue,
                               const std::string& consumer, std::uint16_t prefetch, AckMode mode);
  /// What it holds stays with the channel, to be acknowledged.
  BrokerExpected<void> cancel(ChannelNumber channel, const std::string& consumer);

  /// These do not wait for the broker; its objection is an event.
  BrokerExpected<void> ack(ChannelNumber channel, DeliveryTag tag, AckRange range = AckRange::one);
  BrokerExpected<void> nack(ChannelNumber channel, DeliveryTag tag, Requeue requeue);
  /// On a channel with confirms. Waits as long as the socket takes no more,
  /// which under a memory alarm of the broker may be very long.
  BrokerExpected<SequenceNumber> publish(ChannelNumber channel, const Message& message);

  /// The next event, waiting for it up to `timeout`; nullopt: none came. Sends
  /// and watches heartbeats, so call it at least every quarter of their
  /// interval.
  std::optional<ConnectionEvent> poll(Duration timeout);

  /// Ends it in order, so that all acknowledgements have arrived; at most
  /// `limit`. What the broker had sent before can still be polled.
  void close(Duration limit);

 private:
  struct Destroy {
    void operator()(amqp_connection_state_t_* state) const;
  };
  /// A delivery or return whose body is not complete.
  struct PartialContent {
    std::variant<Delivery, Returned> content;
    std::string body;
    std::uint64_t missing = 0;
    bool has_header = false;
  };
  struct Channel {
    std::uint64_t published = 0;
    std::optional<PartialContent> partial;
  };

  Connection() = default;
  BrokerExpected<void> check_open(ChannelNumber channel) const;
  BrokerExpected<void> finish_request(ChannelNumber channel);
  BrokerExpected<void> finish_send(int status);

  void collect_frames();
  void on_frame(const amqp_frame_t_& frame);
  void on_method(ChannelNumber channel, const amqp_method_t_& method);
  void on_connection_method(const amqp_method_t_& method);
  void on_content(ChannelNumber channel, const amqp_frame_t_& frame);
  void deliver_content(Channel& channel);
  BrokerError error_of_close(const amqp_method_t_& method) const;
  void forget_channel(ChannelNumber channel);
  void accept_channel_close(ChannelNumber channel);
  void end_connection(BrokerError error);
  BrokerError fail(int status);

  std::unique_ptr<amqp_connection_state_t_, Destroy> state_;
  std::string place_;  // the address, for errors
  std::string server_version_;
  std::map<ChannelNumber, Channel> channels_;  // the open ones
  std::deque<ConnectionEvent> events_;
  std::optional<BrokerError> closed_;
  bool told_closed_ = false;
};

}  // namespace shoal
