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

  void plan(std::string_view jobs) {
    project_.emplace(Project::load(folder.write("jobs.sh", jobs), "auto", {}).value());
    keys_ = command_keys(project_->plan());
    builder.emplace(*project_, keys_, AttemptDefaults{});
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

}  // namespace
}  // namespace shoal
