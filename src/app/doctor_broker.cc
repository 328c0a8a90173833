#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>

#include "amqp/connection.h"
#include "amqp/names.h"
#include "app/doctor_checks.h"
#include "app/run_choice.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr ChannelNumber kChannel{1};
constexpr ChannelNumber kConsumer{2};
constexpr int kMessages = 100;
constexpr auto kPatience = 20s;

struct Version {
  int major = 0;
  int minor = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};
/// Quorum queues lose no dead letters from then on.
constexpr Version kOldest{3, 10};
/// Queues can say for themselves how long a message may be out.
constexpr Version kQueuesHaveTimeouts{3, 12};

Version version_of(const std::string& text) {
  Version version;
  std::sscanf(text.c_str(), "%d.%d", &version.major, &version.minor);
  return version;
}

BrokerExpected<void> declare_all(Connection& connection, const Topology& topology) {
  for (const ExchangeName& exchange : topology.exchanges) {
    if (auto made = connection.declare_exchange(kChannel, exchange); !made) return made;
  }
  for (const QueueDeclaration& queue : topology.queues) {
    const auto made = connection.declare_queue(kChannel, queue);
    if (!made) return tl::unexpected(made.error());
  }
  return {};
}

void remove_all(Connection& connection, const Topology& topology) {
  if (!connection.is_open(kChannel) && !connection.open_channel(kChannel, ChannelMode::plain)) {
    return;
  }
  for (const QueueDeclaration& queue : topology.queues) {
    (void)connection.delete_queue(kChannel, queue.name);
  }
  for (const ExchangeName& exchange : topology.exchanges) {
    (void)connection.delete_exchange(kChannel, exchange);
  }
}

/// Messages out, confirmed, and back. nullopt when they did not all come.
BrokerExpected<std::optional<Duration>> round_trip(Connection& connection, const QueueName& queue) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kMessages; ++i) {
    Message message;
    message.routing_key = queue.text;
    message.body = std::string(200, 'x');
    const auto sent = connection.publish(kChannel, message);
    if (!sent) return tl::unexpected(sent.error());
  }
  if (auto opened = connection.open_channel(kConsumer, ChannelMode::plain); !opened) {
    return tl::unexpected(opened.error());
  }
  if (auto got = connection.consume(kConsumer, queue, "doctor", 0, AckMode::manual); !got) {
    return tl::unexpected(got.error());
  }
  int came = 0;
  std::uint64_t confirmed = 0;
  while (came < kMessages || confirmed < kMessages) {
    if (std::chrono::steady_clock::now() - begin > kPatience) return std::nullopt;
    const auto event = connection.poll(1s);
    if (!event) continue;
    if (const auto* delivery = std::get_if<Delivery>(&*event)) {
      ++came;
      if (auto done = connection.ack(kConsumer, delivery->tag); !done) {
        return tl::unexpected(done.error());
      }
    } else if (const auto* confirm = std::get_if<Confirm>(&*event)) {
      confirmed = confirm->multiple ? static_cast<std::uint64_t>(confirm->sequence) : confirmed + 1;
    } else if (const auto* closed = std::get_if<ConnectionClosed>(&*event)) {
      return tl::unexpected(closed->error);
    } else if (const auto* ended = std::get_if<ChannelClosed>(&*event)) {
      return tl::unexpected(ended->error);
    }
  }
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin);
}

void tell_timeout(Version version, Findings& findings) {
  if (version >= kQueuesHaveTimeouts) {
    return findings.good(
        "Acknowledgement timeout: the queues ask for 30 days; a policy or consumer_timeout of the "
        "node may make it less.");
  }
  findings.note(
      "Acknowledgement timeout: this version knows only the node's consumer_timeout, 30 minutes "
      "unless raised. Longer commands go on and their results count, but their messages travel "
      "again and again: set consumer_timeout = 2592000000 in rabbitmq.conf.");
}

}  // namespace

bool check_broker(const BrokerAddress& broker, Findings& findings) {
  ConnectionOptions options;
  options.name = "shoal doctor";
  auto connection = Connection::open(broker, options);
  if (!connection) {
    findings.bad(connection.error().error.sentence());
    return false;
  }
  const Version version = version_of(connection->server_version());
  findings.good(
      fmt::format("Reached {}: RabbitMQ {}.", broker.text(), connection->server_version()));
  if (version < kOldest) {
    findings.bad(
        fmt::format("RabbitMQ {}.{} is too old. Use 3.10 or later.", version.major, version.minor));
    return false;
  }
  const BrokerNames names;
  const RunId run = new_run_id();
  const Topology own = run_topology(names, run, {"doctor"}, {});
  auto opened = connection->open_channel(kChannel, ChannelMode::confirms);
  if (opened) opened = declare_all(*connection, tasker_topology(names, run, {"doctor"}, {}));
  if (!opened) {
    findings.bad(opened.error().error.sentence());
    remove_all(*connection, own);
    return false;
  }
  findings.good("May declare what a run needs: exchanges and quorum queues.");
  const auto trip = round_trip(*connection, names.tasks(run, "doctor"));
  const bool works = trip && *trip;
  if (works) {
    findings.good(fmt::format("{} messages went to disk and came back in {:.0f} ms.", kMessages,
                              1000 * seconds(**trip)));
    tell_timeout(version, findings);
  } else {
    findings.bad(trip ? "Messages were lost on the way." : trip.error().error.sentence());
  }
  remove_all(*connection, own);
  connection->close(2s);
  return works;
}

}  // namespace shoal
