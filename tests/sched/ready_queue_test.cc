#include "sched/ready_queue.h"

#include <gtest/gtest.h>

#include <set>

namespace shoal {
namespace {

constexpr auto kAnything = [](CommandId) { return true; };
constexpr auto kNothing = [](CommandId) { return false; };

std::vector<std::uint32_t> drained(ReadyQueue& queue) {
  std::vector<std::uint32_t> order;
  while (const auto command = queue.take(kAnything)) order.push_back(number(*command));
  return order;
}

TEST(ReadyQueue, OrdersByPriorityThenByFile) {
  ReadyQueue queue;
  queue.push(CommandId{3}, 1.0F);
  queue.push(CommandId{4}, 2.5F);
  queue.push(CommandId{1}, 1.0F);
  queue.push(CommandId{2}, 0.0F);
  EXPECT_EQ(queue.size(), 4U);
  EXPECT_EQ(queue.highest_priority(), 2.5F);
  EXPECT_EQ(drained(queue), (std::vector<std::uint32_t>{4, 1, 3, 2}));
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.highest_priority(), 0.0F);
}

TEST(ReadyQueue, TakesManyAtOnceIntoTheSameOrder) {
  ReadyQueue queue;
  for (std::uint32_t id = 1; id <= 100; id += 2) queue.push(CommandId{id}, 1.0F);
  queue.push_all({CommandId{4}, CommandId{2}}, [](CommandId) { return 1.0F; });
  std::vector<CommandId> many;
  for (std::uint32_t id = 200; id > 100; --id) many.push_back(CommandId{id});
  queue.push_all(many, [](CommandId) { return 1.0F; });
  const auto order = drained(queue);
  EXPECT_EQ(order.size(), 152U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(ReadyQueue, LooksFurtherWhenTheFirstDoesNotFit) {
  ReadyQueue queue;
  for (std::uint32_t id = 1; id <= 5; ++id) queue.push(CommandId{id}, 1.0F);
  const auto from_three = [](CommandId id) { return number(id) >= 3; };
  EXPECT_EQ(queue.take(from_three), CommandId{3});
  EXPECT_EQ(queue.take(from_three), CommandId{4});
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(drained(queue), (std::vector<std::uint32_t>{1, 2, 5}));
}

TEST(ReadyQueue, LooksOnlySoFar) {
  ReadyQueue queue;
  const auto last = static_cast<std::uint32_t>(ReadyQueue::kLookAhead) + 1;
  for (std::uint32_t id = 1; id <= last; ++id) queue.push(CommandId{id}, 1.0F);
  EXPECT_EQ(queue.take([&](CommandId id) { return number(id) == last; }), std::nullopt);
  EXPECT_EQ(queue.take([&](CommandId id) { return number(id) == last - 1; }), CommandId{last - 1});
}

TEST(ReadyQueue, PutsNewcomersOfHigherPriorityFirst) {
  ReadyQueue queue;
  queue.push(CommandId{1}, 1.0F);
  EXPECT_EQ(queue.take(kNothing), std::nullopt);
  queue.push(CommandId{2}, 2.0F);
  queue.push(CommandId{3}, 0.5F);
  EXPECT_EQ(queue.highest_priority(), 2.0F);
  EXPECT_EQ(drained(queue), (std::vector<std::uint32_t>{2, 1, 3}));
}

TEST(ReadyQueue, KeepsItsPlaceForOnePassedOverTooOften) {
  ReadyQueue queue;
  queue.push(CommandId{1}, 1.0F);
  const auto all_but_first = [](CommandId id) { return number(id) != 1; };
  for (std::uint32_t id = 2; id < 2 + ReadyQueue::kMostPassedOver; ++id) {
    queue.push(CommandId{id}, 1.0F);
    EXPECT_EQ(queue.take(all_but_first), CommandId{id});
  }
  queue.push(CommandId{900}, 1.0F);
  queue.push(CommandId{901}, 9.0F);
  EXPECT_EQ(queue.take(all_but_first), std::nullopt);
  EXPECT_EQ(drained(queue), (std::vector<std::uint32_t>{1, 901, 900}));
}

TEST(ReadyQueue, CountsAsPassedOverOnlyWhatALaterOneOvertook) {
  ReadyQueue queue;
  queue.push(CommandId{1}, 1.0F);
  for (std::uint32_t times = 0; times < 2 * ReadyQueue::kMostPassedOver; ++times) {
    EXPECT_EQ(queue.take(kNothing), std::nullopt);
  }
  queue.push(CommandId{2}, 1.0F);
  EXPECT_EQ(queue.take([](CommandId id) { return number(id) == 2; }), CommandId{2});
}

TEST(ReadyQueue, LosesNobodyWhenManyDoNotFit) {
  ReadyQueue queue;
  std::set<std::uint32_t> inside;
  for (std::uint32_t round = 0; round < 10; ++round) {
    for (std::uint32_t id = 1; id <= 20; ++id) {
      inside.insert(round * 20 + id);
      queue.push(CommandId{round * 20 + id}, static_cast<float>(round));
    }
    EXPECT_EQ(queue.take(kNothing), std::nullopt);
    EXPECT_EQ(queue.size(), inside.size());
  }
  const auto order = drained(queue);
  EXPECT_EQ(order.front(), 181U);
  EXPECT_EQ(order.back(), 20U);
  EXPECT_EQ(std::set<std::uint32_t>(order.begin(), order.end()), inside);
  EXPECT_EQ(order.size(), inside.size());
}

TEST(ReadyQueue, OrdersAnewWhenPrioritiesChange) {
  ReadyQueue queue;
  for (std::uint32_t id = 1; id <= 3; ++id) queue.push(CommandId{id}, 1.0F);
  EXPECT_EQ(queue.take([](CommandId id) { return number(id) == 3; }), CommandId{3});
  queue.push(CommandId{4}, 1.0F);
  queue.reprioritise([](CommandId id) { return static_cast<float>(number(id)); });
  EXPECT_EQ(drained(queue), (std::vector<std::uint32_t>{4, 2, 1}));
}

}  // namespace
}  // namespace shoal
