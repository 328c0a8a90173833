#include "job/directives.h"

#include <gtest/gtest.h>

#include "tests/job/reading.h"

namespace shoal {
namespace {

using testing::read_jobs;

TEST(Directives, ReadEveryKey) {
  Directives read;
  ASSERT_TRUE(
      read_directives(" barrier after=3,4 mem=8G cpus=2.5 timeout=1h retries=2 ", "j:1", read));
  EXPECT_TRUE(read.barrier);
  EXPECT_EQ(read.after, (std::vector<CommandId>{CommandId{3}, CommandId{4}}));
  EXPECT_EQ(read.memory, std::uint64_t{8} << 30U);
  EXPECT_EQ(read.cpus, 2.5);
  EXPECT_EQ(read.timeout, std::chrono::hours(1));
  EXPECT_EQ(read.retries, 2U);
}

TEST(Directives, ThatCannotBeReadAreErrorsWithPlaceAndCure) {
  for (const char* text : {"barier", "barrier=1", "after=", "after=0", "after=1,", "after=x",
                           "mem=lots", "mem=0", "mem", "cpus=0", "cpus=-1", "cpus=nan",
                           "timeout=soon", "timeout=0", "retries=-1", "retries=1.5", "", "  "}) {
    Directives read;
    const auto result = read_directives(text, "jobs.sh:7", read);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().place, "jobs.sh:7");
    EXPECT_FALSE(result.error().cure.empty());
  }
}

TEST(Directives, BelongToTheCommandBelowOrBeforeThem) {
  const auto reading = read_jobs(
      "a\n#shoal: mem=1G\n\n#shoal: cpus=2\nb\nc #shoal: retries=1\nd # shoal: nothing\n'#shoal:'");
  ASSERT_FALSE(reading->error);
  ASSERT_EQ(reading->commands.size(), 5U);
  std::vector<std::uint32_t> indices;
  for (const auto& command : reading->commands) indices.push_back(command.command.directives);
  EXPECT_EQ(indices, (std::vector<std::uint32_t>{0, 1, 2, 0, 0}));
  EXPECT_EQ(reading->directives[0].memory, std::uint64_t{1} << 30U);
  EXPECT_EQ(reading->directives[0].cpus, 2);
  EXPECT_EQ(reading->directives[1].retries, 1U);
}

TEST(Directives, CanMakeACommandABarrierThatIsUnderstoodAllTheSame) {
  const auto command = testing::read_line("a b #shoal: barrier");
  EXPECT_EQ(command.command.kind, CommandKind::ordinary);
  EXPECT_EQ(command.command.barrier, BarrierReason::directive);
}

TEST(Directives, ThatAreWrongStopTheReadingAtTheirLine) {
  const auto reading = read_jobs("a\nb \\\n c #shoal: men=1G\nd");
  ASSERT_TRUE(reading->error);
  EXPECT_EQ(reading->error->place, "jobs.sh:3");
  EXPECT_EQ(reading->commands.size(), 1U);
}

}  // namespace
}  // namespace shoal
