#include "view/metrics_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

namespace shoal {
namespace {

using namespace std::chrono_literals;

RunMetrics any_run() {
  RunMetrics metrics;
  metrics.process = {"1.2.3", 1764500000.25, 1.5, 8 << 20};
  metrics.progress.counts = {.total = 10, .waiting = 3, .running = 2, .done = 4, .failed = 1};
  metrics.progress.left = 90s;
  AttemptResult result;
  result.wall = 5s;
  metrics.attempts.add(result);
  metrics.cluster = ClusterMetrics{true, 7, 1, 3, 6, 2};
  return metrics;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(MetricsText, TellsWhereTheCommandsOfARunStand) {
  const std::string text = metrics_text(any_run());
  EXPECT_TRUE(has_line(text, "shoal_run_commands{state=\"done\"} 4")) << text;
  EXPECT_TRUE(has_line(text, "shoal_run_commands{state=\"waiting\"} 3"));
  EXPECT_TRUE(has_line(text, "shoal_run_commands{state=\"held\"} 0"));
  EXPECT_TRUE(has_line(text, "shoal_run_remaining_seconds 90"));
  EXPECT_TRUE(has_line(text, "shoal_build_info{version=\"1.2.3\"} 1"));
  EXPECT_TRUE(has_line(text, "process_start_time_seconds 1764500000.25"));
  EXPECT_TRUE(has_line(text, "process_resident_memory_bytes 8388608"));
}

TEST(MetricsText, OfARunOnOneMachineSaysNothingOfWorkers) {
  RunMetrics metrics = any_run();
  EXPECT_TRUE(has_line(metrics_text(metrics), "shoal_workers 3"));
  EXPECT_TRUE(has_line(metrics_text(metrics), "shoal_queue_messages 7"));
  metrics.cluster.reset();
  EXPECT_EQ(metrics_text(metrics).find("shoal_workers"), std::string::npos);
}

TEST(MetricsText, LeavesOutAnEstimateThatThereIsNot) {
  RunMetrics metrics = any_run();
  metrics.progress.left.reset();
  EXPECT_EQ(metrics_text(metrics).find("remaining"), std::string::npos);
}

TEST(MetricsText, AHistogramEndsWithAllOfThem) {
  const std::string text = metrics_text(any_run());
  EXPECT_TRUE(has_line(text, "shoal_attempt_duration_seconds_bucket{le=\"2\"} 0")) << text;
  EXPECT_TRUE(has_line(text, "shoal_attempt_duration_seconds_bucket{le=\"10\"} 1"));
  EXPECT_TRUE(has_line(text, "shoal_attempt_duration_seconds_bucket{le=\"+Inf\"} 1"));
  EXPECT_TRUE(has_line(text, "shoal_attempt_duration_seconds_sum 5"));
  EXPECT_TRUE(has_line(text, "shoal_attempt_duration_seconds_count 1"));
}

TEST(MetricsText, OfAWorkerTellsItsSlots) {
  WorkerMetrics metrics;
  metrics.slots = 4;
  metrics.busy = 3;
  metrics.tasks = 5;
  const std::string text = metrics_text(metrics);
  EXPECT_TRUE(has_line(text, "shoal_worker_slots 4")) << text;
  EXPECT_TRUE(has_line(text, "shoal_worker_slots_busy 3"));
  EXPECT_TRUE(has_line(text, "shoal_worker_tasks 5"));
  EXPECT_TRUE(has_line(text, "shoal_broker_connected 0"));
}

/// The rules of the format that a parser depends on.
TEST(MetricsText, NamesEveryFamilyOnceBeforeItsSamples) {
  std::istringstream lines(metrics_text(any_run()));
  std::set<std::string> families;
  std::string family;
  std::set<std::string> samples;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash;
    std::string what;
    std::string name;
    if (line.starts_with("# TYPE")) {
      words >> hash >> what >> name;
      EXPECT_EQ(name, family);
    } else if (line.starts_with("# HELP")) {
      words >> hash >> what >> family;
      EXPECT_TRUE(families.insert(family).second) << line;
    } else {
      EXPECT_TRUE(line.starts_with(family)) << line;
      EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second) << line;
      EXPECT_NO_THROW((void)std::stod(line.substr(line.rfind(' '))));
    }
  }
  EXPECT_GT(families.size(), 15);
}

}  // namespace
}  // namespace shoal
