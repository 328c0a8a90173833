#include "view/run_view.h"

#include <gtest/gtest.h>

#include "tests/view/watched_run.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(RunViewOnATerminal, ShowsOneBlockThatFollowsTheRun) {
  Session run(texts(10), on_terminal());
  run.pass(0s);
  run.start(1);
  run.start(3);
  run.pass(200ms);
  run.ok(1);
  run.start(4);
  run.left = 45s;
  run.pass(5s);
  const Rows rows = run.seen();
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_TRUE(rows[0].ends_with("  10%  5 s, left about 45 s")) << rows[0];
  EXPECT_EQ(rows[1], "  1 of 10 done · 2 running · 7 to go");
  EXPECT_EQ(rows[2], "  Small_A 0/4   Small_B 0/4");
  EXPECT_EQ(rows[3], "  3  5 s  asreview simulate data/3.csv");
  EXPECT_EQ(rows[4], "  4  5 s  asreview simulate data/4.csv");
  EXPECT_EQ(run.terminal.unknown(), "");
}

TEST(RunViewOnATerminal, PutsFailuresAboveTheBlockForGood) {
  Session run(texts(10), on_terminal());
  run.pass(0s);
  run.start(3);
  run.pass(1s);
  run.fail(3);
  run.start(4);
  run.pass(1s);
  run.end(4, EndClass::out_of_memory, 137, 60s, true);
  run.pass(1s);
  const Rows rows = run.seen();
  EXPECT_EQ(rows[0], "✗ 3 (line 23) exit 1 after 2.1 s: asreview simulate data/3.csv");
  EXPECT_EQ(
      rows[1],
      "↻ 4 (line 24) out of memory after 1 min 0 s, goes again: asreview simulate data/4.csv");
  EXPECT_TRUE(run.sees("Small_A 0/4 ✗1"));
  run.view().finish();
  EXPECT_EQ(run.seen().size(), 2U);
}

TEST(RunViewOnATerminal, LeavesNoRubbishWhenItIsFinished) {
  Session run(texts(10), on_terminal());
  run.terminal.write("$ shoal run jobs.sh\n");
  for (std::uint32_t id = 1; id <= 10; ++id) {
    run.start(id);
    run.pass(300ms);
    run.ok(id);
  }
  run.view().finish();
  EXPECT_EQ(run.seen(), Rows{"$ shoal run jobs.sh"});
  EXPECT_EQ(run.terminal.cursor_column(), 0U);
  EXPECT_EQ(run.terminal.cursor_row(), 1U);
}

TEST(RunViewOnATerminal, TellsOfTheLastFailureEvenIfNothingIsDrawnAnyMore) {
  Session run(texts(1), on_terminal());
  run.start(1);
  run.pass(0s);
  run.fail(1);
  run.view().finish();
  EXPECT_EQ(run.seen(), Rows{"✗ 1 (line 21) exit 1 after 2.1 s: asreview simulate data/1.csv"});
}

TEST(RunViewOnATerminal, WritesAtMostTenTimesASecondAndOnlyChanges) {
  Session run(texts(1000), on_terminal());
  run.pass(0s);
  for (std::uint32_t id = 1; id <= 1000; ++id) {
    run.start(id);
    run.pass(1ms);
    run.ok(id);
  }
  EXPECT_LE(run.writes, 10);
  EXPECT_GE(run.writes, 9);
  run.pass(200ms);
  const int writes = run.writes;
  run.pass(200ms);  // the same second, the same counts
  EXPECT_EQ(run.writes, writes);
}

TEST(RunViewOnATerminal, SurvivesANarrowerWindowAndAWideText) {
  RunTexts wide = texts(10);
  wide.text = [](CommandId) {
    std::string text = "asreview simulate ";
    for (int i = 0; i < 60; ++i) text += "文献";
    return text + " end";
  };
  Session run(wide, on_terminal());
  run.pass(0s);
  run.start(3);
  run.pass(1s);
  run.fail(3);
  run.start(4);
  run.pass(1s);
  const std::size_t wraps = run.terminal.wraps();
  run.resize(50, 24);
  run.pass(1s);
  run.resize(23, 24);
  run.pass(1s);
  run.resize(110, 24);
  run.pass(1s);
  EXPECT_EQ(run.terminal.wraps(), wraps);
  const Rows rows = run.seen();
  ASSERT_EQ(rows.size(), 5U);  // one failure, bar, counts, data sets, one running
  EXPECT_TRUE(rows[0].starts_with("✗ 3 (line 23) exit 1"));
  EXPECT_TRUE(rows[4].starts_with("  4  4 s  asreview simulate 文献"));
  EXPECT_TRUE(rows[4].ends_with("文献 end"));
}

TEST(RunViewOnATerminal, LimitsAFloodOfFailures) {
  Session run(texts(500), on_terminal());
  run.pass(0s);
  for (std::uint32_t id = 1; id <= 500; ++id) {
    run.start(id);
    run.fail(id);
  }
  run.pass(1s);
  EXPECT_TRUE(run.sees("✗ 20 (line 40)"));
  EXPECT_FALSE(run.sees("✗ 21 (line 41)"));
  EXPECT_TRUE(run.sees(
      "More than 20 commands failed: from here on they are only counted (-v shows each)."));
  EXPECT_LT(run.seen().size(), 30U);
}

TEST(RunViewOnATerminal, SaysAtOnceOfWhatTookNoTime) {
  Session run(texts(10), on_terminal());
  run.pass(0s);
  run.start(3);
  run.end(3, EndClass::failed, 127, 3ms);
  run.pass(1s);
  EXPECT_EQ(run.seen()[0], "✗ 3 (line 23) exit 127 at once: asreview simulate data/3.csv");
}

TEST(RunViewOnATerminal, LeavesOutACommandForWhichThereIsNoRoom) {
  Session run(texts(10), on_terminal());
  run.resize(40, 24);
  run.pass(0s);
  run.start(3);
  run.end(3, EndClass::out_of_memory, 137, 60s);
  run.pass(1s);
  EXPECT_EQ(run.seen()[0], "✗ 3 (line 23) out of memory after 1 mi…");
}

TEST(RunViewOnATerminal, SaysHowToStopAtOnce) {
  Session run(texts(10), on_terminal());
  run.pass(0s);
  run.start(1);
  run.start(2);
  run.view().on_stopping(false);
  run.pass(1s);
  EXPECT_TRUE(run.sees("Stopping after the 2 running commands. Ctrl-C again: at once."));
  run.view().on_stopping(true);
  run.pass(1s);
  EXPECT_TRUE(run.sees("Stopping the 2 running commands."));
  EXPECT_FALSE(run.sees("Ctrl-C again"));
}

TEST(RunViewOnATerminal, AdmitsThatAnEstimateWasTooShort) {
  Session run(texts(10), on_terminal());
  run.pass(0s);
  run.start(1);
  run.left = 0s;
  run.pass(1s);
  EXPECT_TRUE(run.sees("left: a few seconds"));
  run.pass(120s);
  EXPECT_TRUE(run.sees("longer than expected"));
  EXPECT_FALSE(run.sees("a few seconds"));
}

TEST(RunViewOnATerminal, CountsWhatEarlierSessionsDid) {
  Session run(texts(10), on_terminal());
  for (std::uint32_t id = 3; id <= 6; ++id) run.view().on_done_before(CommandId{id});
  run.pass(0s);
  run.pass(1s);
  EXPECT_TRUE(run.sees("Small_A 4/4   Small_B 0/4"));
}

TEST(RunViewOnATerminal, TellsOfEachEndWhenVerbose) {
  Session run(texts(10), on_terminal(Verbosity::verbose));
  run.pass(0s);
  run.start(1);
  run.ok(1);
  AttemptResult skipped;
  skipped.command = CommandId{2};
  skipped.end = EndClass::input_missing;
  skipped.detail = "data/a.csv";
  run.view().on_ended(skipped, Instant{});
  run.view().on_settled({CommandId{2}, AttemptNumber{1}, CommandState::skipped,
                         EndClass::input_missing, std::nullopt},
                        Instant{});
  run.pass(1s);
  EXPECT_EQ(run.seen()[0], "✓ 1 (line 21) done after 2.0 s: asreview simulate data/1.csv");
  EXPECT_EQ(run.seen()[1],
            "- 2 (line 22) skipped, data/a.csv is not there: asreview simulate data/2.csv");
}

TEST(RunViewOnATerminal, ShowsOnlyFailuresWhenQuiet) {
  Session run(texts(3), on_terminal(Verbosity::quiet));
  for (std::uint32_t id = 1; id <= 3; ++id) {
    run.start(id);
    run.pass(1s);
    id == 2 ? run.fail(id) : run.ok(id);
  }
  run.view().finish();
  EXPECT_EQ(run.seen(), Rows{"✗ 2 (line 22) exit 1 after 2.1 s: asreview simulate data/2.csv"});
}

}  // namespace
}  // namespace shoal
