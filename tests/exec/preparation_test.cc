#include "exec/preparation.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

class PreparationTest : public testing::Test {
 protected:
  PreparationTest() {
    folders.descriptor = ::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    folders.working_directory = folder.path();
    folders.run_folder = folder / "run";
    spec.started_before = true;
    spec.appended_before = true;
    spec.aside_folder = "aside";
  }
  ~PreparationTest() override { ::close(folders.descriptor); }

  TemporaryFolder folder;
  RunFolders folders;
  AttemptSpec spec;
};

TEST_F(PreparationTest, MovesOutdatedOutputsAsideWithTheirRelativePath) {
  folder.write("output/tables/a.csv", "old");
  spec.move_aside = {"output/tables/a.csv", "output/never.csv"};
  EXPECT_FALSE(prepare(spec, folders));
  EXPECT_FALSE(folder.has("output/tables/a.csv"));
  EXPECT_EQ(folder.read("run/aside/output/tables/a.csv"), "old");
}

TEST_F(PreparationTest, NeverOverwritesWhatWasMovedAside) {
  spec.move_aside = {"out"};
  for (const char* content : {"first", "second", "third"}) {
    folder.write("out", content);
    EXPECT_FALSE(prepare(spec, folders));
  }
  EXPECT_EQ(folder.read("run/aside/out"), "first");
  EXPECT_EQ(folder.read("run/aside/out.1"), "second");
  EXPECT_EQ(folder.read("run/aside/out.2"), "third");
}

TEST_F(PreparationTest, MovesFoldersAndLinksThemselves) {
  folder.write("project/part", "old");
  folder.write("target", "keep");
  fs::create_symlink("target", folder / "link");
  spec.move_aside = {"project/", "link"};
  EXPECT_FALSE(prepare(spec, folders));
  EXPECT_EQ(folder.read("run/aside/project/part"), "old");
  EXPECT_TRUE(fs::is_symlink(folder / "run/aside/link"));
  EXPECT_EQ(folder.read("target"), "keep");
}

TEST_F(PreparationTest, MovesPathsOutsideTheFolderByTheirAbsolutePath) {
  const TemporaryFolder other;
  other.write("out", "old");
  spec.move_aside = {other / "out"};
  EXPECT_FALSE(prepare(spec, folders));
  EXPECT_FALSE(other.has("out"));
  EXPECT_EQ(folder.read("run/aside" + other.path() + "/out"), "old");
}

TEST_F(PreparationTest, AnOutdatedResultIsNotTakenForAFinishedOne) {
  folder.write("result", std::string("PK\5\6", 4) + std::string(18, '\0'));  // an empty zip
  spec.complete_if_zip = "result";
  const std::optional<EarlyEnd> complete = prepare(spec, folders);
  ASSERT_TRUE(complete);
  EXPECT_EQ(complete->detail, "was complete already");
  spec.move_aside = {"result"};
  EXPECT_FALSE(prepare(spec, folders));
}

TEST_F(PreparationTest, CutsAppendedFilesBackToTheirSize) {
  folder.write("log", "0123456789");
  folder.write("short", "01");
  folder.write("new", "0123");
  spec.cut_back = {{"log", 4}, {"short", 4}, {"new", -1}, {"absent", 3}};
  EXPECT_FALSE(prepare(spec, folders));
  EXPECT_EQ(folder.read("log"), "0123");
  EXPECT_EQ(folder.read("short"), "01");
  EXPECT_EQ(folder.read("new"), "");
  EXPECT_FALSE(folder.has("absent"));
}

TEST_F(PreparationTest, KeepsWhatItCutsOffAnAppendedFile) {
  folder.write("notes/log", "0123456789");
  spec.cut_back = {{"notes/log", 4}};
  EXPECT_FALSE(prepare(spec, folders));
  EXPECT_EQ(folder.read("run/aside/notes/log.from-4"), "456789");
  folder.write("notes/log", "0123again");
  EXPECT_FALSE(prepare(spec, folders));
  EXPECT_EQ(folder.read("notes/log"), "0123");
  EXPECT_EQ(folder.read("run/aside/notes/log.from-4"), "456789");
  EXPECT_EQ(folder.read("run/aside/notes/log.from-4.1"), "again");
}

TEST_F(PreparationTest, CutsNothingThatItCannotSave) {
  folder.write("log", "0123456789");
  folder.write("run/aside", "a file where a folder should be");
  spec.cut_back = {{"log", 4}};
  const std::optional<EarlyEnd> end = prepare(spec, folders);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->end, EndClass::lost);
  EXPECT_NE(end->detail.find("cannot save the end of log"), std::string::npos) << end->detail;
  EXPECT_EQ(folder.read("log"), "0123456789");
}

TEST_F(PreparationTest, AFirstStartTakesNothingForALeftover) {
  spec.started_before = false;
  spec.appended_before = false;
  folder.write("result", std::string("PK\5\6", 4) + std::string(18, '\0'));  // an empty zip
  folder.write("result.tmp", "the user's");
  folder.write("log", "0123456789");
  spec.complete_if_zip = "result";
  spec.leftovers = {"result.tmp"};
  spec.cut_back = {{"log", 4}};
  EXPECT_FALSE(prepare(spec, folders));
  EXPECT_TRUE(folder.has("result"));
  EXPECT_TRUE(folder.has("result.tmp"));
  EXPECT_EQ(folder.read("log"), "0123456789");
}

TEST_F(PreparationTest, CutsBackWhatOthersAppendedWithoutTakingLeftoversForItsOwn) {
  spec.started_before = false;
  folder.write("result.tmp", "the user's");
  folder.write("log", "0123456789");
  spec.leftovers = {"result.tmp"};
  spec.cut_back = {{"log", 4}};
  EXPECT_FALSE(prepare(spec, folders));
  EXPECT_TRUE(folder.has("result.tmp"));
  EXPECT_EQ(folder.read("log"), "0123");
}

TEST_F(PreparationTest, RemovingALinkLeavesItsTarget) {
  folder.write("target/file", "keep");
  fs::create_directory_symlink("target", folder / "link");
  spec.leftovers = {"link"};
  EXPECT_FALSE(prepare(spec, folders));
  EXPECT_FALSE(folder.has("link"));
  EXPECT_EQ(folder.read("target/file"), "keep");
}

TEST_F(PreparationTest, NothingIsTouchedWhenAnInputIsMissing) {
  folder.write("out", "old");
  spec.required_inputs = {"absent"};
  spec.move_aside = {"out"};
  spec.leftovers = {"out"};
  EXPECT_EQ(prepare(spec, folders)->end, EndClass::input_missing);
  EXPECT_EQ(folder.read("out"), "old");
}

TEST_F(PreparationTest, WhatCannotBeMovedLosesTheAttempt) {
  folder.write("out", "old");
  folder.write("run/aside", "a file where a folder should be");
  spec.move_aside = {"out"};
  const std::optional<EarlyEnd> end = prepare(spec, folders);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->end, EndClass::lost);
  EXPECT_NE(end->detail.find("cannot move aside out"), std::string::npos);
  EXPECT_EQ(folder.read("out"), "old");
}

}  // namespace
}  // namespace shoal
