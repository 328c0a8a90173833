#include "exec/shell.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPath = "/usr/bin:/bin";

TEST(FindShell, TakesBashWhereTheFileNamesNone) {
  const Shell shell = find_shell("", kPath).value();
  EXPECT_EQ(fs::path(shell.program).filename(), "bash");
  EXPECT_TRUE(shell.is_bash);
  EXPECT_TRUE(shell.arguments.empty());
}

TEST(FindShell, TakesShWhereThereIsNoBash) {
  const TemporaryFolder folder;
  fs::create_symlink("/bin/sh", folder / "sh");
  EXPECT_EQ(find_shell("", folder.path()).value().program, folder / "sh");
}

TEST(FindShell, IsAnErrorWhereThereIsNoShellAtAll) {
  const auto shell = find_shell("", "/no/such/folder");
  ASSERT_FALSE(shell);
  EXPECT_EQ(shell.error().kind, ErrorKind::input);
}

TEST(FindShell, UnderstandsTheFirstLine) {
  const Shell shell = find_shell("/bin/bash -e", kPath).value();
  EXPECT_EQ(shell.program, "/bin/bash");
  EXPECT_EQ(shell.arguments, std::vector<std::string>{"-e"});
}

TEST(FindShell, UnderstandsEnv) {
  EXPECT_EQ(fs::path(find_shell("/usr/bin/env bash", kPath)->program).filename(), "bash");
  const Shell split = find_shell("/usr/bin/env -S bash -e -u", kPath).value();
  EXPECT_EQ(split.arguments, (std::vector<std::string>{"-e", "-u"}));
}

TEST(FindShell, LooksElsewhereForAShellThatIsNotWhereItsPathSays) {
  EXPECT_EQ(fs::path(find_shell("/opt/nowhere/bin/bash", kPath)->program).filename(), "bash");
}

TEST(FindShell, RefusesWhatIsNoShellThatItKnows) {
  for (const char* line : {"/usr/bin/python3", "/usr/bin/env fish", "/bin/tcsh -f"}) {
    const auto shell = find_shell(line, kPath);
    ASSERT_FALSE(shell) << line;
    EXPECT_EQ(shell.error().kind, ErrorKind::input);
    EXPECT_FALSE(shell.error().cure.empty());
  }
}

TEST(FindShell, PutsBashInThePlaceOfDashWhereSnapshotsAreTaken) {
  const std::string dash = find_shell("/bin/dash", kPath).value().program;
  const Shell shell = find_snapshot_shell("/bin/dash", kPath).value();
  EXPECT_TRUE(shell.is_bash);
  EXPECT_EQ(shell.arguments, (std::vector<std::string>{"-O", "xpg_echo"}));
  EXPECT_EQ(fs::canonical(shell.posix_program), fs::canonical(dash));
  const Shell strict = find_snapshot_shell("/bin/dash -e", kPath).value();
  EXPECT_EQ(strict.arguments, (std::vector<std::string>{"-O", "xpg_echo", "-e"}));
  EXPECT_EQ(strict.posix_program, strict.program);
  EXPECT_TRUE(find_snapshot_shell("/bin/bash", kPath)->arguments.empty());
}

TEST(FindShell, SaysThatSnapshotsNeedBash) {
  const TemporaryFolder folder;
  fs::create_symlink("/bin/dash", folder / "sh");
  const auto shell = find_snapshot_shell("", folder.path());
  ASSERT_FALSE(shell);
  EXPECT_EQ(shell.error().kind, ErrorKind::input);
}

TEST(FindShell, OptionsKeepPortableLinesInTheNamedShell) {
  const Shell shell = find_shell("/bin/bash -e", kPath).value();
  EXPECT_EQ(shell.posix_program, shell.program);
}

}  // namespace
}  // namespace shoal
