#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "amqp/names.h"
#include "tests/amqp/link_harness.h"
#include "tests/amqp/test_broker.h"

namespace shoal {
namespace {

const RunId kRun("01J5Z6A8N3Q4R5S6T7V8W9X0YZ");

class RunQueues : public ::testing::Test {
 protected:
  void SetUp() override {
    SHOAL_NEEDS_BROKER();
    address_ = TestBroker::shared().address();
    address_.user = "shoal";  // with no more permissions than it needs
  }
  BrokerAddress address_;
  const BrokerNames names_;
};

TEST_F(RunQueues, CanBeDeclaredAgainAndTakenAway) {
  const Topology topology = run_topology(names_, kRun, {"default", "big"}, {});
  LinkHarness harness(address_);
  harness.link().declare(shared_topology(names_));
  harness.link().declare(topology);
  harness.link().declare(topology);
  harness.link().inspect_queue(names_.tasks(kRun, "big"));
  harness.wait_for<LinkQueueState>();
  EXPECT_TRUE(harness.last<LinkQueueState>().state);
  harness.link().remove(queue_names(topology), topology.exchanges);
  harness.link().inspect_queue(names_.tasks(kRun, "big"));
  harness.wait_for<LinkQueueState>(2);
  EXPECT_EQ(harness.last<LinkQueueState>().state.error().kind, BrokerErrorKind::not_found);
  EXPECT_TRUE(harness.all<LinkRefused>().empty());
  harness.close();
}

TEST_F(RunQueues, AreFoundByAnnouncements) {
  LinkHarness worker(address_);
  worker.link().declare(shared_topology(names_));
  worker.link().subscribe("runs", names_.runs());
  worker.link().inspect_queue(names_.tasks(kRun, "default"));
  worker.wait_for<LinkQueueState>();
  LinkHarness tasker(address_);
  tasker.link().declare(shared_topology(names_));
  // As a tasker does: again and again, since a worker may listen later.
  std::uint64_t announcements = 0;
  worker.wait_until([&] {
    tasker.link().publish(PublishId{++announcements},
                          {.exchange = names_.runs().text, .body = "a run"});
    worker.linger(std::chrono::milliseconds(50));
    return !worker.all<LinkDelivery>().empty();
  });
  EXPECT_EQ(worker.last<LinkDelivery>().consumer, "runs");
  EXPECT_EQ(worker.last<LinkDelivery>().body, "a run");
  tasker.close();
  worker.close();
  EXPECT_TRUE(worker.all<LinkRefused>().empty());
}

TEST_F(RunQueues, SendWhatNobodyReadsAndNobodySurvivesToTheDeadLetters) {
  const RunQueueLimits limits{.deliveries = 3};
  LinkHarness harness(address_);
  harness.link().declare(run_topology(names_, kRun, {"default"}, limits));
  const QueueName tasks = names_.tasks(kRun, "default");
  harness.link().publish(PublishId{1}, {.routing_key = tasks.text, .body = "unreadable"});
  harness.link().publish(PublishId{2}, {.routing_key = tasks.text, .body = "deadly"});
  std::multiset<std::string> dead;
  std::size_t deliveries = 0;
  harness.on_delivery = [&](const LinkDelivery& delivery) {
    if (delivery.consumer == "dead") {
      dead.insert(delivery.body);
      harness.link().ack(delivery.id);
      return;
    }
    ++deliveries;
    harness.link().nack(delivery.id, delivery.body == "deadly" ? Requeue::yes : Requeue::no);
  };
  harness.link().consume("tasks", tasks, 1);
  harness.link().consume("dead", names_.dead(kRun), 10);
  harness.wait_until([&] { return dead.size() == 2; });
  EXPECT_EQ(dead, (std::multiset<std::string>{"deadly", "unreadable"}));
  EXPECT_GE(deliveries, 4U);
  harness.close();
}

TEST_F(RunQueues, GiveResultsInOrderToATaskersSuccessor) {
  const RunId run("01J5Z6A8N3Q4R5S6T7V8W9X0ZZ");
  const Topology topology = run_topology(names_, run, {"default"}, {});
  const QueueName results = names_.results(run);
  LinkHarness old_tasker(address_);
  old_tasker.link().declare(topology);
  old_tasker.link().consume("results", results, 10);
  LinkHarness worker(address_);
  old_tasker.link().inspect_queue(results);
  old_tasker.wait_for<LinkQueueState>();
  worker.link().publish(PublishId{1}, {.routing_key = results.text, .body = "first"});
  old_tasker.wait_for<LinkDelivery>();

  LinkHarness successor(address_);
  successor.link().declare(topology);
  successor.link().consume("results", results, 10);
  successor.link().inspect_queue(results);
  successor.wait_for<LinkQueueState>();
  worker.link().publish(PublishId{2}, {.routing_key = results.text, .body = "second"});
  old_tasker.wait_for<LinkDelivery>(2);
  EXPECT_TRUE(successor.all<LinkDelivery>().empty());

  old_tasker.destroy_link();
  successor.wait_for<LinkDelivery>(2);
  EXPECT_EQ(successor.all<LinkDelivery>()[0].body, "first");
  EXPECT_EQ(successor.all<LinkDelivery>()[1].body, "second");
  worker.close();
  successor.close();
}

}  // namespace
}  // namespace shoal
