#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace shoal {

struct QueueName {
  std::string text;
  friend auto operator<=>(const QueueName&, const QueueName&) = default;
};

struct ExchangeName {
  std::string text;
  friend auto operator<=>(const ExchangeName&, const ExchangeName&) = default;
};

enum class QueueKind : std::uint8_t {
  quorum,     // durable, replicated, outlives every connection
  exclusive,  // of one connection, goes with it or with its last consumer
};

using ArgumentValue = std::variant<bool, std::int64_t, std::string>;
using Arguments = std::vector<std::pair<std::string, ArgumentValue>>;

struct QueueDeclaration {
  QueueName name;  // may be empty for an exclusive one: the broker makes a name
  QueueKind kind = QueueKind::quorum;
  Arguments arguments;  // besides x-queue-type, which follows from the kind
};

/// What must exist before messages flow. Exchanges are durable fanouts; all
/// else goes through the default exchange, straight to a queue.
struct Topology {
  struct Binding {
    QueueName queue;
    ExchangeName exchange;
  };
  std::vector<ExchangeName> exchanges;
  std::vector<QueueDeclaration> queues;
  std::vector<Binding> bindings;
};

inline std::vector<QueueName> queue_names(const Topology& topology) {
  std::vector<QueueName> names;
  for (const QueueDeclaration& queue : topology.queues) names.push_back(queue.name);
  return names;
}

struct QueueState {
  QueueName name;
  std::uint32_t messages = 0;  // ready, not those that consumers hold
  std::uint32_t consumers = 0;
};

}  // namespace shoal
