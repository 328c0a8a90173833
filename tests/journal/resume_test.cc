#include "journal/resume.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/journal/sample_records.h"
#include "tests/journal/toy_world.h"

namespace shoal {
namespace {

using Lines = std::vector<std::string>;
using Numbers = std::set<std::uint32_t>;

const Lines kChain = {"cat in.csv > x.state", "cat x.state > m.json", "cat m.json > t.csv",
                      "cat other.csv > o.json"};

/// A world in which the lines ran to their end, one after the other.
ToyWorld after(const Lines& lines) {
  ToyWorld world;
  for (const char* const input : {"in.csv", "other.csv"}) world.write(input, input);
  std::mt19937 random(1);
  world.run(ToyProgram(lines), {1, UINT32_MAX, 0}, random);
  return world;
}

Numbers reruns(const ToyWorld& world, const Lines& lines, bool verify = false) {
  const ResumePlan plan = world.resume(ToyProgram(lines), verify);
  Numbers numbers;
  for (std::uint32_t id = 1; id <= plan.scheduler.done.size(); ++id) {
    if (!plan.scheduler.done[id - 1]) numbers.insert(id);
  }
  return numbers;
}

Lines reasons(const ToyWorld& world, const Lines& lines) {
  Lines texts;
  for (const auto& reason : world.resume(ToyProgram(lines)).reasons) {
    texts.push_back(std::to_string(number(reason.command)) + ": " + reason.text);
  }
  return texts;
}

void end_again(ToyWorld& world, const Lines& lines, std::uint32_t command, EndClass end) {
  const ToyProgram program(lines);
  EndRecord record = sample_end(command, 9, end);
  record.key = program.keys[command - 1];
  world.note(record);
  if (end != EndClass::ok) {
    world.note(SettleRecord{CommandId{command}, record.key, CommandState::failed, {}, {}});
  }
}

TEST(CommandKeys, TellEqualLinesApartByTheirOrder) {
  const ToyProgram program({"cat a > x", "cat b > y", "cat a > x"});
  EXPECT_EQ(program.keys[0].hash, program.keys[2].hash);
  EXPECT_NE(program.keys[0].hash, program.keys[1].hash);
  EXPECT_EQ(program.keys[0].occurrence, 0U);
  EXPECT_EQ(program.keys[2].occurrence, 1U);
}

TEST(CommandKeys, DependOnTheStateOfTheShellBefore) {
  const ToyProgram program({"cat a > x", "export LANG=C", "cat a > x"});
  EXPECT_NE(program.keys[0].hash, program.keys[2].hash);
}

TEST(Resume, OfAFinishedRunDoesNothing) {
  const ToyWorld world = after(kChain);
  EXPECT_EQ(reruns(world, kChain), Numbers{});
  EXPECT_EQ(reasons(world, kChain), Lines{});
}

TEST(Resume, OnlyUploadsWhatRanAndWasNotUploaded) {
  ToyWorld world = after(kChain);
  EndRecord record = sample_end(2, 9, EndClass::upload_failed);
  record.key = ToyProgram(kChain).keys[1];
  record.result.only_upload = true;
  world.note(record);
  const ResumePlan plan = world.resume(ToyProgram(kChain));
  EXPECT_EQ(plan.scheduler.done, (std::vector<bool>{true, false, true, true}));
  EXPECT_EQ(plan.scheduler.made, (std::vector<bool>{false, true, false, false}));
  EXPECT_EQ(reasons(world, kChain), Lines{});
}

TEST(Resume, RunsItAgainWhenItsInputChanged) {
  ToyWorld world = after(kChain);
  EndRecord record = sample_end(1, 9, EndClass::upload_failed);
  record.key = ToyProgram(kChain).keys[0];
  record.result.only_upload = true;
  world.note(record);
  world.write("in.csv", "new");
  const ResumePlan plan = world.resume(ToyProgram(kChain));
  EXPECT_EQ(plan.scheduler.made, std::vector<bool>(4));
  EXPECT_EQ(reruns(world, kChain), (Numbers{1, 2, 3}));
}

TEST(Resume, OfAnEmptyJournalDoesEverything) {
  EXPECT_EQ(reruns(ToyWorld(), kChain), (Numbers{1, 2, 3, 4}));
}

TEST(Resume, RunsAChangedLineAndWhatReadsFromItAgain) {
  const ToyWorld world = after(kChain);
  Lines changed = kChain;
  changed[1] += " # seed 2";
  EXPECT_EQ(reruns(world, changed), (Numbers{2, 3}));
  EXPECT_TRUE(world.resume(ToyProgram(changed)).outdated[2]);
  EXPECT_FALSE(world.resume(ToyProgram(changed)).outdated[1]);  // a new command
}

TEST(Resume, FindsCommandsAgainBehindNewLines) {
  const ToyWorld world = after(kChain);
  Lines longer = kChain;
  longer.insert(longer.begin(), "cat other.csv > first.txt");
  EXPECT_EQ(reruns(world, longer), Numbers{1});
  EXPECT_EQ(world.resume(ToyProgram(longer)).scheduler.attempts,
            (std::vector<std::uint32_t>{0, 1, 1, 1, 1}));
}

TEST(Resume, NoticesAChangedInputAndSaysSo) {
  ToyWorld world = after(kChain);
  world.write("in.csv", "new rows");
  EXPECT_EQ(reruns(world, kChain), (Numbers{1, 2, 3}));
  EXPECT_EQ(reasons(world, kChain), Lines{"1: its input in.csv changed"});
  EXPECT_TRUE(world.resume(ToyProgram(kChain)).outdated[0]);
}

TEST(Resume, WithVerifyTakesATouchedInputForUnchanged) {
  ToyWorld world = after(kChain);
  world.write("in.csv", "in.csv");
  EXPECT_EQ(reruns(world, kChain), (Numbers{1, 2, 3}));
  EXPECT_EQ(reruns(world, kChain, true), Numbers{});
  world.write("in.csv", "IN.csv");
  EXPECT_EQ(reruns(world, kChain, true), (Numbers{1, 2, 3}));
}

TEST(Resume, MakesALostOutputAgain) {
  ToyWorld world = after(kChain);
  world.files.erase("m.json");
  EXPECT_EQ(reruns(world, kChain), (Numbers{2, 3}));
  EXPECT_EQ(reasons(world, kChain), Lines{"2: its output m.json is gone"});
}

TEST(Resume, RunsAFailedCommandAndItsDependentsAgainAndGoesOnCounting) {
  ToyWorld world = after(kChain);
  end_again(world, kChain, 1, EndClass::failed);
  EXPECT_EQ(reruns(world, kChain), (Numbers{1, 2, 3}));
  EXPECT_EQ(world.resume(ToyProgram(kChain)).scheduler.attempts[0], 9U);
}

TEST(Resume, RunsWhatStartedBeforeItsSourceEndedAgain) {
  ToyWorld world = after(kChain);
  end_again(world, kChain, 1, EndClass::ok);  // and then the session died
  EXPECT_EQ(reruns(world, kChain), (Numbers{2, 3}));
}

TEST(Resume, RunsAReaderOfAGlobAgainWhenOneOfItsSourcesDoes) {
  const Lines lines = {"cat in.csv > d/1", "cat other.csv > d/2", "cat d/* > all.csv"};
  ToyWorld world = after(lines);
  EXPECT_EQ(reruns(world, lines), Numbers{});
  end_again(world, lines, 2, EndClass::failed);
  EXPECT_EQ(reruns(world, lines), (Numbers{2, 3}));
  end_again(world, lines, 2, EndClass::ok);
  EXPECT_EQ(reruns(world, lines), Numbers{3});
}

TEST(Resume, DoesNotMissWhatALaterLineRemoved) {
  const Lines lines = {"cat in.csv > x.state", "cat x.state > m.json", "rm x.state"};
  ToyWorld world = after(lines);
  EXPECT_EQ(reruns(world, lines), Numbers{});
  world.files.erase("m.json");
  EXPECT_EQ(reruns(world, lines), (Numbers{1, 2, 3}));
}

TEST(Resume, DoesNotMissWhatWentWithItsFolder) {
  const Lines lines = {"cat in.csv > tmp/x", "cat tmp/x > m.json", "rm -r tmp"};
  ToyWorld world = after(lines);
  EXPECT_EQ(reruns(world, lines), Numbers{});
  world.files.erase("m.json");
  EXPECT_EQ(reruns(world, lines), (Numbers{1, 2, 3}));
}

TEST(Resume, OfAReaderBetweenTwoWritersRunsBothWritersAgain) {
  const Lines lines = {"cat in.csv > x", "cat x > first.json", "cat other.csv > x",
                       "cat x > second.json"};
  ToyWorld world = after(lines);
  EXPECT_EQ(reruns(world, lines), Numbers{});
  world.files.erase("first.json");
  EXPECT_EQ(reruns(world, lines), (Numbers{1, 2, 3, 4}));
}

TEST(Resume, OfTheLastReaderOfAFileLeavesItsWritersAlone) {
  const Lines lines = {"cat in.csv > x", "cat x > first.json", "cat other.csv > x",
                       "cat x > second.json"};
  ToyWorld world = after(lines);
  world.files.erase("second.json");
  EXPECT_EQ(reruns(world, lines), Numbers{4});
}

TEST(Resume, OfAChangeInPlaceBeginsWhereTheFileIsMade) {
  const Lines lines = {"cat in.csv > x", "sort -o x x", "sort -o x x # again"};
  const ToyWorld world = after(lines);
  EXPECT_EQ(reruns(world, lines), Numbers{});
  for (const std::size_t edited : {1U, 2U}) {
    Lines changed = lines;
    changed[edited] = "sort -o x x # another";
    EXPECT_EQ(reruns(world, changed), (Numbers{1, 2, 3})) << edited;
  }
}

TEST(Resume, OfANewLineBehindAFinishedFileLeavesItsMakerAlone) {
  Lines lines = {"cat in.csv > x", "sort -o x x"};
  const ToyWorld world = after(lines);
  lines.push_back("cat x > y");
  EXPECT_EQ(reruns(world, lines), Numbers{3});
}

TEST(Resume, WarnsWhenAnInputWasChangedInPlaceForGood) {
  const Lines lines = {"cat in.csv > x", "sort -o in.csv in.csv"};
  ToyWorld world = after(lines);
  world.files.erase("x");
  EXPECT_EQ(reruns(world, lines), Numbers{1});
  EXPECT_EQ(reasons(world, lines),
            (Lines{"1: its output x is gone",
                   "1: it reads in.csv, which line 2 has changed since and no line makes anew"}));
}

TEST(Resume, CutsAppendedFilesBackToBeforeTheFirstThatRunsAgain) {
  const Lines lines = {"cat in.csv >> log", "cat other.csv >> log", "cat in.csv >> log # 3"};
  const ToyWorld world = after(lines);
  const std::string& log = world.files.at("log").contents;
  for (std::size_t edited = 0; edited < lines.size(); ++edited) {
    Lines changed = lines;
    changed[edited] += " # edited";
    const ResumePlan plan = world.resume(ToyProgram(changed));
    const std::int64_t size =
        edited == 0 ? -1 : static_cast<std::int64_t>(log.find("<" + lines[edited]));
    ASSERT_EQ(plan.cut_back.size(), 1U) << edited;
    EXPECT_EQ(plan.cut_back.at(static_cast<std::uint32_t>(edited) + 1),
              (std::vector<AppendedFile>{{"log", size}}));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      EXPECT_EQ(plan.scheduler.done[i], i < edited) << edited;
    }
  }
}

TEST(Resume, RunsALineItDoesNotUnderstandAndAllBehindItAgainAfterOneBeforeIt) {
  const Lines lines = {"cat first.csv > z", "cat in.csv > a", "if true; then cat a > b; fi",
                       "cat other.csv > c"};
  ToyWorld world = after(lines);
  EXPECT_EQ(reruns(world, lines), Numbers{});
  world.files.erase("a");
  EXPECT_EQ(reruns(world, lines), (Numbers{2, 3, 4}));
}

}  // namespace
}  // namespace shoal
