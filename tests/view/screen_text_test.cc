#include "view/screen_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"

namespace shoal {
namespace {

TEST(Printable, ShowsWhatATerminalWouldLeaveOfAProgressBar) {
  EXPECT_EQ(printable("  0%|   |\r 50%|## |\r100%|####|\n", true), "100%|####|");
}

TEST(Printable, RemovesEscapeSequences) {
  EXPECT_EQ(printable("\x1b[1;31mred\x1b[0m \x1b]0;title\x07text\x1b]8;;x\x1b\\!", true),
            "red text!");
  EXPECT_EQ(printable("cut\x1b[", true), "cut");
  EXPECT_EQ(printable("cut\x1b", true), "cut");
}

TEST(Printable, ShowsControlAndDirectionCharactersAsSpaces) {
  EXPECT_EQ(printable("a\tb\x7f"
                      "c\xC2\x9B"
                      "d\xE2\x80\xAE"
                      "e",
                      true),
            "a b c d e");
}

TEST(Printable, KeepsToAsciiWhereThereIsNothingElse) {
  EXPECT_EQ(printable("Zo\xC3\xAB \xFF", false), "Zo? ?");
}

RC_GTEST_PROP(Printable, NeverLetsAControlCharacterThrough, (const std::string& text)) {
  const std::string shown = printable(text, true);
  RC_ASSERT(valid_utf8(shown) == shown);
  for (const char c : shown) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20);
  for (const char c : printable(text, false)) RC_ASSERT(c >= 0x20 && c < 0x7F);
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("Zo\xC3\xAB"), 3U);
  EXPECT_EQ(display_width("\xE6\x96\x87\xE7\x8C\xAE"), 4U);  // two ideographs
  EXPECT_EQ(display_width("e\xCC\x81"), 1U);                 // a combining accent
  EXPECT_EQ(display_width("\xF0\x9F\x90\x9F"), 2U);          // an emoji
}

TEST(Cut, LeavesAnEllipsisWhereSomethingIsMissing) {
  EXPECT_EQ(cut_end("abcdef", 6, true), "abcdef");
  EXPECT_EQ(cut_end("abcdefg", 6, true), "abcde…");
  EXPECT_EQ(cut_end("abcdefg", 6, false), "abc...");
  EXPECT_EQ(cut_middle("abcdefghij", 5, true), "ab…ij");
  EXPECT_EQ(cut_middle("abcdefghij", 7, false), "ab...ij");
}

RC_GTEST_PROP(Cut, IsNeverWiderThanAsked, (const std::string& raw, bool unicode)) {
  const std::string text = printable(raw + "\xE6\x96\x87\xE7\x8C\xAE", unicode);
  const auto columns = *rc::gen::inRange<std::size_t>(0, 30);
  RC_ASSERT(display_width(cut_end(text, columns, unicode)) <= columns);
  RC_ASSERT(display_width(cut_middle(text, columns, unicode)) <= columns);
}

TEST(ScreenLine, NeverGrowsBeyondItsColumns) {
  ScreenLine line({.color = true, .unicode = true, .columns = 8});
  line.add("abcd", Ink::red).add("efghij", Ink::bold).add("more");
  EXPECT_EQ(line.width(), 8U);
  EXPECT_EQ(printable(line.text(), true), "abcdefg…");
}

TEST(ScreenLine, HasNoEscapeSequencesWithoutColor) {
  ScreenLine line({.color = false, .unicode = true, .columns = 20});
  line.add("plain", Ink::red);
  EXPECT_EQ(line.text(), "plain");
}

}  // namespace
}  // namespace shoal
