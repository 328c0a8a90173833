#pragma once

#include <asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "amqp/broker_address.h"
#include "amqp/connection.h"
#include "amqp/link_events.h"
#include "amqp/topology.h"
#include "base/time.h"

namespace shoal {

struct LinkOptions {
  ConnectionOptions connection = {};
  Topology topology = {};  // stands before the first LinkConnected
  Duration first_retry = std::chrono::milliseconds(200);
  Duration longest_retry = std::chrono::seconds(15);
  std::size_t confirm_window = 1000;           // publishes without an answer
  std::size_t largest_message = 16UL << 20UL;  // bytes; RabbitMQ 4 takes no more
};

/// A connection to a broker that keeps itself up, on a thread of its own: a
/// broker that is slow, blocked or away never stops the caller.
///
/// All members are for one thread, that of the executor, and return at once
/// (the destructor nearly so). The handler is called there too, never from
/// inside a member. What is asked for while the broker is away is done when it
/// is back; topology and consumers are made again after each reconnect.
///
/// Until its LinkClosed the link counts as work of the executor, so that an
/// io_context goes on running.
class Link {
 public:
  Link(const asio::any_io_executor& executor, BrokerAddress address, LinkOptions options,
       LinkHandler handler);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  /// Ends the thread; the handler is not called any more. Close first and wait
  /// for LinkClosed: without it what was not sent is lost. May wait for a
  /// connection that is being opened (ConnectionOptions::open_timeout).
  ~Link();

  /// Adds to what stands.
  void declare(Topology topology);
  /// Each gets one LinkPublished. Any number may wait; the broker is sent no
  /// more than a confirm window at a time, in order.
  void publish(PublishId id, Message message);

  /// Deliveries under this name, at most `prefetch` unacknowledged ones. One
  /// name, one consumer.
  void consume(std::string consumer, QueueName queue, std::uint16_t prefetch);
  /// What is published to a fanout exchange from now on, through a private
  /// queue. Such deliveries are not to be acknowledged; those that come while
  /// the broker is away are missed.
  void subscribe(std::string consumer, ExchangeName exchange);
  /// Deliveries that are held already do not count against the new limit.
  void set_prefetch(std::string consumer, std::uint16_t prefetch);
  /// No more deliveries; those that it holds can still be acknowledged. Some
  /// may be under way to the handler already.
  void cancel(std::string consumer);

  /// Nothing happens when the delivery is of an older generation: the broker
  /// has taken it back.
  void ack(DeliveryId delivery);
  void nack(DeliveryId delivery, Requeue requeue);

  /// Answered by one LinkQueueState.
  void inspect_queue(QueueName queue);
  /// When all that was published before is confirmed. Also takes them out of
  /// the topology.
  void remove(std::vector<QueueName> queues, std::vector<ExchangeName> exchanges);

  /// Sends what waits, waits for the broker's answers, and ends with
  /// LinkClosed; what has none after `limit` is unconfirmed or unsent. There
  /// are no more deliveries, and no publishes are taken.
  void close(Duration limit);

 private:
  class Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace shoal
