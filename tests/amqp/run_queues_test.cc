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
  void SetUp() override { SHOAL_NEEDS_BROKER(); }
  const BrokerNames names_;
};

TEST_F(RunQueues, CanBeDeclaredAgainAndTakenAway) {
  const Topology topology = run_topology(names_, kRun, {"default", "big"}, {});
  LinkHarness harness(TestBroker::shared().address());
  harness.link().declare(shared_topology(names_));
  harness.link().declare(topology);
  harness.link().declare(topology);
  harness.link().inspect_queue(names_.tasks(kRun, "big"));
  harness.wait_for<LinkQueueState>();
  EXPECT_TRUE(harness.last<LinkQueueState>().state);
  std::vector<QueueName> queues;
  for (const QueueDeclaration& queue : topology.queues) queues.push_back(queue.name);
  harness.link().remove(queues, topology.exchanges);
  harness.link().inspect_queue(names_.tasks(kRun, "big"));
  harness.wait_for<LinkQueueState>(2);
  EXPECT_EQ(harness.last<LinkQueueState>().state.error().kind, BrokerErrorKind::not_found);
  EXPECT_TRUE(harness.all<LinkRefused>().empty());
  harness.close();
}

TEST_F(RunQueues, SendWhatNobodyReadsAndNobodySurvivesToTheDeadLetters) {
  const RunQueueLimits limits{.deliveries = 3};
  LinkHarness harness(TestBroker::shared().address());
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

}  // namespace
}  // namespace shoal
