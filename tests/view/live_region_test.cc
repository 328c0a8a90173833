#include "view/live_region.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/view/terminal_emulator.h"

namespace shoal {
namespace {

using Rows = std::vector<std::string>;

std::vector<ScreenLine> lines_of(const Rows& texts, TerminalSize size) {
  std::vector<ScreenLine> lines;
  for (const std::string& text : texts) {
    lines.emplace_back(TextStyle{.color = false, .unicode = true, .columns = size.columns - 1});
    lines.back().add(text);
  }
  return lines;
}

class LiveRegionTest : public testing::Test {
 protected:
  std::string update(const Rows& above, const Rows& lines) {
    const std::string bytes = region_.update(above, lines_of(lines, size_), size_);
    terminal_.write(bytes);
    return bytes;
  }
  void resize(std::size_t columns, std::size_t rows) {
    size_ = {columns, rows};
    terminal_.resize(columns, rows);
  }

  TerminalSize size_{40, 10};
  TerminalEmulator terminal_{40, 10};
  LiveRegion region_;
};

TEST_F(LiveRegionTest, RedrawsInPlace) {
  terminal_.write("$ shoal run\n");
  update({}, {"one", "two"});
  update({}, {"one more", "two", "three"});
  update({}, {"1", "2"});
  EXPECT_EQ(terminal_.everything(), (Rows{"$ shoal run", "1", "2"}));
  EXPECT_EQ(terminal_.cursor_column(), 0U);
  EXPECT_EQ(terminal_.cursor_row(), 3U);
}

TEST_F(LiveRegionTest, WritesOnlyTheLinesThatChanged) {
  update({}, {"the first line", "the second line"});
  const std::string bytes = update({}, {"the first line", "another"});
  EXPECT_EQ(bytes.find("first"), std::string::npos);
  EXPECT_EQ(terminal_.everything(), (Rows{"the first line", "another"}));
  EXPECT_EQ(update({}, {"the first line", "another"}), "");
}

TEST_F(LiveRegionTest, KeepsLinesAboveForGood) {
  update({"failed: 1"}, {"bar"});
  update({"failed: 2", "failed: 3"}, {"bar"});
  EXPECT_EQ(terminal_.everything(), (Rows{"failed: 1", "failed: 2", "failed: 3", "bar"}));
}

TEST_F(LiveRegionTest, StaysAtTheBottomWhenTheScreenScrolls) {
  for (int i = 0; i < 30; ++i) update({fmt::format("failed: {}", i)}, {"bar", "counts"});
  const Rows all = terminal_.everything();
  ASSERT_EQ(all.size(), 32U);
  EXPECT_EQ(all[29], "failed: 29");
  EXPECT_EQ(all[30], "bar");
  EXPECT_EQ(all[31], "counts");
}

TEST_F(LiveRegionTest, LeavesNothingBehindWhenErased) {
  terminal_.write("before\n");
  update({"failed"}, {"bar", "counts"});
  terminal_.write(region_.erase());
  terminal_.write("after\n");
  EXPECT_EQ(terminal_.everything(), (Rows{"before", "failed", "after"}));
  EXPECT_EQ(region_.erase(), "");
}

TEST_F(LiveRegionTest, RemovesTheMarkOfCtrlC) {
  update({}, {"bar"});
  terminal_.write("^C");
  update({}, {"bar, stopping"});
  EXPECT_EQ(terminal_.everything(), (Rows{"bar, stopping"}));
}

TEST_F(LiveRegionTest, LeavesNothingBehindWhenTheWindowGetsNarrower) {
  terminal_.write("before\n");
  update({"failed"}, {std::string(39, 'a'), std::string(30, 'b'), "c"});
  resize(20, 10);
  update({}, {"1", "2", "3"});
  EXPECT_EQ(terminal_.everything(), (Rows{"before", "failed", "1", "2", "3"}));
}

TEST_F(LiveRegionTest, LeavesNothingBehindWhenTheWindowGetsWider) {
  update({"failed"}, {std::string(39, 'a'), std::string(39, 'b')});
  resize(80, 10);
  update({}, {"1"});
  EXPECT_EQ(terminal_.everything(), (Rows{"failed", "1"}));
}

RC_GTEST_PROP(LiveRegion, ShowsTheLastLinesBelowAllPermanentOnes, ()) {
  TerminalSize size{30, 12};
  TerminalEmulator terminal(size.columns, size.rows);
  LiveRegion region;
  Rows expected;
  Rows block;
  const auto steps = *rc::gen::inRange(1, 20);
  for (int step = 0; step < steps; ++step) {
    // With room for all rows even when every line wraps in two.
    if (*rc::gen::inRange(0, 4) == 0) {
      size.columns = *rc::gen::inRange<std::size_t>(15, 30);
      terminal.resize(size.columns, size.rows);
    }
    Rows above;
    if (*rc::gen::arbitrary<bool>()) above.push_back(fmt::format("x{}", step));
    block.assign(*rc::gen::inRange<std::size_t>(1, 6), "");
    for (std::string& line : block) {
      line = std::string(*rc::gen::inRange<std::size_t>(1, size.columns - 1), 'b');
    }
    expected.insert(expected.end(), above.begin(), above.end());
    terminal.write(region.update(above, lines_of(block, size), size));
  }
  Rows all = expected;
  all.insert(all.end(), block.begin(), block.end());
  RC_ASSERT(terminal.everything() == all);
  RC_ASSERT(terminal.unknown().empty());
  terminal.write(region.erase());
  RC_ASSERT(terminal.everything() == expected);
}

}  // namespace
}  // namespace shoal
