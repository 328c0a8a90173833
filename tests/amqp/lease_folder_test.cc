#include "amqp/lease_folder.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr CommandId kCommand{17};

class LeaseFolderTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(leases.make()); }
  TemporaryFolder folder;
  LeaseFolder leases{folder.path()};
};

TEST_F(LeaseFolderTest, WithoutALeaseThereIsNoBeat) {
  const auto beat = leases.beat(kCommand);
  ASSERT_TRUE(beat);
  EXPECT_FALSE(*beat);
}

TEST_F(LeaseFolderTest, WhatTheVolumeCannotTellIsNoNews) {
  folder.write("file", "");
  EXPECT_FALSE(LeaseFolder(folder / "file").beat(kCommand));
  EXPECT_FALSE(LeaseFolder(folder / "file").mark(kCommand));
}

TEST_F(LeaseFolderTest, AMarkStays) {
  EXPECT_FALSE(leases.is_marked(kCommand));
  ASSERT_TRUE(leases.mark(kCommand));
  ASSERT_TRUE(leases.mark(kCommand));
  EXPECT_TRUE(leases.is_marked(kCommand));
  EXPECT_FALSE(leases.is_marked(CommandId{1}));
}

TEST_F(LeaseFolderTest, AFinishedRunSaysSoUntilItGoesOn) {
  EXPECT_FALSE(leases.is_finished());
  leases.remove();
  leases.note_finished();
  EXPECT_TRUE(leases.is_finished());
  ASSERT_TRUE(leases.make());
  EXPECT_FALSE(leases.is_finished());
}

TEST_F(LeaseFolderTest, ALaterSessionDoesNotCallALeaseDeadBeforeAnEarlierOneWould) {
  EXPECT_EQ(leases.agree_on_death(45s).value(), 45s);
  EXPECT_EQ(leases.agree_on_death(90s).value(), 90s);
  EXPECT_EQ(leases.agree_on_death(45s).value(), 90s);
  leases.remove();
  EXPECT_EQ(leases.agree_on_death(20s).value(), 20s);
}

TEST_F(LeaseFolderTest, RemovingItLeavesNothing) {
  EXPECT_TRUE(leases.exists());
  ASSERT_TRUE(leases.agree_on_death(45s));
  ASSERT_TRUE(leases.mark(kCommand));
  folder.write("leases/17", "");
  leases.remove();
  EXPECT_FALSE(leases.exists());
  EXPECT_FALSE(folder.has("marks"));
  EXPECT_FALSE(folder.has("lease-milliseconds"));
}

}  // namespace
}  // namespace shoal
