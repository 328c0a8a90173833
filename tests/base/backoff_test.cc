#include "base/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace shoal {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToItsLimitWithAtMostHalfLeftToChance) {
  Backoff backoff(200ms, 15s, 1);
  Duration whole = 200ms;
  for (int i = 0; i < 20; ++i) {
    const Duration wait = backoff.next();
    EXPECT_GE(wait, whole / 2);
    EXPECT_LE(wait, whole);
    whole = std::min<Duration>(whole * 2, 15s);
  }
  backoff.reset();
  EXPECT_LE(backoff.next(), 200ms);
}

}  // namespace
}  // namespace shoal
