#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "amqp/connection.h"
#include "amqp/link_requests.h"

namespace shoal {

/// A link's consumers, and where each stands on the connection of the moment.
/// Each has a channel of its own, so that one that the broker closes (a late
/// acknowledgement) takes nothing from the others.
class LinkConsumers {
 public:
  struct Consumer {
    ConsumeRequest request;
    bool cancelled = false;                // no more deliveries, but some are still held
    std::optional<ChannelNumber> channel;  // nullopt: not started
    std::uint64_t generation = 0;          // of the opening of that channel
    std::string tag;
    std::set<DeliveryTag> held;     // deliveries that are not acknowledged
    std::set<DeliveryTag> settled;  // of these: the acknowledgement is to be sent
    std::chrono::steady_clock::time_point started;

    AckMode ack_mode() const {
      return std::holds_alternative<QueueName>(request.source) ? AckMode::manual
                                                               : AckMode::automatic;
    }
  };

  explicit LinkConsumers(ChannelNumber first_channel) : first_channel_(first_channel) {}

  /// The one of this name anew, if there is one.
  Consumer& add(ConsumeRequest request);
  Consumer* find(const std::string& name);
  Consumer* find(ChannelNumber channel);
  Consumer* find_generation(std::uint64_t generation);
  void erase(const std::string& name) { consumers_.erase(name); }
  std::map<std::string, Consumer>& all() { return consumers_; }
  /// Those with acknowledgements to be sent.
  std::vector<std::string> with_settled() const;

  /// Opens its channel, makes its private queue, consumes. After an error it
  /// is not started.
  BrokerExpected<void> start(Connection& connection, Consumer& consumer);
  /// Closes its channel, if it has one; what it holds goes back to the queue.
  static BrokerExpected<void> stop(Connection& connection, Consumer& consumer);
  BrokerExpected<void> set_prefetch(Connection& connection, Consumer& consumer,
                                    std::uint16_t prefetch);

  /// The connection is gone, and with it all channels.
  void forget_connection();

 private:
  ChannelNumber free_channel() const;
  BrokerExpected<void> consume(Connection& connection, Consumer& consumer);

  ChannelNumber first_channel_;
  std::map<std::string, Consumer> consumers_;
  std::uint64_t generations_ = 0;
  std::uint64_t tags_ = 0;
};

}  // namespace shoal
