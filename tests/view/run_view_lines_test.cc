#include <gtest/gtest.h>

#include "tests/view/watched_run.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(RunViewInAFile, WritesALineAtTheStartEverySoOftenAndAtTheEnd) {
  Session run(texts(10), in_a_file());
  run.pass(0s);
  run.start(1);
  run.pass(10s);
  run.left = 1h + 5min;
  run.pass(25s);
  run.ok(1);
  run.pass(10s);
  run.view().finish();
  EXPECT_EQ(run.written,
            "12:00:00 0/10 done, left: not known yet\n"
            "12:00:35 0/10 done, 1 running, left about 1 h 5 min\n"
            "12:00:45 1/10 done, after 45 s\n");
}

TEST(RunViewInAFile, WritesFailuresAndNotesAmongTheLinesWithoutEscapes) {
  Session run(texts(10), in_a_file());
  run.view().note("Going on with run 01ARYZ.");
  run.pass(0s);
  run.start(3);
  run.fail(3);
  run.view().on_stopping(false);
  run.pass(1s);
  EXPECT_EQ(run.written,
            "Going on with run 01ARYZ.\n"
            "12:00:00 0/10 done, left: not known yet\n"
            "✗ 3 (line 23) exit 1 after 2.1 s: asreview simulate data/3.csv\n"
            "Stopping.\n");
}

TEST(RunViewInAFile, WritesTheFirstFailuresOfAFloodAndThenCountsThem) {
  for (const Verbosity verbosity : {Verbosity::quiet, Verbosity::normal}) {
    Session run(texts(500), in_a_file(verbosity));
    for (std::uint32_t id = 1; id <= 500; ++id) {
      run.start(id);
      run.fail(id);
      run.pass(200ms);
    }
    run.view().finish();
    EXPECT_EQ(run.lines_with("✗ "), 20);
    EXPECT_EQ(run.lines_with("only counted (-v shows each)"), 1);
    const bool counts = verbosity == Verbosity::normal;
    EXPECT_EQ(run.written.find("500 failed") != std::string::npos, counts);
  }
}

TEST(RunViewInAFile, WritesEveryFailureOfAFloodWhenVerbose) {
  Session run(texts(500), in_a_file(Verbosity::verbose));
  for (std::uint32_t id = 1; id <= 500; ++id) {
    run.start(id);
    run.fail(id);
  }
  run.pass(0s);
  EXPECT_EQ(run.lines_with("✗ "), 500);
}

TEST(RunViewInAFile, CountsRetriesApartFromFailures) {
  Session run(texts(100), in_a_file());
  run.pass(0s);
  for (std::uint32_t id = 1; id <= 50; ++id) {
    run.start(id);
    run.end(id, EndClass::lost, 0, 1s, true);
  }
  run.start(60);
  run.fail(60);
  run.pass(1s);
  EXPECT_EQ(run.lines_with(", goes again"), 20);
  EXPECT_EQ(run.lines_with("More than 20 attempts go again"), 1);
  EXPECT_EQ(run.lines_with("✗ "), 1);
}

TEST(RunViewInAFile, SaysNothingWhereNothingIsLeftToDo) {
  Session run(texts(0), in_a_file());
  run.pass(0s);
  run.view().finish();
  EXPECT_EQ(run.written, "");

  Session done(texts(3), in_a_file());
  for (std::uint32_t id = 1; id <= 3; ++id) done.done_before(id);
  done.left = 0s;
  done.pass(0s);
  done.view().finish();
  EXPECT_EQ(done.written, "");
}

}  // namespace
}  // namespace shoal
