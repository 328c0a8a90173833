#include "amqp/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace shoal {
namespace {

/// Nobody reads dead letters but people who look, and looking must not delete
/// them: RabbitMQ 4 would, after 20 looks.
constexpr std::int64_t kDeadLetterDeliveries = 1'000'000'000;
constexpr std::size_t kLongestPart = 64;  // bytes; a whole name has at most 255

bool is_name_part(std::string_view text) {
  return !text.empty() && text.size() <= kLongestPart && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

/// Full queues refuse instead of dropping, and what is given up goes to the
/// dead letters, held by its queue until it has arrived there
/// (https://www.rabbitmq.com/docs/quorum-queues#dead-lettering).
QueueDeclaration lossless_queue(QueueName name, const QueueName& dead, std::int64_t deliveries) {
  return {std::move(name),
          QueueKind::quorum,
          {{"x-delivery-limit", deliveries},
           {"x-dead-letter-exchange", std::string()},
           {"x-dead-letter-routing-key", dead.text},
           {"x-dead-letter-strategy", std::string("at-least-once")},
           {"x-overflow", std::string("reject-publish")}}};
}

}  // namespace

Expected<BrokerNames> BrokerNames::with_prefix(std::string prefix) {
  if (!is_name_part(prefix) || prefix == "amq") {
    return input_error("prefix of the broker's queues", fmt::format("'{}' cannot be one", prefix),
                       "Use up to 64 letters, digits, - and _, and not amq");
  }
  return BrokerNames(std::move(prefix));
}

std::string BrokerNames::of_run(const RunId& run, std::string_view what) const {
  return fmt::format("{}.{}.{}", prefix_, run.text(), what);
}

ExchangeName BrokerNames::runs() const { return {prefix_ + ".runs"}; }
ExchangeName BrokerNames::workers() const { return {prefix_ + ".workers"}; }
ExchangeName BrokerNames::control(const RunId& run) const { return {of_run(run, "control")}; }
QueueName BrokerNames::tasks(const RunId& run, std::string_view resource_class) const {
  return {of_run(run, "tasks.") + std::string(resource_class)};
}
QueueName BrokerNames::results(const RunId& run) const { return {of_run(run, "results")}; }
QueueName BrokerNames::dead(const RunId& run) const { return {of_run(run, "dead")}; }

bool is_resource_class(std::string_view text) { return is_name_part(text); }

Topology shared_topology(const BrokerNames& names) {
  return {{names.runs(), names.workers()}, {}, {}};
}

Topology run_topology(const BrokerNames& names, const RunId& run,
                      const std::vector<std::string>& resource_classes,
                      const RunQueueLimits& limits) {
  const QueueName dead = names.dead(run);
  Topology topology;
  topology.exchanges = {names.control(run)};
  topology.queues.push_back(
      {dead, QueueKind::quorum, {{"x-delivery-limit", kDeadLetterDeliveries}}});
  QueueDeclaration results = lossless_queue(names.results(run), dead, limits.deliveries);
  results.arguments.emplace_back("x-single-active-consumer", true);
  topology.queues.push_back(std::move(results));
  for (const std::string& resource_class : resource_classes) {
    QueueDeclaration tasks =
        lossless_queue(names.tasks(run, resource_class), dead, limits.deliveries);
    const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(limits.task_timeout);
    tasks.arguments.emplace_back("x-consumer-timeout", std::int64_t{timeout.count()});
    topology.queues.push_back(std::move(tasks));
  }
  return topology;
}

Topology tasker_topology(const BrokerNames& names, const RunId& run,
                         const std::vector<std::string>& resource_classes,
                         const RunQueueLimits& limits) {
  Topology topology = run_topology(names, run, resource_classes, limits);
  const Topology shared = shared_topology(names);
  topology.exchanges.insert(topology.exchanges.end(), shared.exchanges.begin(),
                            shared.exchanges.end());
  return topology;
}

}  // namespace shoal
