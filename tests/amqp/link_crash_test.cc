#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "tests/amqp/link_harness.h"
#include "tests/amqp/test_broker.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

/// A quorum queue made less than half a second before its broker is killed has
/// no leader after the restart, and never gets one: the broker registers it in
/// a file that it saves twice a second (ra_directory.erl). Seen on 3.10.8.
constexpr auto kQueueIsSaved = 2s;

TEST(LinkAndCrash, ABrokerThatIsKilledAndStartedAgainLosesNothingThatItConfirmed) {
  SHOAL_NEEDS_BROKER();
  TestBroker broker({});
  const QueueName queue{"crash"};
  LinkHarness harness(broker.address());
  harness.link().declare({{}, {{queue, QueueKind::quorum, {}}}, {}});
  harness.wait_for<LinkConnected>();
  harness.linger(kQueueIsSaved);
  constexpr std::uint64_t kCount = 20'000;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    harness.link().publish(PublishId{i}, {.routing_key = queue.text, .body = std::to_string(i)});
  }
  harness.wait_until([&] { return harness.count(PublishOutcome::confirmed) > 2000; });
  broker.kill();
  harness.wait_for<LinkDisconnected>();
  const std::size_t unconfirmed = harness.count(PublishOutcome::unconfirmed);
  EXPECT_GT(unconfirmed, 0U);
  EXPECT_LE(unconfirmed, 1000U);

  broker.start();
  harness.wait_until([&] { return harness.outcomes().size() == kCount; }, 120s);
  std::set<std::string> bodies;
  harness.on_delivery = [&](const LinkDelivery& delivery) {
    bodies.insert(delivery.body);
    harness.link().ack(delivery.id);
  };
  harness.link().consume("c", queue, 1000);
  std::size_t confirmed = 0;
  const auto has_all_confirmed = [&] {
    confirmed = 0;
    for (const auto& [id, outcomes] : harness.outcomes()) {
      if (outcomes.front() != PublishOutcome::confirmed) continue;
      if (!bodies.contains(std::to_string(static_cast<std::uint64_t>(id)))) return false;
      ++confirmed;
    }
    return true;
  };
  harness.wait_until([&] { return bodies.size() >= kCount - unconfirmed && has_all_confirmed(); });
  EXPECT_EQ(confirmed + unconfirmed, kCount);
  for (const auto& [id, outcomes] : harness.outcomes()) EXPECT_EQ(outcomes.size(), 1U);
  harness.close();
}

TEST(LinkAndCrash, ConsumptionGoesOnAfterTheBrokerCameBack) {
  SHOAL_NEEDS_BROKER();
  TestBroker broker({});
  const QueueName queue{"tasks"};
  LinkHarness harness(broker.address());
  harness.link().declare({{}, {{queue, QueueKind::quorum, {}}}, {}});
  harness.link().consume("c", queue, 1);
  harness.link().publish(PublishId{1}, {.routing_key = queue.text, .body = "first"});
  harness.wait_for<LinkDelivery>(1);
  harness.wait_until([&] { return harness.count(PublishOutcome::confirmed) == 1; });
  const DeliveryId old = harness.last<LinkDelivery>().id;
  harness.linger(kQueueIsSaved);
  broker.kill();
  harness.wait_for<LinkDisconnected>();
  harness.link().publish(PublishId{2}, {.routing_key = queue.text, .body = "second"});
  broker.start();
  harness.wait_for<LinkDelivery>(2);
  EXPECT_EQ(harness.last<LinkDelivery>().body, "first");
  EXPECT_TRUE(harness.last<LinkDelivery>().redelivered);
  harness.link().ack(old);
  harness.link().ack(harness.last<LinkDelivery>().id);
  harness.wait_for<LinkDelivery>(3);
  EXPECT_EQ(harness.last<LinkDelivery>().body, "second");
  harness.link().ack(harness.last<LinkDelivery>().id);
  harness.close();
}

TEST(LinkAndCrash, ALateAcknowledgementIsToldAndConsumptionGoesOn) {
  SHOAL_NEEDS_BROKER();
  TestBroker broker({.consumer_timeout = 2s});
  const QueueName slow{"slow"};
  const QueueName quick{"quick"};
  LinkHarness harness(broker.address());
  harness.link().declare({{}, {{slow, QueueKind::quorum, {}}, {quick, QueueKind::quorum, {}}}, {}});
  harness.link().consume("slow", slow, 1);
  harness.link().consume("quick", quick, 1);
  harness.link().publish(PublishId{1}, {.routing_key = slow.text, .body = "a"});
  harness.wait_for<LinkDelivery>(1);
  const DeliveryId old = harness.last<LinkDelivery>().id;
  harness.wait_for<LinkConsumerReset>();
  EXPECT_EQ(harness.last<LinkConsumerReset>().consumer, "slow");
  EXPECT_EQ(harness.last<LinkConsumerReset>().reason.kind, BrokerErrorKind::acknowledgement_late);
  EXPECT_EQ(harness.last<LinkConsumerReset>().reason.code, 406);
  harness.wait_for<LinkDelivery>(2);
  const auto again = harness.last<LinkDelivery>();
  EXPECT_TRUE(again.redelivered);
  EXPECT_NE(again.id.generation, old.generation);
  harness.link().ack(old);
  harness.link().ack(again.id);
  harness.link().publish(PublishId{2}, {.routing_key = quick.text, .body = "b"});
  harness.wait_for<LinkDelivery>(3);
  EXPECT_EQ(harness.last<LinkDelivery>().consumer, "quick");
  harness.link().ack(harness.last<LinkDelivery>().id);
  harness.close();
  EXPECT_EQ(harness.all<LinkConsumerReset>().size(), 1U);
  EXPECT_TRUE(harness.all<LinkDisconnected>().empty());
}

}  // namespace
}  // namespace shoal
