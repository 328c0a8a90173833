#include "exec/memory_kills.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

TEST(MemoryKills, EachCountedKillExplainsOneDeath) {
  const TemporaryFolder folder;
  folder.write("memory.events", "low 0\noom 3\noom_kill 5\noom_group_kill 0\n");
  MemoryKills kills(folder / "memory.events");
  EXPECT_EQ(kills.explains_a_death(), false);
  folder.write("memory.events", "low 0\noom 9\noom_kill 7\noom_group_kill 0\n");
  EXPECT_EQ(kills.explains_a_death(), true);
  EXPECT_EQ(kills.explains_a_death(), true);
  EXPECT_EQ(kills.explains_a_death(), false);
}

TEST(MemoryKills, ReadsTheCounterOfVersionOne) {
  const TemporaryFolder folder;
  folder.write("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n");
  MemoryKills kills(folder / "memory.oom_control");
  folder.write("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
  EXPECT_EQ(kills.explains_a_death(), true);
}

TEST(MemoryKills, SaysSoWhenTheSystemDoesNotTell) {
  MemoryKills kills("/no/such/file");
  EXPECT_EQ(kills.explains_a_death(), std::nullopt);
}

}  // namespace
}  // namespace shoal
