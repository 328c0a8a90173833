#include "job/joined_jobs.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

FolderJobs jobs_in(const std::string& folder, const std::string& text) {
  return {folder, "jobs.sh", "", JobsText::from(text, "jobs.sh").value()};
}

TEST(JoinedJobs, EachCommandNamesItsFolder) {
  EXPECT_EQ(joined_jobs({jobs_in("a", "mkdir out\n\n# x\nsort in > out/x\n"),
                         jobs_in("-m_nb", "mkdir out")}),
            "(cd ./a && mkdir out)\n"
            "(cd ./a && sort in > out/x)\n"
            "(cd ./-m_nb && mkdir out)\n");
}

TEST(JoinedJobs, AHeadingStandsAboveItsProject) {
  FolderJobs jobs = jobs_in("a", "x\n");
  jobs.heading = "-m nb";
  EXPECT_EQ(joined_jobs({jobs}), "# -m nb\n(cd ./a && x)\n");
}

TEST(JoinedJobs, AFolderWithABlankIsQuoted) {
  EXPECT_EQ(joined_jobs({jobs_in("a b", "x\n")}), "(cd './a b' && x)\n");
  EXPECT_EQ(joined_jobs({jobs_in("/a", "x\n")}), "(cd /a && x)\n");
}

TEST(JoinedJobs, AListKeepsItsMeaning) {
  EXPECT_EQ(joined_jobs({jobs_in("a", "x || y\n")}), "(cd ./a && {\nx || y\n})\n");
  EXPECT_EQ(joined_jobs({jobs_in("a", "cat <<E > f\nb\nE\n")}),
            "(cd ./a && {\ncat <<E > f\nb\nE\n})\n");
}

TEST(JoinedJobs, AFileThatIsMoreThanPlainCommandsIsOneCommand) {
  for (const char* text :
       {"X=1\necho $X\n", "for i in 1 2; do x; done\n", "#!/bin/bash -e\nx\n", "cd b\nx\n",
        "#shoal: cpus=2\nx\n", "x\nexit 0\ny\n", "(cd ./b && x)\n"}) {
    EXPECT_EQ(joined_jobs({jobs_in("a", text)}), "(cd ./a && bash jobs.sh)\n") << text;
  }
}

}  // namespace
}  // namespace shoal
