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
  while (!found->second.unacknowledged.empty()) {
    give_back(found->second, found->second.unacknowledged.rbegin()->first);
  }
  clients_.erase(found);
}

void BrokerModel::disconnect_all() {
  while (!clients_.empty()) disconnect(clients_.begin()->first);
}

void BrokerModel::publish(Client client, Queue queue, Message message, PublishId id) {
  const auto found = clients_.find(client);
  queues_[queue].push_back({std::move(message), false});
  if (found == clients_.end()) return;  // it came through, but nobody is told
  Received confirm;
  confirm.kind = Received::Kind::confirmed;
  confirm.publish = id;
  found->second.inbox.push_back(std::move(confirm));
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
    received.delivery = DeliveryId{0, DeliveryTag{++last_delivery_}};
    received.redelivered = messages.front().redelivered;
    received.message = std::move(messages.front().message);
    messages.pop_front();
    consumer.unacknowledged.emplace(received.delivery, Unacknowledged{queue, received.message});
    return received;
  }
  return std::nullopt;
}

}  // namespace shoal::sim
