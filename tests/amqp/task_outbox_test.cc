#include "amqp/task_outbox.h"

#include <gtest/gtest.h>

#include <numeric>

#include "amqp/names.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

std::string_view always_default(const AttemptSpec&) { return kDefaultClass; }

class TaskOutboxTest : public testing::Test {
 protected:
  void add(int count, const std::string& text, bool alone = false) {
    for (int i = 0; i < count; ++i) {
      AttemptSpec spec;
      spec.command = CommandId{++commands};
      spec.attempt = AttemptNumber{1};
      spec.text = text;
      outbox.add(spec, PublishId{commands}, alone);
    }
  }
  /// The sizes of the parcels, after a look at what is in them.
  std::vector<std::size_t> sizes(std::uint32_t slots,
                                 TaskOutbox::Need need = TaskOutbox::Need::now) {
    std::vector<std::size_t> all;
    std::uint32_t next = first;
    for (const TaskOutbox::Parcel& parcel : outbox.take(slots, need, always_default)) {
      EXPECT_EQ(parcel.attempts.size(), parcel.ids.size());
      for (std::size_t i = 0; i < parcel.attempts.size(); ++i) {
        EXPECT_EQ(parcel.attempts[i].command, CommandId{next});
        EXPECT_EQ(parcel.ids[i], PublishId{next});
        ++next;
      }
      all.push_back(parcel.attempts.size());
    }
    first = next;
    return all;
  }
  TaskOutbox outbox;
  std::uint32_t commands = 0;
  std::uint32_t first = 1;
};

TEST_F(TaskOutboxTest, WhatIsNotKnownToBeShortTravelsAlone) {
  add(3, "simulate x");
  EXPECT_EQ(sizes(1), (std::vector<std::size_t>{1, 1, 1}));
  outbox.learn("simulate x", 10s);
  add(2, "simulate x");
  EXPECT_EQ(sizes(1), (std::vector<std::size_t>{1, 1}));
  EXPECT_EQ(outbox.count(), 0U);
}

TEST_F(TaskOutboxTest, ShortOnesTravelTogetherAsFarAsTheirWorkAllows) {
  outbox.learn("true", 10ms);
  add(25, "true");
  EXPECT_EQ(sizes(1), (std::vector<std::size_t>{10, 10, 5}));
  outbox.learn("tiny", 100us);
  add(300, "tiny");
  EXPECT_EQ(sizes(1), (std::vector<std::size_t>{50, 50, 50, 50, 50, 50}));
}

TEST_F(TaskOutboxTest, EverySlotGetsItsShare) {
  outbox.learn("tiny", 100us);
  add(16, "tiny");
  EXPECT_EQ(sizes(4), (std::vector<std::size_t>{2, 2, 2, 2, 2, 2, 2, 2}));
  add(5, "tiny");
  EXPECT_EQ(sizes(100), (std::vector<std::size_t>{1, 1, 1, 1, 1}));
}

TEST_F(TaskOutboxTest, EachClassTravelsForItself) {
  outbox.learn("tiny", 100us);
  AttemptSpec spec;
  spec.attempt = AttemptNumber{1};
  spec.text = "tiny";
  for (std::uint32_t i = 1; i <= 8; ++i) {
    spec.command = CommandId{i};
    outbox.add(spec, PublishId{i}, false);
  }
  std::vector<std::string> classes;
  const auto by_number = [](const AttemptSpec& each) {
    return number(each.command) <= 4 ? kDefaultClass : kLargeClass;
  };
  for (const auto& parcel : outbox.take(1, TaskOutbox::Need::now, by_number)) {
    classes.push_back(parcel.resource_class + std::to_string(parcel.attempts.size()));
  }
  EXPECT_EQ(classes, (std::vector<std::string>{"default4", "large4"}));
}

TEST_F(TaskOutboxTest, WhatHasNoClassYetWaits) {
  add(3, "any");
  const auto all_but_two = [](const AttemptSpec& each) {
    return number(each.command) == 2 ? std::string_view() : kDefaultClass;
  };
  EXPECT_EQ(outbox.take(1, TaskOutbox::Need::now, all_but_two).size(), 2);
  ASSERT_EQ(outbox.count(), 1);
  const auto later = outbox.take(1, TaskOutbox::Need::now, always_default);
  EXPECT_EQ(later.at(0).attempts.at(0).command, CommandId{2});
}

TEST_F(TaskOutboxTest, WhoeverHasToAskGoesAlone) {
  outbox.learn("tiny", 100us);
  add(4, "tiny");
  add(1, "tiny", /*alone=*/true);
  add(4, "tiny");
  EXPECT_EQ(sizes(1), (std::vector<std::size_t>{4, 1, 4}));
}

TEST_F(TaskOutboxTest, WhereThereIsTimeShortOnesWaitUntilTheyFillTheirParcels) {
  outbox.learn("tiny", 100us);
  add(199, "tiny");
  EXPECT_TRUE(sizes(2, TaskOutbox::Need::later).empty());
  add(1, "tiny");
  EXPECT_EQ(sizes(2, TaskOutbox::Need::later), (std::vector<std::size_t>{50, 50, 50, 50}));
  add(3, "tiny");
  EXPECT_EQ(sizes(1), (std::vector<std::size_t>{1, 1, 1}));
}

TEST_F(TaskOutboxTest, ParcelsAreNamedInWhatAmqpCanCarry) {
  outbox.learn("tiny", 100us);
  std::uint32_t command = 1'000'000;
  for (int i = 0; i < 100; ++i) {
    AttemptSpec spec;
    spec.command = CommandId{command += 7};  // none follows the one before
    spec.attempt = AttemptNumber{1};
    spec.text = "tiny";
    outbox.add(spec, PublishId{1}, false);
  }
  std::vector<TaskId> named;
  for (const TaskOutbox::Parcel& parcel : outbox.take(1, TaskOutbox::Need::now, always_default)) {
    EXPECT_LE(parcel.tasks.text().size(), 255U);
    const std::vector<TaskId> ids = read_task_ids(parcel.tasks.text());
    EXPECT_EQ(ids.size(), parcel.attempts.size());
    named.insert(named.end(), ids.begin(), ids.end());
  }
  ASSERT_EQ(named.size(), 100U);
  EXPECT_EQ(named.back(), (TaskId{CommandId{command}, AttemptNumber{1}}));
}

TEST(TaskIds, TellCommandsThatFollowEachOtherByTheFirstAndTheLast) {
  TaskIds ids;
  for (const std::uint32_t command : {3U, 17U, 18U, 19U, 21U}) {
    EXPECT_TRUE(ids.add({CommandId{command}, AttemptNumber{1}}));
  }
  EXPECT_TRUE(ids.add({CommandId{22}, AttemptNumber{2}}));
  EXPECT_EQ(ids.text(), "3.1 17-19.1 21.1 22.2");
  EXPECT_EQ(read_task_ids(ids.text()).size(), 6U);
  EXPECT_TRUE(read_task_ids("1-4000000000.1").empty());
  EXPECT_TRUE(read_task_ids("nonsense").empty());
}

TEST_F(TaskOutboxTest, LongOnesWaitForNobody) {
  outbox.learn("tiny", 100us);
  add(1, "simulate x");
  EXPECT_EQ(sizes(1, TaskOutbox::Need::later), (std::vector<std::size_t>{1}));
  add(2, "tiny");
  EXPECT_TRUE(sizes(1, TaskOutbox::Need::later).empty());
  EXPECT_EQ(outbox.drop(), (std::vector<PublishId>{PublishId{2}, PublishId{3}}));
  EXPECT_EQ(outbox.count(), 0U);
}

TEST_F(TaskOutboxTest, ACommandThatTurnsOutLongIsShortNoMore) {
  outbox.learn("step", 1ms);
  for (int i = 0; i < 4; ++i) outbox.learn("step", 1s);
  add(10, "step");
  EXPECT_EQ(sizes(1).size(), 10U);
}

TEST_F(TaskOutboxTest, LongTextsDoNotMakeALargeMessage) {
  outbox.learn("tiny", 100us);
  add(4, "tiny " + std::string(600'000, 'x'));
  // Of the same shape or not, no two of them fit.
  EXPECT_EQ(sizes(1), (std::vector<std::size_t>{1, 1, 1, 1}));
}

}  // namespace
}  // namespace shoal
