#include "view/progress_block.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "view/screen_text.h"
#include "view/upload_text.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

ProgressPicture picture_of_half() {
  ProgressPicture picture;
  picture.counts.total = 200;
  picture.counts.done = 96;
  picture.counts.failed = 4;
  picture.counts.running = 2;
  picture.counts.waiting = 90;
  picture.counts.ready = 8;
  picture.elapsed = 185s;
  picture.left = "left about 3 min";
  picture.running = {{CommandId{9}, 75s, "asreview simulate a -o b"}, {CommandId{101}, 2s, "true"}};
  return picture;
}

std::vector<std::string> block(const ProgressPicture& picture, TerminalSize size,
                               bool unicode = true) {
  std::vector<std::string> texts;
  for (const ScreenLine& line :
       progress_block(picture, size, {.color = false, .unicode = unicode, .columns = 0})) {
    texts.push_back(line.text());
  }
  return texts;
}

std::string all_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(ProgressBlock, ShowsTheBarTheCountsAndWhatRuns) {
  const std::vector<std::string> lines = block(picture_of_half(), {80, 24});
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_TRUE(lines[0].ends_with("  50%  3 min 5 s, left about 3 min")) << lines[0];
  EXPECT_EQ(lines[1], "  96 of 200 done · 4 failed · 2 running · 98 to go");
  EXPECT_EQ(lines[2], "    9  1 min 15 s  asreview simulate a -o b");
  EXPECT_EQ(lines[3], "  101         2 s  true");
}

TEST(ProgressBlock, ShowsUploadsBelowTheCounts) {
  ProgressPicture picture = picture_of_half();
  picture.uploads = upload_text({.files = 90, .bytes = 1 << 20, .under_way = 3, .failed = 1});
  const std::vector<std::string> lines = block(picture, {80, 24});
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[2], "  90 files (1 MiB) uploaded, 3 commands uploading, 1 failed to upload");
}

TEST(ProgressBlock, DrawsDoneFailedAndLeftInProportion) {
  ProgressPicture picture = picture_of_half();
  picture.counts.done = 100;
  picture.counts.failed = 1;
  const std::string bar = block(picture, {60, 24}, false)[0];
  const auto count = [&](char c) { return std::count(bar.begin(), bar.begin() + 27, c); };
  EXPECT_EQ(bar.substr(0, 2), "  ");
  EXPECT_GE(count('#'), 10);
  EXPECT_EQ(count('x'), 1);
  EXPECT_GE(count('.'), 10);
}

TEST(ProgressBlock, SaysHundredPercentOnlyWhenAllEnded) {
  ProgressPicture picture = picture_of_half();
  picture.counts = {};
  picture.counts.total = 1000;
  picture.counts.done = 999;
  picture.counts.running = 1;
  EXPECT_NE(block(picture, {80, 24})[0].find(" 99%"), std::string::npos);
  picture.counts.done = 1000;
  EXPECT_NE(block(picture, {80, 24})[0].find("100%"), std::string::npos);
}

TEST(ProgressBlock, ListsDataSetsInFileOrderWhileTheyFit) {
  ProgressPicture picture = picture_of_half();
  picture.groups = {{"Small_A", 13, 12, 12, 1}, {"Small_B", 10, 3, 5, 0}, {"Small_C", 9, 0, 0, 0}};
  EXPECT_EQ(block(picture, {80, 24})[2], "  Small_A 12/13   Small_B 3/10 ✗2   Small_C 0/9");
}

TEST(ProgressBlock, LeavesOutFinishedDataSetsFirst) {
  ProgressPicture picture = picture_of_half();
  for (int i = 0; i < 30; ++i) {
    GroupProgress group{"Review_" + std::to_string(i), 10, 10, 10, 0};
    if (i == 17) group = {"Under_way", 10, 4, 4, 1};
    if (i == 29) group = {"To_come", 10, 0, 0, 0};
    picture.groups.push_back(group);
  }
  const std::vector<std::string> lines = block(picture, {80, 24});
  EXPECT_TRUE(lines[2].starts_with("  Under_way 4/10   To_come 0/10   Review_0 10/10")) << lines[2];
  EXPECT_TRUE(lines[3].ends_with("   +23 more")) << lines[3];
}

TEST(ProgressBlock, SaysHowManyMoreRun) {
  ProgressPicture picture = picture_of_half();
  picture.counts.running = 64;
  picture.running.assign(kRunningLines, {CommandId{1}, 1s, "true"});
  const std::vector<std::string> lines = block(picture, {80, 24});
  EXPECT_EQ(lines.back(), "  and 58 more running");
}

RC_GTEST_PROP(ProgressBlock, FitsEveryTerminal, ()) {
  ProgressPicture picture = picture_of_half();
  const std::string wide = "\xE6\x96\x87\xE7\x8C\xAE";
  picture.groups.assign(*rc::gen::inRange<std::size_t>(0, 40), {"Review_" + wide, 10, 3, 4, 1});
  picture.running.assign(*rc::gen::inRange<std::size_t>(0, 12),
                         {CommandId{12345}, 7000s, "python -m asreview simulate -o " + wide});
  picture.counts.running = static_cast<std::uint32_t>(picture.running.size());
  if (*rc::gen::arbitrary<bool>()) picture.stopping = "Stopping when the running commands ended.";
  const TerminalSize size{*rc::gen::inRange<std::size_t>(1, 200),
                          *rc::gen::inRange<std::size_t>(1, 50)};
  const std::vector<ScreenLine> lines =
      progress_block(picture, size, {.color = true, .unicode = true, .columns = 0});
  RC_ASSERT(lines.size() <= 12U);
  RC_ASSERT(lines.size() < size.rows);
  for (const ScreenLine& line : lines) {
    RC_ASSERT(line.width() < size.columns);
    RC_ASSERT(display_width(printable(line.text(), true)) == line.width());
  }
}

TEST(ProgressBlock, UsesAsciiOnlyWhereUnicodeIsMissing) {
  ProgressPicture picture = picture_of_half();
  picture.groups = {{"Zo\xC3\xAB", 13, 12, 13, 0}};
  picture.running[0].text = std::string(300, 'x');
  for (const char c : all_of(block(picture, {80, 24}, false))) {
    EXPECT_LT(static_cast<unsigned char>(c), 0x80);
  }
}

}  // namespace
}  // namespace shoal
