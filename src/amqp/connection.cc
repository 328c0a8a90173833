#include "amqp/connection.h"

#include <fmt/format.h>

#include <utility>

#include "amqp/library.h"

namespace shoal {
namespace {

constexpr std::uint8_t kPersistent = 2;  // basic.properties.delivery-mode
constexpr std::uint8_t kTransient = 1;
constexpr std::size_t kLongestShortText = 255;  // bytes; AMQP's shortstr

amqp_channel_t raw(ChannelNumber channel) { return static_cast<amqp_channel_t>(channel); }

amqp_table_entry_t entry_of(const std::string& key, const ArgumentValue& value) {
  return std::visit([&](const auto& each) { return make_entry(key, each); }, value);
}

}  // namespace

BrokerError error_of_status(int status, const std::string& place) {
  const std::string detail = amqp_error_string2(status);
  switch (status) {
    case AMQP_STATUS_TIMEOUT:
      return {BrokerErrorKind::timed_out, 0,
              Error{ErrorKind::infrastructure, place, "the broker does not answer", {}}};
    case AMQP_STATUS_HEARTBEAT_TIMEOUT:
      return {BrokerErrorKind::lost, 0,
              Error{ErrorKind::infrastructure, place, "the broker's heartbeats stay away", {}}};
    default:
      return {BrokerErrorKind::lost, 0,
              Error{ErrorKind::infrastructure, place, "the connection broke (" + detail + ")", {}}};
  }
}

void Connection::Destroy::operator()(amqp_connection_state_t_* state) const {
  amqp_destroy_connection(state);
}

Connection::Connection(Connection&& other) noexcept = default;
Connection& Connection::operator=(Connection&& other) noexcept = default;
Connection::~Connection() = default;

int Connection::socket() const { return amqp_get_sockfd(state_.get()); }

std::chrono::seconds Connection::heartbeat() const {
  return std::chrono::seconds(amqp_get_heartbeat(state_.get()));
}

BrokerExpected<void> Connection::check_open(ChannelNumber channel) const {
  if (closed_) return tl::unexpected(*closed_);
  if (!is_open(channel)) {
    return broker_error(BrokerErrorKind::lost, place_,
                        fmt::format("channel {} is closed", raw(channel)));
  }
  return {};
}

/// To be called after each of the library's requests, once what it returned
/// has been copied: releases that memory.
BrokerExpected<void> Connection::finish_request(ChannelNumber channel) {
  const amqp_rpc_reply_t reply = amqp_get_rpc_reply(state_.get());
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) {
    return tl::unexpected(fail(reply.library_error));
  }
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) {
    const BrokerError error = error_of_close(reply.reply);
    // What came before the closing belongs to this opening of the channel.
    collect_frames();
    if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
      accept_channel_close(channel);
    } else {
      end_connection(error);
    }
    return tl::unexpected(error);
  }
  collect_frames();
  amqp_maybe_release_buffers_on_channel(state_.get(), raw(channel));
  return {};
}

BrokerExpected<void> Connection::finish_send(int status) {
  if (status != AMQP_STATUS_OK) return tl::unexpected(fail(status));
  return {};
}

BrokerExpected<void> Connection::open_channel(ChannelNumber channel, ChannelMode mode) {
  if (closed_) return tl::unexpected(*closed_);
  amqp_channel_open(state_.get(), raw(channel));
  if (auto opened = finish_request(channel); !opened) return opened;
  channels_[channel] = {};
  if (mode == ChannelMode::plain) return {};
  amqp_confirm_select(state_.get(), raw(channel));
  return finish_request(channel);
}

BrokerExpected<void> Connection::close_channel(ChannelNumber channel) {
  if (auto open = check_open(channel); !open) return open;
  const amqp_rpc_reply_t reply = amqp_channel_close(state_.get(), raw(channel), AMQP_REPLY_SUCCESS);
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) {
    return tl::unexpected(fail(reply.library_error));
  }
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
      reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const BrokerError error = error_of_close(reply.reply);
    collect_frames();
    end_connection(error);
    return tl::unexpected(error);
  }
  collect_frames();
  amqp_maybe_release_buffers_on_channel(state_.get(), raw(channel));
  forget_channel(channel);
  return {};
}

BrokerExpected<QueueState> Connection::declare_queue(ChannelNumber channel,
                                                     const QueueDeclaration& queue) {
  if (auto open = check_open(channel); !open) return tl::unexpected(open.error());
  const bool quorum = queue.kind == QueueKind::quorum;
  const std::string type = "quorum";
  std::vector<amqp_table_entry_t> entries;
  if (quorum) entries.push_back(make_entry("x-queue-type", type));
  for (const auto& [key, value] : queue.arguments) entries.push_back(entry_of(key, value));
  const amqp_table_t table{static_cast<int>(entries.size()), entries.data()};
  const auto* answer = amqp_queue_declare(state_.get(), raw(channel), bytes_of(queue.name.text),
                                          /*passive=*/0, /*durable=*/quorum,
                                          /*exclusive=*/!quorum, /*auto_delete=*/!quorum, table);
  QueueState found;
  if (answer != nullptr) {
    found = {{string_of(answer->queue)}, answer->message_count, answer->consumer_count};
  }
  if (auto done = finish_request(channel); !done) return tl::unexpected(done.error());
  return found;
}

BrokerExpected<void> Connection::declare_exchange(ChannelNumber channel,
                                                  const ExchangeName& exchange) {
  if (auto open = check_open(channel); !open) return open;
  amqp_exchange_declare(state_.get(), raw(channel), bytes_of(exchange.text), bytes_of("fanout"),
                        /*passive=*/0, /*durable=*/1, /*auto_delete=*/0, /*internal=*/0,
                        amqp_empty_table);
  return finish_request(channel);
}

BrokerExpected<void> Connection::bind(ChannelNumber channel, const QueueName& queue,
                                      const ExchangeName& exchange) {
  if (auto open = check_open(channel); !open) return open;
  amqp_queue_bind(state_.get(), raw(channel), bytes_of(queue.text), bytes_of(exchange.text),
                  amqp_empty_bytes, amqp_empty_table);
  return finish_request(channel);
}

BrokerExpected<QueueState> Connection::inspect_queue(ChannelNumber channel,
                                                     const QueueName& queue) {
  if (auto open = check_open(channel); !open) return tl::unexpected(open.error());
  const auto* answer =
      amqp_queue_declare(state_.get(), raw(channel), bytes_of(queue.text), /*passive=*/1,
                         /*durable=*/0, /*exclusive=*/0, /*auto_delete=*/0, amqp_empty_table);
  QueueState found;
  if (answer != nullptr) found = {queue, answer->message_count, answer->consumer_count};
  if (auto done = finish_request(channel); !done) return tl::unexpected(done.error());
  return found;
}

BrokerExpected<void> Connection::delete_queue(ChannelNumber channel, const QueueName& queue) {
  if (auto open = check_open(channel); !open) return open;
  amqp_queue_delete(state_.get(), raw(channel), bytes_of(queue.text), /*if_unused=*/0,
                    /*if_empty=*/0);
  return finish_request(channel);
}

BrokerExpected<void> Connection::delete_exchange(ChannelNumber channel,
                                                 const ExchangeName& exchange) {
  if (auto open = check_open(channel); !open) return open;
  amqp_exchange_delete(state_.get(), raw(channel), bytes_of(exchange.text), /*if_unused=*/0);
  return finish_request(channel);
}

BrokerExpected<void> Connection::consume(ChannelNumber channel, const QueueName& queue,
                                         const std::string& consumer, std::uint16_t prefetch,
                                         AckMode mode) {
  if (auto open = check_open(channel); !open) return open;
  // Not global, which quorum queues refuse: RabbitMQ then counts for each
  // consumer that is made after this, https://www.rabbitmq.com/docs/consumer-prefetch.
  amqp_basic_qos(state_.get(), raw(channel), 0, prefetch, /*global=*/0);
  if (auto done = finish_request(channel); !done) return done;
  amqp_basic_consume(state_.get(), raw(channel), bytes_of(queue.text), bytes_of(consumer),
                     /*no_local=*/0, /*no_ack=*/mode == AckMode::automatic, /*exclusive=*/0,
                     amqp_empty_table);
  return finish_request(channel);
}

BrokerExpected<void> Connection::cancel(ChannelNumber channel, const std::string& consumer) {
  if (auto open = check_open(channel); !open) return open;
  amqp_basic_cancel(state_.get(), raw(channel), bytes_of(consumer));
  return finish_request(channel);
}

BrokerExpected<void> Connection::ack(ChannelNumber channel, DeliveryTag tag, AckRange range) {
  if (auto open = check_open(channel); !open) return open;
  return finish_send(amqp_basic_ack(state_.get(), raw(channel), static_cast<std::uint64_t>(tag),
                                    /*multiple=*/range == AckRange::up_to));
}

BrokerExpected<void> Connection::nack(ChannelNumber channel, DeliveryTag tag, Requeue requeue) {
  if (auto open = check_open(channel); !open) return open;
  return finish_send(amqp_basic_nack(state_.get(), raw(channel), static_cast<std::uint64_t>(tag),
                                     /*multiple=*/0, requeue == Requeue::yes));
}

BrokerExpected<SequenceNumber> Connection::publish(ChannelNumber channel, const Message& message) {
  if (auto open = check_open(channel); !open) return tl::unexpected(open.error());
  for (const std::string* text : {&message.exchange, &message.routing_key, &message.type,
                                  &message.id, &message.content_type}) {
    if (text->size() > kLongestShortText) {
      return broker_error(BrokerErrorKind::protocol, place_,
                          fmt::format("'{}' is longer than 255 bytes", *text));
    }
  }
  const std::uint64_t sequence = ++channels_[channel].published;
  // A returned message brings its number back with it.
  const std::string number = std::to_string(sequence);
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG |
                      AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                      AMQP_BASIC_CORRELATION_ID_FLAG;
  properties.delivery_mode = message.persistent ? kPersistent : kTransient;
  properties.content_type = bytes_of(message.content_type);
  properties.type = bytes_of(message.type);
  properties.message_id = bytes_of(message.id);
  properties.correlation_id = bytes_of(number);
  const int status = amqp_basic_publish(state_.get(), raw(channel), bytes_of(message.exchange),
                                        bytes_of(message.routing_key), message.mandatory,
                                        /*immediate=*/0, &properties, bytes_of(message.body));
  if (auto sent = finish_send(status); !sent) return tl::unexpected(sent.error());
  return SequenceNumber{sequence};
}

void Connection::close(Duration limit) {
  if (closed_) return;
  const timeval timeout = timeval_of(limit);
  amqp_set_rpc_timeout(state_.get(), &timeout);
  const amqp_rpc_reply_t reply = amqp_connection_close(state_.get(), AMQP_REPLY_SUCCESS);
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) collect_frames();
  end_connection({BrokerErrorKind::lost, 0,
                  Error{ErrorKind::infrastructure, place_, "the connection was closed", {}}});
}

}  // namespace shoal
