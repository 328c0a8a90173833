#include "amqp/worker_core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using namespace worker_action;

/// A worker with one slot, in which command 1 runs.
class WorkerStock : public testing::Test {
 protected:
  WorkerStock() {
    deliver(1, false);
    core_.on_lease_answer(key(1), LeaseAnswer::taken, kBegin, actions_);
    actions_.clear();
  }

  static TaskKey key(std::uint32_t command) {
    return {RunId("01J5Z6A8N3Q4R5S6T7V8W9X0YZ"), {CommandId{command}, AttemptNumber{1}}};
  }

  void deliver(std::uint32_t command, bool is_stock) {
    AttemptSpec spec;
    spec.command = CommandId{command};
    spec.attempt = AttemptNumber{1};
    TaskDelivery delivery;
    delivery.is_stock = is_stock;
    delivery.arrived = kBegin;
    core_.on_task(delivery, key(command), spec, actions_);
  }

  std::int64_t given_back_after(Duration time) {
    actions_.clear();
    core_.give_back_stock(kBegin + time, actions_);
    return std::ranges::count_if(actions_, [](const WorkerAction& action) {
      return std::holds_alternative<PublishHeld>(action);
    });
  }

  static constexpr Instant kBegin{1h};
  WorkerCore core_{1, 1, 0};
  WorkerActions actions_;
};

TEST_F(WorkerStock, GoesBackWhenItHasWaitedForTwoSeconds) {
  deliver(2, true);
  EXPECT_EQ(given_back_after(1s), 0);
  EXPECT_EQ(given_back_after(2s), 1);
  EXPECT_EQ(given_back_after(3s), 0);
}

TEST_F(WorkerStock, IsNotWhatWasTakenForASlot) {
  deliver(2, false);
  EXPECT_EQ(given_back_after(1min), 0);
}

TEST_F(WorkerStock, IsNotGivenBackAllAtOnce) {
  for (std::uint32_t command = 2; command < 52; ++command) deliver(command, true);
  EXPECT_EQ(given_back_after(2s), 20);
  EXPECT_EQ(given_back_after(2500ms), 20);
  EXPECT_EQ(given_back_after(3s), 10);
}

TEST_F(WorkerStock, IsNotGivenBackWithoutAConnection) {
  deliver(2, true);
  core_.on_disconnected(actions_);
  EXPECT_EQ(given_back_after(1min), 0);
}

TEST_F(WorkerStock, RunsNoMoreWhereItWasGivenBack) {
  deliver(2, true);
  given_back_after(2s);
  actions_.clear();
  core_.on_ended(key(1), AttemptResult{}, actions_);
  EXPECT_FALSE(std::ranges::any_of(actions_, [](const WorkerAction& action) {
    return std::holds_alternative<TakeLease>(action);
  }));
}

}  // namespace
}  // namespace shoal
