#include "amqp/lease_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>

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

TEST_F(LeaseFolderTest, OnlyOneHoldsALease) {
  auto mine = Lease::take(leases, kCommand, "me");
  ASSERT_TRUE(mine);
  const auto theirs = Lease::take(leases, kCommand, "they");
  ASSERT_FALSE(theirs);
  EXPECT_EQ(theirs.error(), Lease::Refusal::busy);
  EXPECT_TRUE(Lease::take(leases, CommandId{18}, "they"));
  EXPECT_EQ(folder.read("leases/17"), "me\n");
  mine->release();
  EXPECT_TRUE(Lease::take(leases, kCommand, "they"));
}

TEST_F(LeaseFolderTest, ItsBeatChangesWhenItIsRenewed) {
  auto lease = Lease::take(leases, kCommand, "me");
  // Long ago, since file times have a resolution.
  const std::filesystem::path file = leases.lease_path(kCommand);
  std::filesystem::last_write_time(file,
                                   std::filesystem::last_write_time(file) - std::chrono::hours(1));
  const auto first = leases.beat(kCommand);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ(leases.beat(kCommand).value(), *first);
  EXPECT_EQ(lease->renew(), Lease::Renewal::renewed);
  const auto second = leases.beat(kCommand);
  ASSERT_TRUE(second && *second);
  EXPECT_NE(**second, **first);
}

TEST_F(LeaseFolderTest, WithoutALeaseThereIsNoBeat) {
  const auto beat = leases.beat(kCommand);
  ASSERT_TRUE(beat);
  EXPECT_FALSE(*beat);
}

TEST_F(LeaseFolderTest, WhatTheVolumeCannotTellIsNoNews) {
  folder.write("file", "");
  EXPECT_FALSE(LeaseFolder(folder / "file").beat(kCommand));
  EXPECT_FALSE(LeaseFolder(folder / "file").mark(kCommand));
  const auto refused = Lease::take(LeaseFolder(folder / "absent"), kCommand, "me");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Lease::Refusal::unavailable);
}

TEST_F(LeaseFolderTest, ABrokenLeaseCannotBeRenewed) {
  auto lease = Lease::take(leases, kCommand, "me");
  leases.break_lease(kCommand);
  EXPECT_EQ(lease->renew(), Lease::Renewal::broken);
}

TEST_F(LeaseFolderTest, LettingGoOfABrokenLeaseLeavesTheNextHolderAlone) {
  auto mine = Lease::take(leases, kCommand, "me");
  leases.break_lease(kCommand);
  auto theirs = Lease::take(leases, kCommand, "they");
  ASSERT_TRUE(theirs);
  EXPECT_EQ(mine->renew(), Lease::Renewal::broken);
  mine->release();
  EXPECT_EQ(theirs->renew(), Lease::Renewal::renewed);
  EXPECT_EQ(folder.read("leases/17"), "they\n");
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
  ASSERT_TRUE(Lease::take(leases, kCommand, "me"));
  leases.remove();
  EXPECT_FALSE(leases.exists());
  EXPECT_FALSE(folder.has("marks"));
  EXPECT_FALSE(folder.has("lease-milliseconds"));
}

}  // namespace
}  // namespace shoal
