#include "sched/attempt.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(EndClass, KeepsItsNamesBecauseJournalsHoldThem) {
  EXPECT_EQ(end_class_text(EndClass::ok), "ok");
  EXPECT_EQ(end_class_text(EndClass::failed), "failed");
  EXPECT_EQ(end_class_text(EndClass::timed_out), "timed_out");
  EXPECT_EQ(end_class_text(EndClass::killed), "killed");
  EXPECT_EQ(end_class_text(EndClass::out_of_memory), "out_of_memory");
  EXPECT_EQ(end_class_text(EndClass::lost), "lost");
  EXPECT_EQ(end_class_text(EndClass::output_missing), "output_missing");
  EXPECT_EQ(end_class_text(EndClass::input_missing), "input_missing");
  EXPECT_EQ(end_class_text(EndClass::cancelled), "cancelled");
  EXPECT_EQ(end_class_text(EndClass::ended_shell), "ended_shell");
}

TEST(EndClass, IsReadBackFromItsName) {
  for (int value = 0; value <= static_cast<int>(EndClass::ended_shell); ++value) {
    const auto end = static_cast<EndClass>(value);
    EXPECT_EQ(parse_end_class(end_class_text(end)), end);
  }
}

TEST(EndClass, IsNotReadFromAnythingElse) {
  EXPECT_EQ(parse_end_class(""), std::nullopt);
  EXPECT_EQ(parse_end_class("OK"), std::nullopt);
  EXPECT_EQ(parse_end_class("out of memory"), std::nullopt);
  EXPECT_EQ(parse_end_class("lost "), std::nullopt);
}

}  // namespace
}  // namespace shoal
