#include "plan/split.h"

#include <gtest/gtest.h>

#include "tests/plan/planning.h"

namespace shoal {
namespace {

JobsParts split(const std::string& jobs) { return split_jobs(plan_of(jobs).plan, ""); }

TEST(Split, SimulationsAreTheMiddleWhateverTheirNames) {
  const JobsParts parts = split(
      "mkdir -p output/mkdir_x\n"
      "asreview data describe data/simulate.csv -o output/d.json\n"
      "asreview simulate data/describe_B.csv -o output/mkdir_x/a.asreview\n"
      "asreview simulate data/simulate.csv -o output/b.asreview\n"
      "asreview metrics output/b.asreview -o output/simulate.json\n");
  EXPECT_EQ(parts.texts[0],
            "mkdir -p output/mkdir_x\n"
            "asreview data describe data/simulate.csv -o output/d.json\n");
  EXPECT_EQ(parts.texts[1],
            "asreview simulate data/describe_B.csv -o output/mkdir_x/a.asreview\n"
            "asreview simulate data/simulate.csv -o output/b.asreview\n");
  EXPECT_EQ(parts.texts[2], "asreview metrics output/b.asreview -o output/simulate.json\n");
  EXPECT_EQ(parts.commands, (std::array<std::uint32_t, 3>{2, 2, 1}));
  EXPECT_FALSE(parts.serial_from_line);
}

TEST(Split, WhatTheShellWasToldGoesWithEachCommand) {
  const JobsParts parts = split(
      "export SEED=1\n"
      "mkdir a\n"
      "asreview simulate d.csv --seed $SEED -o a/x.asreview\n");
  EXPECT_EQ(parts.texts[0], "bash -c \"$(printf %b 'export SEED=1\\nmkdir a')\"\n");
  EXPECT_EQ(parts.texts[1],
            "bash -c \"$(printf %b 'export SEED=1\\nasreview simulate d.csv --seed $SEED -o "
            "a/x.asreview')\"\n");
}

TEST(Split, ALineOfSeveralLinesIsOneInTheMiddle) {
  const JobsParts parts = split("asreview simulate d.csv \\\n  -o x.asreview\n");
  EXPECT_EQ(parts.texts[1],
            "bash -c \"$(printf %b 'asreview simulate d.csv \\\\\\n  -o x.asreview')\"\n");
}

TEST(Split, WhatCannotBeTakenApartStaysInOrderAtTheEnd) {
  const JobsParts parts = split(
      "X=1\n"
      "mkdir a\n"
      "asreview simulate d.csv -o a/x.asreview\n"
      "eval \"$SETTINGS\"\n"
      "mkdir b\n"
      "asreview simulate d.csv -o b/y.asreview\n");
  EXPECT_EQ(parts.serial_from_line, 4);
  EXPECT_EQ(parts.texts[2],
            "X=1\n"
            "eval \"$SETTINGS\"\n"
            "mkdir b\n"
            "asreview simulate d.csv -o b/y.asreview\n");
  EXPECT_EQ(parts.commands, (std::array<std::uint32_t, 3>{1, 1, 3}));
}

TEST(Split, UnderSetEEverythingIsInOrder) {
  const JobsParts parts = split("set -e\nmkdir a\nasreview simulate d.csv -o a/x.asreview\n");
  EXPECT_EQ(parts.texts[0], "");
  EXPECT_EQ(parts.texts[1], "");
  EXPECT_EQ(parts.texts[2], "set -e\nmkdir a\nasreview simulate d.csv -o a/x.asreview\n");
}

TEST(Split, WithoutSimulationsThereIsOnlyTheFirstPart) {
  const JobsParts parts = split("mkdir a\necho x > a/b\n");
  EXPECT_EQ(parts.texts[0], "mkdir a\necho x > a/b\n");
  EXPECT_EQ(parts.texts[1] + parts.texts[2], "");
}

}  // namespace
}  // namespace shoal
