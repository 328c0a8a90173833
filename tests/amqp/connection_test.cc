#include "amqp/connection.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/amqp/test_broker.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr ChannelNumber kFirst{1};
constexpr ChannelNumber kSecond{2};
constexpr auto kPatience = 20s;

std::string unique_name() {
  static std::atomic<int> count = 0;
  return "test-" + std::to_string(++count);
}

/// The next event, which must be of this type.
template <class Event>
Event next(Connection& connection) {
  const auto event = connection.poll(kPatience);
  if (!event || !std::holds_alternative<Event>(*event)) {
    ADD_FAILURE() << "another event: " << (event ? static_cast<int>(event->index()) : -1);
    return {};
  }
  return std::get<Event>(*event);
}

class ConnectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SHOAL_NEEDS_BROKER();
    auto opened = Connection::open(TestBroker::shared().address(), {.name = "test"});
    ASSERT_TRUE(opened) << opened.error().error.sentence();
    connection_.emplace(std::move(*opened));
    ASSERT_TRUE(connection_->open_channel(kFirst, ChannelMode::confirms));
  }
  Connection& connection() { return *connection_; }

  QueueName quorum_queue(Arguments arguments = {}) {
    const QueueName name{unique_name()};
    const auto made =
        connection().declare_queue(kFirst, {name, QueueKind::quorum, std::move(arguments)});
    EXPECT_TRUE(made) << made.error().error.sentence();
    return name;
  }
  SequenceNumber publish(const QueueName& queue, std::string body) {
    const auto sent = connection().publish(
        kFirst, {.routing_key = queue.text, .type = "t", .id = "7", .body = std::move(body)});
    EXPECT_TRUE(sent);
    return sent.value_or(SequenceNumber{0});
  }

 private:
  std::optional<Connection> connection_;
};

TEST_F(ConnectionTest, APublishIsConfirmedDeliveredAndAcknowledged) {
  const QueueName queue = quorum_queue();
  const std::string body(300'000, 'x');  // several frames
  EXPECT_EQ(publish(queue, body), SequenceNumber{1});
  const auto confirm = next<Confirm>(connection());
  EXPECT_EQ(confirm.sequence, SequenceNumber{1});
  EXPECT_TRUE(confirm.positive);

  ASSERT_TRUE(connection().open_channel(kSecond, ChannelMode::plain));
  ASSERT_TRUE(connection().consume(kSecond, queue, "c", 1, AckMode::manual));
  const auto delivery = next<Delivery>(connection());
  EXPECT_EQ(delivery.channel, kSecond);
  EXPECT_EQ(delivery.consumer, "c");
  EXPECT_EQ(delivery.body, body);
  EXPECT_EQ(delivery.type, "t");
  EXPECT_EQ(delivery.id, "7");
  EXPECT_EQ(delivery.routing_key, queue.text);
  EXPECT_FALSE(delivery.redelivered);
  ASSERT_TRUE(connection().ack(kSecond, delivery.tag));
  ASSERT_TRUE(connection().close_channel(kSecond));
  EXPECT_EQ(connection().inspect_queue(kFirst, queue)->messages, 0U);
}

TEST_F(ConnectionTest, AnEmptyBodyIsDelivered) {
  const QueueName queue = quorum_queue();
  publish(queue, "");
  next<Confirm>(connection());
  ASSERT_TRUE(connection().consume(kFirst, queue, "c", 1, AckMode::automatic));
  EXPECT_EQ(next<Delivery>(connection()).body, "");
}

TEST_F(ConnectionTest, PrefetchLimitsWhatAConsumerHolds) {
  const QueueName queue = quorum_queue();
  for (int i = 0; i < 5; ++i) publish(queue, std::to_string(i));
  ASSERT_TRUE(connection().open_channel(kSecond, ChannelMode::plain));
  ASSERT_TRUE(connection().consume(kSecond, queue, "c", 2, AckMode::manual));
  std::vector<Delivery> held;
  int confirmed = 0;
  while (held.size() < 2 || confirmed < 5) {
    const auto event = connection().poll(kPatience);
    ASSERT_TRUE(event);
    if (const auto* delivery = std::get_if<Delivery>(&*event)) held.push_back(*delivery);
    if (const auto* confirm = std::get_if<Confirm>(&*event)) {
      confirmed = static_cast<int>(confirm->sequence);
    }
  }
  EXPECT_FALSE(connection().poll(300ms));
  ASSERT_TRUE(connection().ack(kSecond, held[0].tag));
  EXPECT_EQ(next<Delivery>(connection()).body, "2");
}

TEST_F(ConnectionTest, ARefusedDeliveryComesAgainAndIsCounted) {
  const QueueName queue = quorum_queue({{"x-delivery-limit", std::int64_t{50}}});
  publish(queue, "a");
  next<Confirm>(connection());
  ASSERT_TRUE(connection().consume(kFirst, queue, "c", 1, AckMode::manual));
  const auto first = next<Delivery>(connection());
  ASSERT_TRUE(connection().nack(kFirst, first.tag, Requeue::yes));
  const auto second = next<Delivery>(connection());
  EXPECT_TRUE(second.redelivered);
  EXPECT_EQ(second.earlier_deliveries, 1U);
  ASSERT_TRUE(connection().nack(kFirst, second.tag, Requeue::no));
  EXPECT_FALSE(connection().poll(300ms));
}

TEST_F(ConnectionTest, AMandatoryMessageThatNoQueueGetsComesBackAndIsConfirmed) {
  const SequenceNumber sent = publish({"nowhere"}, "lost?");
  const auto returned = next<Returned>(connection());
  EXPECT_EQ(returned.sequence, sent);
  EXPECT_EQ(returned.code, 312);
  EXPECT_EQ(returned.text, "NO_ROUTE");
  EXPECT_EQ(next<Confirm>(connection()).sequence, sent);
}

TEST_F(ConnectionTest, AFullQueueThatRejectsPublishesIsANegativeConfirm) {
  const QueueName queue = quorum_queue(
      {{"x-max-length", std::int64_t{1}}, {"x-overflow", std::string("reject-publish")}});
  bool refused = false;
  for (int i = 0; i < 20 && !refused; ++i) {
    publish(queue, "a");
    refused = !next<Confirm>(connection()).positive;
  }
  EXPECT_TRUE(refused);
}

TEST_F(ConnectionTest, AFanoutExchangeReachesEveryPrivateQueue) {
  const ExchangeName exchange{unique_name()};
  ASSERT_TRUE(connection().declare_exchange(kFirst, exchange));
  for (const char* consumer : {"a", "b"}) {
    const auto queue = connection().declare_queue(kFirst, {{}, QueueKind::exclusive, {}});
    ASSERT_TRUE(queue);
    EXPECT_NE(queue->name.text, "");
    ASSERT_TRUE(connection().bind(kFirst, queue->name, exchange));
    ASSERT_TRUE(connection().consume(kFirst, queue->name, consumer, 0, AckMode::automatic));
  }
  ASSERT_TRUE(connection().publish(kFirst, {.exchange = exchange.text, .body = "all"}));
  std::string reached;
  while (reached.size() < 2) {
    const auto event = connection().poll(kPatience);
    ASSERT_TRUE(event);
    if (const auto* delivery = std::get_if<Delivery>(&*event)) reached += delivery->consumer;
  }
  EXPECT_TRUE(reached == "ab" || reached == "ba") << reached;
}

TEST_F(ConnectionTest, RedeclaringWithOtherArgumentsIsAPreconditionAndCostsTheChannelOnly) {
  const QueueName queue = quorum_queue({{"x-delivery-limit", std::int64_t{100}}});
  const auto again = connection().declare_queue(
      kFirst, {queue, QueueKind::quorum, {{"x-delivery-limit", std::int64_t{5}}}});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, BrokerErrorKind::precondition);
  EXPECT_EQ(again.error().code, 406);
  EXPECT_TRUE(again.error().is_permanent());
  EXPECT_TRUE(connection().is_open());
  EXPECT_FALSE(connection().is_open(kFirst));
  EXPECT_EQ(connection().inspect_queue(kFirst, queue).error().kind, BrokerErrorKind::lost);
  ASSERT_TRUE(connection().open_channel(kFirst, ChannelMode::confirms));
  EXPECT_EQ(publish(queue, "a"), SequenceNumber{1});
  EXPECT_EQ(next<Confirm>(connection()).sequence, SequenceNumber{1});
}

TEST_F(ConnectionTest, AnAbsentQueueIsNotFoundAndDeletingItIsNoError) {
  const auto state = connection().inspect_queue(kFirst, {"absent"});
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().kind, BrokerErrorKind::not_found);
  EXPECT_FALSE(state.error().is_permanent());
  ASSERT_TRUE(connection().open_channel(kFirst, ChannelMode::plain));
  EXPECT_TRUE(connection().delete_queue(kFirst, {"absent"}));
  EXPECT_TRUE(connection().delete_exchange(kFirst, {"absent"}));
}

TEST_F(ConnectionTest, AQueueTellsItsMessagesAndConsumers) {
  const QueueName queue = quorum_queue();
  publish(queue, "a");
  next<Confirm>(connection());
  publish(queue, "b");
  next<Confirm>(connection());
  EXPECT_EQ(connection().inspect_queue(kFirst, queue)->messages, 2U);
  ASSERT_TRUE(connection().consume(kFirst, queue, "c", 1, AckMode::manual));
  EXPECT_EQ(connection().inspect_queue(kFirst, queue)->consumers, 1U);
}

TEST_F(ConnectionTest, DeletingAQueueCancelsItsConsumer) {
  const QueueName queue = quorum_queue();
  ASSERT_TRUE(connection().consume(kFirst, queue, "c", 1, AckMode::manual));
  ASSERT_TRUE(connection().open_channel(kSecond, ChannelMode::plain));
  ASSERT_TRUE(connection().delete_queue(kSecond, queue));
  EXPECT_EQ(next<ConsumerCancelled>(connection()).consumer, "c");
}

TEST_F(ConnectionTest, AnAckOfNothingClosesItsChannelOnly) {
  ASSERT_TRUE(connection().open_channel(kSecond, ChannelMode::plain));
  ASSERT_TRUE(connection().ack(kSecond, DeliveryTag{99}));
  const auto closed = next<ChannelClosed>(connection());
  EXPECT_EQ(closed.channel, kSecond);
  EXPECT_EQ(closed.error.kind, BrokerErrorKind::precondition);
  EXPECT_TRUE(connection().is_open(kFirst));
}

TEST_F(ConnectionTest, ANameThatAmqpCannotCarryIsRefusedHere) {
  const auto sent = connection().publish(kFirst, {.routing_key = std::string(256, 'x')});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, BrokerErrorKind::protocol);
  EXPECT_TRUE(connection().is_open());
}

TEST_F(ConnectionTest, HeartbeatsKeepAQuietConnectionAlive) {
  BrokerAddress address = TestBroker::shared().address();
  address.heartbeat = 1s;
  auto quiet = Connection::open(address, {});
  ASSERT_TRUE(quiet);
  const auto end = std::chrono::steady_clock::now() + 4s;  // the broker waits for two
  while (std::chrono::steady_clock::now() < end) ASSERT_FALSE(quiet->poll(250ms));
  EXPECT_TRUE(quiet->open_channel(kFirst, ChannelMode::plain));
}

TEST_F(ConnectionTest, WhatCannotBeOpenedSaysWhy) {
  const BrokerAddress good = TestBroker::shared().address();
  const auto why = [](const BrokerAddress& address) {
    const auto opened = Connection::open(address, {.open_timeout = 5s});
    EXPECT_FALSE(opened);
    if (opened) return BrokerErrorKind::protocol;
    EXPECT_EQ(opened.error().error.sentence().find("secret"), std::string::npos);
    return opened.error().kind;
  };
  BrokerAddress address = good;
  address.password = "secret2";
  EXPECT_EQ(why(address), BrokerErrorKind::credentials);
  address = good;
  address.user = "nobody";
  EXPECT_EQ(why(address), BrokerErrorKind::credentials);
  address = good;
  address.vhost = "absent";
  EXPECT_EQ(why(address), BrokerErrorKind::vhost);
  address = good;
  address.user = "limited";
  address.vhost = "other";
  EXPECT_EQ(why(address), BrokerErrorKind::permission);
  address = good;
  address.port = static_cast<std::uint16_t>(free_port());
  EXPECT_EQ(why(address), BrokerErrorKind::unreachable);
  address = good;
  address.host = "host.invalid";
  EXPECT_EQ(why(address), BrokerErrorKind::unreachable);
  address = good;  // TLS is spoken there
  address.port = TestBroker::shared().tls_address().port;
  EXPECT_EQ(why(address), BrokerErrorKind::unreachable);
}

TEST_F(ConnectionTest, WhatTheUserMayNotDoIsAPermission) {
  BrokerAddress address = TestBroker::shared().address();
  address.user = "limited";
  auto limited = Connection::open(address, {});
  ASSERT_TRUE(limited);
  ASSERT_TRUE(limited->open_channel(kFirst, ChannelMode::confirms));
  const auto made = limited->declare_queue(kFirst, {{unique_name()}, QueueKind::quorum, {}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, BrokerErrorKind::permission);
  ASSERT_TRUE(limited->open_channel(kFirst, ChannelMode::confirms));
  ASSERT_TRUE(limited->publish(kFirst, {.exchange = "amq.fanout", .body = "a"}));
  EXPECT_EQ(next<ChannelClosed>(*limited).error.kind, BrokerErrorKind::permission);
}

TEST_F(ConnectionTest, AConnectionThatTheBrokerClosesEndsWithAnEvent) {
  const QueueName queue = quorum_queue();
  TestBroker::shared().control({"close_all_connections", "tests want it"});
  const auto closed = next<ConnectionClosed>(connection());
  EXPECT_EQ(closed.error.kind, BrokerErrorKind::lost);
  EXPECT_EQ(closed.error.code, 320);
  EXPECT_FALSE(connection().is_open());
  EXPECT_FALSE(connection().poll(0s));
  EXPECT_EQ(connection().inspect_queue(kFirst, queue).error().kind, BrokerErrorKind::lost);
}

TEST_F(ConnectionTest, AConnectionThatEndsWhileAChannelIsClosedSaysSo) {
  TestBroker::shared().control({"close_all_connections", "tests want it"});
  const auto done = connection().close_channel(kFirst);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, 320);
  EXPECT_FALSE(connection().is_open());
  EXPECT_EQ(next<ConnectionClosed>(connection()).error.code, 320);
}

TEST_F(ConnectionTest, AMemoryAlarmBlocksAndItsEndUnblocks) {
  const QueueName queue = quorum_queue();
  TestBroker::shared().control({"set_vm_memory_high_watermark", "0.0000001"});
  publish(queue, "a");
  EXPECT_NE(next<Blocked>(connection()).reason, "");
  TestBroker::shared().control({"set_vm_memory_high_watermark", "0.4"});
  next<Unblocked>(connection());
  EXPECT_EQ(next<Confirm>(connection()).sequence, SequenceNumber{1});
}

}  // namespace
}  // namespace shoal
