#include "view/summary.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr TextStyle kPlain{.color = false, .unicode = true, .columns = 100};

RunSummary summary_of(std::uint32_t total) {
  RunSummary summary;
  summary.run_id = "01ARYZ6S410000000000000000";
  summary.jobs_file = "jobs.sh";
  summary.counts.total = total;
  summary.counts.done = total;
  summary.wall = 63min;
  summary.usage.user = 120min;
  summary.usage.system = 6min;
  summary.usage.peak_memory = std::uint64_t{270} << 20U;
  summary.cores = 2;
  summary.run_folder = ".shoal/runs/01ARYZ6S410000000000000000";
  summary.resume_command = "shoal run jobs.sh";
  return summary;
}

Trouble failure(std::uint32_t id, int exit_code, std::vector<std::string> output) {
  Trouble trouble;
  trouble.command = CommandId{id};
  trouble.line = id + 20;
  trouble.text =
      fmt::format("python -m asreview simulate data/A.csv -o output/sim_{}.asreview", id);
  trouble.exit_code = exit_code;
  trouble.last_output = std::move(output);
  return trouble;
}

void add(RunSummary& summary, Trouble trouble) {
  --summary.counts.done;
  ++(trouble.state == CommandState::failed    ? summary.counts.failed
     : trouble.state == CommandState::skipped ? summary.counts.skipped
                                              : summary.counts.held);
  summary.troubles.push_back(std::move(trouble));
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Summary, SaysWhatWasUploadedAndWhere) {
  RunSummary summary = summary_of(3);
  summary.upload_place = "s3://bucket/prefix";
  EXPECT_FALSE(has(summary_text(summary, kPlain), "s3://"));
  summary.uploads = {.files = 1, .bytes = 2048};
  EXPECT_TRUE(
      has(summary_text(summary, kPlain), "  To s3://bucket/prefix: 1 file (2 KiB) uploaded.\n"));
}

TEST(Summary, SaysThatACommandWhoseUploadFailedIsDoneItself) {
  RunSummary summary = summary_of(3);
  Trouble trouble = failure(2, 0, {});
  trouble.end = EndClass::upload_failed;
  trouble.detail = "https://s3.example/bucket: there is no such bucket.";
  add(summary, std::move(trouble));
  summary.uploads = {.files = 4, .bytes = 0, .under_way = 0, .failed = 1};
  summary.upload_place = "s3://bucket/prefix";
  const std::string text = summary_text(summary, kPlain);
  EXPECT_TRUE(has(text, "4 files (0 B) uploaded, 1 failed to upload.")) << text;
  EXPECT_TRUE(has(text, "upload failed: https://s3.example/bucket: there is no such bucket"));
  EXPECT_TRUE(has(text, "The command itself is done; going on only uploads its files."));
}

TEST(Summary, OfARunThatWentWellIsShort) {
  RunSummary summary = summary_of(1200);
  summary.threads_limited = true;
  EXPECT_EQ(summary_text(summary, kPlain),
            "✓ All 1200 commands done, in 1 h 3 min.\n"
            "  2.0 of 2 cores busy, largest command 270 MiB.\n"
            "  Thread pools were kept to one thread a command (see --threads).\n");
}

TEST(Summary, SaysWhatStartedWarm) {
  RunSummary summary = summary_of(1200);
  summary.warm = 1100;
  summary.cold = 100;
  summary.spared = 90s;
  EXPECT_TRUE(
      has(summary_text(summary, kPlain),
          "  1100 commands started warm and 100 cold, which spared 1 min 30 s of imports.\n"));
  summary.cold = 0;
  summary.spared = {};
  summary.warm_trouble = "python: its fork server died";
  EXPECT_TRUE(has(summary_text(summary, kPlain),
                  "  1100 commands started warm.\n"
                  "  Some commands started cold: python: its fork server died.\n"));
}

TEST(Summary, SaysWhatEarlierSessionsDid) {
  RunSummary summary = summary_of(1200);
  summary.already_done = 1100;
  EXPECT_TRUE(has(summary_text(summary, kPlain), "All 1200 commands done (1100 of them before)"));
}

TEST(Summary, SaysInWordsThatTheCoresHadNothingToDo) {
  RunSummary summary = summary_of(3);
  summary.usage.user = 2s;
  summary.usage.system = {};
  EXPECT_TRUE(has(summary_text(summary, kPlain), "  Hardly any core time, largest command"));
}

TEST(Summary, OfARunWithNothingToDoSaysSo) {
  RunSummary summary = summary_of(1200);
  summary.already_done = 1200;
  summary.usage = {};
  EXPECT_EQ(summary_text(summary, kPlain),
            "✓ Nothing to do: all 1200 commands were done already.\n");
  RunSummary empty;
  empty.jobs_file = "jobs.sh";
  EXPECT_EQ(summary_text(empty, kPlain), "✓ Nothing to do: jobs.sh has no commands.\n");
}

TEST(Summary, TellsWhatFailedWhyAndWhatWasSkippedForIt) {
  RunSummary summary = summary_of(100);
  Trouble failed =
      failure(17, 1, {"Traceback (most recent call last):", "", "ValueError: no rows\n"});
  failed.dependents_skipped = 3;
  add(summary, failed);
  for (std::uint32_t id = 18; id <= 20; ++id) {
    Trouble skipped = failure(id, 0, {});
    skipped.state = CommandState::skipped;
    skipped.end = EndClass::input_missing;
    add(summary, skipped);
  }
  EXPECT_EQ(summary_text(summary, kPlain),
            "✗ Ended after 1 h 3 min: 96 of 100 commands done, 1 failed, 3 skipped.\n"
            "  2.0 of 2 cores busy, largest command 270 MiB.\n"
            "\n"
            "✗ 17 (line 37) failed: exit 1\n"
            "    python -m asreview simulate data/A.csv -o output/sim_17.asreview\n"
            "    │ Traceback (most recent call last):\n"
            "    │ ValueError: no rows\n"
            "    3 commands were skipped for it.\n"
            "\n"
            "Output:     shoal logs 17\n"
            "All output: .shoal/runs/01ARYZ6S410000000000000000/logs\n"
            "To go on:   shoal run jobs.sh  (what is done is not run again)\n");
}

TEST(Summary, GathersThousandsOfFailuresOfThreeKinds) {
  RunSummary summary = summary_of(10'000);
  for (std::uint32_t id = 1; id <= 5000; ++id) {
    if (id % 10 == 0) {
      Trouble killed = failure(id, 137, {});
      killed.end = EndClass::killed;
      killed.signal = 9;
      add(summary, killed);
    } else if (id % 2 == 0) {
      add(summary, failure(id, 127, {fmt::format("line {}: python: command not found", id)}));
    } else {
      add(summary, failure(id, 1, {"Traceback", fmt::format("Project path out/{} exists", id)}));
    }
  }
  const std::string text = summary_text(summary, kPlain);
  EXPECT_TRUE(has(text, "2500 commands failed: exit 1. The first is 1 (line 21):"));
  EXPECT_TRUE(has(text, "2000 commands failed: exit 127. The first is 2 (line 22):"));
  EXPECT_TRUE(has(text, "500 commands failed: killed by SIGKILL. The first is 10 (line 30):"));
  EXPECT_TRUE(has(text, "is the right environment active?"));
  EXPECT_TRUE(has(text, "memory"));
  EXPECT_TRUE(has(text, "Likewise 3 (line 23), 5 (line 25), 7 (line 27)"));
  EXPECT_TRUE(has(text, "and 2495 more."));
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 40);
}

TEST(Summary, StaysShortHoweverManyKindsOfFailureThereAre) {
  RunSummary summary = summary_of(1000);
  for (int code = 1; code <= 100; ++code) {
    add(summary,
        failure(static_cast<std::uint32_t>(code), code, std::vector<std::string>(20, "x")));
  }
  for (int i = 0; i < 50; ++i) {
    summary.incomplete.push_back({CommandId{900}, fmt::format("output/t{}.csv", i), {1, 2}});
  }
  const std::string text = summary_text(summary, kPlain);
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 40);
  EXPECT_TRUE(has(text, "more failed in "));
  EXPECT_TRUE(has(text, "and 45 more"));
}

TEST(Summary, SaysLoudlyWhichTablesAreIncomplete) {
  RunSummary summary = summary_of(100);
  add(summary, failure(17, 1, {}));
  summary.incomplete = {{CommandId{90}, "output/tables/x.csv", {6, 12}}};
  const std::string text = summary_text(summary, kPlain);
  EXPECT_TRUE(has(text,
                  "! INCOMPLETE, because some commands before it failed:\n"
                  "    output/tables/x.csv: 6 of 12 runs\n"));
}

TEST(Summary, SaysWhatIsHeldBack) {
  RunSummary summary = summary_of(100);
  add(summary, failure(17, 1, {}));
  Trouble held = failure(90, 0, {});
  held.state = CommandState::held;
  add(summary, held);
  EXPECT_TRUE(has(summary_text(summary, kPlain),
                  "- 1 command was held back (--strict), because not all that it reads was made:\n"
                  "    90 (line 110)\n"));
}

TEST(Summary, NamesTheMissingFileOfSkippedCommandsWhoseCauseIsNotInThisSession) {
  RunSummary summary = summary_of(100);
  Trouble skipped = failure(18, 0, {});
  skipped.state = CommandState::skipped;
  skipped.end = EndClass::input_missing;
  skipped.detail = "output/a.asreview";
  add(summary, skipped);
  EXPECT_TRUE(has(summary_text(summary, kPlain),
                  "- 1 command was skipped, because a file that it needs is not there:\n"
                  "    18 (line 38)\n"
                  "    18 needs output/a.asreview\n"));
}

TEST(Summary, OfAnInterruptedRunSaysHowToGoOn) {
  RunSummary summary = summary_of(100);
  summary.counts.done = 30;
  summary.counts.not_reached = 70;
  summary.interrupted = true;
  const std::string text = summary_text(summary, kPlain);
  EXPECT_TRUE(
      text.starts_with("! Stopped after 1 h 3 min: 30 of 100 commands done, 70 unfinished.\n"));
  EXPECT_TRUE(has(text, "To go on:   shoal run jobs.sh"));
}

TEST(Summary, DoesNotLetOutputControlTheTerminal) {
  RunSummary summary = summary_of(100);
  Trouble trouble = failure(17, 1, {"10%\r\x1b[2J 99%|###|\x1b[31m red"});
  trouble.text = "echo \x1b]0;title\x07";
  add(summary, trouble);
  const std::string text = summary_text(summary, kPlain);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_TRUE(has(text, "│  99%|###| red\n"));
}

struct EndCase {
  EndClass end;
  int exit_code;
  int signal;
  std::string detail;
  std::string words;
};

void PrintTo(const EndCase& ended, std::ostream* out) { *out << ended.words; }

class SummaryOfAnEnd : public testing::TestWithParam<EndCase> {};

TEST_P(SummaryOfAnEnd, SaysInWordsHowItEnded) {
  RunSummary summary = summary_of(100);
  Trouble trouble = failure(17, GetParam().exit_code, {});
  trouble.end = GetParam().end;
  trouble.signal = GetParam().signal;
  trouble.detail = GetParam().detail;
  add(summary, trouble);
  EXPECT_TRUE(has(summary_text(summary, kPlain), GetParam().words))
      << summary_text(summary, kPlain);
}

INSTANTIATE_TEST_SUITE_P(
    Ends, SummaryOfAnEnd,
    testing::Values(
        EndCase{EndClass::failed, 2, 0, "", "failed: exit 2\n"},
        EndCase{EndClass::failed, 126, 0, "", "may not be executed"},
        EndCase{EndClass::failed, 137, 0, "", "failed: exit 137 (SIGKILL)"},
        EndCase{EndClass::failed, 200, 0, "", "failed: exit 200\n"},
        EndCase{EndClass::killed, 139, 11, "", "failed: killed by SIGSEGV"},
        EndCase{EndClass::killed, 190, 62, "", "failed: killed by signal 62"},
        EndCase{EndClass::timed_out, 143, 15, "", "failed: over its time limit"},
        EndCase{EndClass::out_of_memory, 137, 9, "", "failed: out of memory"},
        EndCase{EndClass::lost, 0, 0, "", "failed: lost"},
        EndCase{EndClass::output_missing, 0, 0, "out/x.csv", "failed: did not make out/x.csv"},
        EndCase{EndClass::input_missing, 0, 0, "in/x.csv", "failed: in/x.csv is not there"},
        EndCase{EndClass::cancelled, 143, 15, "", "failed: stopped"},
        EndCase{EndClass::ended_shell, 1, 0, "", "failed: ended the shell"}));

}  // namespace
}  // namespace shoal
