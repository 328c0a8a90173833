#include "job/logical_line.h"

#include <gtest/gtest.h>

#include "tests/job/reading.h"

namespace shoal {
namespace {

using testing::read_jobs;

std::vector<std::string> texts_of(std::string_view content) {
  std::vector<std::string> texts;
  const auto reading = read_jobs(content);
  for (const auto& command : reading->commands) texts.push_back(command.text);
  return texts;
}
using Texts = std::vector<std::string>;

TEST(LogicalLine, JoinsWhatBashJoins) {
  EXPECT_EQ(texts_of("a\n\n# c\n  b\n"), (Texts{"a", "b"}));
  EXPECT_EQ(texts_of("a \\\n b\nc"), (Texts{"a \\\n b", "c"}));
  EXPECT_EQ(texts_of("a &&\n\n# c\n b\nc"), (Texts{"a &&\n\n# c\n b", "c"}));
  EXPECT_EQ(texts_of("echo \"a\nb\" 'c\nd'\ne"), (Texts{"echo \"a\nb\" 'c\nd'", "e"}));
  EXPECT_EQ(texts_of("a $(b\n\"c)\"\n)\nd"), (Texts{"a $(b\n\"c)\"\n)", "d"}));
  EXPECT_EQ(texts_of("a; b\nc"), (Texts{"a; b", "c"}));
}

TEST(LogicalLine, HoldsItsHereDocuments) {
  EXPECT_EQ(texts_of("cat <<A <<-'B C'; x\n1\nA\n\t2\n\tB C\ny"),
            (Texts{"cat <<A <<-'B C'; x\n1\nA\n\t2\n\tB C", "y"}));
  EXPECT_EQ(texts_of("cat <<\\E\ndon't $(\nE\ny"), (Texts{"cat <<\\E\ndon't $(\nE", "y"}));
  EXPECT_EQ(texts_of("cat <<<E\ny"), (Texts{"cat <<<E", "y"}));
}

TEST(LogicalLine, HoldsWholeCompoundCommands) {
  for (const char* compound :
       {"if a; then\nb\nelif c\nthen d\nelse\ne\nfi", "for x in a b\ndo\nc # done\ndone > f",
        "while a\ndo b; done | c", "case $x in\na|b) c\n;;\n(d) echo e ;;\nesac", "f() {\na\n}",
        "function f\n(\na\n)", "{ a\nb\n} 2>&1", "(\na\n) && b", "[[ a &&\nb ]]", "(( 1 +\n 1 ))",
        "x=(a\n# )\nb)", "for ((i=0;\ni<2;i++)) {\na\n}", "select x in a; do\nb\ndone",
        "x[a\nb]=1"}) {
    EXPECT_EQ(texts_of(std::string(compound) + "\nnext"), (Texts{compound, "next"}));
  }
}

TEST(LogicalLine, TakesReservedWordsOnlyWhereACommandBegins) {
  EXPECT_EQ(texts_of("echo if\nif=1\n'if' a\nb"), (Texts{"echo if", "if=1", "'if' a", "b"}));
  EXPECT_EQ(texts_of("x for y\n{a\n! {\nb\n}"), (Texts{"x for y", "{a", "! {\nb\n}"}));
}

TEST(LogicalLine, KnowsCommentsFromWordsWithANumberSign) {
  EXPECT_EQ(texts_of("a # don't \\\nb#'\n'\nc"), (Texts{"a # don't \\", "b#'\n'", "c"}));
}

TEST(LogicalLine, ThatNeverEndsTakesTheRestOfTheFile) {
  for (const char* content : {"a\ndon't\nb", "a\nif x\nb", "a\ncat <<E\nb", "a\n(b\n", "a\nb &&\n",
                              "a\n\"$(", "a\nb \\"}) {
    const auto reading = read_jobs(content);
    ASSERT_EQ(reading->commands.size(), 2U) << content;
    EXPECT_EQ(reading->commands[1].command.barrier, BarrierReason::unterminated) << content;
    EXPECT_EQ(reading->commands[1].command.kind, CommandKind::opaque);
    EXPECT_EQ(reading->commands[1].command.line, 2U);
  }
}

TEST(LogicalLine, ThatBashRefusesTakesTheRestOfTheFileOrIsABarrier) {
  for (const char* content :
       {"a )\nb", "fi\nb", "Note (this)\nb", "a ;; b\nc", "a && && b", "| a", "> \n"}) {
    const auto reading = read_jobs(content);
    ASSERT_FALSE(reading->commands.empty());
    EXPECT_EQ(reading->commands[0].command.kind, CommandKind::opaque) << content;
    EXPECT_EQ(reading->commands[0].command.barrier, BarrierReason::syntax) << content;
  }
}

TEST(LogicalLine, CountsTheLinesOfTheFile) {
  const auto reading = read_jobs("\n# c\na\ncat <<E\nx\nE\nb \\\n\n\nd");
  std::vector<std::uint32_t> lines;
  for (const auto& command : reading->commands) lines.push_back(command.command.line);
  EXPECT_EQ(lines, (std::vector<std::uint32_t>{3, 4, 7, 10}));
}

TEST(LogicalLine, OfMegabytesAndDeepNestingIsReadInLinearTime) {
  const std::size_t many = 200'000;
  const auto repeated = [&](std::string_view part) {
    std::string text;
    for (std::size_t i = 0; i < many; ++i) text += part;
    return text;
  };
  EXPECT_EQ(read_jobs(repeated("("))->commands.size(), 1U);
  EXPECT_EQ(read_jobs(repeated("{ "))->commands.size(), 1U);
  EXPECT_EQ(read_jobs("a " + repeated("\"$(b "))->commands.size(), 1U);
  EXPECT_EQ(read_jobs("a " + repeated("$(("))->commands.size(), 1U);
  EXPECT_EQ(read_jobs(repeated("cat <<A\n"))->commands.size(), 1U);
  EXPECT_EQ(read_jobs(repeated("if a\nthen\n"))->commands.size(), 1U);
  EXPECT_EQ(read_jobs("a " + repeated("{a}"))->commands.size(), 1U);
  EXPECT_EQ(read_jobs("a " + repeated("word "))->commands[0].words[0].size(), many + 1);
}

}  // namespace
}  // namespace shoal
