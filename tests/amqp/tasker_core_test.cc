// Rules of the tasker's end, each by itself; tests/sim has them all together.
#include "amqp/tasker_core.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr TaskId kTask{CommandId{7}, AttemptNumber{1}};
constexpr Instant kStart{};

template <class Action>
std::ptrdiff_t count(const TaskerActions& actions) {
  return std::ranges::count_if(
      actions, [](const TaskerAction& action) { return std::holds_alternative<Action>(action); });
}

struct StoppingTasker : testing::Test {
  StoppingTasker() {
    TaskerActions actions;
    core.on_connected(false, actions);
    AttemptSpec spec;
    spec.command = kTask.command;
    spec.attempt = kTask.attempt;
    core.start(std::move(spec), false, actions);
  }
  TaskerCore core;
  TaskerActions out;
};

TEST_F(StoppingTasker, WithdrawingLeavesWhatRunsAlone) {
  core.withdraw_all(kStart, out);
  EXPECT_EQ(count<tasker_action::CancelEverywhere>(out), 0);
  EXPECT_EQ(count<tasker_action::Mark>(out), 1);
  EXPECT_EQ(count<tasker_action::Watch>(out), 1);
}

TEST_F(StoppingTasker, WhatWasWithdrawnCanBeCancelledStill) {
  core.withdraw_all(kStart, out);
  out.clear();
  core.cancel(kTask, kStart + 1s, out);
  EXPECT_EQ(count<tasker_action::CancelEverywhere>(out), 1);
}

TEST_F(StoppingTasker, AWorkerThatGoesOnIsToldAgain) {
  core.cancel(kTask, kStart, out);
  out.clear();
  core.on_lease(kTask.command, 1, kStart + 1s, out);
  EXPECT_TRUE(out.empty());
  core.on_lease(kTask.command, 2, kStart + 6s, out);
  EXPECT_EQ(count<tasker_action::CancelEverywhere>(out), 1);
  out.clear();
  core.on_lease(kTask.command, 3, kStart + 7s, out);
  EXPECT_TRUE(out.empty());
}

TEST_F(StoppingTasker, AWorkerThatMayFinishIsNotToldToStop) {
  core.withdraw_all(kStart, out);
  out.clear();
  core.on_lease(kTask.command, 1, kStart + 1s, out);
  core.on_lease(kTask.command, 2, kStart + 60s, out);
  EXPECT_TRUE(out.empty());
}

TEST(TaskerCore, ACommandThatKillsEachWorkerIsLostAfterAWhile) {
  TaskerCore core(TaskerTimes{});
  TaskerActions out;
  core.on_connected(false, out);
  AttemptSpec spec;
  spec.command = kTask.command;
  spec.attempt = kTask.attempt;
  core.start(spec, false, out);
  const auto last_answer = [&](const WorkerName& worker, std::uint64_t question) {
    out.clear();
    core.on_ask(DeliveryId{0, DeliveryTag{question}}, worker, kTask, question, out);
    for (const TaskerAction& action : out) {
      if (const auto* answer = std::get_if<tasker_action::Answer>(&action)) return answer->run;
    }
    return false;
  };
  EXPECT_TRUE(last_answer("first", 1));
  EXPECT_TRUE(last_answer("first", 2)) << "it did not hear the answer";
  EXPECT_TRUE(last_answer("second", 3));
  EXPECT_TRUE(last_answer("second", 4));
  EXPECT_FALSE(last_answer("third", 5));
  ASSERT_EQ(count<tasker_action::Report>(out), 1);
  EXPECT_EQ(std::get<tasker_action::Report>(out.back()).result.end, EndClass::lost);
  EXPECT_FALSE(last_answer("fourth", 6)) << "the attempt is over";
}

TEST_F(StoppingTasker, ADuplicateIsAcknowledgedNoSoonerThanWhatItRepeats) {
  AttemptResult result;
  result.command = kTask.command;
  result.attempt = kTask.attempt;
  core.on_result(DeliveryId{0, DeliveryTag{1}}, result, out);
  core.on_result(DeliveryId{0, DeliveryTag{2}}, result, out);
  EXPECT_EQ(count<tasker_action::Report>(out), 1);
  EXPECT_EQ(count<tasker_action::Acknowledge>(out), 0);
  core.on_journaled(out);
  EXPECT_EQ(count<tasker_action::Acknowledge>(out), 2);
}

}  // namespace
}  // namespace shoal
