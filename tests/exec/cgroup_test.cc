#include "exec/cgroup.h"

#include <gtest/gtest.h>

#include "exec/machine.h"
#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

TEST(Cgroup, TakesTheSmallestLimitOfVersionTwoUpToTheMount) {
  const TemporaryFolder mount;
  mount.write("a/memory.max", "2000000\n");
  mount.write("a/b/memory.max", "max\n");
  mount.write("a/b/c/memory.max", "3000000\n");
  mount.write("a/cpu.max", "150000 100000\n");
  mount.write("a/b/cpu.max", "max 100000\n");
  const Cgroup group("0::/a/b/c\n", mount.path());
  EXPECT_EQ(group.memory(), 2000000U);
  EXPECT_EQ(group.cores(), 1.5);
}

TEST(Cgroup, ReadsTheLimitsOfVersionOne) {
  const TemporaryFolder mount;
  mount.write("cpu/box/cpu.cfs_quota_us", "250000\n");
  mount.write("cpu/box/cpu.cfs_period_us", "100000\n");
  mount.write("cpu/cpu.cfs_quota_us", "-1\n");
  mount.write("cpu/cpu.cfs_period_us", "100000\n");
  mount.write("memory/box/memory.limit_in_bytes", "1048576\n");
  const Cgroup group("5:cpuacct,cpu:/box\n4:memory:/box\n1:name=systemd:/\n", mount.path());
  EXPECT_EQ(group.cores(), 2.5);
  EXPECT_EQ(group.memory(), 1048576U);
}

TEST(Cgroup, TellsTheSmallestShareOfMemoryThatIsLeft) {
  const TemporaryFolder mount;
  mount.write("a/memory.max", "1000\n");
  mount.write("a/memory.current", "900\n");
  mount.write("a/memory.stat", "anon 300\ninactive_file 400\n");
  mount.write("a/b/memory.max", "max\n");
  mount.write("a/b/memory.current", "800\n");
  EXPECT_EQ(Cgroup("0::/a/b\n", mount.path()).memory_left(), 0.5);
  mount.write("memory/box/memory.limit_in_bytes", "1000\n");
  mount.write("memory/box/memory.usage_in_bytes", "1200\n");
  mount.write("memory/box/memory.stat", "inactive_file 0\ntotal_inactive_file 300\n");
  EXPECT_DOUBLE_EQ(*Cgroup("4:memory:/box\n", mount.path()).memory_left(), 0.1);
  EXPECT_EQ(Cgroup("0::/elsewhere\n", mount.path()).memory_left(), std::nullopt);
}

TEST(Cgroup, LooksFromTheMountWhereItsOwnFolderIsHiddenInAContainer) {
  const TemporaryFolder mount;
  mount.write("memory.max", "4096\n");
  mount.write("memory.events", "oom_kill 0\n");
  const Cgroup group("0::/docker/0123\n", mount.path());
  EXPECT_EQ(group.memory(), 4096U);
  EXPECT_EQ(group.kill_counter(), mount.path() + "/memory.events");
}

TEST(Cgroup, HasNoLimitWhereNothingSetsOne) {
  const TemporaryFolder mount;
  const Cgroup group("0::/\nnot a line\n", mount.path());
  EXPECT_EQ(group.memory(), std::nullopt);
  EXPECT_EQ(group.cores(), std::nullopt);
  EXPECT_EQ(group.kill_counter(), "");
}

TEST(Cgroup, CountsKillsInItsNearestFolder) {
  const TemporaryFolder mount;
  mount.write("memory/a/b/memory.oom_control", "");
  mount.write("memory/a/memory.oom_control", "");
  EXPECT_EQ(Cgroup("4:memory:/a/b\n", mount.path()).kill_counter(),
            mount.path() + "/memory/a/b/memory.oom_control");
}

TEST(Machine, HasAtLeastOneCoreAndSomeMemory) {
  EXPECT_GE(usable_cores(), 1U);
  EXPECT_GT(usable_memory(), 1U << 20);
  EXPECT_GT(memory_left(), 0);
  EXPECT_LE(memory_left(), 1);
}

}  // namespace
}  // namespace shoal
