#include "view/time_text.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(TimeText, SaysTheTimeOfDayAndTheDate) {
  const LocalTime time{std::chrono::local_days{std::chrono::year{2025} / 11 / 24} + 12h + 3min +
                       5s};
  EXPECT_EQ(time_of_day(time), "12:03:05");
  EXPECT_EQ(date_and_minute(time), "2025-11-24 12:03");
}

TEST(ElapsedText, ChangesAtMostOnceASecond) {
  EXPECT_EQ(elapsed_text(400ms), "0 s");
  EXPECT_EQ(elapsed_text(9900ms), "9 s");
  EXPECT_EQ(elapsed_text(59900ms), "59 s");
  EXPECT_EQ(elapsed_text(185s), "3 min 5 s");
  EXPECT_EQ(elapsed_text(-1s), "0 s");
}

TEST(LeftText, IsNoMoreExactThanAnEstimate) {
  EXPECT_EQ(left_text(std::nullopt), "left: not known yet");
  EXPECT_EQ(left_text(0s), "left: a few seconds");
  EXPECT_EQ(left_text(-5s), "left: a few seconds");
  EXPECT_EQ(left_text(42s), "left about 40 s");
  EXPECT_EQ(left_text(58s), "left about 1 min");
  EXPECT_EQ(left_text(3min + 20s), "left about 3 min");
  EXPECT_EQ(left_text(33min), "left about 35 min");
  EXPECT_EQ(left_text(59min), "left about 1 h");
  EXPECT_EQ(left_text(2h + 11min), "left about 2 h 10 min");
  EXPECT_EQ(left_text(13h + 40min), "left about 14 h");
  EXPECT_EQ(left_text(4 * 24h + 3h), "left about 4 d 3 h");
}

}  // namespace
}  // namespace shoal
