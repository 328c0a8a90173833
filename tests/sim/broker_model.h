#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "amqp/ids.h"
#include "sched/attempt.h"

namespace shoal::sim {

/// What matters of RabbitMQ: durable queues whose unacknowledged messages come
/// again when a connection is lost, confirms, a single active consumer for
/// results, and a fanout exchange that loses what nobody listens to.
class BrokerModel {
 public:
  enum class Client : std::uint32_t { none = 0 };
  enum class Queue : std::uint8_t { tasks, results };

  struct Message {
    enum class Kind : std::uint8_t { task, result, ask, held, answer, cancel } kind;
    TaskId task;
    AttemptSpec spec;
    AttemptResult result;
    std::string worker;
    std::uint64_t question = 0;
    bool run = false;
  };
  /// Something that a client gets.
  struct Received {
    enum class Kind : std::uint8_t { message, confirmed, unconfirmed, void_deliveries };
    Kind kind = Kind::message;
    PublishId publish{};
    std::uint64_t generation = 0;  // of the deliveries that are void
    DeliveryId delivery{};
    bool redelivered = false;
    Message message;
  };

  Client connect(bool takes_control);
  void consume(Client client, Queue queue, std::uint32_t prefetch);
  /// Its unacknowledged messages go back, in front.
  void disconnect(Client client);
  void disconnect_all();
  /// Closes the channel of its deliveries, as after the acknowledgement timeout,
  /// and delivers anew.
  void reset_consumer(Client client);
  /// All messages are gone, as of a broker whose disk was not kept.
  void wipe() { queues_.clear(); }
  bool connected(Client client) const { return clients_.contains(client); }

  void publish(Client client, Queue queue, Message message, PublishId id);
  /// Does not take it.
  void refuse(Client client, PublishId id);
  /// To all who listen now.
  void broadcast(Message message);
  void acknowledge(Client client, DeliveryId delivery);
  void give_back(Client client, DeliveryId delivery);

  /// The next thing for this client, if there is one.
  std::optional<Received> next(Client client);

 private:
  struct Queued {
    Message message;
    bool redelivered = false;
  };
  struct Unacknowledged {
    Queue queue{};
    Message message;
  };
  struct Consumer {
    bool takes_control = false;
    std::uint64_t generation = 0;
    std::map<Queue, std::uint32_t> prefetch;
    std::map<DeliveryId, Unacknowledged> unacknowledged;
    std::deque<Received> inbox;
  };
  void give_back(Consumer& consumer, DeliveryId delivery);
  void give_back_all(Consumer& consumer);
  void tell(Client client, Received::Kind kind, PublishId id);
  bool is_first_consumer(Client client, Queue queue) const;

  std::map<Queue, std::deque<Queued>> queues_;
  std::map<Client, Consumer> clients_;
  std::uint32_t last_client_ = 0;
  std::uint64_t last_delivery_ = 0;
};

}  // namespace shoal::sim
