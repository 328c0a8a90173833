#include "amqp/crew.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "amqp/lease_folder.h"
#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

class CrewTest : public testing::Test {
 protected:
  /// So that nothing rests on the resolution of file times.
  void make_older(const std::string& file) {
    const std::filesystem::path path = std::filesystem::path(folder.path()) / file;
    std::filesystem::last_write_time(
        path, std::filesystem::last_write_time(path) - std::chrono::hours(1));
  }
  Crew join(const std::string& name) {
    auto crew = Crew::join(folder.path(), name);
    EXPECT_TRUE(crew) << crew.error().sentence();
    return crew.value_or(Crew());
  }
  LeaseFolder leases_of(const std::string& run) {
    LeaseFolder leases(folder.path() + "/.shoal/runs/" + run);
    EXPECT_TRUE(leases.make());
    return leases;
  }

  TemporaryFolder folder;
};

TEST_F(CrewTest, IsFinishedByARunThatEndsAfterItsFirstWorkerCame) {
  EXPECT_FALSE(join("job-1").is_finished());
  make_older(".shoal/crews/job-1");
  const Crew first = join("job-1");
  const LeaseFolder run = leases_of("RUN");
  EXPECT_FALSE(first.is_finished());
  run.note_finished();
  EXPECT_TRUE(first.is_finished());
  EXPECT_TRUE(join("job-1").is_finished()) << "nor is one that comes later needed";
}

TEST_F(CrewTest, DoesNotCareForRunsThatWereFinishedBefore) {
  leases_of("RUN").note_finished();
  make_older(".shoal/runs/RUN/finished");
  EXPECT_FALSE(join("job-1").is_finished());
}

TEST_F(CrewTest, IsNotFinishedWhenItsRunIsTakenUpAgain) {
  join("job-1");
  make_older(".shoal/crews/job-1");
  const LeaseFolder run = leases_of("RUN");
  run.note_finished();
  ASSERT_TRUE(run.make());
  EXPECT_FALSE(join("job-1").is_finished());
}

TEST_F(CrewTest, OfNobodyIsNeverFinished) {
  leases_of("RUN").note_finished();
  EXPECT_FALSE(join("").is_finished());
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/.shoal/crews"));
}

TEST_F(CrewTest, HasANameThatIsNoPath) {
  for (const std::string name : {"../runs", "a/b", ".", "..", "a b"}) {
    const auto crew = Crew::join(folder.path(), name);
    ASSERT_FALSE(crew) << name;
    EXPECT_EQ(crew.error().kind, ErrorKind::input);
  }
}

}  // namespace
}  // namespace shoal
