#include "plan/planner.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "plan/export.h"
#include "plan/findings.h"
#include "tests/plan/planning.h"

namespace shoal {
namespace {

using Ids = std::vector<std::uint32_t>;

PlannedText plan_in(PlanMode mode, const std::string& jobs) {
  PlanOptions options;
  options.mode = mode;
  return plan_of(jobs, options);
}

Ids direct(const PlannedText& planned, std::uint32_t command) {
  return PlainGraph(planned.plan.graph()).direct(command);
}

EdgeKind kind_between(const Plan& plan, std::uint32_t from, std::uint32_t to) {
  for (const Edge edge : plan.graph().successors(NodeId{from})) {
    if (edge.to == NodeId{to}) return edge.kind;
  }
  throw std::runtime_error("no such edge");
}

std::string all_messages(const std::vector<Finding>& findings) {
  std::string all;
  for (const Finding& finding : findings) {
    all += std::to_string(finding.line).append(": ").append(finding.message).append("\n");
  }
  return all;
}

DiskView disk_with(std::vector<std::string> paths) {
  return {[paths = std::move(paths)](const std::string& path) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
  }};
}

TEST(Planner, DataFlowsFromTheLastWriter) {
  const auto planned = plan_of("echo 1 > a\necho 2 > a\ncat a > b\necho 3 > a\n");
  EXPECT_EQ(direct(planned, 2), Ids{1});
  EXPECT_EQ(direct(planned, 3), Ids{2});
  EXPECT_EQ(kind_between(planned.plan, 1, 2), EdgeKind::data);
  EXPECT_EQ(kind_between(planned.plan, 2, 3), EdgeKind::data);
  EXPECT_EQ(kind_between(planned.plan, 3, 4), EdgeKind::order);
  EXPECT_EQ(planned.plan.last_writer(planned.plan.accesses(CommandId{1})[0].path), CommandId{4});
}

TEST(Planner, ALineInAFolderWaitsForTheFolderAndWorksBelowIt) {
  const auto planned = plan_of(
      "mkdir -p a\n"
      "(cd ./a && mkdir b)\n"
      "(cd ./a && sort x > b/y)\n"
      "cat a/b/y > z\n");
  EXPECT_EQ(direct(planned, 2), Ids{1});
  EXPECT_EQ(direct(planned, 3), (Ids{1, 2}));
  EXPECT_EQ(direct(planned, 4), Ids{3});
  EXPECT_TRUE(planned.plan.only_makes_folders(CommandId{2}));
  EXPECT_FALSE(planned.plan.only_makes_folders(CommandId{3}));
}

TEST(Planner, UsersOfAFolderWaitForItsMaker) {
  const auto planned =
      plan_of("mkdir -p out/a\nmkdir -p out/b\necho x > out/a/x\necho x > out/y\n");
  EXPECT_EQ(direct(planned, 2), Ids{1});
  EXPECT_EQ(direct(planned, 3), Ids{1});
  EXPECT_EQ(direct(planned, 4), Ids{1});
}

TEST(Planner, AFolderIsMadeAfterThoseWhoMissedIt) {
  const auto planned = plan_of("echo x > out/x\nmkdir out\necho y > out/y\n");
  EXPECT_EQ(direct(planned, 2), Ids{1});
  EXPECT_EQ(direct(planned, 3), Ids{2});
}

TEST(Planner, AFolderOnDiskNeedsNoMaker) {
  const std::string jobs =
      "asreview simulate d.csv -o out/a.asreview\necho x > out/x\nasreview simulate d.csv -o "
      "out/b.asreview\n";
  EXPECT_EQ(direct(plan_of(jobs), 2), Ids{1});
  PlanOptions options;
  options.folder_exists = [](const std::string& path) { return path == "out"; };
  const auto planned = plan_of(jobs, options);
  EXPECT_EQ(direct(planned, 2), Ids{});
  EXPECT_EQ(direct(planned, 3), Ids{});
}

TEST(Planner, MetricsInOneFolderWithTheirStatesWaitForTheirOwn) {
  std::string jobs;
  for (const std::string run : {"1", "2", "3"}) {
    jobs.append("asreview simulate d.csv -o out/s").append(run).append(".asreview\n");
    jobs.append("asreview metrics out/s")
        .append(run)
        .append(".asreview -o out/m")
        .append(run)
        .append("\n");
  }
  const auto planned = plan_of(jobs);
  EXPECT_EQ(direct(planned, 3), Ids{});
  EXPECT_EQ(direct(planned, 6), Ids{5});
}

TEST(Planner, AReaderOfAFolderWaitsForAllThatWroteInIt) {
  const auto planned =
      plan_of("echo 1 > out/a\necho 2 > out/b/c\ncat out/* > all\necho 3 > out/d\nls -R out\n");
  EXPECT_EQ(direct(planned, 3), Ids{1});
  EXPECT_EQ(direct(planned, 4), Ids{3});
  EXPECT_EQ(direct(planned, 5), (Ids{1, 2, 4}));
}

TEST(Planner, ASecondReaderOfManyCostsOneEdge) {
  std::string jobs;
  for (int i = 0; i < 100; ++i) jobs.append("echo 1 > out/").append(std::to_string(i)).append("\n");
  const auto edges = [&](const std::string& more) {
    return plan_of(jobs + more).plan.graph().edge_count();
  };
  const std::size_t one = edges("cat out/* > a\n");
  EXPECT_EQ(edges("cat out/* > a\ncat out/* > b\n"), one + 1);
  EXPECT_EQ(edges("cat out/* > a\necho 1 > out/x\ncat out/* > b\n"), one + 4);
}

TEST(Planner, EdgesStayLinearWhenReadersAndWritersTakeTurns) {
  const auto edges = [](int rounds) {
    std::string jobs;
    for (int i = 0; i < rounds; ++i) {
      const std::string n = std::to_string(i);
      jobs += "echo 1 > out/" + n + "\ncat out/* > all/" + n + "\nls -R all > lists/" + n + "\n";
    }
    return plan_of(jobs).plan.graph().edge_count();
  };
  EXPECT_LT(edges(400), 4 * edges(100) + 50);
}

TEST(Planner, RemovingAFolderWaitsForItsUsersAndTheyForIt) {
  const auto planned =
      plan_of("mkdir out\necho 1 > out/a\ncat out/a > b\nrm -r out\nmkdir out\necho 2 > out/a\n");
  EXPECT_EQ(PlainGraph(planned.plan.graph()).ancestors(4), (Ids{1, 2, 3}));
  EXPECT_EQ(direct(planned, 5), Ids{4});
  EXPECT_EQ(direct(planned, 6), (Ids{4, 5}));
}

TEST(Planner, MoreGlobsInAFolderThanCanBeToldApartAreOneTree) {
  std::string jobs;
  for (int i = 0; i < 70; ++i) {
    const std::string n = std::to_string(i);
    jobs += "cat in/" + n + "_* > out/" + n + "\n";
  }
  const auto planned = plan_of(jobs + "echo x > in/69_a\n");
  const Ids sources = direct(planned, 71);
  EXPECT_TRUE(std::binary_search(sources.begin(), sources.end(), 70U));
  EXPECT_FALSE(std::binary_search(sources.begin(), sources.end(), 1U));
}

TEST(Planner, ABarrierStandsBetweenAllBeforeAndAllAfter) {
  const auto planned = plan_of("echo 1 > a\necho 2 > b\ncat a > c\nmake\necho 3 > d\ncat c > e\n");
  EXPECT_TRUE(planned.plan.is_barrier(CommandId{4}));
  EXPECT_EQ(direct(planned, 4), (Ids{2, 3}));
  EXPECT_EQ(direct(planned, 5), Ids{4});
  EXPECT_EQ(direct(planned, 6), (Ids{3, 4})) << "data flows past a barrier";
}

TEST(Planner, DirectivesOverrideWhatIsFound) {
  const auto barrier = plan_of("echo 1 > a\n#shoal: barrier\necho 2 > b\necho 3 > c\n");
  EXPECT_EQ(direct(barrier, 2), Ids{1});
  EXPECT_EQ(direct(barrier, 3), Ids{2});
  const auto after = plan_of("echo 1 > a\necho 2 > b\n#shoal: after=1,2\necho 3 > c\n");
  EXPECT_EQ(direct(after, 3), (Ids{1, 2}));
}

TEST(Planner, AnAfterThatCannotBeIsAnErrorWithItsLine) {
  const auto sentence = [](const std::string& jobs) {
    const JobsText text = jobs_text(jobs);
    const auto plan = try_plan(text);
    return plan ? "" : plan.error().sentence();
  };
  EXPECT_NE(
      sentence("echo 1\n#shoal: after=7\necho 2\n").find("jobs.sh:2: after=7 names no command"),
      std::string::npos);
  EXPECT_NE(
      sentence("#shoal: after=2\necho 1 > a\n#shoal: after=1\necho 2\n").find("waits for itself"),
      std::string::npos);
  EXPECT_NE(sentence("#shoal: after=1\necho 1\n").find("jobs.sh:2"), std::string::npos);
}

TEST(Planner, SerialIsAChainAndIndependentHasNoEdges) {
  const std::string jobs = "echo 1 > a\necho 2 > b\ncat a > c\n";
  const auto serial = plan_in(PlanMode::serial, jobs);
  EXPECT_EQ(shape_of(serial.plan).depth, 3U);
  EXPECT_EQ(direct(serial, 3), (Ids{1, 2})) << "data edges stay: a failure follows them";
  EXPECT_EQ(plan_in(PlanMode::independent, jobs).plan.graph().edge_count(), 0U);
  EXPECT_EQ(shape_of(plan_in(PlanMode::independent, jobs).plan).width, 3U);
}

TEST(Planner, ModesHaveNames) {
  for (const std::string name : {"auto", "serial", "stages", "independent"}) {
    EXPECT_EQ(plan_mode_text(*parse_plan_mode(name)), name);
  }
  EXPECT_FALSE(parse_plan_mode("fast"));
}

TEST(Planner, KnowsWhatIsWritten) {
  const auto planned = plan_of("cat a.txt b/x > c\nrm -r b\n");
  const auto is_written = [&](std::uint32_t command, std::size_t access) {
    return planned.plan.is_written(planned.plan.accesses(CommandId{command})[access].path);
  };
  EXPECT_TRUE(is_written(1, 0)) << "the redirection";
  EXPECT_FALSE(is_written(1, 1));
  EXPECT_TRUE(is_written(1, 2)) << "removed with its folder";
}

TEST(Planner, AStatusFlowsToTheLineThatAsksForIt) {
  const auto planned = plan_of("echo 1 > a\ncd b\np $?\nX=$?\n");
  EXPECT_EQ(direct(planned, 3), (Ids{1, 2}));
  EXPECT_EQ(kind_between(planned.plan, 1, 3), EdgeKind::order);
  EXPECT_EQ(kind_between(planned.plan, 2, 3), EdgeKind::data);
  EXPECT_EQ(kind_between(planned.plan, 3, 4), EdgeKind::data);
  EXPECT_EQ(direct(plan_of("p $?\n"), 1), Ids{});
}

TEST(Planner, UnderSetELinesRunInTurn) {
  const std::string jobs =
      "echo 1 > a\necho 2 > b\nset -e\necho 3 > c\ncat a > d\nset +e\necho 4 > e\necho 5 > f\n";
  const auto planned = plan_of(jobs);
  EXPECT_EQ(direct(planned, 2), Ids{});
  EXPECT_EQ(direct(planned, 3), Ids{});
  EXPECT_EQ(direct(planned, 4), (Ids{1, 2, 3})) << "bash has begun them before the failure";
  EXPECT_EQ(direct(planned, 5), (Ids{1, 4})) << "data flows past it";
  EXPECT_EQ(direct(planned, 6), Ids{5});
  EXPECT_EQ(direct(planned, 7), Ids{6});
  EXPECT_EQ(direct(planned, 8), Ids{6});
  const auto by_interpreter = plan_of("#!/bin/bash -e\necho 1 > a\necho 2 > b\n");
  EXPECT_EQ(direct(by_interpreter, 2), Ids{1});
  EXPECT_EQ(plan_of("if make; then set -e; fi\necho 1 > a\necho 2 > b\n").plan.graph().edge_count(),
            2U);
}

TEST(Planner, TheTrapOnExitRunsAfterEverythingInEveryMode) {
  const std::string jobs = "trap 'rm -r tmp' EXIT\necho 1 > a\necho 2 > b\n";
  for (const PlanMode mode :
       {PlanMode::automatic, PlanMode::serial, PlanMode::stages, PlanMode::independent}) {
    const auto planned = plan_in(mode, jobs);
    ASSERT_EQ(planned.plan.command_count(), 4U);
    EXPECT_EQ(PlainGraph(planned.plan.graph()).ancestors(4), (Ids{1, 2, 3}))
        << plan_mode_text(mode);
  }
}

TEST(Planner, OtherModesKeepTheirEdgesUnderSetE) {
  const std::string jobs = "set -e\necho 1 > a\necho 2 > b\n";
  EXPECT_EQ(direct(plan_in(PlanMode::serial, jobs), 3), Ids{2});
  EXPECT_EQ(direct(plan_in(PlanMode::stages, jobs), 3), Ids{});
  EXPECT_EQ(direct(plan_in(PlanMode::independent, jobs), 3), Ids{});
}

TEST(Findings, LinesUnderSetECannotRunSideBySide) {
  const std::string said =
      "set -e: 2 lines run one after another, because bash would stop at the first failure; "
      "without it they could run side by side\n";
  EXPECT_EQ(all_messages(plan_of("echo 0\nset -e\necho 1\necho 2\n").plan.findings()),
            "2: " + said);
  EXPECT_EQ(all_messages(plan_of("#!/bin/sh -e\n\necho 1\necho 2\n").plan.findings()),
            "1: " + said);
  EXPECT_EQ(all_messages(plan_of("set -e\necho 1\nset +e\n").plan.findings()), "1: " + said);
  EXPECT_EQ(all_messages(plan_of("echo 1\nset -e\necho 2\n").plan.findings()), "");
  EXPECT_EQ(all_messages(plan_in(PlanMode::stages, "set -e\necho 1\necho 2\n").plan.findings()),
            "");
}

TEST(Findings, TwoWritersWithNoReaderBetween) {
  const auto planned = plan_of("echo 1 > a\necho 2 > a\ncat a > b\necho 3 > a\nsort x > b\n");
  EXPECT_EQ(all_messages(planned.plan.findings()),
            "2: writes a, which line 1 has written and nothing has read\n"
            "5: writes b, which line 3 has written and nothing has read\n");
}

TEST(Findings, RepeatedLines) {
  const auto planned = plan_of("sort x > a\ncat a > b\nsort x > a\n");
  EXPECT_EQ(all_messages(planned.plan.findings()),
            "3: the same command as line 1, which writes a too\n");
}

TEST(Findings, BarriersAreSummedUpByReason) {
  std::string jobs;
  for (int i = 0; i < 30; ++i) jobs += "make\n";
  const auto findings = plan_of(jobs).plan.findings();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_NE(findings[0].message.find("and 21 more"), std::string::npos) << findings[0].message;
}

TEST(Findings, LinesBehindAnExitNeverRun) {
  const auto planned = plan_of("echo 1\nexit 0\n# nothing\necho 2\necho 3\n");
  EXPECT_EQ(planned.plan.stopped_at_line(), 2U);
  EXPECT_EQ(planned.plan.findings().back().severity, Severity::warning);
  EXPECT_NE(planned.plan.findings().back().message.find("2 more lines"), std::string::npos);
}

TEST(Findings, ManyOfOneSortAreCounted) {
  std::string jobs;
  for (int i = 0; i < 40; ++i) jobs += "echo " + std::to_string(i) + " > a\n";
  const auto findings = plan_of(jobs).plan.findings();
  EXPECT_EQ(findings.size(), kMostFindings + 1);
  EXPECT_NE(findings.back().message.find("and 19 more"), std::string::npos)
      << findings.back().message;
}

TEST(Findings, MissingInputsAreErrors) {
  const auto planned =
      plan_of("cat in.txt made.txt > out.txt\nsort there.txt out.txt > made.txt\n");
  EXPECT_EQ(all_messages(missing_inputs(planned.plan, disk_with({"there.txt"}))),
            "1: in.txt does not exist, and no line before makes it\n"
            "1: made.txt does not exist, and no line before makes it; line 2 makes it later\n");
}

TEST(Findings, ALaterRemovalMakesNothing) {
  const auto planned = plan_of("cat in.txt > out.txt\nrm -f in.txt\n");
  EXPECT_EQ(all_messages(missing_inputs(planned.plan, disk_with({}))),
            "1: in.txt does not exist, and no line before makes it\n");
}

TEST(Findings, AnInputMayComeFromALineThatNobodyUnderstands) {
  const auto planned = plan_of("make\ncat in.txt > out.txt\n");
  const auto findings = missing_inputs(planned.plan, disk_with({}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
}

TEST(Findings, AFileThatIsOnlyTestedNeedNotBeThere) {
  const auto planned = plan_of("test -f marker && cat marker\n");
  EXPECT_TRUE(missing_inputs(planned.plan, disk_with({})).empty());
}

TEST(Planner, RemovesSeveralGlobsOfOneFolder) {
  const auto planned =
      plan_of("echo x > out/a.tmp\nrm -f out/*.tmp\nrm -f out/*.log\nrm -f out/b*\n");
  EXPECT_EQ(direct(planned, 2), Ids{1});
  EXPECT_EQ(direct(planned, 3), Ids{});
  EXPECT_EQ(direct(planned, 4), (Ids{2, 3}));
  EXPECT_TRUE(planned.plan.is_written(planned.plan.accesses(CommandId{1})[0].path));
}

}  // namespace
}  // namespace shoal
