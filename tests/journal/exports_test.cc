#include "journal/exports.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "tests/journal/files.h"
#include "tests/journal/sample_records.h"

namespace shoal {
namespace {

RunRecord sample_run() {
  RunRecord run;
  run.header = sample_header();
  run.attempts = {sample_end(1), sample_end(2, 1, EndClass::failed),
                  sample_end(2, 2, EndClass::killed)};
  run.attempts[0].result.log = {SlotIndex{1}, 100, 102};
  run.attempts[2].result.signal = 9;
  run.attempts[2].result.exit_code = 137;
  return run;
}

std::string text_of(CommandId id) { return id == CommandId{1} ? "echo 1\necho 2" : "exit 1"; }

TEST(Joblog, HasARowAnAttemptInParallelsColumns) {
  using std::string_literals::operator""s;  // the text holds a NUL
  EXPECT_EQ(joblog(sample_run(), text_of),
            "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n"
            "1\t:\t1732456789.000\t     1.235\t0\t2\t0\t0\techo 1\0echo 2\n"
            "2\t:\t1732456789.000\t     1.235\t0\t0\t1\t0\texit 1\n"
            "2\t:\t1732456789.000\t     1.235\t0\t0\t0\t9\texit 1\n"s);
}

TEST(Joblog, NamesTheWorkerAsTheHost) {
  RunRecord run = sample_run();
  run.attempts[1].result.worker = "node-3";
  EXPECT_NE(joblog(run, text_of).find("\n2\tnode-3\t1732456789.000\t"), std::string::npos);
}

/// A joblog with every number but the exit value and signal made equal.
std::string shape_of_joblog(const std::string& log) {
  static const std::regex kTimes("\t[0-9]{10}\\.[0-9]{1,3}\t *[0-9]+\\.[0-9]{3}\t");
  return std::regex_replace(log, kTimes, "\tTIME\tRUNTIME\t");
}

TEST(Joblog, LooksLikeTheOneOfParallelItself) {
  if (std::system("parallel --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no GNU parallel";
  const TemporaryFolder folder;
  write_file(folder / "jobs", "exit 3\nkill -9 $$\nprintf ab\n");
  const std::string command =
      "parallel -j1 --joblog " + (folder / "log") + " < " + (folder / "jobs") + " >/dev/null 2>&1";
  ASSERT_NE(std::system(command.c_str()), -1);
  RunRecord run;
  run.attempts = {sample_end(1, 1, EndClass::failed), sample_end(2, 1, EndClass::killed),
                  sample_end(3)};
  run.attempts[0].result.exit_code = 3;
  run.attempts[1].result.exit_code = 137;
  run.attempts[1].result.signal = 9;
  run.attempts[2].result.log.end = 2;
  const auto text = [](CommandId id) {
    return std::vector<std::string>{"exit 3", "kill -9 $$", "printf ab"}[number(id) - 1];
  };
  EXPECT_EQ(shape_of_joblog(joblog(run, text)), shape_of_joblog(contents_of(folder / "log")));
}

TEST(ChromeTrace, IsJsonWithAnEventAnAttemptOnTheRowOfItsSlot) {
  const auto trace = nlohmann::json::parse(chrome_trace(sample_run(), text_of));
  std::vector<nlohmann::json> complete;
  std::vector<std::string> threads;
  for (const auto& event : trace.at("traceEvents")) {
    if (event.at("ph") == "X") complete.push_back(event);
    if (event.at("name") == "thread_name") threads.push_back(event.at("args").at("name"));
  }
  EXPECT_EQ(threads, (std::vector<std::string>{"slot 0", "slot 1"}));
  ASSERT_EQ(complete.size(), 3U);
  EXPECT_EQ(complete[0].at("tid"), 1);
  EXPECT_EQ(complete[0].at("ts"), 1);
  EXPECT_EQ(complete[0].at("dur"), 1'234'567);
  EXPECT_EQ(complete[2].at("args").at("class"), "killed");
  EXPECT_EQ(complete[2].at("args").at("attempt"), 2);
}

TEST(ChromeTrace, HasAProcessAWorker) {
  RunRecord run = sample_run();
  run.attempts[1].result.worker = "node-3";
  run.attempts[2].result.worker = "node-1";
  const auto trace = nlohmann::json::parse(chrome_trace(run, text_of));
  std::vector<std::pair<std::string, int>> processes;
  std::vector<std::pair<int, int>> rows;
  std::vector<int> complete;
  for (const auto& event : trace.at("traceEvents")) {
    const int process = event.at("pid");
    if (event.at("name") == "process_name") {
      processes.emplace_back(event.at("args").at("name"), process);
    }
    if (event.at("name") == "thread_name") rows.emplace_back(process, event.at("tid"));
    if (event.at("ph") == "X") complete.push_back(process);
  }
  EXPECT_EQ(processes,
            (std::vector<std::pair<std::string, int>>{
                {"shoal run 01ARYZ6S410000000000000000", 1}, {"node-3", 2}, {"node-1", 3}}));
  EXPECT_EQ(rows, (std::vector<std::pair<int, int>>{{1, 1}, {2, 0}, {3, 0}}));
  EXPECT_EQ(complete, (std::vector<int>{1, 2, 3}));
}

TEST(ChromeTrace, TakesACommandThatIsNoUtf8) {
  const auto text = [](CommandId) { return std::string("echo \xFF"); };
  EXPECT_TRUE(nlohmann::json::accept(chrome_trace(sample_run(), text)));
}

}  // namespace
}  // namespace shoal
