#include "journal/run_record.h"

#include <gtest/gtest.h>

#include "tests/journal/files.h"
#include "tests/journal/sample_records.h"

namespace shoal {
namespace {

RunRecord read_back(const std::vector<JournalRecord>& records, bool every_attempt = false) {
  const TemporaryFolder folder;
  std::string text = line_of(sample_header());
  for (const JournalRecord& record : records) text += line_of(record);
  write_file(folder / "j", text);
  auto run = read_run(folder / "j", every_attempt);
  EXPECT_TRUE(run.has_value());
  return run ? std::move(*run) : RunRecord{};
}

EndRecord upload_end(std::uint32_t command, std::uint32_t attempt, EndClass end) {
  EndRecord record = sample_end(command, attempt, end);
  record.result.only_upload = attempt > 1;
  record.result.detail = end == EndClass::ok ? "" : "the server was away";
  if (end == EndClass::ok) record.result.uploads = {{"m.json", "p/m.json", 7, "ab"}};
  return record;
}

StartRecord upload_start(std::uint32_t command, std::uint32_t attempt) {
  StartRecord record = sample_start(command, attempt);
  record.only_upload = true;
  return record;
}

SettleRecord settled(std::uint32_t command, CommandState state) {
  return {CommandId{command}, sample_start(command).key, state, {}, {}};
}

TEST(RunRecord, CallsACommandDoneAfterAnOkEndAlone) {
  const RunRecord run = read_back({sample_start(1), sample_end(1)});
  ASSERT_NE(run.find(CommandId{1}), nullptr);
  EXPECT_EQ(run.find(CommandId{1})->state, CommandState::done);
  EXPECT_TRUE(run.find(CommandId{1})->done_once);
}

TEST(RunRecord, KnowsThatOnlyAnUploadIsLeftUntilItIsDone) {
  std::vector<JournalRecord> records = {sample_start(1), upload_end(1, 1, EndClass::upload_failed)};
  EXPECT_TRUE(read_back(records).find(CommandId{1})->upload_left);
  EXPECT_NE(read_back(records).find(CommandId{1})->state, CommandState::done);
  records.emplace_back(upload_start(1, 2));
  EXPECT_TRUE(read_back(records).find(CommandId{1})->upload_left);
  records.emplace_back(upload_end(1, 2, EndClass::cancelled));
  EXPECT_TRUE(read_back(records).find(CommandId{1})->upload_left);
  records.emplace_back(upload_end(1, 3, EndClass::ok));
  const RunRecord run = read_back(records);
  const CommandRecord& command = *run.find(CommandId{1});
  EXPECT_FALSE(command.upload_left);
  EXPECT_EQ(command.state, CommandState::done);
  EXPECT_EQ(run.detail(command), "");
  EXPECT_EQ(run.uploads.at(0).at(0).key, "p/m.json");
}

TEST(RunRecord, KeepsOfTheCommandWhatAnAttemptThatOnlyUploadsDoesNotTell) {
  EndRecord end = sample_end(1, 1, EndClass::upload_failed);
  end.result.log = {SlotIndex{2}, 10, 20};
  const RunRecord before = read_back({sample_start(1), end});
  const RunRecord after =
      read_back({sample_start(1), end, upload_start(1, 2), upload_end(1, 2, EndClass::ok)});
  const CommandRecord& command = *after.find(CommandId{1});
  EXPECT_EQ(command.log.begin, 10U);
  EXPECT_EQ(command.wall, before.find(CommandId{1})->wall);
  EXPECT_EQ(command.start_position, before.find(CommandId{1})->start_position);
  EXPECT_EQ(command.end_position, before.find(CommandId{1})->end_position);
  EXPECT_EQ(command.attempts, 2U);
}

TEST(RunRecord, DoesNotForgetThatACommandIsDoneWhileItIsUploadedAgain) {
  const RunRecord run = read_back({sample_start(1), sample_end(1), upload_start(1, 2)});
  EXPECT_TRUE(run.find(CommandId{1})->upload_left);
}

TEST(RunRecord, CallsACommandRunningUntilItEnds) {
  const RunRecord run = read_back({sample_start(1)});
  EXPECT_EQ(run.find(CommandId{1})->state, CommandState::running);
  EXPECT_FALSE(run.find(CommandId{1})->has_end);
}

TEST(RunRecord, KnowsWhereARunningCommandPrintsOnceTheJournalTells) {
  EXPECT_FALSE(read_back({sample_start(1)}).find(CommandId{1})->log_is_known);
  const LogRecord log{CommandId{1}, sample_start(1).key, AttemptNumber{1}, SlotIndex{3}, 512};
  const RunRecord run = read_back({sample_start(1), log});
  EXPECT_TRUE(run.find(CommandId{1})->log_is_known);
  EXPECT_EQ(run.find(CommandId{1})->log.slot, SlotIndex{3});
  EXPECT_EQ(run.find(CommandId{1})->log.begin, 512U);
  const RunRecord again = read_back({sample_start(1), log, sample_start(1, 2)});
  EXPECT_FALSE(again.find(CommandId{1})->log_is_known);
}

TEST(RunRecord, KnowsInWhoseLogsTheOutputIsAndKeepsEachNameOnce) {
  std::vector<JournalRecord> records;
  for (std::uint32_t id = 1; id <= 50; ++id) {
    EndRecord end = sample_end(id);
    end.result.worker = id <= 25 ? "node-1" : "node-2";
    records.emplace_back(end);
  }
  records.emplace_back(sample_end(51));
  records.emplace_back(sample_start(1, 2));
  const LogRecord log{CommandId{2}, sample_start(2).key, AttemptNumber{2}, SlotIndex{0}, 5,
                      "node-3"};
  records.emplace_back(sample_start(2, 2));
  records.emplace_back(log);
  const RunRecord run = read_back(records);
  EXPECT_EQ(run.workers, (std::vector<std::string>{"", "node-1", "node-2", "node-3"}));
  EXPECT_EQ(run.worker(*run.find(CommandId{1})), "") << "nobody knows yet who runs it again";
  EXPECT_EQ(run.worker(*run.find(CommandId{2})), "node-3");
  EXPECT_EQ(run.worker(*run.find(CommandId{25})), "node-1");
  EXPECT_EQ(run.worker(*run.find(CommandId{26})), "node-2");
  EXPECT_EQ(run.worker(*run.find(CommandId{51})), "");
}

TEST(RunRecord, GoesOnCountingAttemptsAndForgetsTheOldStateAtAStart) {
  const RunRecord run = read_back({sample_start(1), sample_end(1, 1, EndClass::failed),
                                   settled(1, CommandState::failed), sample_start(1, 2)});
  EXPECT_EQ(run.find(CommandId{1})->attempts, 2U);
  EXPECT_EQ(run.find(CommandId{1})->state, CommandState::running);
  EXPECT_EQ(run.find(CommandId{1})->end, EndClass::failed);
  EXPECT_EQ(run.find(CommandId{1})->ended_attempt, AttemptNumber{1});
}

TEST(RunRecord, IgnoresTheLateEndOfAnEarlierAttempt) {
  const RunRecord run = read_back({sample_start(1), sample_start(1, 2), sample_end(1, 1)});
  EXPECT_EQ(run.find(CommandId{1})->state, CommandState::running);
}

TEST(RunRecord, KeepsWhatWasSettledWithoutAnyAttempt) {
  SettleRecord incomplete = settled(2, CommandState::held);
  incomplete.incomplete = Incomplete{6, 12};
  const RunRecord run = read_back({settled(1, CommandState::skipped), incomplete});
  EXPECT_EQ(run.find(CommandId{1})->state, CommandState::skipped);
  EXPECT_EQ(run.find(CommandId{1})->attempts, 0U);
  EXPECT_EQ(run.find(CommandId{2})->incomplete.succeeded, 6U);
  EXPECT_EQ(run.find(CommandId{2})->incomplete.total, 12U);
}

TEST(RunRecord, FindsACommandByItsKeyAfterItsNumberChanged) {
  StartRecord moved = sample_start(1, 2);
  moved.command = CommandId{5};
  const RunRecord run = read_back({sample_start(1), sample_end(1), moved});
  ASSERT_EQ(run.commands.size(), 1U);
  EXPECT_EQ(run.find(moved.key)->command, CommandId{5});
  EXPECT_EQ(run.find(CommandId{5}), run.find(moved.key));
  EXPECT_EQ(run.find(CommandId{4}), nullptr);
  EXPECT_EQ(run.find(CommandKey{moved.key.hash, 1}), nullptr);
}

TEST(RunRecord, TellsEqualCommandsApartByTheirOccurrence) {
  std::vector<JournalRecord> records;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    StartRecord start = sample_start(i + 1);
    start.key = {42, i};
    records.emplace_back(start);
  }
  const RunRecord run = read_back(records);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(run.find(CommandKey{42, i})->command, CommandId{i + 1});
  }
}

TEST(RunRecord, KeepsEachStateOfAnInputOnce) {
  std::vector<JournalRecord> records;
  for (std::uint32_t id = 1; id <= 50; ++id) {
    EndRecord end = sample_end(id);
    end.result.inputs = {{"data/a.csv", 10, id <= 25 ? 1 : 2, std::nullopt}};
    records.emplace_back(end);
  }
  const RunRecord run = read_back(records);
  EXPECT_EQ(run.fingerprints.size(), 2U);
  const auto inputs = run.inputs(*run.find(CommandId{50}));
  ASSERT_EQ(inputs.size(), 1U);
  EXPECT_EQ(run.fingerprints[inputs[0]].modified_nanoseconds, 2);
}

TEST(RunRecord, KeepsDetailsAndAppendedSizesOfTheLastAttempt) {
  StartRecord start = sample_start(1);
  start.appended = {{"F.ini", 100}};
  EndRecord end = sample_end(1, 1, EndClass::input_missing);
  end.result.detail = "data/x.csv";
  const RunRecord run = read_back({start, end, sample_start(2)});
  EXPECT_EQ(run.detail(*run.find(CommandId{1})), "data/x.csv");
  ASSERT_EQ(run.appended(*run.find(CommandId{1})).size(), 1U);
  EXPECT_EQ(run.appended(*run.find(CommandId{1}))[0], AppendedFile("F.ini", 100));
  EXPECT_TRUE(run.appended(*run.find(CommandId{2})).empty());
}

TEST(RunRecord, IsClosedOnlyUntilTheRunIsTakenUpAgain) {
  EXPECT_TRUE(read_back({OpenRecord{}, CloseRecord{}}).close.has_value());
  EXPECT_FALSE(read_back({OpenRecord{}, CloseRecord{}, OpenRecord{}}).close.has_value());
}

TEST(RunRecord, HoldsEveryAttemptOnlyOnRequest) {
  const std::vector<JournalRecord> records{sample_end(1, 1, EndClass::lost), sample_end(1, 2)};
  EXPECT_TRUE(read_back(records).attempts.empty());
  EXPECT_EQ(read_back(records, true).attempts.size(), 2U);
}

TEST(RunRecord, OfAnEmptyJournalIsAnErrorWithACure) {
  const TemporaryFolder folder;
  write_file(folder / "j", "");
  const auto run = read_run(folder / "j");
  ASSERT_FALSE(run.has_value());
  EXPECT_NE(run.error().cure.find("--fresh"), std::string::npos);
}

}  // namespace
}  // namespace shoal
