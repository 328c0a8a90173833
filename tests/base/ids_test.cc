#include "base/ids.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(RunId, SortsByTime) {
  const RunId earlier = RunId::make(1'700'000'000'000, std::string(10, '\xFF'));
  const RunId later = RunId::make(1'700'000'000'001, std::string(10, '\0'));
  EXPECT_LT(earlier, later);
}

TEST(RunId, EncodesTheTimeAsTheUlidSpecificationDoes) {
  EXPECT_EQ(RunId::make(1'469'918'176'385, std::string(10, '\0')).text(),
            "01ARYZ6S410000000000000000");
}

TEST(RunId, IsValidOnlyAsTwentySixCharactersOfCrockfordsAlphabet) {
  EXPECT_TRUE(RunId::is_valid("01ARYZ6S410000000000000000"));
  EXPECT_FALSE(RunId::is_valid("01ARYZ6S41000000000000000"));
  EXPECT_FALSE(RunId::is_valid("01ARYZ6S41000000000000000U"));
  EXPECT_FALSE(RunId::is_valid("81ARYZ6S410000000000000000"));
  EXPECT_FALSE(RunId::is_valid("../../../../../../../../ab"));
}

}  // namespace
}  // namespace shoal
