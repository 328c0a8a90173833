// What an attempt looks at before and after its command.

#include <sys/stat.h>

#include "tests/exec/executor_harness.h"

namespace shoal {
namespace {

class ExecutorPaths : public ExecutorTest {};

TEST_F(ExecutorPaths, AnAbsentRequiredInputEndsTheAttemptBeforeItStarts) {
  folder.write("there", "");
  AttemptSpec attempt = spec("echo ran >ran");
  attempt.required_inputs = {"there", "absent"};
  const AttemptResult result = run(attempt);
  EXPECT_EQ(result.end, EndClass::input_missing);
  EXPECT_EQ(result.detail, "absent");
  EXPECT_FALSE(folder.has("ran"));
}

TEST_F(ExecutorPaths, AnAbsentOutputAfterExitZeroIsNoSuccess) {
  AttemptSpec attempt = spec("echo x >made");
  attempt.outputs = {"made", "never"};
  const AttemptResult result = run(attempt);
  EXPECT_EQ(result.end, EndClass::output_missing);
  EXPECT_EQ(result.detail, "never");
  attempt.command = CommandId{1000};
  attempt.outputs = {"made", folder / "made"};
  EXPECT_EQ(run(attempt).end, EndClass::ok);
}

TEST_F(ExecutorPaths, AFailedMkdirOfAFolderThatExistsIsOk) {
  folder.write("output/file", "");
  AttemptSpec attempt = spec("mkdir output", ShellKind::none);
  attempt.tolerated_folders = {"output"};
  const AttemptResult result = run(attempt);
  EXPECT_EQ(result.end, EndClass::ok);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.detail, "existed already");
}

TEST_F(ExecutorPaths, AFailedMkdirOverAFileIsAFailure) {
  folder.write("output", "");
  AttemptSpec attempt = spec("mkdir output", ShellKind::none);
  attempt.tolerated_folders = {"output"};
  EXPECT_EQ(run(attempt).end, EndClass::failed);
}

TEST_F(ExecutorPaths, InputsAreFingerprintedAsTheyWereAtTheStart) {
  folder.write("in", "12345");
  AttemptSpec attempt = spec("echo more >>in");
  attempt.inputs = {"in", "absent"};
  const AttemptResult result = run(attempt);
  ASSERT_EQ(result.inputs.size(), 2U);
  EXPECT_EQ(result.inputs[0].path, "in");
  EXPECT_EQ(result.inputs[0].size, 5);
  EXPECT_GT(result.inputs[0].modified_nanoseconds, 1'600'000'000'000'000'000);
  EXPECT_EQ(result.inputs[1].size, -1);
  EXPECT_EQ(result.inputs[1].modified_nanoseconds, 0);
}

TEST_F(ExecutorPaths, ACompleteResultOfAnEarlierAttemptIsNotMadeAgain) {
  ASSERT_EQ(run("echo x >member; python3 -m zipfile -c result.zip member").end, EndClass::ok);
  AttemptSpec attempt = spec("echo ran >ran");
  attempt.started_before = true;
  attempt.complete_if_zip = "result.zip";
  attempt.inputs = {"member"};
  const AttemptResult result = run(attempt);
  EXPECT_EQ(result.end, EndClass::ok);
  EXPECT_EQ(result.detail, "was complete already");
  EXPECT_EQ(result.inputs.at(0).size, 2);
  EXPECT_FALSE(folder.has("ran"));
}

TEST_F(ExecutorPaths, LeftoversOfAnEarlierAttemptAreRemoved) {
  folder.write("result.zip", "not a zip");
  folder.write("result.zip.tmp/deep/part", "");
  folder.write("keep/file", "");
  AttemptSpec attempt = spec("[ ! -e result.zip ] && [ ! -e result.zip.tmp ]");
  attempt.started_before = true;
  attempt.complete_if_zip = "result.zip";
  attempt.leftovers = {"result.zip", "result.zip.tmp", "never/there", ""};
  EXPECT_EQ(run(attempt).end, EndClass::ok);
  EXPECT_TRUE(folder.has("keep/file"));
}

}  // namespace
}  // namespace shoal
