#include "amqp/lease_holder.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iterator>

#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using Refusal = LeaseHolder::Refusal;

constexpr CommandId kCommand{17};
constexpr TaskId kTask{kCommand, AttemptNumber{1}};
constexpr TaskId kNextAttempt{kCommand, AttemptNumber{2}};
constexpr TaskId kOther{CommandId{18}, AttemptNumber{1}};
constexpr BootInstant kLife = 30s;
constexpr BootInstant kRenewal = 5s;

class LeaseHolderTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(leases.make()); }

  LeaseHolder holder(const WorkerName& name) const { return {leases, name, kLife, kRenewal}; }

  /// Makes the time of all leases old, since file times have a resolution.
  void age() const {
    for (const auto& file : std::filesystem::directory_iterator(folder / "leases")) {
      std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) - 1h);
    }
  }
  std::int64_t beat(CommandId command = kCommand) const {
    const auto beat = leases.beat(command);
    EXPECT_TRUE(beat && *beat);
    return beat && *beat ? **beat : 0;
  }

  void expect_one_holder() const {
    auto mine = holder("me");
    auto theirs = holder("they");
    EXPECT_TRUE(mine.take(kTask, 0s));
    const auto refused = theirs.take(kTask, 0s);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), Refusal::busy);
    EXPECT_TRUE(theirs.take(kOther, 0s));
    EXPECT_EQ(folder.read("leases/17"), "me\n");
    EXPECT_EQ(folder.read("leases/18"), "they\n");
    mine.release(kTask, 1s);
    EXPECT_TRUE(theirs.take(kTask, 1s));
    EXPECT_EQ(folder.read("leases/17"), "they\n");
  }

  void expect_renewals() const {
    auto mine = holder("me");
    ASSERT_TRUE(mine.take(kTask, 0s));
    age();
    const std::int64_t first = beat();
    EXPECT_TRUE(mine.renew(kRenewal - 1ms).renewed.empty()) << "not due";
    EXPECT_EQ(beat(), first);
    EXPECT_EQ(mine.renew(kRenewal).renewed, std::vector{kTask});
    EXPECT_NE(beat(), first);
    EXPECT_EQ(mine.end_of(kTask, 0s), kRenewal + kLife);
    EXPECT_FALSE(mine.is_over(kTask, kRenewal + kLife - 1ms));
    EXPECT_TRUE(mine.is_over(kTask, kRenewal + kLife));
  }

  void expect_that_a_broken_one_is_over() const {
    auto mine = holder("me");
    auto theirs = holder("they");
    ASSERT_TRUE(mine.take(kTask, 0s));
    leases.break_lease(kCommand);
    ASSERT_TRUE(theirs.take(kTask, 1s));
    EXPECT_EQ(mine.renew(kRenewal).over, std::vector{kTask});
    EXPECT_FALSE(mine.holds(kTask));
    mine.release(kTask, kRenewal);
    EXPECT_EQ(folder.read("leases/17"), "they\n");
    EXPECT_EQ(theirs.renew(kRenewal + 1s).renewed, std::vector{kTask});
  }

  TemporaryFolder folder;
  LeaseFolder leases{folder.path()};
};

TEST_F(LeaseHolderTest, OnlyOneHoldsALease) { expect_one_holder(); }
TEST_F(LeaseHolderTest, ItsBeatChangesWhenItIsRenewed) { expect_renewals(); }
TEST_F(LeaseHolderTest, ABrokenLeaseIsOver) { expect_that_a_broken_one_is_over(); }

TEST_F(LeaseHolderTest, AllLeasesShareOnePulse) {
  auto mine = holder("me");
  const auto first = mine.take(kTask, 0s);
  const auto second = mine.take(kOther, 2s);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second) << "they are one file";
  EXPECT_EQ(mine.end_of(kOther, 0s), kLife) << "renewed when the first was taken";
  EXPECT_EQ(mine.renew(6s).renewed.size(), 2u);
  EXPECT_EQ(mine.end_of(kOther, 0s), 6s + kLife);
}

TEST_F(LeaseHolderTest, WhenThePulseIsOverNoLeaseOfItLivesAgain) {
  auto mine = holder("me");
  ASSERT_TRUE(mine.take(kTask, 0s));
  age();
  const std::int64_t last = beat();
  EXPECT_EQ(mine.take(kOther, kLife + 1s).error(), Refusal::unavailable) << "first renew";
  EXPECT_EQ(mine.renew(kLife + 1s).over, std::vector{kTask});
  ASSERT_TRUE(mine.take(kOther, kLife + 1s));
  EXPECT_EQ(mine.renew(kLife + 8s).renewed, std::vector{kOther});
  EXPECT_EQ(beat(), last) << "the tasker must see that it is dead";
}

TEST_F(LeaseHolderTest, OneThatIsOverIsLeftToTheTasker) {
  auto mine = holder("me");
  ASSERT_TRUE(mine.take(kTask, 0s));
  mine.release(kTask, kLife);
  EXPECT_EQ(folder.read("leases/17"), "me\n");
}

TEST_F(LeaseHolderTest, AnotherAttemptOfACommandThatItHoldsIsBusy) {
  auto mine = holder("me");
  ASSERT_TRUE(mine.take(kTask, 0s));
  leases.break_lease(kCommand);
  EXPECT_EQ(mine.take(kNextAttempt, 1s).error(), Refusal::busy);
  EXPECT_EQ(mine.renew(kRenewal).over, std::vector{kTask});
  EXPECT_TRUE(mine.take(kNextAttempt, kRenewal));
}

TEST_F(LeaseHolderTest, ALeaseWhoseAnswerWasLostIsStillItsOwn) {
  auto mine = holder("me");
  ASSERT_TRUE(mine.take(kOther, 0s));
  // What a server has done when its answer does not arrive.
  std::filesystem::create_hard_link(leases.pulse_path("me", 1), leases.lease_path(kCommand));
  ASSERT_TRUE(mine.take(kTask, 0s));
  EXPECT_EQ(mine.renew(kRenewal).renewed.size(), 2u);
  mine.release(kTask, kRenewal);
  EXPECT_FALSE(folder.has("leases/17"));
  EXPECT_EQ(mine.renew(3 * kRenewal).renewed, std::vector{kOther});
}

TEST_F(LeaseHolderTest, WithoutItsFolderItTakesNothing) {
  leases.remove();
  auto mine = holder("me");
  EXPECT_EQ(mine.take(kTask, 0s).error(), Refusal::unavailable);
  ASSERT_TRUE(leases.make());
  EXPECT_TRUE(mine.take(kTask, 0s));
}

TEST_F(LeaseHolderTest, WhenItsFolderIsRemovedAllIsOver) {
  auto mine = holder("me");
  ASSERT_TRUE(mine.take(kTask, 0s));
  leases.remove();
  ASSERT_TRUE(leases.make());
  EXPECT_EQ(mine.renew(kRenewal).over, std::vector{kTask});
  EXPECT_TRUE(mine.take(kTask, kRenewal));
}

TEST_F(LeaseHolderTest, ItLeavesNoPulseWhenItHasLetGo) {
  {
    auto mine = holder("me");
    ASSERT_TRUE(mine.take(kTask, 0s));
    mine.release(kTask, 1s);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder / "leases"));
}

/// Runs a test where link(2) and linkat(2) fail with EPERM, as they do on volumes
/// without hard links, in a process of its own.
void without_hard_links(const std::function<void()>& test) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
#ifdef SYS_link
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_link, 1, 0),
#endif
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_linkat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
      ::_exit(2);
    }
    test();
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(LeaseHolderTest, WithoutHardLinksTheSameHolds) {
  without_hard_links([this] { expect_one_holder(); });
}
TEST_F(LeaseHolderTest, WithoutHardLinksTheyAreRenewed) {
  without_hard_links([this] { expect_renewals(); });
}
TEST_F(LeaseHolderTest, WithoutHardLinksABrokenOneIsOver) {
  without_hard_links([this] { expect_that_a_broken_one_is_over(); });
}
TEST_F(LeaseHolderTest, WithoutHardLinksEachHasAPulseOfItsOwn) {
  without_hard_links([this] {
    auto mine = holder("me");
    const auto first = mine.take(kTask, 0s);
    const auto second = mine.take(kOther, 2s);
    ASSERT_TRUE(first && second);
    EXPECT_NE(*first, *second);
  });
}

}  // namespace
}  // namespace shoal
