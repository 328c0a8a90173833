#include <utility>

#include "amqp/link_thread.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

/// Before the loop looks at the caller's requests again.
constexpr int kMostEvents = 1000;

/// A channel that the broker closes sooner than this after its opening would
/// be opened and closed without end: then the whole connection is made anew,
/// which waits longer each time.
constexpr auto kShortLife = 1s;

}  // namespace

void LinkThread::take_events() {
  has_more_events_ = false;
  for (int i = 0; i < kMostEvents && connection_; ++i) {
    auto event = connection_->poll(0s);
    if (!event) return;
    std::visit([this](auto& each) { on(std::move(each)); }, *event);
  }
  has_more_events_ = connection_.has_value();
}

void LinkThread::on(Delivery delivery) {
  auto* consumer = consumers_.find(delivery.channel);
  if (consumer == nullptr || closing_) return;
  if (consumer->ack_mode() == AckMode::manual) consumer->held.insert(delivery.tag);
  receiver_.add(LinkDelivery{consumer->request.consumer,
                             {consumer->generation, delivery.tag},
                             delivery.redelivered,
                             delivery.earlier_deliveries,
                             std::move(delivery.type),
                             std::move(delivery.id),
                             std::move(delivery.body)});
}

void LinkThread::on(const Confirm& confirm) {
  std::vector<LinkPublished> outcomes;
  window_.settle(confirm, outcomes);
  report(std::move(outcomes));
}

void LinkThread::on(const Returned& returned) { window_.mark_returned(returned); }

void LinkThread::on(const Blocked& blocked) {
  blocked_ = true;
  receiver_.add(LinkBlocked{blocked.reason});
}

void LinkThread::on(const Unblocked& /*unblocked*/) {
  blocked_ = false;
  receiver_.add(LinkUnblocked{});
}

void LinkThread::on(const ConsumerCancelled& cancelled) {
  auto* consumer = consumers_.find(cancelled.channel);
  if (consumer == nullptr || consumer->tag != cancelled.consumer) return;
  if (const auto stopped = LinkConsumers::stop(*connection_, *consumer); !stopped) {
    disconnect(stopped.error());
    return;
  }
  reset_consumer(*consumer,
                 {BrokerErrorKind::lost, 0,
                  Error{ErrorKind::infrastructure,
                        address_.text(),
                        "the broker ended the consumer '" + consumer->request.consumer + "'",
                        {}}});
}

void LinkThread::on(const ChannelClosed& closed) {
  if (closed.channel == kPublishing) {
    reset_publishing(closed.error);
    return;
  }
  auto* consumer = consumers_.find(closed.channel);
  if (consumer != nullptr) on_consumer_error(*consumer, closed.error);
}

void LinkThread::on(const ConnectionClosed& closed) { disconnect(closed.error); }

/// False: it could not, and has ended, or the link has lost its connection.
bool LinkThread::start_consumer(LinkConsumers::Consumer& consumer) {
  const auto started = consumers_.start(*connection_, consumer);
  if (started) return true;
  if (!connection_->is_open()) {
    disconnect(started.error());
  } else if (started.error().is_permanent()) {
    refuse(started.error());
  } else {
    const std::string name = consumer.request.consumer;
    consumers_.erase(name);
    receiver_.add(LinkConsumerEnded{name, started.error()});
  }
  return false;
}

/// A request for the consumer failed, or the broker closed its channel.
void LinkThread::on_consumer_error(LinkConsumers::Consumer& consumer, const BrokerError& error) {
  const bool at_once = LinkThread::Clock::now() - consumer.started < kShortLife;
  if (!connection_->is_open() || (at_once && error.kind != BrokerErrorKind::not_found)) {
    disconnect(error);
    return;
  }
  consumer.channel.reset();
  reset_consumer(consumer, error);
}

/// It has lost its channel, and what it held: starts it again.
void LinkThread::reset_consumer(LinkConsumers::Consumer& consumer, const BrokerError& error) {
  const std::string name = consumer.request.consumer;
  const std::uint64_t generation = consumer.generation;
  if (consumer.cancelled) {
    consumers_.erase(name);
  } else if (start_consumer(consumer)) {
    receiver_.add(LinkConsumerReset{name, generation, error});
  }
}

void LinkThread::reset_publishing(const BrokerError& error) {
  std::vector<LinkPublished> outcomes;
  window_.abandon(error.error.message, outcomes);
  report(std::move(outcomes));
  if (error.kind == BrokerErrorKind::permission) {
    refuse(error);
  } else if (Clock::now() - publishing_since_ < kShortLife) {
    disconnect(error);
  } else if (const auto opened = connection_->open_channel(kPublishing, ChannelMode::confirms);
             !opened) {
    disconnect(opened.error());
  } else {
    publishing_since_ = Clock::now();
  }
}

}  // namespace shoal
