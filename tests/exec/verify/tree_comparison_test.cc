#include "exec/verify/tree_comparison.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

class TreeComparison : public testing::Test {
 protected:
  void write_both(const std::string& name, const std::string& text) const {
    one.write(name, text);
    other.write(name, text);
  }
  TreeDifference difference() const { return compare_trees(one.path(), other.path()); }

  TemporaryFolder one;
  TemporaryFolder other;
};

TEST_F(TreeComparison, FindsNothingInEqualTrees) {
  write_both("a/b/file", std::string(100'000, 'x'));
  write_both("empty", "");
  EXPECT_TRUE(difference().empty());
}

TEST_F(TreeComparison, FindsBytesThatDifferWhateverTheirPlace) {
  const std::string text(200'000, 'x');
  write_both("a/same", text);
  one.write("a/last", text + "y");
  other.write("a/last", text + "z");
  one.write("longer", "12");
  other.write("longer", "1");
  EXPECT_EQ(all_of(difference()), (Paths{"a/last", "longer"}));
}

TEST_F(TreeComparison, FindsWhatIsInOneOnly) {
  one.write("only/inside", "");
  other.write("b", "");
  EXPECT_EQ(difference().only_one, (std::set<std::string>{"b", "only"}));
}

TEST_F(TreeComparison, SeesKindsLinksAndWhoMayExecute) {
  one.write("kind", "");
  fs::create_directory(other / "kind");
  fs::create_symlink("a", one / "link");
  fs::create_symlink("b", other / "link");
  write_both("program", "");
  fs::permissions(one / "program", fs::perms::owner_all);
  EXPECT_EQ(all_of(difference()), (Paths{"kind", "link", "program"}));
}

TEST_F(TreeComparison, PassesOverWhatPythonCompiles) {
  one.write("a/__pycache__/x.pyc", "1");
  other.write("a/__pycache__/x.pyc", "2");
  EXPECT_TRUE(difference().empty());
}

TEST(SteadyPart, IsWhatDoesNotDifferAnyway) {
  TreeDifference difference;
  difference.changed = {"time", "depth"};
  TreeDifference unsteady;
  unsteady.changed = {"time"};
  EXPECT_EQ(steady_part(difference, unsteady), Paths{"depth"});
  EXPECT_EQ(steady_part(unsteady, unsteady), Paths{});
}

TEST(SteadyPart, KnowsFoldersWhoseFilesHaveOtherNamesEachTime) {
  TreeDifference difference;
  difference.only_one = {"cache/first", "cache/warm", "out/a.csv"};
  TreeDifference unsteady;
  unsteady.only_one = {"cache/first", "cache/second"};
  EXPECT_EQ(steady_part(difference, unsteady), Paths{"out/a.csv"});
}

}  // namespace
}  // namespace shoal
