#include "view/brief_command.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "view/screen_text.h"

namespace shoal {
namespace {

constexpr std::string_view kSimulate =
    "python -m asreview simulate data/Small_A.csv -o "
    "output/simulation/Small_A/state_files/sim_Small_A_29.asreview --prior-idx 29 76 270 --seed "
    "165";

TEST(BriefCommand, LeavesATextThatFitsAsItIs) {
  EXPECT_EQ(brief_command("mkdir  output", 13, true), "mkdir  output");
  EXPECT_EQ(brief_command(kSimulate, 200, true), kSimulate);
}

TEST(BriefCommand, KeepsTheProgramAndTheOutputInSight) {
  EXPECT_EQ(brief_command(kSimulate, 80, true),
            "asreview simulate data/Small_A.csv -o …/sim_Small_A_29.asreview …");
  EXPECT_EQ(brief_command(kSimulate, 60, true),
            "asreview simulate … -o …/sim_Small_A_29.asreview …");
  EXPECT_EQ(brief_command(kSimulate, 45, true), "asreview simulate …/sim_Small_A_29.asreview");
  EXPECT_EQ(brief_command("sort very/long/input/name.csv > out/x.csv", 30, true),
            "sort … > …/x.csv");
}

TEST(BriefCommand, LeavesOutTheMiddleWhereNoOutputIsNamed) {
  EXPECT_EQ(brief_command("cp data/first.csv data/second.csv", 20, true), "cp data/fi…econd.csv");
}

TEST(BriefCommand, ShowsALineOfMegabytesInOneLine) {
  const std::string huge = "echo " + std::string(5'000'000, 'x') + "\necho end";
  const std::string brief = brief_command(huge, 40, true);
  EXPECT_EQ(display_width(brief), 40U);
  EXPECT_TRUE(brief.ends_with("echo end"));
}

RC_GTEST_PROP(BriefCommand, IsNeverWiderThanAsked, (const std::string& words)) {
  const auto columns = *rc::gen::inRange<std::size_t>(0, 60);
  const std::string text = "python -m x " + words + " -o a/\xE6\x96\x87/b\xFF " + words;
  RC_ASSERT(display_width(brief_command(text, columns, true)) <= columns);
  RC_ASSERT(display_width(brief_command(text, columns, false)) <= columns);
}

TEST(CommandFamily, IsTheSameForTheSameProgramOnOtherFiles) {
  EXPECT_EQ(command_family(kSimulate), "python -m asreview simulate");
  EXPECT_EQ(command_family("asreview simulate data/B.csv -o x"), "asreview simulate");
  EXPECT_EQ(command_family("python scripts/merge_tds.py -s a"), "python scripts/merge_tds.py");
  EXPECT_EQ(command_family("mkdir output/a"), "mkdir");
  EXPECT_EQ(command_family(""), "");
}

}  // namespace
}  // namespace shoal
