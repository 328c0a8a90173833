#include "job/words.h"

#include <gtest/gtest.h>

#include "tests/job/reading.h"

namespace shoal {
namespace {

using testing::read_jobs;
using testing::read_line;
using Words = std::vector<std::string>;

Words words_of(std::string_view line) {
  const auto read = read_line(
      line, {{"HOME", "/home/me"}, {"X", "value"}, {"TWO", "a b"}, {"STAR", "*"}, {"NONE", ""}});
  EXPECT_EQ(read.command.kind, CommandKind::ordinary)
      << line << ": " << barrier_reason_text(read.command.barrier);
  return read.words.empty() ? Words{} : read.words.front();
}

BarrierReason reason_of(std::string_view line) {
  const auto read =
      read_line(line, {{"HOME", "/home/me"}, {"TWO", "a b"}, {"STAR", "*"}, {"NONE", ""}});
  EXPECT_EQ(read.command.kind, CommandKind::opaque) << line;
  return read.command.barrier;
}

TEST(Words, LoseTheirQuotes) {
  EXPECT_EQ(words_of("p 'a b' \"c d\" e\\ f 'it'\"'\"'s'"),
            (Words{"p", "a b", "c d", "e f", "it's"}));
  EXPECT_EQ(words_of(R"(p "\$x \a \"" '\n' "")"), (Words{"p", R"($x \a ")", "\\n", ""}));
}

TEST(Words, ThatMisleadASubstringMatchAreOnlyWords) {
  EXPECT_EQ(
      words_of("asreview simulate benchmark:x -o out/-m_nb_-e_tfidf/A+++.asreview"),
      (Words{"asreview", "simulate", "benchmark:x", "-o", "out/-m_nb_-e_tfidf/A+++.asreview"}));
  EXPECT_EQ(words_of("echo if then fi do"), (Words{"echo", "if", "then", "fi", "do"}));
}

TEST(Words, TakeTheValuesOfKnownVariables) {
  EXPECT_EQ(words_of("p $X ${X}y \"$X z\" '$X'"), (Words{"p", "value", "valuey", "value z", "$X"}));
  EXPECT_EQ(words_of("p \"$TWO\" \"$STAR\" \"$NONE\""), (Words{"p", "a b", "*", ""}));
}

TEST(Words, AreNotUnderstoodWhenAnUnquotedValueWouldSplitOrExpand) {
  EXPECT_EQ(reason_of("p $TWO"), BarrierReason::unsupported_expansion);
  EXPECT_EQ(reason_of("p $STAR"), BarrierReason::unsupported_expansion);
  EXPECT_EQ(reason_of("p $NONE"), BarrierReason::unsupported_expansion);
}

TEST(Words, OfUnknownValueMakeABarrier) {
  EXPECT_EQ(reason_of("p $UNSET"), BarrierReason::unknown_variable);
  EXPECT_EQ(reason_of("p \"$1\" $?"), BarrierReason::unknown_variable);
  EXPECT_EQ(reason_of("p $RANDOM"), BarrierReason::unknown_variable);
  EXPECT_EQ(reason_of("p ${HOME%e}"), BarrierReason::unsupported_expansion);
  EXPECT_EQ(reason_of("p $(date)"), BarrierReason::command_substitution);
  EXPECT_EQ(reason_of("p `date`"), BarrierReason::command_substitution);
  EXPECT_EQ(reason_of("p <(date)"), BarrierReason::process_substitution);
  EXPECT_EQ(reason_of("p {a,b}"), BarrierReason::unsupported_expansion);
  EXPECT_EQ(reason_of("p $'a'"), BarrierReason::unsupported_expansion);
  EXPECT_EQ(reason_of("p ~root"), BarrierReason::unsupported_expansion);
  EXPECT_EQ(reason_of("$UNSET p"), BarrierReason::unknown_variable);
  EXPECT_EQ(reason_of("pro* p"), BarrierReason::computed_program);
}

TEST(Words, KeepTheQuotesOfAGlobBehindBackslashes) {
  EXPECT_EQ(words_of("p *.csv 'a*'? [ab] a[b '[x]'"),
            (Words{"p", "glob:*.csv", "glob:a\\*?", "glob:[ab]", "a[b", "[x]"}));
}

TEST(Words, ExpandTheTildeOnlyWhereBashDoes) {
  EXPECT_EQ(words_of("p ~ ~/x a~ '~' \\~ --o=~/x"),
            (Words{"p", "/home/me", "/home/me/x", "a~", "~", "~", "--o=~/x"}));
  EXPECT_EQ(reason_of("p prefix=~/x"), BarrierReason::unsupported_expansion);
  EXPECT_EQ(reason_of("p \\\n~/x y\\\n~/z"), BarrierReason::unsupported_expansion);
}

TEST(Words, HoldTheValueOfLiteralArithmetic) {
  EXPECT_EQ(words_of("p $((1+1)) $(( -(4-9)%3*7 ))x"), (Words{"p", "2", "14x"}));
  for (const char* line :
       {"p $((x))", "p $((08))", "p $((1/0))", "p $((9223372036854775807+1))", "p $((2**3))"}) {
    EXPECT_EQ(reason_of(line), BarrierReason::unsupported_expansion) << line;
  }
}

TEST(LiteralWords, AreWhatAProgramGetsWithoutAShell) {
  EXPECT_EQ(literal_words("p 'a b' \\\n  c\\ d # comment"), (Words{"p", "a b", "c d"}));
}

TEST(CommandShape, LeavesOutPathsAndNumbers) {
  const auto shape =
      command_shape("python -m asreview simulate data/A.csv -o out/1.asreview --seed 1 -c nb");
  EXPECT_EQ(
      shape,
      command_shape("python -m  asreview simulate x/y/A.csv -o other/2.asreview --seed 20 -c nb"));
  EXPECT_NE(shape, command_shape(
                       "python -m asreview simulate data/A.csv -o out/1.asreview --seed 1 -c svm"));
  EXPECT_NE(shape, command_shape(
                       "python -m asreview simulate data/B.csv -o out/1.asreview --seed 1 -c nb"));
  EXPECT_NE(shape, command_shape(
                       "python -m asreview metrics data/A.csv -o out/1.asreview --seed 1 -c nb"));
  EXPECT_NE(command_shape("python scripts/merge_tds.py"),
            command_shape("python scripts/merge_metrics.py"));
}

TEST(CommandShape, StaysTheSameAcrossVersions) {
  EXPECT_EQ(command_shape("mkdir output"), 6235543507194059759U);
}

TEST(ShellBuiltins, AreTheOnesThatNoProgramCanStandInFor) {
  for (const char* name : {"cd", "echo", "[", "if", "}", "source", "chdir"})
    EXPECT_TRUE(is_shell_builtin(name));
  for (const char* name : {"mkdir", "python", "", "in", "benchmark"})
    EXPECT_FALSE(is_shell_builtin(name));
}

}  // namespace
}  // namespace shoal
