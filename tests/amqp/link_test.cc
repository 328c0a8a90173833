#include "amqp/link.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "tests/amqp/link_harness.h"
#include "tests/amqp/test_broker.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

class LinkTest : public ::testing::Test {
 protected:
  void SetUp() override { SHOAL_NEEDS_BROKER(); }
  static QueueName unique_queue() {
    static std::atomic<int> count = 0;
    return {"link-test-" + std::to_string(++count)};
  }
  static Topology queue_topology(const QueueName& queue) {
    return {{}, {{queue, QueueKind::quorum, {}}}, {}};
  }
  static Message to(const QueueName& queue, std::string body) {
    return {.routing_key = queue.text, .type = "test", .body = std::move(body)};
  }
  static BrokerAddress address() { return TestBroker::shared().address(); }
  static std::uint32_t messages_in(const QueueName& queue) {
    auto connection = Connection::open(address(), {});
    EXPECT_TRUE(connection->open_channel(ChannelNumber{1}, ChannelMode::plain));
    const auto state = connection->inspect_queue(ChannelNumber{1}, queue);
    return state ? state->messages : 12345;
  }
};

TEST_F(LinkTest, APublishIsConfirmedDeliveredAndAcknowledged) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(queue));
  harness.link().publish(PublishId{7}, to(queue, "hello"));
  harness.link().consume("c", queue, 1);
  harness.wait_for<LinkDelivery>();
  const auto delivery = harness.last<LinkDelivery>();
  EXPECT_EQ(delivery.consumer, "c");
  EXPECT_EQ(delivery.body, "hello");
  EXPECT_EQ(delivery.type, "test");
  harness.wait_until([&] { return harness.count(PublishOutcome::confirmed) == 1; });
  EXPECT_EQ(harness.outcomes().at(PublishId{7}), std::vector{PublishOutcome::confirmed});
  harness.link().ack(delivery.id);
  harness.close();
  EXPECT_EQ(harness.all<LinkConnected>().size(), 1U);
  EXPECT_FALSE(harness.last<LinkConnected>().server_version.empty());
  EXPECT_EQ(messages_in(queue), 0U);
}

TEST_F(LinkTest, AHundredThousandPublishesInAConfirmWindowLoseNone) {
  constexpr std::uint64_t kCount = 100'000;
  const QueueName queue = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(queue));
  for (std::uint64_t i = 0; i < kCount; ++i) {
    harness.link().publish(PublishId{i}, to(queue, std::to_string(i)));
  }
  harness.wait_until([&] { return harness.count(PublishOutcome::confirmed) == kCount; }, 300s);
  std::set<std::string> bodies;
  harness.on_delivery = [&](const LinkDelivery& delivery) {
    bodies.insert(delivery.body);
    harness.link().ack(delivery.id);
  };
  harness.link().consume("c", queue, 1000);
  harness.wait_until([&] { return bodies.size() == kCount; }, 300s);
  EXPECT_EQ(harness.outcomes().size(), kCount);
  // A goodbye may overtake acknowledgements on their way to a quorum queue.
  const auto has_none = [&] {
    const std::string list =
        TestBroker::shared().control({"list_queues", "--quiet", "name", "messages"});
    return list.find(queue.text + "\t0\n") != std::string::npos;
  };
  harness.wait_until(has_none);
  harness.close();
}

TEST_F(LinkTest, AMessageThatNoQueueGetsIsReturnedAndNotConfirmed) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(queue));
  harness.link().publish(PublishId{1}, to({"nowhere"}, "a"));
  harness.link().publish(PublishId{2}, to(queue, "b"));
  harness.wait_until([&] { return harness.outcomes().size() == 2; });
  EXPECT_EQ(harness.outcomes().at(PublishId{1}), std::vector{PublishOutcome::returned});
  EXPECT_EQ(harness.outcomes().at(PublishId{2}), std::vector{PublishOutcome::confirmed});
  EXPECT_EQ(harness.last<LinkPublished>().reason, "NO_ROUTE");
}

TEST_F(LinkTest, WhatCannotBeSentAtAllIsRefusedAndTheRestGoesOn) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address(), {.largest_message = 10});
  harness.link().declare(queue_topology(queue));
  harness.link().publish(PublishId{1}, to(queue, "longer than ten bytes"));
  harness.link().publish(PublishId{2}, to({std::string(300, 'x')}, "a"));
  harness.link().publish(PublishId{3}, to(queue, "b"));
  harness.wait_until([&] { return harness.outcomes().size() == 3; });
  EXPECT_EQ(harness.outcomes().at(PublishId{1}), std::vector{PublishOutcome::refused});
  EXPECT_EQ(harness.outcomes().at(PublishId{2}), std::vector{PublishOutcome::refused});
  EXPECT_EQ(harness.outcomes().at(PublishId{3}), std::vector{PublishOutcome::confirmed});
}

TEST_F(LinkTest, APublishToAnAbsentExchangeCostsNoOtherConnection) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(queue));
  harness.wait_for<LinkConnected>();
  harness.linger(1100ms);  // a channel that dies young costs the connection
  harness.link().publish(PublishId{1}, {.exchange = "absent", .body = "a"});
  harness.wait_until([&] { return harness.outcomes().size() == 1; });
  EXPECT_EQ(harness.outcomes().at(PublishId{1}), std::vector{PublishOutcome::unconfirmed});
  harness.link().publish(PublishId{2}, to(queue, "b"));
  harness.wait_until([&] { return harness.outcomes().size() == 2; });
  EXPECT_EQ(harness.outcomes().at(PublishId{2}), std::vector{PublishOutcome::confirmed});
  EXPECT_TRUE(harness.all<LinkDisconnected>().empty());
}

TEST_F(LinkTest, ASubscriberHearsWhatIsSaidToAllAndNeedsNoAck) {
  const ExchangeName exchange{"link-test-fanout"};
  LinkHarness first(address());
  LinkHarness second(address());
  for (LinkHarness* harness : {&first, &second}) {
    harness->link().declare({{exchange}, {}, {}});
    harness->link().subscribe("news", exchange);
    // Answered after the subscription, since requests are done in order.
    harness->link().inspect_queue({"absent"});
    harness->wait_for<LinkConnected>();
  }
  first.linger(300ms);
  first.link().publish(PublishId{1}, {.exchange = exchange.text, .body = "drain"});
  for (LinkHarness* harness : {&first, &second}) {
    harness->wait_for<LinkDelivery>();
    EXPECT_EQ(harness->last<LinkDelivery>().body, "drain");
    harness->link().ack(harness->last<LinkDelivery>().id);
  }
  first.wait_until([&] { return first.count(PublishOutcome::confirmed) == 1; });
  EXPECT_TRUE(first.all<LinkConsumerReset>().empty());
}

TEST_F(LinkTest, PrefetchCanBeRaisedAndACancelledConsumerMayStillAcknowledge) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(queue));
  for (std::uint64_t i = 0; i < 5; ++i) {
    harness.link().publish(PublishId{i}, to(queue, std::to_string(i)));
  }
  harness.link().consume("c", queue, 1);
  harness.wait_for<LinkDelivery>(1);
  harness.linger(200ms);
  EXPECT_EQ(harness.all<LinkDelivery>().size(), 1U);
  harness.link().set_prefetch("c", 2);  // one more is held already
  harness.wait_for<LinkDelivery>(3);
  harness.link().cancel("c");
  harness.linger(200ms);
  const auto held = harness.all<LinkDelivery>();
  EXPECT_EQ(held.size(), 3U);
  for (const LinkDelivery& delivery : held) harness.link().ack(delivery.id);
  harness.linger(200ms);
  EXPECT_EQ(harness.all<LinkDelivery>().size(), 3U);
  harness.close();
  EXPECT_EQ(messages_in(queue), 2U);
}

TEST_F(LinkTest, WhateverIsAcknowledgedTogetherTheRestIsStillHeld) {
  const QueueName queue = unique_queue();
  {
    LinkHarness harness(address());
    harness.link().declare(queue_topology(queue));
    for (std::uint64_t i = 0; i < 10; ++i) {
      harness.link().publish(PublishId{i}, to(queue, std::to_string(i)));
    }
    harness.link().consume("c", queue, 10);
    harness.wait_for<LinkDelivery>(10);
    const auto held = harness.all<LinkDelivery>();
    harness.link().nack(held[1].id, Requeue::no);
    for (const std::size_t i : {2U, 0U, 3U, 6U, 9U}) harness.link().ack(held[i].id);
    harness.close();
  }
  LinkHarness harness(address());
  harness.link().consume("c", queue, 10);
  harness.wait_for<LinkDelivery>(4);
  harness.linger(200ms);
  std::set<std::string> left;
  for (const LinkDelivery& delivery : harness.all<LinkDelivery>()) left.insert(delivery.body);
  EXPECT_EQ(left, (std::set<std::string>{"4", "5", "7", "8"}));
  harness.close();
}

TEST_F(LinkTest, ARefusedDeliveryGoesBackOrAwayAsAsked) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(queue));
  harness.link().publish(PublishId{1}, to(queue, "a"));
  harness.link().consume("c", queue, 1);
  harness.wait_for<LinkDelivery>(1);
  harness.link().nack(harness.last<LinkDelivery>().id, Requeue::yes);
  harness.wait_for<LinkDelivery>(2);
  EXPECT_TRUE(harness.last<LinkDelivery>().redelivered);
  harness.link().nack(harness.last<LinkDelivery>().id, Requeue::no);
  harness.close();
  EXPECT_EQ(messages_in(queue), 0U);
}

TEST_F(LinkTest, SeveralQueuesAreConsumedAtOnceAndOneThatIsDeletedEndsAlone) {
  const QueueName first = unique_queue();
  const QueueName second = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(first));
  harness.link().declare(queue_topology(second));
  harness.link().consume("first", first, 5);
  harness.link().consume("second", second, 5);
  harness.link().publish(PublishId{1}, to(first, "a"));
  harness.link().publish(PublishId{2}, to(second, "b"));
  harness.wait_for<LinkDelivery>(2);
  harness.link().remove({first}, {});
  harness.wait_for<LinkConsumerEnded>();
  EXPECT_EQ(harness.last<LinkConsumerEnded>().consumer, "first");
  EXPECT_EQ(harness.last<LinkConsumerEnded>().reason.kind, BrokerErrorKind::not_found);
  harness.link().publish(PublishId{3}, to(second, "c"));
  harness.wait_for<LinkDelivery>(3);
  EXPECT_EQ(harness.last<LinkDelivery>().body, "c");
  EXPECT_TRUE(harness.all<LinkDisconnected>().empty());
}

TEST_F(LinkTest, AConsumerWithoutAQueueEndsAndSaysSo) {
  LinkHarness harness(address());
  harness.link().consume("c", {"absent"}, 1);
  harness.wait_for<LinkConsumerEnded>();
  harness.link().subscribe("d", {"absent"});
  harness.wait_for<LinkConsumerEnded>(2);
  EXPECT_EQ(harness.last<LinkConsumerEnded>().consumer, "d");
}

TEST_F(LinkTest, AQueueIsInspected) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(queue));
  harness.link().inspect_queue(queue);
  harness.link().inspect_queue({"absent"});
  harness.wait_for<LinkQueueState>(2);
  const auto states = harness.all<LinkQueueState>();
  EXPECT_EQ(states[0].state->messages, 0U);
  EXPECT_EQ(states[1].queue.text, "absent");
  EXPECT_EQ(states[1].state.error().kind, BrokerErrorKind::not_found);
}

TEST_F(LinkTest, AConnectionThatTheBrokerClosesIsMadeAgainAndConsumptionGoesOn) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(queue));
  harness.link().consume("c", queue, 1);
  harness.link().publish(PublishId{1}, to(queue, "a"));
  harness.wait_for<LinkDelivery>(1);
  const DeliveryId old = harness.last<LinkDelivery>().id;
  TestBroker::shared().control({"close_all_connections", "tests want it"});
  harness.wait_for<LinkDisconnected>();
  EXPECT_GT(harness.last<LinkDisconnected>().retry_in.count(), 0);
  harness.wait_for<LinkDelivery>(2);
  const auto again = harness.last<LinkDelivery>();
  EXPECT_TRUE(again.redelivered);
  EXPECT_EQ(again.body, "a");
  EXPECT_NE(again.id.generation, old.generation);
  harness.link().ack(old);  // dropped: it would be an ack of the new one
  harness.linger(200ms);
  EXPECT_EQ(messages_in(queue), 0U);  // none is ready, one is held
  harness.link().ack(again.id);
  harness.close();
  EXPECT_EQ(messages_in(queue), 0U);
}

TEST_F(LinkTest, WhatNoRetryCanMendIsRefusedAndEveryPublishIsAnswered) {
  BrokerAddress wrong_password = address();
  wrong_password.password = "wrong";
  BrokerAddress wrong_vhost = address();
  wrong_vhost.vhost = "absent";
  BrokerAddress limited = address();
  limited.user = "limited";
  const std::vector<std::pair<BrokerAddress, BrokerErrorKind>> cases = {
      {wrong_password, BrokerErrorKind::credentials},
      {wrong_vhost, BrokerErrorKind::vhost},
      {limited, BrokerErrorKind::permission}};
  for (const auto& [where, kind] : cases) {
    const QueueName queue = unique_queue();
    LinkHarness harness(where, {.topology = queue_topology(queue)});
    harness.link().publish(PublishId{1}, to(queue, "a"));
    harness.link().inspect_queue(queue);
    harness.wait_for<LinkRefused>();
    EXPECT_EQ(harness.last<LinkRefused>().error.kind, kind);
    EXPECT_NE(harness.last<LinkRefused>().error.error.cure, "");
    harness.link().publish(PublishId{2}, to(queue, "b"));
    harness.wait_until([&] { return harness.outcomes().size() == 2; });
    EXPECT_EQ(harness.count(PublishOutcome::unsent), 2U);
    harness.wait_for<LinkQueueState>();
    harness.close();
    EXPECT_EQ(harness.all<LinkRefused>().size(), 1U);
    EXPECT_TRUE(harness.all<LinkConnected>().empty());
  }
}

TEST_F(LinkTest, AQueueWithOtherArgumentsIsRefused) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(queue));
  harness.link().declare(
      {{}, {{queue, QueueKind::quorum, {{"x-delivery-limit", std::int64_t{3}}}}}, {}});
  harness.wait_for<LinkRefused>();
  EXPECT_EQ(harness.last<LinkRefused>().error.kind, BrokerErrorKind::precondition);
}

TEST_F(LinkTest, AnAbsentBrokerIsTriedAgainAndAgainMoreSlowly) {
  BrokerAddress nowhere = address();
  nowhere.port = static_cast<std::uint16_t>(free_port());
  LinkHarness harness(nowhere, {.first_retry = 20ms, .longest_retry = 80ms});
  harness.link().publish(PublishId{1}, to({"q"}, "a"));
  harness.wait_for<LinkDisconnected>(6);
  const auto losses = harness.all<LinkDisconnected>();
  EXPECT_EQ(losses[0].reason.kind, BrokerErrorKind::unreachable);
  EXPECT_LE(losses[0].retry_in, 20ms);
  for (std::size_t i = 3; i < losses.size(); ++i) {
    EXPECT_GE(losses[i].retry_in, 40ms);
    EXPECT_LE(losses[i].retry_in, 80ms);
  }
  harness.close(300ms);
  EXPECT_EQ(harness.outcomes().at(PublishId{1}), std::vector{PublishOutcome::unsent});
}

TEST_F(LinkTest, ClosingSendsAndConfirmsWhatWaits) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(queue));
  for (std::uint64_t i = 0; i < 5000; ++i) harness.link().publish(PublishId{i}, to(queue, "a"));
  harness.close(60s);
  EXPECT_EQ(harness.count(PublishOutcome::confirmed), 5000U);
  harness.link().publish(PublishId{5000}, to(queue, "late"));  // into the void
  EXPECT_EQ(messages_in(queue), 5000U);
}

TEST_F(LinkTest, ADestroyedLinkIsSilent) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(queue));
  harness.link().publish(PublishId{1}, to(queue, "a"));
  harness.destroy_link();
  harness.linger(50ms);
  EXPECT_TRUE(harness.all<LinkConnected>().empty());
  EXPECT_TRUE(harness.outcomes().empty());
}

TEST_F(LinkTest, AMemoryAlarmHoldsPublishesUpUntilItEnds) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address(), {.confirm_window = 10});
  harness.link().declare(queue_topology(queue));
  harness.wait_for<LinkConnected>();
  TestBroker::shared().control({"set_vm_memory_high_watermark", "0.0000001"});
  for (std::uint64_t i = 0; i < 100; ++i) {
    harness.link().publish(PublishId{i}, to(queue, std::string(10'000, 'x')));
  }
  harness.wait_for<LinkBlocked>();
  EXPECT_NE(harness.last<LinkBlocked>().reason, "");
  EXPECT_LT(harness.outcomes().size(), 100U);
  TestBroker::shared().control({"set_vm_memory_high_watermark", "0.4"});
  harness.wait_for<LinkUnblocked>();
  harness.wait_until([&] { return harness.count(PublishOutcome::confirmed) == 100; });
  EXPECT_TRUE(harness.all<LinkDisconnected>().empty());
}

TEST_F(LinkTest, ABlockedLinkCanBeClosed) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(queue));
  harness.wait_for<LinkConnected>();
  TestBroker::shared().control({"set_vm_memory_high_watermark", "0.0000001"});
  harness.link().publish(PublishId{1}, to(queue, "a"));
  harness.wait_for<LinkBlocked>();
  harness.link().publish(PublishId{2}, to(queue, "b"));
  harness.close(500ms);
  EXPECT_EQ(harness.outcomes().at(PublishId{1}), std::vector{PublishOutcome::unconfirmed});
  EXPECT_EQ(harness.outcomes().at(PublishId{2}), std::vector{PublishOutcome::unsent});
  TestBroker::shared().control({"set_vm_memory_high_watermark", "0.4"});
}

TEST_F(LinkTest, ALinkThatTheBrokerHoldsUpInTheMiddleOfAMessageCanBeClosed) {
  const QueueName queue = unique_queue();
  LinkHarness harness(address());
  harness.link().declare(queue_topology(queue));
  harness.wait_for<LinkConnected>();
  TestBroker::shared().control({"set_vm_memory_high_watermark", "0.0000001"});
  for (std::uint64_t i = 0; i < 5; ++i) {
    // More than the buffers of a socket hold.
    harness.link().publish(PublishId{i}, to(queue, std::string(15'000'000, 'x')));
  }
  harness.linger(500ms);
  harness.close(500ms);
  EXPECT_EQ(harness.outcomes().size(), 5U);
  for (const auto& [id, outcomes] : harness.outcomes()) EXPECT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(harness.count(PublishOutcome::confirmed), 0U);
  TestBroker::shared().control({"set_vm_memory_high_watermark", "0.4"});
}

}  // namespace
}  // namespace shoal
