#include "s3/upload_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

using Paths = std::vector<std::string>;

class UploadFilesTest : public ::testing::Test {
 protected:
  UploadFilesTest() {
    for (const char* path : {"a.json", "out/b.json", "out/c.csv", "out/deep/d.json",
                             ".shoal/runs/x/journal.jsonl", "out/.hidden"}) {
      folder_.write(path, path);
    }
  }
  Paths found(std::vector<UploadSpec::Files> files) const {
    UploadSpec spec;
    spec.files = std::move(files);
    return files_to_upload(spec, folder_.path());
  }
  TemporaryFolder folder_;
};

TEST_F(UploadFilesTest, AFolderIsEverythingBelowIt) {
  EXPECT_EQ(found({{"out", Extent::tree, ""}}),
            Paths({"out/.hidden", "out/b.json", "out/c.csv", "out/deep/d.json"}));
}

TEST_F(UploadFilesTest, APathThatTurnsOutToBeAFolderIsWalked) {
  EXPECT_EQ(found({{"out/deep", Extent::exact, ""}}), Paths({"out/deep/d.json"}));
  EXPECT_EQ(found({{"out", Extent::exact, "out/*.json"}}), Paths({"out/b.json"}));
}

TEST_F(UploadFilesTest, ShoalsOwnFolderIsLeftOut) {
  EXPECT_EQ(found({{".", Extent::tree, "**/*.json"}}),
            Paths({"a.json", "out/b.json", "out/deep/d.json"}));
  EXPECT_EQ(found({{".", Extent::tree, "**"}}).size(), 5U);
}

TEST_F(UploadFilesTest, AGlobDoesNotCrossFolders) {
  EXPECT_EQ(found({{"out/*.json", Extent::glob, ""}}), Paths({"out/b.json"}));
}

TEST_F(UploadFilesTest, WhatIsAbsentIsLeftOutAndNothingIsThereTwice) {
  EXPECT_EQ(found({{"a.json", Extent::exact, ""},
                   {"none", Extent::exact, ""},
                   {"none", Extent::tree, ""},
                   {"*.json", Extent::glob, ""}}),
            Paths({"a.json"}));
}

TEST_F(UploadFilesTest, NothingOutsideTheWorkingFolderIsTaken) {
  folder_.write("in/x", "x");
  UploadSpec spec;
  spec.files = {{"../a.json", Extent::exact, ""},
                {"..", Extent::tree, ""},
                {folder_ / "a.json", Extent::exact, ""}};
  EXPECT_EQ(files_to_upload(spec, folder_ / "in"), Paths());
}

TEST_F(UploadFilesTest, ALinkToAFolderIsNotFollowed) {
  std::filesystem::create_directory_symlink("..", folder_ / "out/up");
  std::filesystem::create_symlink("../a.json", folder_ / "out/link.json");
  EXPECT_EQ(found({{"out", Extent::tree, "**/*.json"}}),
            Paths({"out/b.json", "out/deep/d.json", "out/link.json"}));
}

TEST(PathMatches, TakesTwoStarsForAnyNumberOfFolders) {
  EXPECT_TRUE(path_matches("output/**/*.json", "output/a/b/c.json"));
  EXPECT_TRUE(path_matches("output/**/*.json", "output/c.json"));
  EXPECT_TRUE(path_matches("**", "a/b"));
  EXPECT_TRUE(path_matches("out/**", "out/x"));
  EXPECT_FALSE(path_matches("out/**", "out"));
  EXPECT_FALSE(path_matches("*.json", "a/b.json"));
  EXPECT_FALSE(path_matches("a", "a/b"));
  EXPECT_FALSE(path_matches("a/b", "a"));
}

TEST(PathMatches, KnowsWhatMayLieBelowAFolder) {
  EXPECT_TRUE(may_match_below("out/*.json", "out"));
  EXPECT_TRUE(may_match_below("**/x", "any/where"));
  EXPECT_FALSE(may_match_below("out/*.json", "out/a"));
  EXPECT_FALSE(may_match_below("out/a/*", "out/b"));
}

}  // namespace
}  // namespace shoal
