#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "amqp/connection.h"
#include "amqp/library.h"

namespace shoal {
namespace {

amqp_channel_t raw(ChannelNumber channel) { return static_cast<amqp_channel_t>(channel); }

std::uint64_t delivery_count(const amqp_basic_properties_t& properties) {
  if ((properties._flags & AMQP_BASIC_HEADERS_FLAG) == 0) return 0;
  const amqp_table_entry_t* entry = find_entry(properties.headers, "x-delivery-count");
  if (entry == nullptr) return 0;
  switch (entry->value.kind) {
    case AMQP_FIELD_KIND_I64:
      return static_cast<std::uint64_t>(entry->value.value.i64);
    case AMQP_FIELD_KIND_I32:
      return static_cast<std::uint64_t>(entry->value.value.i32);
    default:
      return 0;
  }
}

void read_properties(const amqp_basic_properties_t& properties, Delivery& delivery) {
  if ((properties._flags & AMQP_BASIC_TYPE_FLAG) != 0) delivery.type = string_of(properties.type);
  if ((properties._flags & AMQP_BASIC_MESSAGE_ID_FLAG) != 0) {
    delivery.id = string_of(properties.message_id);
  }
  delivery.earlier_deliveries = delivery_count(properties);
}

void read_properties(const amqp_basic_properties_t& properties, Returned& returned) {
  if ((properties._flags & AMQP_BASIC_CORRELATION_ID_FLAG) == 0) return;
  const std::string text = string_of(properties.correlation_id);
  std::uint64_t sequence = 0;
  std::from_chars(text.data(), text.data() + text.size(), sequence);
  returned.sequence = SequenceNumber{sequence};
}

}  // namespace

std::optional<ConnectionEvent> Connection::poll(Duration timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (events_.empty() && !closed_) {
    const timeval time = timeval_of(
        std::chrono::duration_cast<Duration>(deadline - std::chrono::steady_clock::now()));
    amqp_frame_t frame;
    const int status = amqp_simple_wait_frame_noblock(state_.get(), &frame, &time);
    if (status == AMQP_STATUS_TIMEOUT) return std::nullopt;
    if (status != AMQP_STATUS_OK) {
      fail(status);
      break;
    }
    on_frame(frame);
  }
  if (!events_.empty()) {
    ConnectionEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
  }
  if (std::exchange(told_closed_, true)) return std::nullopt;
  return ConnectionClosed{*closed_};
}

/// Takes over the frames that the library put aside while it waited for the
/// answer to a request, or sent.
void Connection::collect_frames() {
  while (!closed_ && amqp_frames_enqueued(state_.get())) {
    const timeval now{};
    amqp_frame_t frame;
    const int status = amqp_simple_wait_frame_noblock(state_.get(), &frame, &now);
    if (status != AMQP_STATUS_OK) {
      fail(status);
      return;
    }
    on_frame(frame);
  }
}

void Connection::on_frame(const amqp_frame_t& frame) {
  const ChannelNumber channel{frame.channel};
  if (frame.frame_type == AMQP_FRAME_METHOD) {
    if (frame.channel == 0) {
      on_connection_method(frame.payload.method);
    } else {
      on_method(channel, frame.payload.method);
    }
  } else if (frame.frame_type == AMQP_FRAME_HEADER || frame.frame_type == AMQP_FRAME_BODY) {
    on_content(channel, frame);
  }
  amqp_maybe_release_buffers_on_channel(state_.get(), frame.channel);
}

void Connection::on_method(ChannelNumber channel, const amqp_method_t& method) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return;  // late words about a channel that is gone
  switch (method.id) {
    case AMQP_BASIC_DELIVER_METHOD: {
      const auto& deliver = *static_cast<amqp_basic_deliver_t*>(method.decoded);
      Delivery delivery;
      delivery.channel = channel;
      delivery.tag = DeliveryTag{deliver.delivery_tag};
      delivery.consumer = string_of(deliver.consumer_tag);
      delivery.redelivered = deliver.redelivered != 0;
      delivery.exchange = string_of(deliver.exchange);
      delivery.routing_key = string_of(deliver.routing_key);
      found->second.partial = PartialContent{std::move(delivery), {}, 0, false};
      return;
    }
    case AMQP_BASIC_RETURN_METHOD: {
      const auto& back = *static_cast<amqp_basic_return_t*>(method.decoded);
      found->second.partial = PartialContent{
          Returned{channel, {}, back.reply_code, string_of(back.reply_text)}, {}, 0, false};
      return;
    }
    case AMQP_BASIC_ACK_METHOD: {
      const auto& ack = *static_cast<amqp_basic_ack_t*>(method.decoded);
      events_.push_back(
          Confirm{channel, SequenceNumber{ack.delivery_tag}, ack.multiple != 0, true});
      return;
    }
    case AMQP_BASIC_NACK_METHOD: {
      const auto& nack = *static_cast<amqp_basic_nack_t*>(method.decoded);
      events_.push_back(
          Confirm{channel, SequenceNumber{nack.delivery_tag}, nack.multiple != 0, false});
      return;
    }
    case AMQP_BASIC_CANCEL_METHOD: {
      const auto& cancel = *static_cast<amqp_basic_cancel_t*>(method.decoded);
      events_.push_back(ConsumerCancelled{channel, string_of(cancel.consumer_tag)});
      return;
    }
    case AMQP_CHANNEL_CLOSE_METHOD: {
      BrokerError error = error_of_close(method);
      accept_channel_close(channel);
      events_.push_back(ChannelClosed{channel, std::move(error)});
      return;
    }
    default:
      return;
  }
}

void Connection::on_connection_method(const amqp_method_t& method) {
  switch (method.id) {
    case AMQP_CONNECTION_BLOCKED_METHOD: {
      const auto& blocked = *static_cast<amqp_connection_blocked_t*>(method.decoded);
      events_.push_back(Blocked{string_of(blocked.reason)});
      return;
    }
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      events_.push_back(Unblocked{});
      return;
    case AMQP_CONNECTION_CLOSE_METHOD:
      end_connection(error_of_close(method));
      return;
    default:
      return;
  }
}

void Connection::on_content(ChannelNumber channel, const amqp_frame_t& frame) {
  const auto found = channels_.find(channel);
  if (found == channels_.end() || !found->second.partial) return;
  PartialContent& partial = *found->second.partial;
  if (frame.frame_type == AMQP_FRAME_HEADER) {
    const auto& properties =
        *static_cast<amqp_basic_properties_t*>(frame.payload.properties.decoded);
    std::visit([&](auto& content) { read_properties(properties, content); }, partial.content);
    partial.missing = frame.payload.properties.body_size;
    partial.body.reserve(partial.missing);
  } else {
    const amqp_bytes_t& piece = frame.payload.body_fragment;
    partial.body.append(static_cast<const char*>(piece.bytes), piece.len);
    partial.missing -= std::min<std::uint64_t>(partial.missing, piece.len);
  }
  if (partial.missing == 0) deliver_content(found->second);
}

void Connection::deliver_content(Channel& channel) {
  PartialContent whole = std::move(*channel.partial);
  channel.partial.reset();
  if (auto* delivery = std::get_if<Delivery>(&whole.content)) {
    delivery->body = std::move(whole.body);
    events_.push_back(std::move(*delivery));
  } else {
    events_.push_back(std::move(std::get<Returned>(whole.content)));
  }
}

BrokerError Connection::error_of_close(const amqp_method_t& method) const {
  if (method.id == AMQP_CHANNEL_CLOSE_METHOD) {
    const auto& close = *static_cast<amqp_channel_close_t*>(method.decoded);
    return error_of_reply(close.reply_code, string_of(close.reply_text), place_);
  }
  const auto& close = *static_cast<amqp_connection_close_t*>(method.decoded);
  return error_of_reply(close.reply_code, string_of(close.reply_text), place_);
}

/// Deliveries that wait here to be polled cannot be acknowledged any more, and
/// will be made again; what the broker said about publishes stays true.
void Connection::forget_channel(ChannelNumber channel) {
  std::erase_if(events_, [&](const ConnectionEvent& event) {
    const auto* delivery = std::get_if<Delivery>(&event);
    return delivery != nullptr && delivery->channel == channel;
  });
  channels_.erase(channel);
}

void Connection::accept_channel_close(ChannelNumber channel) {
  forget_channel(channel);
  amqp_channel_close_ok_t ok{};
  const int status =
      amqp_send_method(state_.get(), raw(channel), AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
  if (status != AMQP_STATUS_OK) fail(status);
}

void Connection::end_connection(BrokerError error) {
  if (closed_) return;
  if (error.code != 0) {
    amqp_connection_close_ok_t ok{};
    amqp_send_method(state_.get(), 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
  }
  channels_.clear();
  closed_ = std::move(error);
}

BrokerError Connection::fail(int status) {
  end_connection(error_of_status(status, place_));
  return *closed_;
}

}  // namespace shoal
