#include "amqp/lease_wait.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "amqp/lease_holder.h"
#include "exec/clock.h"
#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr CommandId kCommand{17};
constexpr TaskId kTask{kCommand, AttemptNumber{1}};
constexpr std::chrono::milliseconds kDeath{1500};

class LeaseWaitTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(leases.make()); }

  Expected<void> wait(Duration death = kDeath) {
    return keep_workers_from({kCommand}, leases, death,
                             [this](std::string_view text) { notices.emplace_back(text); });
  }

  TemporaryFolder folder;
  LeaseFolder leases{folder.path()};
  std::vector<std::string> notices;
};

TEST_F(LeaseWaitTest, WhatNobodyRunsIsMarkedAndNotWaitedFor) {
  ASSERT_TRUE(wait(1h));
  EXPECT_TRUE(leases.is_marked(kCommand));
  EXPECT_TRUE(notices.empty());
}

TEST_F(LeaseWaitTest, ADeadLeaseIsBroken) {
  LeaseHolder killed(leases, "killed", 1h, 1h);
  ASSERT_TRUE(killed.take(kTask, boot_now()));
  ASSERT_TRUE(wait());
  EXPECT_FALSE(leases.beat(kCommand).value());
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_NE(notices[0].find("ended 1 of"), std::string::npos) << notices[0];
}

TEST_F(LeaseWaitTest, ALivingOneIsWaitedForUntilItIsLetGo) {
  LeaseHolder alive(leases, "alive", kDeath, 50ms);
  ASSERT_TRUE(alive.take(kTask, boot_now()));
  const Instant begin = monotonic_now();
  std::thread holder([&] {
    while (monotonic_now() - begin < 2 * kDeath) {
      std::this_thread::sleep_for(50ms);
      EXPECT_TRUE(alive.renew(boot_now()).over.empty()) << "nobody may break it";
    }
    alive.release(kTask, boot_now());
  });
  const auto waited = wait();
  EXPECT_GE(monotonic_now() - begin, 2 * kDeath);
  holder.join();
  ASSERT_TRUE(waited);
}

TEST_F(LeaseWaitTest, AFailingVolumeIsAnError) {
  folder.write("file", "");
  EXPECT_FALSE(
      keep_workers_from({kCommand}, LeaseFolder(folder / "file"), kDeath, [](std::string_view) {}));
}

}  // namespace
}  // namespace shoal
