#include "amqp/result_outbox.h"

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <vector>

namespace shoal {
namespace {

using namespace std::chrono_literals;

class ResultOutboxTest : public testing::Test {
 protected:
  void add(Duration wall) {
    AttemptResult result;
    result.wall = wall;
    outbox.add(run, result, PublishId{++added});
  }
  void add_many(std::size_t count, Duration wall) {
    for (std::size_t i = 0; i < count; ++i) add(wall);
  }

  asio::io_context io;
  std::vector<std::size_t> sent;  // results in each message
  RunId run{"01J5Z6A8N3Q4R5S6T7V8W9X0YZ"};
  std::uint64_t added = 0;
  ResultOutbox outbox{
      io, [this](const RunId&, std::vector<AttemptResult> results, std::vector<PublishId> ids) {
        EXPECT_EQ(results.size(), ids.size());
        sent.push_back(results.size());
      }};
};

TEST_F(ResultOutboxTest, ResultsOfLongCommandsThatEndTogetherTravelTogether) {
  add_many(3, 1s);
  EXPECT_TRUE(sent.empty());
  io.poll();
  EXPECT_EQ(sent, (std::vector<std::size_t>{3}));
}

TEST_F(ResultOutboxTest, TheyWaitForNothingElse) {
  asio::post(io, [this] { add(1s); });
  io.run_one();
  io.restart();
  io.poll();
  EXPECT_EQ(sent, (std::vector<std::size_t>{1}));
}

TEST_F(ResultOutboxTest, AFullMessageGoesAtOnce) {
  add_many(kMostTogether + 1, 1s);
  EXPECT_EQ(sent, (std::vector<std::size_t>{kMostTogether}));
}

TEST_F(ResultOutboxTest, ThoseOfShortCommandsWaitForCompany) {
  add_many(2 * kMostTogether, 1ms);
  sent.clear();
  add(1ms);
  io.poll();
  EXPECT_TRUE(sent.empty());
  outbox.send_all();
  EXPECT_EQ(sent, (std::vector<std::size_t>{1}));
}

TEST_F(ResultOutboxTest, ALongCommandAmongThemEndsTheWait) {
  add_many(2 * kMostTogether, 1ms);
  sent.clear();
  add(1ms);
  add(10s);
  io.restart();
  io.poll();
  EXPECT_EQ(sent, (std::vector<std::size_t>{2}));
}

TEST_F(ResultOutboxTest, WhatIsDroppedIsNotSent) {
  add(1s);
  outbox.drop();
  io.poll();
  EXPECT_TRUE(sent.empty());
}

}  // namespace
}  // namespace shoal
