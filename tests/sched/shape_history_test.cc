#include "sched/shape_history.h"

#include <gtest/gtest.h>

#include <chrono>

namespace shoal {
namespace {

using std::chrono::seconds;

TEST(ShapeHistory, KnowsNothingAtFirst) {
  const ShapeHistory history;
  EXPECT_TRUE(history.empty());
  EXPECT_EQ(history.find(1), nullptr);
  EXPECT_EQ(history.overall_mean_seconds(), std::nullopt);
  EXPECT_EQ(history.to_jsonl(), "");
}

TEST(ShapeHistory, LearnsTheMeanTimeAndTheLargestMemory) {
  ShapeHistory history;
  history.learn(1, seconds(2), 300);
  history.learn(1, seconds(4), 100);
  history.learn(2, seconds(12), 0);
  ASSERT_NE(history.find(1), nullptr);
  EXPECT_EQ(history.find(1)->count, 2U);
  EXPECT_DOUBLE_EQ(history.find(1)->mean_seconds, 3);
  EXPECT_EQ(history.find(1)->peak_memory, 300U);
  EXPECT_DOUBLE_EQ(*history.overall_mean_seconds(), 6);
}

TEST(ShapeHistory, LearnsMemoryWithoutATime) {
  ShapeHistory history;
  history.learn_memory(1, 0);
  EXPECT_TRUE(history.empty());
  history.learn_memory(1, 500);
  EXPECT_EQ(history.find(1)->count, 0U);
  EXPECT_EQ(history.find(1)->peak_memory, 500U);
  EXPECT_EQ(history.overall_mean_seconds(), std::nullopt);
}

TEST(ShapeHistory, IsTheSameWhenReadBack) {
  ShapeHistory history;
  history.learn(0xFEDCBA9876543210, Duration(1'234'567), 1 << 20);
  history.learn(3, seconds(2), 0);
  history.learn(3, Duration(333'333), 0);
  history.learn_memory(4, 77);
  const ShapeHistory again = ShapeHistory::from_jsonl(history.to_jsonl());
  EXPECT_EQ(again.to_jsonl(), history.to_jsonl());
  EXPECT_EQ(again.find(3)->mean_seconds, history.find(3)->mean_seconds);
  EXPECT_DOUBLE_EQ(*again.overall_mean_seconds(), *history.overall_mean_seconds());
}

TEST(ShapeHistory, WritesOneObjectALine) {
  ShapeHistory history;
  history.learn(0xAB, seconds(2), 100);
  history.learn(1, Duration(500'000), 0);
  EXPECT_EQ(
      history.to_jsonl(),
      "{\"shape\":\"0000000000000001\",\"count\":1,\"mean_seconds\":0.5,\"peak_memory\":0}\n"
      "{\"shape\":\"00000000000000ab\",\"count\":1,\"mean_seconds\":2.0,\"peak_memory\":100}\n");
}

TEST(ShapeHistory, GoesByTheLaterOfTwoLinesAboutAShape) {
  const ShapeHistory history = ShapeHistory::from_jsonl(
      "{\"shape\":\"1\",\"count\":9,\"mean_seconds\":9,\"peak_memory\":9}\n"
      "{\"shape\":\"1\",\"count\":2,\"mean_seconds\":3,\"peak_memory\":4}");
  EXPECT_EQ(history.find(1)->count, 2U);
  EXPECT_DOUBLE_EQ(*history.overall_mean_seconds(), 3);
}

TEST(ShapeHistory, IgnoresLinesThatCannotBeRead) {
  const ShapeHistory history = ShapeHistory::from_jsonl(
      "not json\n"
      "\n"
      "[1]\n"
      "{\"shape\":\"1\"}\n"
      "{\"shape\":1,\"count\":1,\"mean_seconds\":1,\"peak_memory\":0}\n"
      "{\"shape\":\"xyz\",\"count\":1,\"mean_seconds\":1,\"peak_memory\":0}\n"
      "{\"shape\":\"\",\"count\":1,\"mean_seconds\":1,\"peak_memory\":0}\n"
      "{\"shape\":\"2\",\"count\":-1,\"mean_seconds\":1,\"peak_memory\":0}\n"
      "{\"shape\":\"3\",\"count\":1,\"mean_seconds\":-1,\"peak_memory\":0}\n"
      "{\"shape\":\"4\",\"count\":1,\"mean_seconds\":1e300,\"peak_memory\":0}\n"
      "{\"shape\":\"5\",\"count\":1,\"mean_seconds\":1,\"peak_memory\":18446744073709551615}\n"
      "{\"shape\":\"6\",\"count\":1,\"mean_seconds\":1,\"peak_memory\":0}\n"
      "{\"shape\":\"7\",\"count\":1,\"mean_sec");
  EXPECT_EQ(
      history.to_jsonl(),
      "{\"shape\":\"0000000000000006\",\"count\":1,\"mean_seconds\":1.0,\"peak_memory\":0}\n");
}

}  // namespace
}  // namespace shoal
