#include "journal/path_patterns.h"

#include <gtest/gtest.h>

#include <vector>

namespace shoal {
namespace {

bool covers(const std::string& pattern, Extent extent, const std::string& path) {
  PathPatterns patterns;
  patterns.add(pattern, extent, CommandId{1});
  bool found = false;
  patterns.covering(path, [&](CommandId) { found = true; });
  return found;
}

TEST(PathPatterns, ATreeCoversItselfAndAllBelow) {
  EXPECT_TRUE(covers("out/a", Extent::tree, "out/a"));
  EXPECT_TRUE(covers("out/a", Extent::tree, "out/a/b/c"));
  EXPECT_FALSE(covers("out/a", Extent::tree, "out/ab"));
  EXPECT_FALSE(covers("out/a", Extent::tree, "out"));
  EXPECT_TRUE(covers(".", Extent::tree, "x"));
  EXPECT_TRUE(covers("/", Extent::tree, "/etc/passwd"));
  EXPECT_FALSE(covers("/etc", Extent::tree, "etc/passwd"));
}

TEST(PathPatterns, AGlobDoesNotCrossASlash) {
  EXPECT_TRUE(covers("out/*/m.json", Extent::glob, "out/A/m.json"));
  EXPECT_FALSE(covers("out/*/m.json", Extent::glob, "out/A/B/m.json"));
  EXPECT_TRUE(covers("out/metrics_*.json", Extent::glob, "out/metrics_1.json"));
  EXPECT_TRUE(covers("*.csv", Extent::glob, "a.csv"));
  EXPECT_FALSE(covers("*.csv", Extent::glob, "data/a.csv"));
  EXPECT_TRUE(covers("/data/[ab].csv", Extent::glob, "/data/a.csv"));
  EXPECT_TRUE(covers("out/**/m.json", Extent::glob, "out/A/B/m.json"));
  EXPECT_TRUE(covers("a\\*b/*", Extent::glob, "a*b/c"));
}

TEST(PathPatterns, NamesEveryCommandWhosePatternCoversThePath) {
  PathPatterns patterns;
  patterns.add("out", Extent::tree, CommandId{1});
  patterns.add("out/*", Extent::glob, CommandId{2});
  patterns.add("elsewhere", Extent::tree, CommandId{3});
  std::vector<CommandId> found;
  patterns.covering("out/x", [&](CommandId id) { found.push_back(id); });
  EXPECT_EQ(found, (std::vector{CommandId{1}, CommandId{2}}));
}

}  // namespace
}  // namespace shoal
