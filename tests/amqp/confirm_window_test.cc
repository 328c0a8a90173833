#include "amqp/confirm_window.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

constexpr ChannelNumber kChannel{2};

Confirm confirm(std::uint64_t sequence, bool multiple, bool positive = true) {
  return {kChannel, SequenceNumber{sequence}, multiple, positive};
}

class ConfirmWindowTest : public ::testing::Test {
 protected:
  ConfirmWindowTest() {
    for (std::uint64_t i = 1; i <= 4; ++i) window_.add(SequenceNumber{i}, PublishId{100 + i});
  }
  std::string settled(const Confirm& answer) {
    std::vector<LinkPublished> outcomes;
    window_.settle(answer, outcomes);
    return text_of(outcomes);
  }
  std::string abandoned() {
    std::vector<LinkPublished> outcomes;
    window_.abandon("lost", outcomes);
    return text_of(outcomes);
  }
  static std::string text_of(const std::vector<LinkPublished>& outcomes) {
    std::string text;
    for (const LinkPublished& each : outcomes) {
      constexpr std::string_view kLetters = "crfux";
      text += std::to_string(static_cast<std::uint64_t>(each.id));
      text += kLetters[static_cast<std::size_t>(each.outcome)];
      text += ' ';
    }
    return text;
  }
  ConfirmWindow window_{4};
};

TEST_F(ConfirmWindowTest, ASingleConfirmIsAboutOne) {
  EXPECT_TRUE(window_.is_full());
  EXPECT_EQ(settled(confirm(2, false)), "102c ");
  EXPECT_FALSE(window_.is_full());
  EXPECT_EQ(settled(confirm(2, false)), "");
}

TEST_F(ConfirmWindowTest, AMultipleConfirmIsAboutAllBefore) {
  EXPECT_EQ(settled(confirm(2, false)), "102c ");
  EXPECT_EQ(settled(confirm(3, true)), "101c 103c ");
  EXPECT_EQ(settled(confirm(4, true, false)), "104f ");
  EXPECT_TRUE(window_.is_empty());
}

TEST_F(ConfirmWindowTest, AReturnedPublishIsNotConfirmed) {
  window_.mark_returned({kChannel, SequenceNumber{1}, 312, "NO_ROUTE"});
  window_.mark_returned({kChannel, SequenceNumber{99}, 312, "NO_ROUTE"});
  EXPECT_EQ(settled(confirm(2, true)), "101r 102c ");
}

TEST_F(ConfirmWindowTest, WhatIsAbandonedIsUnconfirmedOnce) {
  settled(confirm(1, false));
  window_.mark_returned({kChannel, SequenceNumber{2}, 312, "NO_ROUTE"});
  EXPECT_EQ(abandoned(), "102r 103u 104u ");
  EXPECT_EQ(abandoned(), "");
}

}  // namespace
}  // namespace shoal
