#include "sched/attempt_tally.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using namespace std::chrono_literals;

AttemptResult ended(EndClass end, Duration wall) {
  AttemptResult result;
  result.end = end;
  result.wall = wall;
  return result;
}

TEST(AttemptTally, CountsAttemptsByTheirEnd) {
  AttemptTally tally;
  tally.add(ended(EndClass::ok, 1s));
  tally.add(ended(EndClass::ok, 1s));
  tally.add(ended(EndClass::out_of_memory, 1s));
  EXPECT_EQ(tally.ended(EndClass::ok), 2);
  EXPECT_EQ(tally.ended(EndClass::out_of_memory), 1);
  EXPECT_EQ(tally.ended(EndClass::failed), 0);
}

TEST(AttemptTally, ABoundCountsAllThatAreNotLonger) {
  AttemptTally tally;
  tally.add(ended(EndClass::ok, 100ms));
  tally.add(ended(EndClass::ok, 101ms));
  tally.add(ended(EndClass::failed, 10s));
  EXPECT_EQ(tally.within(0), 1);
  EXPECT_EQ(tally.within(1), 2);
  EXPECT_EQ(tally.within(AttemptTally::kBounds.size() - 1), 3);
  EXPECT_EQ(tally.wall(), 10s + 201ms);
}

TEST(AttemptTally, WhatIsLongerThanAllBoundsIsInTheTotalOnly) {
  AttemptTally tally;
  tally.add(ended(EndClass::ok, std::chrono::hours(24 * 8)));
  EXPECT_EQ(tally.within(AttemptTally::kBounds.size() - 1), 0);
  EXPECT_EQ(tally.ran(), 1);
}

TEST(AttemptTally, WhatDidNotRunTookNoTime) {
  AttemptTally tally;
  AttemptResult upload = ended(EndClass::ok, 3s);
  upload.only_upload = true;
  upload.uploads = {{"a", "p/a", 5, ""}, {"b", "p/b", 7, ""}};
  tally.add(upload);
  tally.add(ended(EndClass::input_missing, 0s));
  EXPECT_EQ(tally.ran(), 0);
  EXPECT_EQ(tally.ended(EndClass::ok), 1);
  EXPECT_EQ(tally.uploaded_files(), 2);
  EXPECT_EQ(tally.uploaded_bytes(), 12);
}

TEST(AttemptTally, KeepsTheSumOfCpuAndTheMostMemory) {
  AttemptTally tally;
  AttemptResult first = ended(EndClass::ok, 1s);
  first.usage = {500ms, 250ms, 300};
  AttemptResult second = ended(EndClass::ok, 1s);
  second.usage = {1s, 0s, 200};
  tally.add(first);
  tally.add(second);
  EXPECT_EQ(tally.cpu(), 1750ms);
  EXPECT_EQ(tally.peak_memory(), 300);
}

}  // namespace
}  // namespace shoal
