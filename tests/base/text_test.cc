#include "base/text.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace shoal {
namespace {

using std::chrono::seconds;

TEST(Text, QuotesOnlyWordsThatTheShellWouldChange) {
  EXPECT_EQ(shell_quoted("data/Small_A.csv"), "data/Small_A.csv");
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("~x"), "'~x'");
}

TEST(Text, SaysDurationsInTheLargestTwoUnits) {
  EXPECT_EQ(human_duration(Duration(400'000)), "0.4 s");
  EXPECT_EQ(human_duration(seconds(59)), "59 s");
  EXPECT_EQ(human_duration(seconds(185)), "3 min 5 s");
  EXPECT_EQ(human_duration(seconds(7800)), "2 h 10 min");
  EXPECT_EQ(human_duration(seconds(86400 * 4 + 3 * 3600)), "4 d 3 h");
}

TEST(Text, SaysBytesInBinaryUnits) {
  EXPECT_EQ(human_bytes(512), "512 B");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_bytes(std::uint64_t{24} << 30U), "24 GiB");
}

TEST(Text, ReadsBytesWithSuffixes) {
  EXPECT_EQ(parse_bytes("1000"), 1000U);
  EXPECT_EQ(parse_bytes("8G"), std::uint64_t{8} << 30U);
  EXPECT_EQ(parse_bytes("512M"), std::uint64_t{512} << 20U);
  EXPECT_EQ(parse_bytes("1.5GiB"), std::uint64_t{3} << 29U);
  EXPECT_EQ(parse_bytes("8X"), std::nullopt);
  EXPECT_EQ(parse_bytes("8Gx"), std::nullopt);
  EXPECT_EQ(parse_bytes("-1"), std::nullopt);
  EXPECT_EQ(parse_bytes(""), std::nullopt);
}

TEST(Text, ReadsDurationsWithUnits) {
  EXPECT_EQ(parse_duration("90"), Duration(seconds(90)));
  EXPECT_EQ(parse_duration("1h30m"), Duration(seconds(5400)));
  EXPECT_EQ(parse_duration("1.5h"), Duration(seconds(5400)));
  EXPECT_EQ(parse_duration("250ms"), Duration(250'000));
  EXPECT_EQ(parse_duration("1w"), std::nullopt);
  EXPECT_EQ(parse_duration(""), std::nullopt);
}

TEST(Text, ReplacesOnlyInvalidUtf8) {
  EXPECT_EQ(valid_utf8("Zoë"), "Zoë");
  EXPECT_EQ(valid_utf8("a\xFF"
                       "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(valid_utf8("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(valid_utf8("\xED\xA0\x80").size(), 9U);
}

TEST(Text, CutsALineAtACharacterAndSaysSo) {
  EXPECT_EQ(one_line("short", 10), "short");
  EXPECT_EQ(one_line("a\tb\nc", 10), "a b c");
  EXPECT_EQ(one_line("abcdefghij", 5), "abcd…");
  EXPECT_EQ(one_line("aaaëëëëë", 5), "aaa…");
}

TEST(Error, IsASentenceWithThePlaceAndTheCure) {
  const Error error{ErrorKind::input, "jobs.sh:17", "no such mode 'fast'", "Use auto"};
  EXPECT_EQ(error.sentence(), "jobs.sh:17: no such mode 'fast'. Use auto.");
}

TEST(EscapedBytes, MakeAnyTextValidUtf8AndComeBack) {
  using namespace std::string_literals;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"plain Zo\xC3\xAB", "plain Zo\xC3\xAB"},
      {"a\xFF"s, "a\0"s + "ff"},
      {"\0"s, "\0"s + "00"},
      {"\xC3"s, "\0"s + "c3"},
      {"\xED\xA0\x80"s, "\0"s + "ed" + "\0"s + "a0" + "\0"s + "80"}};
  for (const auto& [bytes, escaped] : cases) {
    EXPECT_EQ(escaped_bytes(bytes), escaped);
    EXPECT_EQ(original_bytes(escaped), bytes);
    EXPECT_EQ(valid_utf8(escaped), escaped);
  }
}

}  // namespace
}  // namespace shoal
