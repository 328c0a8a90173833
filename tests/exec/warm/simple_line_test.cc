#include "exec/warm/simple_line.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

/// Words joined by `|`, redirections and assignments in front; "cold" where the
/// line is left to a shell.
std::string shown(std::string_view text) {
  const auto steps = read_simple_line(text);
  if (!steps) return "cold";
  std::string line;
  for (const SimpleStep& step : *steps) {
    if (!line.empty()) line += " && ";
    if (step.is_timed) line += "time ";
    for (const auto& [name, value] : step.assignments) line += name + "=" + value + " ";
    for (const SimpleRedirect& redirect : step.redirects) {
      constexpr const char* kKinds[] = {"<", ">", ">>", ">&"};
      line += std::to_string(redirect.descriptor) + kKinds[static_cast<int>(redirect.kind)] +
              redirect.target + " ";
    }
    for (std::size_t i = 0; i < step.words.size(); ++i) line += (i > 0 ? "|" : "") + step.words[i];
  }
  return line;
}

TEST(SimpleLine, HasWordsWithoutTheirQuotes) {
  EXPECT_EQ(shown("python a.py -x 1"), "python|a.py|-x|1");
  EXPECT_EQ(shown("  python\t'a b'.py \"c  d\" '' "), "python|a b.py|c  d|");
  EXPECT_EQ(shown("a --x='$HOME `x` \\' \"it's\""), "a|--x=$HOME `x` \\|it's");
  EXPECT_EQ(shown("a n\xc3\xa4me.csv"), "a|n\xc3\xa4me.csv");
}

TEST(SimpleLine, HasStepsTimesAssignmentsAndRedirections) {
  EXPECT_EQ(shown("a x && b y&&rm -f z"), "a|x && b|y && rm|-f|z");
  EXPECT_EQ(shown("time A=1 B='x y' a x"), "time A=1 B=x y a|x");
  EXPECT_EQ(shown("a >o 2>>e </dev/null"), "1>o 2>>e 0</dev/null a");
  EXPECT_EQ(shown("a x > 'o p' 2>&1"), "1>o p 2>&1 a|x");
  EXPECT_EQ(shown("a 2>&1 && b"), "2>&1 a && b");
  EXPECT_EQ(shown("a x # a comment"), "a|x");
  EXPECT_EQ(shown("a x#y"), "a|x#y");
}

TEST(SimpleLine, LeavesEverythingElseToAShell) {
  for (const char* text : {"",
                           "#",
                           "a | b",
                           "a || b",
                           "a; b",
                           "a &",
                           "a & b",
                           "a &&",
                           "&& a",
                           "(a)",
                           "{ a; }",
                           "! a",
                           "a $x",
                           "a \"$x\"",
                           "a `b`",
                           "a *",
                           "a ?",
                           "a [x]",
                           "a {b,c}",
                           "a ~",
                           "a ~/b",
                           "a \\b",
                           "a \"b\\\"c\"",
                           "a 'b",
                           "a \"b",
                           "a\nb",
                           "a 'b\nc'",
                           "a <<E",
                           "a <<<b",
                           "a <>b",
                           "a >|b",
                           "a &>b",
                           "a >&b",
                           "a >&-",
                           "a 3>b",
                           "a 12>b",
                           "a x>b",
                           "a > b>c",
                           "a 2>&1x",
                           "a >",
                           "a > && b",
                           "A=1",
                           "time",
                           "time -p a",
                           "a >/dev/tcp/x/1",
                           "a </dev/stdin",
                           "a && # b",
                           "a\xa0"
                           "b"}) {
    EXPECT_EQ(shown(text), "cold") << text;
  }
}

}  // namespace
}  // namespace shoal
