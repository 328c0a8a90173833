#include "tests/sched/recorded_run.h"

namespace shoal::testing {
namespace {

TEST(SchedulerUpload, GivesTheSlotToAnotherWhileFilesAreUploaded) {
  RecordedRun run(3);
  run.data(1, 3);
  EXPECT_EQ(run.begin(), Log({"start 1#1"}));
  EXPECT_EQ(run.uploading(1), Log({"start 2#1"}));
  EXPECT_EQ(run.uploading(1), Log());
  EXPECT_EQ(run.ended(2), Log({"done 2#1"}));
  EXPECT_EQ(run.ended(1), Log({"done 1#1", "start 3#1"}));
  EXPECT_EQ(run.ended(3), Log({"done 3#1", "finished"}));
}

TEST(SchedulerUpload, LetsOthersGoOnAfterOneThatFailedAndTriesAgainAtTheEnd) {
  RecordedRun run(3);
  run.data(1, 2).data(2, 3);
  run.begin();
  run.uploading(1);
  EXPECT_EQ(run.ended(1, EndClass::upload_failed), Log({"retry 1#1 upload_failed", "start 2#1"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1", "start 3#1"}));
  EXPECT_EQ(run.ended(3), Log({"done 3#1", "start 1#2 only to upload"}));
  EXPECT_EQ(run.uploading(1), Log());
  EXPECT_EQ(run.ended(1), Log({"done 1#2", "finished"}));
}

TEST(SchedulerUpload, FailsWhenTheSecondOneFails) {
  RecordedRun run(1);
  run.options.retries.failed = 3;
  run.options.halt_after = 1;
  run.begin();
  EXPECT_EQ(run.ended(1, EndClass::upload_failed),
            Log({"retry 1#1 upload_failed", "start 1#2 only to upload"}));
  EXPECT_EQ(run.ended(1, EndClass::upload_failed), Log({"failed 1#2 upload_failed", "finished"}));
}

TEST(SchedulerUpload, NeedsNoRoomForOneThatOnlyUploads) {
  RecordedRun run(2);
  run.options.slots = 2;
  run.options.cpus = 1;
  run.resume.made = {true, false};
  run.resume.attempts = {1, 0};
  EXPECT_EQ(run.begin(), Log({"start 1#2 only to upload", "start 2#1"}));
}

TEST(SchedulerUpload, StartsItAtOnceWhenARunGoesOnAndAgainAtItsEnd) {
  RecordedRun run(3);
  run.data(1, 2);
  run.resume.done = {false, false, false};
  run.resume.made = {true, false, false};
  run.resume.attempts = {2, 0, 0};
  run.options.slots = 3;
  run.options.cpus = 3;
  EXPECT_EQ(run.begin(), Log({"start 1#3 only to upload", "start 2#1", "start 3#1"}));
  EXPECT_EQ(run.ended(1, EndClass::upload_failed), Log({"retry 1#3 upload_failed"}));
  EXPECT_EQ(run.ended(2), Log({"done 2#1"}));
  EXPECT_EQ(run.ended(3), Log({"done 3#1", "start 1#4 only to upload"}));
  EXPECT_EQ(run.ended(1), Log({"done 1#4", "finished"}));
}

TEST(SchedulerUpload, IsNoFailureThatEndsTheRun) {
  RecordedRun run(2);
  run.exits_on_error[1] = true;
  run.options.halt_after = 1;
  run.begin();
  EXPECT_EQ(run.ended(1, EndClass::upload_failed), Log({"retry 1#1 upload_failed", "start 2#1"}));
}

TEST(SchedulerUpload, IsLeftToTheNextSessionWhenTheRunIsStopped) {
  RecordedRun run(3);
  run.options.slots = 2;
  run.options.cpus = 2;
  run.begin();
  EXPECT_EQ(run.ended(1, EndClass::upload_failed), Log({"retry 1#1 upload_failed", "start 3#1"}));
  run.uploading(2);
  EXPECT_EQ(run.abort(), Log({"cancel 2#1", "cancel 3#1"}));
  EXPECT_EQ(run.ended(2, EndClass::upload_failed), Log({"not reached 2#1 upload_failed"}));
  EXPECT_EQ(run.ended(3, EndClass::cancelled),
            Log({"not reached 3#1 cancelled", "not reached 1#1 upload_failed", "finished"}));
}

TEST(SchedulerUpload, ThatIsLostWithItsWorkerIsTriedAgainWithoutTheCommand) {
  RecordedRun run(1);
  run.resume.made = {true};
  run.resume.attempts = {1};
  run.begin();
  EXPECT_EQ(run.ended(1, EndClass::lost), Log({"retry 1#2 lost", "start 1#3 only to upload"}));
}

TEST(SchedulerUpload, TeachesNothingAboutTheCommand) {
  RecordedRun run(1);
  run.resume.made = {true};
  run.begin();
  run.ended(1);
  EXPECT_FALSE(run.history.overall_mean_seconds().has_value());
}

}  // namespace
}  // namespace shoal::testing
