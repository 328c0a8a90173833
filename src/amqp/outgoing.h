#pragma once

#include "amqp/connection.h"
#include "amqp/message.h"
#include "amqp/topology.h"

namespace shoal {

/// A message straight into a queue: persistent, and returned where there is no
/// such queue.
template <class Content>
Message message_to(const QueueName& queue, const Content& content) {
  Message message;
  message.routing_key = queue.text;
  message.type = message_type(content);
  message.body = encode(content);
  return message;
}

/// A message to all who listen now. That nobody does is no failure: what
/// matters is said or asked for again.
template <class Content>
Message message_to(const ExchangeName& exchange, const Content& content) {
  Message message;
  message.exchange = exchange.text;
  message.type = message_type(content);
  message.body = encode(content);
  message.persistent = false;
  message.mandatory = false;
  return message;
}

}  // namespace shoal
