#include "amqp/names.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

const RunId kRun("01J5Z6A8N3Q4R5S6T7V8W9X0YZ");

TEST(BrokerNames, EveryRunHasItsOwn) {
  const BrokerNames names;
  EXPECT_EQ(names.runs().text, "shoal.runs");
  EXPECT_EQ(names.workers().text, "shoal.workers");
  EXPECT_EQ(names.tasks(kRun, "default").text, "shoal.01J5Z6A8N3Q4R5S6T7V8W9X0YZ.tasks.default");
  EXPECT_EQ(names.results(kRun).text, "shoal.01J5Z6A8N3Q4R5S6T7V8W9X0YZ.results");
  EXPECT_EQ(names.control(kRun).text, "shoal.01J5Z6A8N3Q4R5S6T7V8W9X0YZ.control");
  EXPECT_EQ(names.dead(kRun).text, "shoal.01J5Z6A8N3Q4R5S6T7V8W9X0YZ.dead");
  EXPECT_EQ(BrokerNames::with_prefix("lab-1")->runs().text, "lab-1.runs");
}

TEST(BrokerNames, APrefixOrClassThatABrokerCannotCarryIsRefused) {
  for (const char* bad : {"", "amq", "a.b", "a b", "a/b", "\xC3\xA4"}) {
    EXPECT_FALSE(BrokerNames::with_prefix(bad)) << bad;
  }
  EXPECT_TRUE(is_resource_class("mem-64G_x"));
  EXPECT_FALSE(is_resource_class("a.b"));
  EXPECT_FALSE(is_resource_class(std::string(65, 'a')));
}

TEST(BrokerNames, NoQueueOfARunMayDropAMessage) {
  const Topology topology = run_topology({}, kRun, {"default", "big"}, {});
  EXPECT_EQ(topology.queues.size(), 4U);
  for (const QueueDeclaration& queue : topology.queues) {
    EXPECT_EQ(queue.kind, QueueKind::quorum);
    const auto has = [&](const std::string& key, const ArgumentValue& value) {
      for (const auto& argument : queue.arguments) {
        if (argument.first == key) return argument.second == value;
      }
      return false;
    };
    if (queue.name == BrokerNames().dead(kRun)) continue;
    EXPECT_TRUE(has("x-overflow", std::string("reject-publish")));
    EXPECT_TRUE(has("x-delivery-limit", std::int64_t{100}));
    EXPECT_TRUE(has("x-dead-letter-routing-key", BrokerNames().dead(kRun).text));
  }
}

}  // namespace
}  // namespace shoal
