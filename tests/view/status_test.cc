#include "view/status.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr TextStyle kPlain{.color = false, .unicode = true, .columns = 80};

RunOverview running_overview() {
  RunOverview run;
  run.run_id = "01ARYZ6S410000000000000000";
  run.jobs_file = "jobs.sh";
  run.created = LocalTime{std::chrono::local_days{std::chrono::year{2025} / 11 / 24} + 12h + 3min};
  run.state = RunState::running;
  run.pid = 4711;
  run.host = "lab1";
  run.counts = {.total = 1200, .waiting = 963, .running = 2, .done = 234, .failed = 1};
  run.left = 65min;
  run.since_last_event = 12s;
  run.running = {{CommandId{240}, 300, "asreview simulate a.csv -o b", 75s},
                 {CommandId{99}, 120, "true", 2s}};
  run.run_folder = ".shoal/runs/01ARYZ6S410000000000000000";
  run.resume_command = "shoal run jobs.sh";
  return run;
}

TEST(Status, OfARunningRunSaysWhoRunsItAndWhat) {
  EXPECT_EQ(status_text(running_overview(), kPlain),
            "Run         01ARYZ6S410000000000000000 of jobs.sh\n"
            "State       running (process 4711 on lab1)\n"
            "Created     2025-11-24 12:03, last news 12 s ago\n"
            "Commands    234/1200 done, 2 running, 1 failed, left about 1 h 5 min\n"
            "Folder      .shoal/runs/01ARYZ6S410000000000000000\n"
            "\n"
            "  240  1 min 15 s  asreview simulate a.csv -o b\n"
            "   99         2 s  true\n");
}

TEST(Status, OfARunWithUploadsSaysHowFarTheyAre) {
  RunOverview run = running_overview();
  run.uploads = {.files = 12, .bytes = 3 << 20, .under_way = 0, .failed = 2};
  run.upload_place = "s3://bucket/prefix";
  const std::string text = status_text(run, kPlain);
  EXPECT_NE(text.find("Uploads     12 files (3 MiB) uploaded, 2 failed to upload "
                      "(s3://bucket/prefix)\n"),
            std::string::npos)
      << text;
}

TEST(Status, OfARunThroughABrokerShowsItsWorkers) {
  RunOverview run = running_overview();
  RunOverview::Cluster cluster;
  cluster.broker = "amqp://me@mq:5672";
  cluster.connected = true;
  cluster.queued = 30;
  cluster.workers = {{"node1-17-abcd", "node1", 8, 7, 2s}, {"n2-1-xyzw", "n2", 1, 1, 0s}};
  run.cluster = cluster;
  const std::string text = status_text(run, kPlain);
  EXPECT_NE(text.find("Broker      amqp://me@mq:5672, 30 waiting for a worker\n"), text.npos)
      << text;
  EXPECT_NE(text.find("  node1-17-abcd  8 slots, 7 busy, seen 2 s ago\n"
                      "  n2-1-xyzw      1 slot, 1 busy, seen 0 s ago\n"),
            text.npos)
      << text;
  run.cluster->connected = false;
  run.cluster->dead_letters = 2;
  run.cluster->workers.clear();
  const std::string away = status_text(run, kPlain);
  EXPECT_NE(away.find("(away), 30 waiting for a worker, 2 that nobody could read"), away.npos)
      << away;
  EXPECT_NE(away.find("no workers: start some with shoal worker"), away.npos) << away;
}

TEST(Status, OfAnInterruptedRunSaysHowToGoOn) {
  RunOverview run = running_overview();
  run.state = RunState::interrupted;
  run.running.clear();
  const std::string text = status_text(run, kPlain);
  EXPECT_NE(text.find("interrupted (process 4711 on lab1 is gone)"), std::string::npos);
  EXPECT_NE(text.find("To go on:   shoal run jobs.sh\n"), std::string::npos);
  EXPECT_EQ(text.find("left about"), std::string::npos);
}

TEST(Status, OfARunWithTroublesShowsThem) {
  RunOverview run = running_overview();
  Trouble trouble;
  trouble.command = CommandId{17};
  trouble.line = 40;
  trouble.text = "false";
  trouble.exit_code = 1;
  run.troubles = {trouble};
  run.incomplete = {{CommandId{90}, "output/tables/x.csv", {6, 12}}};
  const std::string text = status_text(run, kPlain);
  EXPECT_NE(text.find("✗ 17 (line 40) failed: exit 1\n    false\n"), std::string::npos);
  EXPECT_NE(text.find("output/tables/x.csv: 6 of 12 runs"), std::string::npos);
  EXPECT_NE(text.find("Output:     shoal logs 17\n"), std::string::npos);
  EXPECT_EQ(text.find("To go on"), std::string::npos) << "it is still running";
}

TEST(RunsTable, AlignsItsColumns) {
  RunOverview finished = running_overview();
  finished.state = RunState::finished;
  finished.counts = {.total = 7, .done = 7};
  finished.jobs_file = "d\xC3\xA9p\xC3\xB4t.sh";
  EXPECT_EQ(runs_table({finished, running_overview()}, kPlain),
            "RUN                         CREATED           STATE         DONE  NOT OK  JOBS FILE\n"
            "01ARYZ6S410000000000000000  2025-11-24 12:03  finished       7/7       0  "
            "d\xC3\xA9p\xC3\xB4t.sh\n"
            "01ARYZ6S410000000000000000  2025-11-24 12:03  running   234/1200       1  jobs.sh\n");
}

TEST(RunsTable, SaysWhenThereAreNone) { EXPECT_EQ(runs_table({}, kPlain), "No runs yet.\n"); }

}  // namespace
}  // namespace shoal
