#include "exec/program_search.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

class ProgramSearch : public testing::Test {
 protected:
  void make_program(const std::string& name) {
    folder.write(name, "");
    fs::permissions(folder / name, fs::perms::owner_all);
  }
  FoundProgram find(std::string_view name) {
    return find_program(name, folder / "a:" + (folder / "b"), AT_FDCWD);
  }
  TemporaryFolder folder;
};

TEST_F(ProgramSearch, TakesTheFirstThatMayBeExecuted) {
  folder.write("a/tool", "not executable");
  make_program("b/tool");
  EXPECT_EQ(find("tool").path, folder / "b/tool");
  make_program("a/tool");
  EXPECT_EQ(find("tool").path, folder / "a/tool");
}

TEST_F(ProgramSearch, PassesFoldersBy) {
  fs::create_directories(folder / "a/tool");
  EXPECT_EQ(find("tool").exit_code, 127);
  make_program("b/tool");
  EXPECT_EQ(find("tool").path, folder / "b/tool");
}

TEST_F(ProgramSearch, TellsAnUnknownProgramFromOneThatMayNotRun) {
  EXPECT_EQ(find("tool").exit_code, 127);
  EXPECT_EQ(find("tool").message, "command not found");
  EXPECT_EQ(find("").exit_code, 127);
  folder.write("b/tool", "");
  if (::geteuid() != 0 || ::access((folder / "b/tool").c_str(), X_OK) != 0) {
    EXPECT_EQ(find("tool").exit_code, 126);
    EXPECT_EQ(find("tool").path, "");
  }
}

TEST_F(ProgramSearch, AnEmptyEntryIsTheRunsFolder) {
  make_program("tool");
  const int descriptor = ::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  EXPECT_EQ(find_program("tool", "/nowhere:", descriptor).path, "./tool");
  EXPECT_EQ(find_program("tool", ":/nowhere", descriptor).path, "./tool");
  ::close(descriptor);
}

TEST_F(ProgramSearch, ANameWithASlashStandsForItself) { EXPECT_EQ(find("x/tool").path, "x/tool"); }

}  // namespace
}  // namespace shoal
