#include "exec/verify/scratch_copy.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;
using testing::Test;

const auto kAll = [](const std::string&) { return Need::must; };

class ScratchCopy : public Test {
 protected:
  Expected<void> copy(const std::function<Need(const std::string&)>& need_of = kAll) {
    const auto list = list_for_copy(from.path(), need_of);
    if (!list) return tl::unexpected(list.error());
    return copy_listed(*list, from.path(), to.path());
  }

  TemporaryFolder from;
  TemporaryFolder to;
};

TEST_F(ScratchCopy, HoldsFilesAndFoldersWithTheirModesAndTimes) {
  const std::string script = from.write("a/b/script", "#!");
  fs::permissions(script, fs::perms::owner_all);
  fs::create_directories(from / "empty");
  ASSERT_TRUE(copy().has_value());
  EXPECT_EQ(to.read("a/b/script"), "#!");
  EXPECT_TRUE(fs::is_directory(to / "empty"));
  EXPECT_EQ(fs::status(to / "a/b/script").permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::last_write_time(to / "a/b/script"), fs::last_write_time(script));
}

TEST_F(ScratchCopy, SharesNothingThatCouldBeWrittenTo) {
  from.write("file", "old");
  fs::create_hard_link(from / "file", from / "hard");
  fs::create_symlink("file", from / "soft");
  TemporaryFolder elsewhere;
  elsewhere.write("inside", "old");
  fs::create_directory_symlink(elsewhere.path(), from / "folder");
  ASSERT_TRUE(copy().has_value());
  for (const char* name : {"file", "hard", "soft", "folder/inside"}) to.write(name, "new");
  EXPECT_EQ(from.read("file"), "old");
  EXPECT_EQ(elsewhere.read("inside"), "old");
}

TEST_F(ScratchCopy, LeavesOutWhatIsShoalsOwnOrNotNeeded) {
  from.write(".shoal/history.jsonl", "");
  from.write(".git/config", "");
  from.write("needed", "");
  from.write("other", "");
  ASSERT_TRUE(copy([](const std::string& path) {
                return path == "needed" ? Need::must : Need::none;
              }).has_value());
  EXPECT_TRUE(to.has("needed"));
  for (const char* name : {".shoal", ".git", "other"}) EXPECT_FALSE(to.has(name)) << name;
}

TEST_F(ScratchCopy, TakesALargeFileOnlyIfItMust) {
  from.write("large", "123456");
  from.write("needed", "123456");
  ScratchLimits limits;
  limits.large = 5;
  const auto need = [](const std::string& path) {
    return path == "needed" ? Need::must : Need::small;
  };
  EXPECT_EQ(list_for_copy(from.path(), need, limits)->files, std::vector<std::string>{"needed"});
}

TEST_F(ScratchCopy, IsRefusedWhereItWouldBeHuge) {
  from.write("a", "1234");
  from.write("b", "1234");
  ScratchLimits limits;
  limits.bytes = 7;
  EXPECT_EQ(list_for_copy(from.path(), kAll, limits).error().message,
            "a copy of its files would take more than 7 B");
  limits.bytes = 8;
  EXPECT_TRUE(list_for_copy(from.path(), kAll, limits).has_value());
  limits.files = 1;
  EXPECT_EQ(list_for_copy(from.path(), kAll, limits).error().message,
            "a copy would hold more than 1 files");
}

TEST_F(ScratchCopy, EndsWhereLinksLeadInACircle) {
  from.write("a/file", "");
  fs::create_directory_symlink("..", from / "a/up");
  const auto list = list_for_copy(from.path(), kAll);
  EXPECT_EQ(list->files, std::vector<std::string>{"a/file"});
}

TEST_F(ScratchCopy, RefersToVirtualEnvironments) {
  from.write("venv/pyvenv.cfg", "");
  from.write("venv/bin/tool", "");
  ASSERT_TRUE(copy().has_value());
  EXPECT_EQ(fs::read_symlink(to / "venv"), from / "venv");
}

TEST_F(ScratchCopy, LeavesOutWhatVanishedMeanwhile) {
  from.write("here", "");
  const ScratchList list{{}, {"gone", "here"}, {}};
  ASSERT_TRUE(copy_listed(list, from.path(), to.path()).has_value());
  EXPECT_TRUE(to.has("here"));
}

}  // namespace
}  // namespace shoal
