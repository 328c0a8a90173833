#include <gtest/gtest.h>

#include "amqp/cluster_report.h"
#include "amqp/delivery_book.h"
#include "amqp/work_folder.h"
#include "amqp/worker_list.h"
#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using Verdict = DeliveryBook::Verdict;

constexpr DeliveryId kDelivery{1, DeliveryTag{7}};

TEST(DeliveryBook, AMessageIsSettledWithItsLastPart) {
  DeliveryBook book;
  book.add(kDelivery, 3);
  EXPECT_EQ(book.settle(kDelivery, false), Verdict::wait);
  EXPECT_EQ(book.settle(kDelivery, false), Verdict::wait);
  EXPECT_EQ(book.settle(kDelivery, false), Verdict::acknowledge);
  EXPECT_EQ(book.settle(kDelivery, false), Verdict::wait);  // it is forgotten
}

TEST(DeliveryBook, OnePartThatGoesBackTakesTheOthersAlong) {
  DeliveryBook book;
  book.add(kDelivery, 2);
  EXPECT_EQ(book.settle(kDelivery, true), Verdict::wait);
  EXPECT_EQ(book.settle(kDelivery, false), Verdict::give_back);
}

TEST(DeliveryBook, WhatTheBrokerHasTakenBackIsNotSettled) {
  DeliveryBook book;
  const DeliveryId other{2, DeliveryTag{7}};
  book.add(kDelivery, 1);
  book.add(other, 1);
  book.clear(kDelivery.generation);
  EXPECT_EQ(book.settle(kDelivery, false), Verdict::wait);
  EXPECT_EQ(book.settle(other, false), Verdict::acknowledge);
}

TEST(WorkFolder, ItsIdIsMadeOnceAndStays) {
  const TemporaryFolder folder;
  const auto first = work_folder_id(folder.path());
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size(), 32U);
  EXPECT_EQ(work_folder_id(folder.path()).value(), *first);
  EXPECT_NE(work_folder_id(TemporaryFolder().path()).value(), *first);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / ".shoal"),
                          std::filesystem::directory_iterator()),
            1);
}

TEST(WorkFolder, OneThatCannotBeWrittenIsAnError) {
  const TemporaryFolder folder;
  folder.write(".shoal", "a file");
  const auto id = work_folder_id(folder.path());
  ASSERT_FALSE(id);
  EXPECT_NE(id.error().sentence().find("folder-id: cannot write it"), std::string::npos);
}

WorkerState worker_with(const std::string& name, std::uint64_t memory,
                        std::vector<std::string> classes) {
  WorkerState state;
  state.name = name;
  state.folder = "here";
  state.slots = 1;
  state.memory = memory;
  state.classes = std::move(classes);
  return state;
}

TEST(WorkerList, KnowsTheLeastMemoryOfAClass) {
  WorkerList list("here");
  EXPECT_FALSE(list.least_memory("default"));
  list.hear(worker_with("a", 400, {"default"}), Instant(1s));
  list.hear(worker_with("b", 300, {}), Instant(1s));
  list.hear(worker_with("c", 900, {"large"}), Instant(1s));
  EXPECT_EQ(list.least_memory("default"), 300);
  EXPECT_EQ(list.least_memory("large"), 300);
  list.hear(worker_with("d", 0, {"default"}), Instant(1s));
  EXPECT_FALSE(list.least_memory("default"));
}

TEST(WorkerList, AWorkerThatLeavesTakesNothing) {
  WorkerList list("here");
  list.hear(worker_with("a", 900, {"large"}), Instant(1s));
  EXPECT_TRUE(list.any_takes("large"));
  EXPECT_FALSE(list.any_takes("default"));
  WorkerState leaving = worker_with("a", 900, {"large"});
  leaving.slots = 0;
  list.hear(leaving, Instant(2s));
  EXPECT_FALSE(list.any_takes("large"));
}

TEST(WorkerList, CountsTheSlotsOfThoseInTheFolderWhoSpeak) {
  WorkerList list("here");
  WorkerState state;
  state.slots = 8;
  for (const char* name : {"a", "b"}) {
    state.name = name;
    state.folder = "here";
    list.hear(state, Instant(1s));
  }
  state.name = "c";
  state.folder = "elsewhere";
  list.hear(state, Instant(1s));
  EXPECT_EQ(list.slots(), 16U);
  state.name = "b";
  state.folder = "here";
  state.slots = 2;
  list.hear(state, Instant(12s));
  EXPECT_EQ(list.slots(), 10U);
  list.forget_silent(Instant(17s));
  EXPECT_EQ(list.slots(), 2U);
}

TEST(ClusterReport, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_cluster_report(folder.path()));
  ClusterReport report;
  report.time = WallTime(90s);
  report.broker = "amqp://me@mq:5672/";
  report.connected = true;
  report.queued = 12;
  report.dead_letters = 1;
  report.workers = {{"n-1-abcd", "n", 4, WallTime(88s), {CommandId{3}, CommandId{7}}}};
  write_cluster_report(folder.path(), report);
  const auto read = read_cluster_report(folder.path());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->time, report.time);
  EXPECT_EQ(read->broker, report.broker);
  EXPECT_TRUE(read->connected);
  EXPECT_EQ(read->queued, 12U);
  EXPECT_EQ(read->dead_letters, 1U);
  ASSERT_EQ(read->workers.size(), 1U);
  EXPECT_EQ(read->workers[0].name, "n-1-abcd");
  EXPECT_EQ(read->workers[0].slots, 4U);
  EXPECT_EQ(read->workers[0].last_seen, WallTime(88s));
  EXPECT_EQ(read->workers[0].running, (std::vector{CommandId{3}, CommandId{7}}));
  folder.write("cluster.json", "{\"time\": \"yesterday\"}");
  EXPECT_FALSE(read_cluster_report(folder.path()));
  remove_cluster_report(folder.path());
  EXPECT_FALSE(folder.has("cluster.json"));
}

}  // namespace
}  // namespace shoal
