#include "amqp/link_consumers.h"

#include <algorithm>
#include <utility>

namespace shoal {

LinkConsumers::Consumer& LinkConsumers::add(ConsumeRequest request) {
  const std::string name = request.consumer;
  Consumer consumer;
  consumer.request = std::move(request);
  return consumers_.insert_or_assign(name, std::move(consumer)).first->second;
}

LinkConsumers::Consumer* LinkConsumers::find(const std::string& name) {
  const auto found = consumers_.find(name);
  return found == consumers_.end() ? nullptr : &found->second;
}

LinkConsumers::Consumer* LinkConsumers::find(ChannelNumber channel) {
  const auto found = std::ranges::find_if(
      consumers_, [&](const auto& each) { return each.second.channel == channel; });
  return found == consumers_.end() ? nullptr : &found->second;
}

LinkConsumers::Consumer* LinkConsumers::find_generation(std::uint64_t generation) {
  const auto found = std::ranges::find_if(consumers_, [&](const auto& each) {
    return each.second.channel && each.second.generation == generation;
  });
  return found == consumers_.end() ? nullptr : &found->second;
}

std::vector<std::string> LinkConsumers::with_settled() const {
  std::vector<std::string> names;
  for (const auto& [name, consumer] : consumers_) {
    if (!consumer.settled.empty()) names.push_back(name);
  }
  return names;
}

ChannelNumber LinkConsumers::free_channel() const {
  auto number = static_cast<std::uint16_t>(first_channel_);
  const auto is_taken = [&] {
    return std::ranges::any_of(
        consumers_, [&](const auto& each) { return each.second.channel == ChannelNumber{number}; });
  };
  while (is_taken()) ++number;
  return ChannelNumber{number};
}

BrokerExpected<void> LinkConsumers::start(Connection& connection, Consumer& consumer) {
  const ChannelNumber channel = free_channel();
  if (auto opened = connection.open_channel(channel, ChannelMode::plain); !opened) return opened;
  consumer.channel = channel;
  consumer.generation = ++generations_;
  consumer.held.clear();
  consumer.settled.clear();
  consumer.started = std::chrono::steady_clock::now();
  auto consuming = consume(connection, consumer);
  if (!consuming) {
    if (connection.is_open(channel)) (void)connection.close_channel(channel);
    consumer.channel.reset();
  }
  return consuming;
}

BrokerExpected<void> LinkConsumers::consume(Connection& connection, Consumer& consumer) {
  QueueName queue;
  if (const auto* exchange = std::get_if<ExchangeName>(&consumer.request.source)) {
    const auto made = connection.declare_queue(*consumer.channel, {{}, QueueKind::exclusive, {}});
    if (!made) return tl::unexpected(made.error());
    queue = made->name;
    auto bound = connection.bind(*consumer.channel, queue, *exchange);
    if (!bound) return bound;
  } else {
    queue = std::get<QueueName>(consumer.request.source);
  }
  consumer.tag = consumer.request.consumer + "-" + std::to_string(++tags_);
  return connection.consume(*consumer.channel, queue, consumer.tag, consumer.request.prefetch,
                            consumer.ack_mode());
}

BrokerExpected<void> LinkConsumers::stop(Connection& connection, Consumer& consumer) {
  if (!consumer.channel) return {};
  const ChannelNumber channel = *std::exchange(consumer.channel, std::nullopt);
  if (!connection.is_open(channel)) return {};
  return connection.close_channel(channel);
}

/// A new consumer in the old one's place, since a prefetch counts for those
/// that are made after it.
BrokerExpected<void> LinkConsumers::set_prefetch(Connection& connection, Consumer& consumer,
                                                 std::uint16_t prefetch) {
  consumer.request.prefetch = prefetch;
  if (!consumer.channel || consumer.cancelled || consumer.ack_mode() == AckMode::automatic) {
    return {};
  }
  if (auto ended = connection.cancel(*consumer.channel, consumer.tag); !ended) return ended;
  return consume(connection, consumer);
}

void LinkConsumers::forget_connection() {
  std::erase_if(consumers_, [](const auto& each) { return each.second.cancelled; });
  for (auto& [name, consumer] : consumers_) {
    consumer.channel.reset();
    consumer.held.clear();
    consumer.settled.clear();
  }
}

}  // namespace shoal
