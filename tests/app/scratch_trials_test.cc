#include "app/scratch_trials.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "app/trial_files.h"
#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

class BoundToFolder : public testing::Test {
 protected:
  BoundToFolder() { fs::current_path(folder_.path()); }
  ~BoundToFolder() override { fs::current_path(before_); }

  std::string why(const std::string& line) {
    const auto project = Project::load(folder_.write("jobs.sh", line + "\n"), "auto", {}).value();
    return why_bound_to_folder(project.plan(), CommandId{1}, project.working_directory());
  }
  const std::string& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  fs::path before_ = fs::current_path();
};

TEST_F(BoundToFolder, ACommandOfRelativePathsIsNot) {
  EXPECT_EQ(why("python scripts/x.py -o out/a.csv data/b..c.csv > log.txt"), "");
  EXPECT_EQ(why("/usr/bin/python3 x.py a.csv 2> /dev/null"), "");
  EXPECT_EQ(why("asreview simulate data/a.csv -o out/a.asreview && rm -f b.txt"), "");
}

TEST_F(BoundToFolder, ACommandThatMayWriteElsewhereIs) {
  EXPECT_EQ(why("python x.py -o /elsewhere/a.csv"),
            "it may write outside of its folder: /elsewhere/a.csv");
  EXPECT_EQ(why("python x.py > /elsewhere/log"),
            "it may write outside of its folder: /elsewhere/log");
}

TEST_F(BoundToFolder, ACommandThatNamesItsOwnFolderIs) {
  for (const std::string& path : {folder() + "/a.csv", "/" + folder() + "//a.csv"}) {
    EXPECT_EQ(why("python x.py --to=" + path).substr(0, 41),
              "it names a file of its folder by an absol");
  }
  EXPECT_EQ(why("python " + folder() + "/x.py a.csv").substr(0, 15), "it names a file");
}

TEST_F(BoundToFolder, ACommandThatGoesUpIs) {
  for (const char* path : {"../a.csv", "--in=../a.csv", "data/../a.csv", "a.csv:.."}) {
    EXPECT_NE(why(std::string("asreview simulate ") + path + " -o a.asreview"), "") << path;
  }
}

TEST(TrialFiles, ATaskSurvivesItsFile) {
  const TemporaryFolder folder;
  TrialTask task;
  task.request.spec.command = CommandId{3};
  task.request.spec.attempt = AttemptNumber{2};
  task.request.spec.text = "python x.py \xff";
  task.request.spec.shell = ShellKind::sh;
  task.request.working_directory = "/project";
  task.request.list = {{"out"}, {"x.py", "a\xff"}, {"venv"}};
  task.request.knowledge = "/project/.shoal/warm";
  task.request.folder = "/project/.shoal/runs/R/verify/3";
  task.interpreter = "/bin/bash -e";
  task.script = "jobs.sh";
  task.snapshots = true;
  ASSERT_TRUE(write_task(task, folder / "3.json").has_value());
  const auto read = read_task(folder / "3.json");
  ASSERT_TRUE(read.has_value()) << read.error().sentence();
  EXPECT_EQ(read->request.spec.text, task.request.spec.text);
  EXPECT_EQ(read->request.spec.shell, ShellKind::sh);
  EXPECT_EQ(read->request.list.files, task.request.list.files);
  EXPECT_EQ(read->request.list.environments, task.request.list.environments);
  EXPECT_EQ(read->request.folder, task.request.folder);
  EXPECT_EQ(read->interpreter, task.interpreter);
  EXPECT_TRUE(read->snapshots);
}

TEST(TrialFiles, AVerdictSurvivesItsFile) {
  const TemporaryFolder folder;
  const VerifiedStart verified{CommandId{3}, StartVerdict::differs, {"output"}, {"files/a\xff"}, 3,
                               "why"};
  ASSERT_TRUE(write_verdict(verified, folder / "verdict").has_value());
  EXPECT_EQ(read_verdict(folder / "verdict").value(), verified);
  EXPECT_FALSE(read_verdict(folder / "absent").has_value());
}

}  // namespace
}  // namespace shoal
