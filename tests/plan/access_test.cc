// What single lines touch, by the built-in table and by general rules.

#include <gtest/gtest.h>

#include <algorithm>

#include "plan/export_formats.h"
#include "tests/plan/planning.h"

namespace shoal {
namespace {

using Paths = std::vector<std::string>;

/// The last command of some jobs text.
struct Touched {
  explicit Touched(const std::string& jobs, PlanOptions options = {})
      : planned(plan_of(jobs, std::move(options))), id{planned.plan.command_count()} {}

  Paths of(AccessMode mode) const { return paths_of(planned.plan, id, mode); }
  Paths reads() const { return of(AccessMode::read); }
  Paths writes() const { return of(AccessMode::write); }
  bool barrier() const { return planned.plan.is_barrier(id); }
  std::string_view kind() const { return planned.plan.kind(id); }

  PlannedText planned;
  CommandId id;
};

TEST(Access, SimulateReadsItsDataAndWritesItsState) {
  for (const std::string line :
       {"asreview simulate data/A.csv -s out/a.asreview --prior_idx 1 2 3 --seed 165",
        "python -m asreview simulate data/A.csv -o out/a.asreview --prior-idx 1 2 -5 --seed 165",
        "python3.11 -m asreview simulate --output=out/a.asreview -c nb data/A.csv",
        "env X=1 nice -n 5 asreview simulate data/A.csv -oout/a.asreview",
        "venv/bin/asreview simulate data/A.csv --state_file out/a.asreview",
        "timeout 1h nohup asreview simulate -v 1 data/A.csv --out out/a.asreview"}) {
    const Touched touched(line);
    const Paths reads = touched.reads();
    EXPECT_EQ(std::count(reads.begin(), reads.end(), "data/A.csv"), 1) << line;
    EXPECT_EQ(touched.writes(), Paths{"out/a.asreview"}) << line;
    EXPECT_EQ(touched.of(AccessMode::ensure), Paths{"out"}) << line;
    EXPECT_EQ(touched.kind(), "simulate") << line;
    EXPECT_TRUE(touched.planned.plan.simulates(touched.id));
  }
}

TEST(Access, ABenchmarkDataSetIsNoFile) {
  EXPECT_EQ(Touched("asreview simulate benchmark:van_de_schoot -o a.asreview").reads(), Paths{});
  EXPECT_EQ(Touched("asreview simulate data/x:y.csv -o a.asreview").reads(), Paths{"data/x:y.csv"});
}

TEST(Access, TemporariesOfASimulationAreCleanedUp) {
  const Touched touched("asreview simulate data/A.csv -o out/a.asreview");
  const auto clean_up = touched.planned.plan.clean_up(touched.id);
  ASSERT_TRUE(clean_up);
  EXPECT_EQ(touched.planned.plan.paths().text(clean_up->target), "out/a.asreview");
  EXPECT_EQ(clean_up->leftovers,
            (std::vector<std::string>{"out/a.asreview.tmp", "out/a.asreview.zip",
                                      "out/a.asreview.zip.zip"}));
  EXPECT_FALSE(Touched("mkdir a").planned.plan.clean_up(CommandId{1}));
}

TEST(Access, SimulationsThatShareTemporariesTakeTurns) {
  const PlannedText planned = plan_of(
      "asreview simulate d.csv -o out/run1.5\n"
      "asreview simulate d.csv -o out/run1.7\n"
      "asreview simulate d.csv -o out/run1.asreview\n"
      "asreview simulate d.csv -o out/run2.asreview\n");
  EXPECT_TRUE(waits_for(planned.plan, "run1.7", "run1.5"));
  EXPECT_TRUE(waits_for(planned.plan, "run1.asreview", "run1.7"));
  EXPECT_FALSE(waits_for(planned.plan, "run2", "run1.7"));
}

TEST(Access, WhoNamesATemporaryMeetsIt) {
  const PlannedText planned = plan_of(
      "rm -rf out/a.asreview.tmp\n"
      "asreview simulate d.csv -o out/a.asreview\n"
      "asreview simulate d.csv -o out/b.asreview\n"
      "rm -f out/*.tmp\n");
  EXPECT_TRUE(waits_for(planned.plan, "-o out/a.asreview", "rm -rf"));
  EXPECT_FALSE(waits_for(planned.plan, "-o out/b.asreview", "rm -rf"));
  EXPECT_TRUE(waits_for(planned.plan, "rm -f out", "out/b.asreview"));
}

TEST(Access, TheLetterSMeansWhatTheCommandSays) {
  const Touched plot("python scripts/get_plot.py -s out/state_files/ -o fig/p.png");
  EXPECT_EQ(plot.reads(), (Paths{"scripts/get_plot.py", "out/state_files/*.asreview"}));
  EXPECT_EQ(plot.writes(), Paths{"fig/p.png"});
  const Touched merge("python scripts/merge_metrics.py -s out/m/pre_ -o t/x.csv");
  EXPECT_EQ(merge.reads(), (Paths{"scripts/merge_metrics.py", "out/m/pre_metrics_sim_*.json"}));
  EXPECT_EQ(merge.writes(), (Paths{"t/x.csv", "t/x.xlsx"}));
}

TEST(Access, MergesWorkOnTheirDefaultsWithoutArguments) {
  const Touched merge("python scripts/merge_metrics.py");
  const Paths reads = merge.reads();
  EXPECT_EQ(
      std::count(reads.begin(), reads.end(), "output/simulation/*/metrics/metrics_sim_*.json"), 1);
  EXPECT_EQ(merge.writes().front(), "output/tables/metrics_sim_all.csv");
  const Touched quoted("python scripts/merge_metrics.py -s 'output/simulation/*/metrics/'");
  EXPECT_EQ(quoted.reads().back(), "output/simulation/*/metrics/metrics_sim_*.json");
}

TEST(Access, AnUnquotedPatternDependsOnTheFoldersThatFit) {
  const PlannedText planned = plan_of(
      "mkdir -p out/A/metrics\npython scripts/merge_metrics.py -s out/*/metrics/ -o t.csv\n");
  EXPECT_EQ(
      paths_of(planned.plan, CommandId{2}, AccessMode::read),
      (Paths{"scripts/merge_metrics.py", "out/*/metrics", "out/*/metrics/metrics_sim_*.json"}));
  EXPECT_TRUE(waits_for(planned.plan, "merge_metrics", "mkdir"));
}

TEST(Access, AChainTouchesWhatItsStepsTouch) {
  const Touched chain(
      "asreview simulate d.csv -o X.asreview && asreview metrics X.asreview -o m.json && rm -f "
      "X.asreview");
  EXPECT_EQ(chain.reads(), (Paths{"d.csv", "X.asreview"}));
  EXPECT_EQ(chain.writes(), (Paths{"X.asreview", "m.json"}));
  EXPECT_EQ(chain.of(AccessMode::remove), Paths{"X.asreview"});
  EXPECT_EQ(chain.kind(), "simulate");
  for (const Access& access : chain.planned.plan.accesses(chain.id)) {
    const std::string text = chain.planned.plan.paths().text(access.path);
    EXPECT_EQ(access.certain, text == "d.csv" || text == "m.json") << text;
  }
}

TEST(Access, WhatAChainWritesIsThereOnceItEndedWell) {
  const auto certain = [](const std::string& line) {
    const Touched touched(line);
    Paths paths;
    for (const Access& access : touched.planned.plan.accesses(touched.id)) {
      if (access.mode != AccessMode::write || !access.certain) continue;
      paths.push_back(touched.planned.plan.paths().text(access.path));
    }
    return paths;
  };
  EXPECT_EQ(certain("cp a b && cp c d | cp e f && cp g h"), (Paths{"b", "d", "f", "h"}));
  EXPECT_EQ(certain("cp a b && cp c d || cp e f"), Paths{"b"});
  EXPECT_EQ(certain("cp a b && cp c d; cp e f"), Paths{"b"});
  EXPECT_EQ(certain("cp a b && { cp c d; cp e f; }"), Paths{"b"});
  EXPECT_EQ(certain("! cp a b && cp c d"), Paths{"b"});
}

TEST(Access, LinesBehindALoopOrAnIfAreUnderstoodAllTheSame) {
  for (const std::string line :
       {"if [ -e x ]; then echo; fi", "for i in 1 2; do echo $i > \"$i.txt\"; done",
        "shopt -s nullglob", "read X < y", "while true; do X=${Y%.*} n=$((n+1)); done"}) {
    EXPECT_EQ(Touched(line + "\ncp a b").writes(), Paths{"b"}) << line;
  }
  for (const std::string line : {"if true; then cd x; fi", "for i in cd; do $i x; done", "pushd x",
                                 "eval \"$X\"", "f() { cd x; }\nif true; then f; fi",
                                 "if . ./env; then echo; fi", "if true; then X=1 \"$Y\" a; fi"}) {
    EXPECT_TRUE(Touched(line + "\ncp a b").barrier()) << line;
  }
}

TEST(Access, CoreutilsTouchWhatTheyAreGiven) {
  EXPECT_EQ(Touched("cp a.csv out/").writes(), Paths{"out/a.csv"});
  EXPECT_EQ(Touched("cp -r a out/").writes(), Paths{"out/a"});
  EXPECT_EQ(Touched("mv a b").of(AccessMode::remove), Paths{"a"});
  EXPECT_EQ(Touched("cat a b > c 2>&1").reads(), (Paths{"a", "b"}));
  EXPECT_EQ(Touched("sort -k 2 -o out.txt in.txt").writes(), Paths{"out.txt"});
  EXPECT_EQ(Touched("grep -c word in.txt >> n.txt").of(AccessMode::append), Paths{"n.txt"});
  EXPECT_EQ(Touched("gzip a.csv").writes(), Paths{"a.csv.gz"});
  EXPECT_EQ(Touched("gunzip a.csv.gz").writes(), Paths{"a.csv"});
  EXPECT_EQ(Touched("sed -i s/a/b/ f.txt").writes(), (Paths{"f.txt", "f.txt*"}));
  EXPECT_EQ(Touched("head -n 5 in.txt | tee a b").writes(), (Paths{"a", "b"}));
  EXPECT_EQ(Touched("echo out/x > /dev/null").reads(), Paths{});
  EXPECT_FALSE(Touched("sleep 1").barrier());
}

TEST(Access, AResultThatIsRemovedAgainIsNotSure) {
  const auto sure = [](const std::string& line) {
    const Touched touched(line);
    const auto accesses = touched.planned.plan.accesses(touched.id);
    return std::any_of(accesses.begin(), accesses.end(), [](const Access& access) {
      return access.mode == AccessMode::write && access.certain;
    });
  };
  EXPECT_TRUE(sure("sort a > b"));
  EXPECT_TRUE(sure("mv a b"));
  EXPECT_FALSE(sure("sort a > t/b; rm -r t"));
  EXPECT_FALSE(sure("sort a > b.tmp; rm *.tmp"));
  EXPECT_FALSE(sure("test -f x || sort a -o b"));
}

TEST(Access, WhatCannotBeToldIsABarrier) {
  for (const std::string line :
       {"bash run.sh", "sh -c 'rm x'", "python -c 'print(1)'", "python - < x", "make",
        "./run_everything.sh", "foo bar", "python run_all.py", "asreview makita template basic",
        "ln -t d a", "tar xf a.tar", "find . -delete", "sed 's/a/b/w out' in",
        "awk '{print > \"x\"}' in", "mkdir out/*", "xargs rm < list", "source env.sh",
        "gunzip archive.tgz"}) {
    EXPECT_TRUE(Touched(line).barrier()) << line;
  }
  EXPECT_EQ(Touched("make").planned.plan.command(CommandId{1}).barrier,
            BarrierReason::unknown_effect);
}

TEST(Access, AnUnknownProgramReadsAndWritesItsPaths) {
  const Touched tool(
      "./tool data/in.csv --limit=5 -o out/x.csv --table=t/y.csv word 0.5 < in.txt > log.txt");
  EXPECT_FALSE(tool.barrier());
  EXPECT_EQ(tool.reads(), (Paths{"in.txt", "tool", "data/in.csv", "t/y.csv"}));
  EXPECT_EQ(tool.writes(), (Paths{"log.txt", "data/in.csv", "out/x.csv", "t/y.csv"}));
}

TEST(Access, AScriptWithoutARowIsReadAndItsWordsAreTakenGenerally) {
  const Touched script("python other.py -a in/x.csv -o out/y.csv");
  EXPECT_EQ(script.reads(), (Paths{"other.py", "in/x.csv"}));
  EXPECT_EQ(script.writes(), (Paths{"in/x.csv", "out/y.csv"}));
  EXPECT_EQ(script.kind(), "other");
}

TEST(Access, ABareWordIsAPathWhereTheFileSaysSo) {
  const PlannedText planned = plan_of("tool results in.csv\ncat results\ntool notes in2.csv\n");
  EXPECT_EQ(paths_of(planned.plan, CommandId{1}, AccessMode::write), (Paths{"results", "in.csv"}));
  EXPECT_EQ(paths_of(planned.plan, CommandId{3}, AccessMode::write), Paths{"in2.csv"});
  EXPECT_FALSE(Touched("mkdir results\ntool results").barrier());
}

TEST(Access, AKnownFolderIsTakenWithAllThatIsInIt) {
  const PlannedText planned = plan_of("tool out data.csv\necho > out/a/x\n");
  EXPECT_EQ(paths_of(planned.plan, CommandId{1}, AccessMode::write), (Paths{"out/", "data.csv"}));
  EXPECT_TRUE(waits_for(planned.plan, "echo", "tool"));
}

TEST(Access, OwnProgramsAreNotTakenForTheSystems) {
  EXPECT_TRUE(Touched("./sort a.txt").kind() == "other");
  EXPECT_TRUE(Touched("/usr/bin/sort a.txt").kind() == "sort");
}

TEST(Access, PathsStartInTheFolderOfCd) {
  const PlannedText planned = plan_of("mkdir out\ncd out\necho x > a\ncat ../out/a\n");
  EXPECT_EQ(paths_of(planned.plan, CommandId{3}, AccessMode::write), Paths{"out/a"});
  EXPECT_EQ(paths_of(planned.plan, CommandId{4}, AccessMode::read), Paths{"out/a"});
  EXPECT_TRUE(waits_for(planned.plan, "cd out", "mkdir"));
}

TEST(Access, AbsolutePathsBelowTheWorkingDirectoryAreTheRelativeOnes) {
  PlanOptions options;
  options.working_directory = "/home/me/project";
  const PlannedText planned =
      plan_of("echo x > /home/me/project/a\ncat ./a\nrm -r /home/me\n", options);
  EXPECT_TRUE(waits_for(planned.plan, "cat", "echo"));
  EXPECT_TRUE(waits_for(planned.plan, "rm", "cat"));
}

TEST(Access, ALinkOfTheFileIsTheFileFromThenOn) {
  const auto waits = [](const std::string& links, const std::string& writer,
                        const std::string& reader) {
    const PlannedText planned = plan_of(links + "\n" + writer + "\n" + reader + "\n");
    const std::uint32_t last = planned.plan.command_count();
    const auto before = PlainGraph(planned.plan.graph()).ancestors(last);
    return std::find(before.begin(), before.end(), last - 1) != before.end();
  };
  EXPECT_TRUE(waits("ln -s a.txt b.txt", "echo >> b.txt", "cat a.txt > c"));
  EXPECT_TRUE(waits("ln a.txt b.txt", "echo >> a.txt", "cat b.txt > c"));
  EXPECT_TRUE(waits("ln -sf ../a d/b", "echo > d/b/x", "cat a/x > c"));
  EXPECT_TRUE(waits("ln -s /data/set d", "echo > d/set/x", "cat /data/set/x > c"));
  EXPECT_TRUE(waits("ln -s /data/a.csv", "echo > a.csv", "cat /data/a.csv > c"));
  EXPECT_TRUE(waits("ln -s a.txt d/", "echo > d/a.txt/x", "cat d/*/x > c"));
  EXPECT_TRUE(waits("ln -s a d/b && ln -s d/b e", "echo > e/x", "cat d/a/x > c"));
  EXPECT_FALSE(waits("ln -s a.txt b.txt", "echo > d.txt", "cat a.txt > c"));
  EXPECT_FALSE(waits("ln -s a.txt b.txt", "rm b.txt", "cat a.txt > c"));
  EXPECT_TRUE(Touched("ln -t d a.txt").barrier());
}

TEST(Access, OnlyAPlainMkdirOnlyMakesFolders) {
  const auto only = [](const std::string& line) {
    return plan_of(line).plan.only_makes_folders(CommandId{1});
  };
  EXPECT_TRUE(only("mkdir a b"));
  EXPECT_TRUE(only("mkdir -p a/b/c 2>/dev/null"));
  EXPECT_FALSE(only("mkdir a && echo x > b"));
  EXPECT_FALSE(only("echo x > b"));
}

}  // namespace
}  // namespace shoal
