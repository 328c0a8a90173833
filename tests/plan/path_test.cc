#include <fmt/format.h>
#include <gtest/gtest.h>

#include "plan/glob.h"
#include "plan/path_table.h"
#include "plan/path_text.h"

namespace shoal {
namespace {

std::string spelled(std::string_view word, std::string_view folder = {}) {
  PathSpelling spelling("/home/me/project");
  return std::string(spelling.resolve(folder, word));
}

TEST(PathSpelling, LeavesOutWhatNamesNothing) {
  EXPECT_EQ(spelled("a/b"), "a/b");
  EXPECT_EQ(spelled("./a//b/"), "a/b");
  EXPECT_EQ(spelled("a/./b/../c"), "a/c");
  EXPECT_EQ(spelled("."), "");
  EXPECT_EQ(spelled(".hidden/..x"), ".hidden/..x");
}

TEST(PathSpelling, MakesAbsolutePathsBelowTheWorkingDirectoryRelative) {
  EXPECT_EQ(spelled("/home/me/project/a"), "a");
  EXPECT_EQ(spelled("/home/me/project"), "");
  EXPECT_EQ(spelled("/home/me/projects/a"), "/home/me/projects/a");
  EXPECT_EQ(spelled("../other/x"), "/home/me/other/x");
  EXPECT_EQ(spelled("../project/x"), "x");
  EXPECT_EQ(spelled("/../../etc"), "/etc");
}

TEST(PathSpelling, StartsInTheFolderOfTheCommand) {
  EXPECT_EQ(spelled("x", "out"), "out/x");
  EXPECT_EQ(spelled("../x", "out"), "x");
  EXPECT_EQ(spelled("x", "/data"), "/data/x");
  EXPECT_EQ(spelled("/data/x", "out"), "/data/x");
}

TEST(PathSpelling, ReplacesSuffixesAsPythonDoes) {
  EXPECT_EQ(with_suffix("d/a.csv", ".xlsx"), "d/a.xlsx");
  EXPECT_EQ(with_suffix("d.e/a", ".xlsx"), "d.e/a.xlsx");
  EXPECT_EQ(with_suffix("run1.5", ".asreview.tmp"), "run1.asreview.tmp");
  EXPECT_EQ(with_suffix(".hidden", ".x"), ".hidden.x");
  EXPECT_EQ(with_suffix("a.", ".x"), "a..x");
}

TEST(PathSpelling, KnowsWhichSuffixesStandBesideTheirPath) {
  EXPECT_TRUE(stands_beside("a.b.asreview", ".asreview.tmp"));
  EXPECT_EQ(appended_part("a.asreview", ".asreview.tmp"), ".tmp");
  EXPECT_FALSE(stands_beside("run1.5", ".asreview.tmp"));
  EXPECT_FALSE(stands_beside("a", ".asreview.tmp"));
  EXPECT_FALSE(stands_beside("a.asr", ".asreview.tmp"));
}

TEST(PathTable, KnowsEveryPathOnce) {
  PathTable paths;
  const PathId a = paths.intern("out/sim/a.json");
  EXPECT_EQ(paths.intern("out/sim/a.json"), a);
  EXPECT_NE(paths.intern("out/sim/b.json"), a);
  EXPECT_EQ(paths.text(a), "out/sim/a.json");
  EXPECT_EQ(paths.name(a), "a.json");
  EXPECT_EQ(paths.text(*paths.parent(a)), "out/sim");
  EXPECT_EQ(paths.find("out/sim"), paths.parent(a));
  EXPECT_EQ(paths.find("out/none"), std::nullopt);
  EXPECT_EQ(paths.text(paths.intern("")), ".");
}

TEST(PathTable, KeepsAPatternApartFromAPathOfThatName) {
  PathTable paths;
  EXPECT_NE(paths.intern("*.csv"), paths.intern_pattern("*.csv"));
  EXPECT_EQ(paths.text(paths.intern_pattern("a/*.csv")), "a/*.csv");
}

TEST(PathTable, PutsTheWorkingDirectoryInItsAbsoluteFolders) {
  PathTable paths({}, "/home/me");
  const PathId home = paths.intern("/home");
  EXPECT_EQ(paths.parent(PathTable::working_directory()), home);
  EXPECT_EQ(paths.text(home), "/home");
  EXPECT_EQ(paths.text(paths.intern("x/y")), "x/y");
  EXPECT_EQ(paths.text(*paths.parent(home)), "/");
}

TEST(PathTable, ReadsWhatItHoldsAfterGrowing) {
  PathTable paths;
  std::vector<PathId> ids;
  for (int i = 0; i < 5000; ++i) {
    ids.push_back(paths.intern(fmt::format("d{}/file{}", i % 70, i)));
  }
  for (int i = 0; i < 5000; ++i) {
    const std::string text = fmt::format("d{}/file{}", i % 70, i);
    EXPECT_EQ(paths.find(text), ids[static_cast<std::size_t>(i)]);
    EXPECT_EQ(paths.text(ids[static_cast<std::size_t>(i)]), text);
  }
}

TEST(Glob, MatchesAsAShellDoes) {
  EXPECT_TRUE(glob_matches("metrics_sim_*.json", "metrics_sim_a.json"));
  EXPECT_FALSE(glob_matches("metrics_sim_*.json", "metrics_sim_a.json.tmp"));
  EXPECT_TRUE(glob_matches("a*b*c", "aXbXbXc"));
  EXPECT_FALSE(glob_matches("a*b*c", "aXcXb"));
  EXPECT_TRUE(glob_matches("[a-c]?[!x]", "bzy"));
  EXPECT_FALSE(glob_matches("[a-c]?[!x]", "bzx"));
  EXPECT_TRUE(glob_matches("\\*", "*"));
  EXPECT_FALSE(glob_matches("\\*", "a"));
  EXPECT_TRUE(glob_matches("[", "["));
  EXPECT_TRUE(glob_matches("[[:digit:]]", "7"));
}

TEST(Glob, TakesACharacterOfSeveralBytesForOneOrMore) {
  EXPECT_TRUE(glob_matches("caf?", "café"));
  EXPECT_TRUE(glob_matches("caf??", "café"));
}

TEST(Glob, NamesMatchTheSameWhenMadeReady) {
  for (const std::string pattern : {"*", "*.json", "sim_*", "a*b", "a*b*", "a?", "\\*", "ab"}) {
    for (const std::string name : {"", "a", "ab", "aab", "sim_x", "x.json", "*", "abb", "ba"}) {
      EXPECT_EQ(NameGlob(pattern).matches(name), glob_matches(pattern, name))
          << pattern << " " << name;
    }
  }
}

TEST(Glob, SeesWhenTwoPatternsCannotMeet) {
  EXPECT_FALSE(globs_may_overlap("metrics_*", "data_*"));
  EXPECT_FALSE(globs_may_overlap("*.json", "*.csv"));
  EXPECT_TRUE(globs_may_overlap("a*", "*b"));
  EXPECT_TRUE(globs_may_overlap("ab", "a*"));
  EXPECT_FALSE(globs_may_overlap("cb", "a*"));
}

TEST(Glob, IsCutAtItsFirstWildcard) {
  const SplitGlob split = split_glob("out/sim/*/metrics/m_*.json");
  EXPECT_EQ(split.folder, "out/sim");
  EXPECT_EQ(split.names, (std::vector<std::string>{"*", "metrics", "m_*.json"}));
  EXPECT_EQ(split_glob("*.csv").folder, "");
  EXPECT_EQ(split_glob("/data/*.csv").folder, "/data");
  EXPECT_TRUE(split_glob("out/**").any_depth);
}

}  // namespace
}  // namespace shoal
