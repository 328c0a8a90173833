#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "amqp/broker_error.h"
#include "amqp/connection.h"
#include "amqp/ids.h"
#include "amqp/topology.h"
#include "base/time.h"

namespace shoal {

/// The topology of which the link knows stands; consumers are about to start. Not blocked.
struct LinkConnected {
  std::string server_version;
  std::vector<QueueName> made;  // queues of the topology that were not there
};

/// No deliveries can be acknowledged any more; all that were unacknowledged
/// will be made again, to somebody.
struct LinkDisconnected {
  BrokerError reason;
  Duration retry_in{0};
};

/// The broker does not let this link do its work, and trying again would not
/// help: user, vhost, certificate, permission, or a queue that exists with
/// other arguments. The link has ended, but for its LinkClosed.
struct LinkRefused {
  BrokerError error;
};

struct LinkDelivery {
  std::string consumer;
  DeliveryId id;
  bool redelivered = false;
  std::uint64_t earlier_deliveries = 0;
  std::string type;
  std::string message_id;
  std::string body;
};

enum class PublishOutcome : std::uint8_t {
  confirmed,    // the broker has it, on disk where it is persistent
  returned,     // mandatory, and there is no such queue; the broker does not have it
  refused,      // the broker does not take it: the queue is full, the message too large
  unconfirmed,  // the connection was lost before an answer: it may have it or not
  unsent,       // the link ended before it was its turn; the broker does not have it
};

/// Exactly one for each publish.
struct LinkPublished {
  PublishId id{};
  PublishOutcome outcome = PublishOutcome::confirmed;
  std::string reason;  // empty when confirmed
};

/// Publishes wait in the link until LinkUnblocked or LinkConnected.
struct LinkBlocked {
  std::string reason;
};
struct LinkUnblocked {};

/// The broker closed the consumer's channel (acknowledgement_late: a delivery
/// was unacknowledged for too long) or cancelled it. What it held cannot be
/// acknowledged any more and will be delivered again. It consumes again.
struct LinkConsumerReset {
  std::string consumer;
  std::uint64_t generation = 0;  // of those deliveries
  BrokerError reason;
};

/// The consumer's queue or exchange is not there. It does not try again.
struct LinkConsumerEnded {
  std::string consumer;
  BrokerError reason;
};

/// Answers inspect_queue.
struct LinkQueueState {
  QueueName queue;
  BrokerExpected<QueueState> state;
};

/// The last event.
struct LinkClosed {};

using LinkEvent = std::variant<LinkConnected, LinkDisconnected, LinkRefused, LinkDelivery,
                               LinkPublished, LinkBlocked, LinkUnblocked, LinkConsumerReset,
                               LinkConsumerEnded, LinkQueueState, LinkClosed>;

using LinkHandler = std::function<void(LinkEvent)>;

}  // namespace shoal
