// Lines of the form (cd FOLDER && ...).
#include <gtest/gtest.h>

#include "job/jobs_reader.h"
#include "tests/job/reading.h"

namespace shoal {
namespace {

using Lists = std::vector<std::vector<std::string>>;

/// Reads one line with its ParsedLine, which reading.h does not keep.
struct FolderLine {
  explicit FolderLine(const std::string& line, const std::string& search_path = "")
      : text(JobsText::from(line, "jobs.sh").value()),
        reader(text, {[search_path](std::string_view name) -> std::optional<std::string> {
                 if (name == "CDPATH" && !search_path.empty()) return search_path;
                 return std::nullopt;
               }}) {
    EXPECT_TRUE(reader.next(command, parsed));
  }
  JobsText text;
  JobsReader reader;
  Command command;
  ParsedLine parsed;
};

TEST(FolderLine, RunsItsCommandsInTheFolder) {
  const FolderLine line("(cd ./a && mkdir b && sort c > d)");
  EXPECT_EQ(line.command.kind, CommandKind::ordinary);
  EXPECT_EQ(line.parsed.folder(), "./a");
  ASSERT_EQ(line.parsed.size(), 2);
  EXPECT_EQ(line.parsed[0].words[0].text, "mkdir");
  EXPECT_EQ(line.parsed[0].connector, Connector::first);
  EXPECT_EQ(line.parsed[1].connector, Connector::and_then);
  EXPECT_TRUE(line.parsed.is_and_list());
  EXPECT_TRUE(line.command.needs_shell);
  EXPECT_EQ(line.command.effect, ShellEffect::none);
}

TEST(FolderLine, MayHoldAGroupAndEndInAComment) {
  const FolderLine line("( cd 'a b' && { x || y; } )  # why");
  EXPECT_EQ(line.command.kind, CommandKind::ordinary);
  EXPECT_EQ(line.parsed.folder(), "a b");
  EXPECT_EQ(line.parsed.size(), 2);
  EXPECT_FALSE(line.parsed.is_and_list());
}

TEST(FolderLine, LeavesTheFolderOfTheNextLineAlone) {
  const auto reading = testing::read_jobs("(cd ./a && x)\ny\n");
  ASSERT_EQ(reading->commands.size(), 2);
  EXPECT_EQ(reading->commands[1].folder, "");
  EXPECT_EQ(reading->state.size(), 0);
}

TEST(FolderLine, IsABarrierWhereACommandMayRunElsewhere) {
  for (const char* line : {"(cd ./a && x; y)",
                           "(cd ./a && x || y)",
                           "(cd ./a && x\ny)",
                           "(cd ./a; x)",
                           "(cd ./a || x)",
                           "(cd ./a && x) && y",
                           "(cd ./a && x) > f",
                           "(cd ./a && x) | y",
                           "z && (cd ./a && x)",
                           "(z; cd ./a && x)",
                           "(cd ./a && (cd ./b && x))",
                           "(cd ./a && x && cd ..)",
                           "(cd ./a)",
                           "(cd ./a > f && x)",
                           "(X=1 cd ./a && x)",
                           "(cd $(pwd) && x)",
                           "(cd a* && x)",
                           "(cd - && x)",
                           "(cd && x)",
                           "(cd ./a ./b && x)",
                           "(cd ./a && x $PWD/y)",
                           "! (cd ./a && x)",
                           "{ cd ./a && x; }",
                           "(cd ./a && x &)"}) {
    const FolderLine read(line);
    EXPECT_EQ(read.command.kind, CommandKind::opaque) << line;
    EXPECT_EQ(read.parsed.folder(), "") << line;
  }
}

TEST(FolderLine, IsABarrierWhereTheFolderIsSearchedFor) {
  EXPECT_EQ(FolderLine("(cd a && x)").command.kind, CommandKind::ordinary);
  EXPECT_EQ(FolderLine("(cd a && x)", "/somewhere").command.kind, CommandKind::opaque);
  EXPECT_EQ(FolderLine("(cd ./a && x)", "/somewhere").command.kind, CommandKind::ordinary);
}

}  // namespace
}  // namespace shoal
