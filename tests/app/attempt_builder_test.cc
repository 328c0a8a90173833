#include "app/attempt_builder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "journal/resume.h"
#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

/// A builder for the commands of a jobs file, in the file's folder.
class AttemptBuilderTest : public testing::Test {
 protected:
  AttemptBuilderTest() { fs::current_path(folder.path()); }
  ~AttemptBuilderTest() override { fs::current_path(before_); }

  void plan(std::string_view jobs, AttemptDefaults defaults = {}) {
    project_.emplace(Project::load(folder.write("jobs.sh", jobs), "auto", {}).value());
    keys_ = command_keys(project_->plan());
    builder.emplace(*project_, keys_, std::move(defaults));
  }
  AttemptSpec build(std::uint32_t command, std::uint32_t attempt = 1) {
    return builder->build(StartAction{CommandId{command}, AttemptNumber{attempt}});
  }

  TemporaryFolder folder;
  std::optional<AttemptBuilder> builder;

 private:
  fs::path before_ = fs::current_path();
  std::optional<Project> project_;
  std::vector<CommandKey> keys_;
};

TEST_F(AttemptBuilderTest, ShoalsOwnPathsLieInTheRunsFolderWhereverThatIs) {
  plan("eval x=1\ny=2\necho $x $y\n");
  const AttemptSpec opaque = build(1);
  EXPECT_TRUE(opaque.snapshot);
  EXPECT_TRUE(opaque.snapshot_file.starts_with("snapshots/")) << opaque.snapshot_file;
  EXPECT_EQ(opaque.snapshot_before, "");
  const AttemptSpec later = build(3);
  EXPECT_EQ(later.snapshot_before, opaque.snapshot_file);
  EXPECT_EQ(later.prelude, "y=2\n");
}

TEST_F(AttemptBuilderTest, WhatIsKnownToStartColdSaysSo) {
  AttemptDefaults defaults;
  defaults.starts_cold = [](CommandId id) { return number(id) == 2; };
  plan("a 1\na 2\n", defaults);
  EXPECT_TRUE(build(1).may_start_warm);
  EXPECT_FALSE(build(2).may_start_warm);
}

TEST_F(AttemptBuilderTest, CleanUpTravelsWithTheFirstAttemptAndIsHeededFromTheSecondOn) {
  plan("asreview simulate data/A.csv -o out/a.asreview\n");
  for (const std::uint32_t attempt : {1U, 2U}) {
    const AttemptSpec spec = build(1, attempt);
    EXPECT_EQ(spec.started_before, attempt > 1);
    EXPECT_EQ(spec.complete_if_zip, "out/a.asreview");
    EXPECT_EQ(spec.leftovers.at(0), "out/a.asreview.tmp");
    EXPECT_TRUE(spec.move_aside.empty());
  }
}

TEST_F(AttemptBuilderTest, AnOutdatedCommandWasStartedBeforeAndItsOutputGoesAsideOnce) {
  plan("asreview simulate data/A.csv -o out/a.asreview\n");
  builder->set_outdated(CommandId{1});
  const AttemptSpec first = build(1);
  EXPECT_TRUE(first.started_before);
  EXPECT_EQ(first.move_aside, std::vector<std::string>{"out/a.asreview"});
  EXPECT_EQ(first.aside_folder, "replaced");
  EXPECT_TRUE(build(1, 2).move_aside.empty());
}

TEST_F(AttemptBuilderTest, ACommandWithoutTracesCarriesNoCleanUp) {
  plan("mkdir out\n");
  const AttemptSpec spec = build(1, 2);
  EXPECT_FALSE(spec.appended_before);
  EXPECT_TRUE(spec.leftovers.empty() && spec.cut_back.empty() && spec.complete_if_zip.empty());
}

TEST_F(AttemptBuilderTest, SaysWhatRoomTheCommandNeeds) {
  plan("true\n");
  StartAction start{CommandId{1}, AttemptNumber{1}};
  start.cpus = 2.5;
  start.memory = 1 << 20;
  const AttemptSpec spec = builder->build(start);
  EXPECT_EQ(spec.cpus, 2.5);
  EXPECT_EQ(spec.memory, 1U << 20);
  EXPECT_EQ(spec.threads, 3U);
}

using Files = std::vector<AppendedFile>;

TEST_F(AttemptBuilderTest, EveryAttemptKnowsTheSizesAtWhichTheFirstOneBegan) {
  folder.write("old", "0123");
  plan("cat a >>old\ncat a >>new\n");
  EXPECT_FALSE(build(1).appended_before);
  EXPECT_EQ(build(2).cut_back, (Files{{"new", -1}}));
  folder.write("old", "0123456789");
  folder.write("new", "56789");
  const AttemptSpec again = build(1, 2);
  EXPECT_TRUE(again.appended_before);
  EXPECT_EQ(again.cut_back, (Files{{"old", 4}}));
  EXPECT_EQ(again.aside_folder, "replaced");
  EXPECT_EQ(builder->appended(CommandId{1}), again.cut_back);
  EXPECT_EQ(build(2, 2).cut_back, (Files{{"new", -1}}));
}

TEST_F(AttemptBuilderTest, WhatAnEarlierRunAppendedIsCutOffBeforeTheFirstAttempt) {
  folder.write("old", "0123456789");
  plan("cat a >>old\n");
  builder->set_cut_back(CommandId{1}, {{"old", 4}});
  const AttemptSpec spec = build(1);
  EXPECT_TRUE(spec.appended_before);
  EXPECT_FALSE(spec.started_before);
  EXPECT_EQ(spec.cut_back, (Files{{"old", 4}}));
}

}  // namespace
}  // namespace shoal
