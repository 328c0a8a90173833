#include "tests/sim/broker_model.h"

#include <algorithm>
#include <utility>

namespace shoal::sim {

BrokerModel::Client BrokerModel::connect(bool takes_control) {
  const Client client{++last_client_};
  clients_[client].takes_control = takes_control;
  return client;
}

void BrokerModel::consume(Client client, Queue queue, std::uint32_t prefetch) {
  clients_.at(client).prefetch[queue] = prefetch;
}

void BrokerModel::disconnect(Client client) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  give_back_all(found->second);
  clients_.erase(found);
}

void BrokerModel::give_back_all(Consumer& consumer) {
  while (!consumer.unacknowledged.empty()) {
    give_back(consumer, consumer.unacknowledged.rbegin()->first);
  }
}

void BrokerModel::reset_consumer(Client client) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  give_back_all(found->second);
  Received received;
  received.kind = Received::Kind::void_deliveries;
  received.generation = found->second.generation++;
  found->second.inbox.push_back(std::move(received));
}

void BrokerModel::disconnect_all() {
  while (!clients_.empty()) disconnect(clients_.begin()->first);
}

void BrokerModel::publish(Client client, Queue queue, Message message, PublishId id) {
  queues_[queue].push_back({std::move(message), false});
  tell(client, Received::Kind::confirmed, id);
}

void BrokerModel::refuse(Client client, PublishId id) {
  tell(client, Received::Kind::unconfirmed, id);
}

/// Nobody, if the connection is gone by now.
void BrokerModel::tell(Client client, Received::Kind kind, PublishId id) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  Received received;
  received.kind = kind;
  received.publish = id;
  found->second.inbox.push_back(std::move(received));
}

void BrokerModel::broadcast(Message message) {
  for (auto& [client, consumer] : clients_) {
    if (!consumer.takes_control) continue;
    Received received;
    received.message = message;
    consumer.inbox.push_back(std::move(received));
  }
}

void BrokerModel::acknowledge(Client client, DeliveryId delivery) {
  const auto found = clients_.find(client);
  if (found != clients_.end()) found->second.unacknowledged.erase(delivery);
}

void BrokerModel::give_back(Client client, DeliveryId delivery) {
  const auto found = clients_.find(client);
  if (found != clients_.end() && found->second.unacknowledged.contains(delivery)) {
    give_back(found->second, delivery);
  }
}

void BrokerModel::give_back(Consumer& consumer, DeliveryId delivery) {
  auto node = consumer.unacknowledged.extract(delivery);
  Unacknowledged& back = node.mapped();
  queues_[back.queue].push_front({std::move(back.message), true});
}

bool BrokerModel::is_first_consumer(Client client, Queue queue) const {
  for (const auto& [other, consumer] : clients_) {
    if (other == client) return true;
    if (consumer.prefetch.contains(queue)) return false;
  }
  return false;
}

std::optional<BrokerModel::Received> BrokerModel::next(Client client) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return std::nullopt;
  Consumer& consumer = found->second;
  if (!consumer.inbox.empty()) {
    Received received = std::move(consumer.inbox.front());
    consumer.inbox.pop_front();
    return received;
  }
  for (const auto& [queue, prefetch] : consumer.prefetch) {
    const auto out = static_cast<std::uint32_t>(
        std::count_if(consumer.unacknowledged.begin(), consumer.unacknowledged.end(),
                      [queue = queue](const auto& entry) { return entry.second.queue == queue; }));
    std::deque<Queued>& messages = queues_[queue];
    if (out >= prefetch || messages.empty()) continue;
    const bool active = queue != Queue::results || is_first_consumer(client, queue);
    if (!active) continue;
    Received received;
    received.delivery = DeliveryId{consumer.generation, DeliveryTag{++last_delivery_}};
    received.redelivered = messages.front().redelivered;
    received.message = std::move(messages.front().message);
    messages.pop_front();
    consumer.unacknowledged.emplace(received.delivery, Unacknowledged{queue, received.message});
    return received;
  }
  return std::nullopt;
}

}  // namespace shoal::sim
