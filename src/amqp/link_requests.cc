#include "amqp/link_requests.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "amqp/link_thread.h"

namespace shoal {
namespace {

/// Between looks at what the broker says: it may say "blocked".
constexpr int kPublishBurst = 64;

bool is_writable(int socket) {
  pollfd watched{socket, POLLOUT, 0};
  return ::poll(&watched, 1, 0) > 0;
}

}  // namespace

void LinkThread::take_requests() {
  for (LinkRequest& request : mailbox_.take()) {
    if (!std::holds_alternative<AckRequest>(request)) send_acks();
    std::visit([this](auto& each) { on(std::move(each)); }, request);
  }
  send_acks();
}

void LinkThread::on(const DeclareRequest& request) {
  const auto append = [](auto& all, const auto& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  append(topology_.exchanges, request.topology.exchanges);
  append(topology_.queues, request.topology.queues);
  append(topology_.bindings, request.topology.bindings);
  if (!connection_) return;
  if (const auto done = declare(request.topology); !done) fail(done.error());
}

void LinkThread::on(PublishRequest request) {
  if (refused_ || closing_) {
    receiver_.add(LinkPublished{request.id, PublishOutcome::unsent, "the link has ended"});
  } else if (request.message.body.size() > options_.largest_message) {
    receiver_.add(LinkPublished{request.id, PublishOutcome::refused,
                                "the message is larger than any broker "
                                "takes"});
  } else {
    unsent_.push_back(std::move(request));
  }
}

void LinkThread::on(const ConsumeRequest& request) {
  auto* before = consumers_.find(request.consumer);
  if (before != nullptr && connection_) {
    if (const auto stopped = LinkConsumers::stop(*connection_, *before); !stopped) {
      disconnect(stopped.error());
    }
  }
  auto& consumer = consumers_.add(request);
  if (connection_) start_consumer(consumer);
}

void LinkThread::on(const PrefetchRequest& request) {
  auto* consumer = consumers_.find(request.consumer);
  if (consumer == nullptr) return;
  if (!connection_) {
    consumer->request.prefetch = request.prefetch;
    return;
  }
  const auto done = consumers_.set_prefetch(*connection_, *consumer, request.prefetch);
  if (!done) on_consumer_error(*consumer, done.error());
}

void LinkThread::on(const CancelRequest& request) {
  auto* consumer = consumers_.find(request.consumer);
  if (consumer == nullptr || consumer->cancelled) return;
  consumer->cancelled = true;
  if (connection_ && consumer->channel && !consumer->held.empty()) {
    const auto done = connection_->cancel(*consumer->channel, consumer->tag);
    if (!done) on_consumer_error(*consumer, done.error());
  } else {
    end_if_idle(*consumer);
  }
}

void LinkThread::on(const AckRequest& request) {
  auto* consumer = consumers_.find_generation(request.delivery.generation);
  if (consumer == nullptr || !consumer->held.contains(request.delivery.tag)) return;
  consumer->settled.insert(request.delivery.tag);
}

void LinkThread::send_acks() {
  for (const std::string& name : consumers_.with_settled()) {
    auto* consumer = consumers_.find(name);
    while (consumer != nullptr && !consumer->settled.empty()) {
      send_ack(*consumer);
      consumer = consumers_.find(name);
    }
  }
}

/// The oldest deliveries up to the first that is still held together, for a
/// quorum queue has as much work with one acknowledgement of many as of one.
/// Others one by one.
void LinkThread::send_ack(LinkConsumers::Consumer& consumer) {
  std::size_t together = 0;
  auto first_held = consumer.held.begin();
  while (first_held != consumer.held.end() && consumer.settled.contains(*first_held)) {
    ++first_held;
    ++together;
  }
  const bool is_multiple = together > 1;
  const DeliveryTag tag = is_multiple ? *std::prev(first_held) : *consumer.settled.begin();
  const auto sent =
      connection_->ack(*consumer.channel, tag, is_multiple ? AckRange::up_to : AckRange::one);
  consumer.held.erase(consumer.held.begin(), first_held);
  consumer.settled.erase(consumer.settled.begin(), consumer.settled.upper_bound(tag));
  answered(consumer, tag, sent);
}

void LinkThread::on(const NackRequest& request) {
  auto* consumer = consumers_.find_generation(request.delivery.generation);
  if (consumer == nullptr || consumer->ack_mode() == AckMode::automatic) return;
  const DeliveryTag tag = request.delivery.tag;
  answered(*consumer, tag, connection_->nack(*consumer->channel, tag, request.requeue));
}

/// Where the channel was closed, the event that says so is to come.
void LinkThread::answered(LinkConsumers::Consumer& consumer, DeliveryTag tag,
                          const BrokerExpected<void>& sent) {
  consumer.held.erase(tag);
  if (!connection_->is_open()) return disconnect(sent.error());
  if (sent) end_if_idle(consumer);
}

/// A cancelled consumer lives on for the deliveries that it holds.
void LinkThread::end_if_idle(LinkConsumers::Consumer& consumer) {
  if (!consumer.cancelled || !consumer.held.empty()) return;
  const std::string name = consumer.request.consumer;
  if (connection_) {
    if (const auto stopped = LinkConsumers::stop(*connection_, consumer); !stopped) {
      disconnect(stopped.error());
    }
  }
  consumers_.erase(name);
}

void LinkThread::on(const InspectRequest& request) {
  if (!connection_ && !refused_) {
    inspections_.push_back(request.queue);
    return;
  }
  BrokerExpected<QueueState> state =
      broker_error(BrokerErrorKind::lost, address_.text(), "the link has ended");
  if (connection_) {
    const auto opened = open_declaring_channel();
    state = opened ? connection_->inspect_queue(kDeclaring, request.queue)
                   : BrokerExpected<QueueState>(tl::unexpected(opened.error()));
    if (!connection_->is_open()) {
      inspections_.push_back(request.queue);
      disconnect(state.error());
      return;
    }
  }
  receiver_.add(LinkQueueState{request.queue, std::move(state)});
}

void LinkThread::on(const RemoveRequest& request) {
  const auto is_removed = [&](const QueueName& queue, const ExchangeName& exchange) {
    return std::ranges::find(request.queues, queue) != request.queues.end() ||
           std::ranges::find(request.exchanges, exchange) != request.exchanges.end();
  };
  std::erase_if(topology_.exchanges, [&](const auto& each) { return is_removed({}, each); });
  std::erase_if(topology_.queues, [&](const auto& each) { return is_removed(each.name, {}); });
  std::erase_if(topology_.bindings,
                [&](const auto& each) { return is_removed(each.queue, each.exchange); });
  removals_.push_back(request);
  send_removals();
}

/// Not before all publishes are confirmed: they go over another channel, and
/// the broker might delete first where one of them is for.
void LinkThread::send_removals() {
  while (connection_ && !removals_.empty() && unsent_.empty() && window_.is_empty()) {
    if (const auto done = remove(removals_.front()); !done) return fail(done.error());
    removals_.erase(removals_.begin());
  }
}

void LinkThread::on(const CloseRequest& request) {
  closing_ = closing_ ? std::min(*closing_, request.deadline) : request.deadline;
}

BrokerExpected<void> LinkThread::open_declaring_channel() {
  if (connection_->is_open(kDeclaring)) return {};
  return connection_->open_channel(kDeclaring, ChannelMode::plain);
}

BrokerExpected<void> LinkThread::declare(const Topology& topology) {
  auto done = open_declaring_channel();
  for (const ExchangeName& exchange : topology.exchanges) {
    if (done) done = connection_->declare_exchange(kDeclaring, exchange);
  }
  for (const QueueDeclaration& queue : topology.queues) {
    if (done) done = declare(queue);
  }
  for (const Topology::Binding& binding : topology.bindings) {
    if (done) done = connection_->bind(kDeclaring, binding.queue, binding.exchange);
  }
  return done;
}

/// Whether it was there is asked first: a queue that had to be made is empty,
/// and its owner may know better.
BrokerExpected<void> LinkThread::declare(const QueueDeclaration& queue) {
  if (!connection_->inspect_queue(kDeclaring, queue.name)) {
    if (!connection_->is_open(kDeclaring)) {
      if (auto opened = open_declaring_channel(); !opened) return opened;
    }
    made_.push_back(queue.name);
  }
  const auto stands = connection_->declare_queue(kDeclaring, queue);
  if (!stands) return tl::unexpected(stands.error());
  return {};
}

BrokerExpected<void> LinkThread::remove(const RemoveRequest& request) {
  auto done = open_declaring_channel();
  for (const QueueName& queue : request.queues) {
    if (done) done = connection_->delete_queue(kDeclaring, queue);
  }
  for (const ExchangeName& exchange : request.exchanges) {
    if (done) done = connection_->delete_exchange(kDeclaring, exchange);
  }
  return done;
}

void LinkThread::send_publishes() {
  int sent = 0;
  while (connection_ && !unsent_.empty() && !window_.is_full() && !blocked_ &&
         is_writable(connection_->socket())) {
    send_front();
    if (++sent % kPublishBurst == 0 && connection_) take_events();
  }
}

void LinkThread::send_front() {
  if (!connection_->is_open() || !connection_->is_open(kPublishing)) {
    take_events();  // one of them says so
    return;
  }
  const PublishRequest request = std::move(unsent_.front());
  unsent_.pop_front();
  const auto sequence = connection_->publish(kPublishing, request.message);
  if (sequence) {
    window_.add(*sequence, request.id);
  } else if (connection_->is_open()) {
    receiver_.add(
        LinkPublished{request.id, PublishOutcome::refused, sequence.error().error.message});
  } else {
    receiver_.add(
        LinkPublished{request.id, PublishOutcome::unconfirmed, sequence.error().error.message});
    disconnect(sequence.error());
  }
}

}  // namespace shoal
