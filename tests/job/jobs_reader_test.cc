#include "job/jobs_reader.h"

#include <gtest/gtest.h>

#include "tests/job/reading.h"

namespace shoal {
namespace {

using testing::read_jobs;
using testing::read_line;
using Words = std::vector<std::string>;
using Lists = std::vector<Words>;

const Command& only(const testing::ReadCommand& read) { return read.command; }

TEST(JobsReader, UnderstandsChainsOfSimpleCommands) {
  const auto read = read_line("A -o x && B x || rm -f x; C | D");
  EXPECT_EQ(read.words, (Lists{{"A", "-o", "x"}, {"B", "x"}, {"rm", "-f", "x"}, {"C"}, {"D"}}));
  EXPECT_EQ(read.connectors, (std::vector{Connector::first, Connector::and_then, Connector::or_else,
                                          Connector::sequence, Connector::pipe}));
}

TEST(JobsReader, FlattensGroupsWithTheirRedirections) {
  const auto read = read_line("{ time asreview simulate a; (b; c >d) 2>e; } > f");
  EXPECT_EQ(read.words, (Lists{{"asreview", "simulate", "a"}, {"b"}, {"c"}}));
  EXPECT_EQ(read.redirects, (Lists{{">f"}, {">e", ">f"}, {">d", ">e", ">f"}}));
}

TEST(JobsReader, SaysWhichCommandsOfAGroupAreConditional) {
  EXPECT_EQ(read_line("a || { b; c; }").connectors,
            (std::vector{Connector::first, Connector::or_else, Connector::or_else}));
  EXPECT_EQ(read_line("! a && b").connectors, (std::vector{Connector::first, Connector::or_else}));
}

TEST(JobsReader, ReadsEveryRedirection) {
  const auto read = read_line("a <b >c >>d <>e >|f 2>g &>h &>>i 2>&1 <<<j");
  EXPECT_EQ(read.redirects, (Lists{{"<b", ">c", ">>d", "<>e", ">f", ">g", ">h", ">>i"}}));
  EXPECT_EQ(read.words, (Lists{{"a"}}));
  EXPECT_EQ(read_line("> f").redirects, (Lists{{">f"}}));
}

TEST(JobsReader, UnderstandsHereDocumentsWithoutExpansions) {
  EXPECT_EQ(only(read_line("cat <<'E' > x\n$a `b`\nE")).kind, CommandKind::ordinary);
  EXPECT_EQ(only(read_line("cat <<E > x\nplain\nE")).kind, CommandKind::ordinary);
  EXPECT_EQ(only(read_line("cat <<E\n$a\nE")).barrier, BarrierReason::here_document_expands);
}

TEST(JobsReader, TakesStrayProseForACommand) {
  EXPECT_EQ(read_line("Now wait for a day, please.").words,
            (Lists{{"Now", "wait", "for", "a", "day,", "please."}}));
}

TEST(JobsReader, GivesOpaqueLinesTheirReason) {
  const std::pair<const char*, BarrierReason> lines[] = {
      {"for i in 1; do a; done", BarrierReason::compound},
      {"[[ a ]]", BarrierReason::compound},
      {"f() { a; }", BarrierReason::function_definition},
      {"eval a", BarrierReason::changes_shell},
      {"cd a && make", BarrierReason::changes_shell},
      {"X=1; a", BarrierReason::changes_shell},
      {"(cd a; make)", BarrierReason::changes_shell},
      {"a || exit 1", BarrierReason::ends_shell},
      {"a &", BarrierReason::background},
      {"trap 'rm x' ERR", BarrierReason::changes_shell},
      {"X=$(date)", BarrierReason::command_substitution},
      {"a[1]=2", BarrierReason::unsupported_expansion},
      {"PATH+=x", BarrierReason::unsupported_expansion},
      {"%1", BarrierReason::computed_program},
  };
  for (const auto& [line, reason] : lines) {
    const auto read = read_line(line);
    EXPECT_EQ(read.command.kind, CommandKind::opaque) << line;
    EXPECT_EQ(read.command.barrier, reason) << line;
    EXPECT_TRUE(read.words.empty()) << line;
  }
}

TEST(JobsReader, KnowsWhichOpaqueLinesLeaveTheShellAlone) {
  for (const char* line :
       {"a $(b)", "a $UNSET", "for i in 1; do X=$i; done | b", "(X=1; cd a)",
        "a | while read x; do b; done", "cd x | b", "wait", "a `b` > $c", "cat <<E\n$x\nE"}) {
    EXPECT_EQ(only(read_line(line)).effect, ShellEffect::none) << line;
  }
  for (const char* line :
       {"if a; then X=1; fi", "cd a && b", "X=$(b)", "$UNSET", "a ${x:=1}", "a $((x=1))",
        "f() { a; }", "{ cd a; } > b", "a | b; cd c && d", "eval a", "cat <<E\n${x:=1}\nE"}) {
    EXPECT_EQ(only(read_line(line)).effect, ShellEffect::may_change) << line;
  }
}

TEST(JobsReader, KnowsWhichOpaqueLinesMayOnlyEndTheShell) {
  for (const char* line : {"a || exit 1", "{ a; exit; } > b", "a ${x?no}", "a && a \"${x?no}\""}) {
    EXPECT_EQ(only(read_line(line)).effect, ShellEffect::may_end) << line;
  }
  EXPECT_EQ(only(read_line("(a || exit 1)")).effect, ShellEffect::none);
  EXPECT_EQ(only(read_line("a && exit; eval b")).effect, ShellEffect::may_change);
}

TEST(JobsReader, KnowsWhichLinesAskForTheStatusOfTheOneBefore) {
  for (const char* line :
       {"p $?", "p \"${?}\"", "if [ $? -ne 0 ]; then a; fi", "X=$?", "p ${?#0}"}) {
    EXPECT_TRUE(only(read_line(line)).asks_status) << line;
  }
  for (const char* line : {"p '$?'", "p \\$?", "p $# $$", "if a; then b; fi"}) {
    EXPECT_FALSE(only(read_line(line)).asks_status) << line;
  }
}

TEST(JobsReader, RunsWithoutAShellOnlyWhatNeedsNone) {
  for (const char* line : {"a b", "a 'b c' # d", "a \\\n b", "a x=y", "'a b' c"}) {
    EXPECT_FALSE(only(read_line(line)).needs_shell) << line;
  }
  for (const char* line : {"a > b", "X=1 a", "echo a", "a; ", "a *", "a $X", "a ~", "! a", "time a",
                           "a | b", "''", "a $((1))", "%a", "cat <<E\nE", "{ a; }"}) {
    EXPECT_TRUE(only(read_line(line, {{"X", "1"}, {"HOME", "/h"}})).needs_shell) << line;
  }
  EXPECT_TRUE(read_jobs("X=1\na b")->commands[1].command.needs_shell);
}

TEST(JobsReader, CallsPortableOnlyWhatEveryShellDoesAlike) {
  for (const char* line :
       {"echo $((1+1)) >/dev/null", "a 'b' && c | d", "echo plain words", "[ -f x ]", "test a = b",
        "true", "(a; b)", "X=1 a", "printf '%s\\n' a", "cat <<E\nx\nE", "a 2>/dev/null", "! a"}) {
    EXPECT_TRUE(only(read_line(line)).portable) << line;
  }
  for (const char* line : {"echo -n a", "echo 'a\\nb'", "a &> /dev/null", "a <<< b", "a *.csv",
                           "a {}", "time a", "a |& b", "[ a == b ]", "printf '%d' x",
                           "a 10>/dev/null", "a > missing/b", "source x", "pwd"}) {
    EXPECT_FALSE(only(read_line(line)).portable) << line;
  }
}

TEST(JobsReader, StopsAtAPlainExitAndNowhereElse) {
  const auto reading = read_jobs("a\nexit 3 # enough\nb");
  EXPECT_EQ(reading->commands.size(), 1U);
  EXPECT_EQ(reading->stopped_at_line, 2U);
  EXPECT_EQ(read_jobs("exit $?\nb")->commands.size(), 0U);
  EXPECT_EQ(read_jobs("exit 1 2\nb")->commands.size(), 2U);
  EXPECT_EQ(read_jobs("a && exit\nb")->commands.size(), 2U);
  EXPECT_EQ(read_jobs("'x' exit\nb")->commands.size(), 2U);
}

TEST(JobsReader, EndsAFileThatMayTrapItsExitWithACommand) {
  for (const char* line : {"trap 'rm x' EXIT", "trap f INT 0", "trap f $X",
                           "f() { trap 'g' exit; }", "a && trap - SIGEXIT"}) {
    const auto reading = read_jobs(std::string("a\n") + line + "\nX=1\n\n# b\n");
    ASSERT_EQ(reading->commands.size(), 4U) << line;
    const Command& end = reading->commands[3].command;
    EXPECT_EQ(reading->commands[3].text, "exit");
    EXPECT_EQ(end.barrier, BarrierReason::exit_trap);
    EXPECT_EQ(end.line, 5U);
    EXPECT_EQ(end.state, 2U);
    EXPECT_TRUE(end.asks_status);
  }
  for (const char* line : {"trap 'rm x' INT", "(trap f EXIT)", "trap f ERR", "eval exit"}) {
    EXPECT_EQ(read_jobs(std::string(line) + "\na\n")->commands.size(), 2U) << line;
  }
}

TEST(JobsReader, TakesAPlainExitForTheEndThatATrapWaitsFor) {
  const auto reading = read_jobs("trap f EXIT\nexit 3 # so\nb\n");
  ASSERT_EQ(reading->commands.size(), 2U);
  EXPECT_EQ(reading->commands[1].text, "exit 3 # so");
  EXPECT_EQ(reading->commands[1].command.barrier, BarrierReason::exit_trap);
  EXPECT_EQ(reading->stopped_at_line, 2U);
}

TEST(JobsReader, FindsNothingInAFileOfComments) {
  const auto reading = read_jobs("\n # simulate\n\t\n#");
  EXPECT_TRUE(reading->commands.empty());
  EXPECT_FALSE(reading->error);
}

TEST(JobsReader, GivesTextsThatAreSlicesOfTheFile) {
  const auto reading = read_jobs("  a b  \ncat <<E\nx\nE\n");
  EXPECT_EQ(reading->commands[0].text, "a b  ");
  EXPECT_EQ(reading->commands[1].text, "cat <<E\nx\nE");
}

}  // namespace
}  // namespace shoal
