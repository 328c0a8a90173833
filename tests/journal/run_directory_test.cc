#include "journal/run_directory.h"

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "journal/journal.h"
#include "tests/journal/files.h"
#include "tests/journal/sample_records.h"

namespace shoal {
namespace {

void make_run(const ShoalFolder& folder, const RunId& id, const std::string& jobs_file) {
  std::filesystem::create_directories(folder.run(id));
  HeaderRecord header = sample_header();
  header.jobs_file = jobs_file;
  write_file(folder.journal(id), line_of(header));
}

TEST(ShoalFolder, StandsBesideTheJobsFile) {
  const ShoalFolder folder("/project/jobs.sh");
  const RunId id("01ARYZ6S410000000000000000");
  EXPECT_EQ(folder.path(), "/project/.shoal");
  EXPECT_EQ(folder.journal(id), "/project/.shoal/runs/01ARYZ6S410000000000000000/journal.jsonl");
}

TEST(ShoalFolder, ListsRunsOldestFirstAndThoseOfOneJobsFile) {
  const TemporaryFolder temporary;
  const ShoalFolder folder(temporary / "jobs.sh");
  EXPECT_TRUE(folder.runs().empty());
  const RunId first("01ARYZ6S410000000000000000");
  const RunId second("01ARYZ6S420000000000000000");
  const RunId third("01ARYZ6S430000000000000000");
  make_run(folder, third, "/moved/from/jobs.sh");
  make_run(folder, first, temporary / "jobs.sh");
  make_run(folder, second, temporary / "other.sh");
  std::filesystem::create_directories(folder.path() + "/runs/not-a-run");
  EXPECT_EQ(folder.runs(), (std::vector{first, second, third}));
  EXPECT_EQ(folder.runs(temporary / "jobs.sh"), (std::vector{first, third}));
}

TEST(ShoalFolder, PassesOverARunThatDiedBeforeItsHeader) {
  const TemporaryFolder temporary;
  const ShoalFolder folder(temporary / "jobs.sh");
  const RunId id("01ARYZ6S410000000000000000");
  std::filesystem::create_directories(folder.run(id));
  EXPECT_TRUE(folder.runs(temporary / "jobs.sh").empty());
  write_file(folder.journal(id), "");
  EXPECT_TRUE(folder.runs(temporary / "jobs.sh").empty());
  EXPECT_EQ(folder.runs().size(), 1U);
}

TEST(Continues, OnlyFromTheSamePlaceUnlessBothMovedTogether) {
  HeaderRecord header = sample_header();
  header.jobs_file = "/home/a/p/sub/jobs.sh";
  header.working_directory = "/home/a/p";
  EXPECT_TRUE(continues(header, "/home/a/p/sub/jobs.sh", "/home/a/p"));
  EXPECT_TRUE(continues(header, "/data/q/sub/jobs.sh", "/data/q"));
  EXPECT_FALSE(continues(header, "/home/a/p/sub/jobs.sh", "/home/a/p/sub"));
  EXPECT_FALSE(continues(header, "/home/a/p/sub/other.sh", "/home/a/p"));
}

/// A child that holds a file's lock until it is killed, ready when made.
class Holder {
 public:
  explicit Holder(const std::string& run_folder) {
    int ready[2];
    if (::pipe(ready) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ready[0]);
      const auto lock = RunLock::acquire(run_folder);
      if (!lock) ::_exit(1);
      ::close(ready[1]);
      for (;;) ::pause();
    }
    ::close(ready[1]);
    char end = 0;
    static_cast<void>(!::read(ready[0], &end, 1));
    ::close(ready[0]);
  }
  ~Holder() { kill(); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

constexpr std::chrono::milliseconds kNoPatience{0};

TEST(RunLock, MakesTheRunFolder) {
  const TemporaryFolder temporary;
  EXPECT_TRUE(RunLock::acquire(temporary / "a/b/c", kNoPatience).has_value());
  EXPECT_TRUE(std::filesystem::is_directory(temporary / "a/b/c"));
}

TEST(RunLock, NamesTheProcessThatHoldsIt) {
  const TemporaryFolder temporary;
  Holder holder(temporary / "run");
  const auto lock = RunLock::acquire(temporary / "run", kNoPatience);
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().kind, ErrorKind::infrastructure);
  EXPECT_NE(lock.error().message.find("process " + std::to_string(holder.pid()) + " on host "),
            std::string::npos);
  EXPECT_NE(lock.error().cure.find("kill " + std::to_string(holder.pid())), std::string::npos);
  EXPECT_TRUE(RunLock::is_held(temporary / "run"));
}

TEST(RunLock, IsFreeOnceItsHolderIsKilled) {
  const TemporaryFolder temporary;
  Holder holder(temporary / "run");
  holder.kill();
  EXPECT_FALSE(RunLock::is_held(temporary / "run"));
  EXPECT_TRUE(RunLock::acquire(temporary / "run", kNoPatience).has_value());
}

TEST(RunLock, StaysHeldByAChildThatHasItsDescriptor) {
  const TemporaryFolder temporary;
  int open_end[2];
  ASSERT_EQ(::pipe(open_end), 0);
  pid_t guardian = 0;
  {
    const auto lock = RunLock::acquire(temporary / "run", kNoPatience);
    ASSERT_TRUE(lock.has_value());
    guardian = ::fork();
    if (guardian == 0) {
      ::close(open_end[1]);
      char end = 0;
      static_cast<void>(!::read(open_end[0], &end, 1));
      ::_exit(0);
    }
  }
  ::close(open_end[0]);
  EXPECT_TRUE(RunLock::is_held(temporary / "run"));
  ::close(open_end[1]);  // the guardian ends; whoever waits gets the lock
  EXPECT_TRUE(RunLock::acquire(temporary / "run").has_value());
  ::waitpid(guardian, nullptr, 0);
}

TEST(RunLock, AskingWhetherItIsHeldMakesNothing) {
  const TemporaryFolder temporary;
  EXPECT_FALSE(RunLock::is_held(temporary / "run"));
  EXPECT_FALSE(std::filesystem::exists(temporary / "run"));
}

TEST(RunLock, WhereAFileIsInTheWaySaysSo) {
  const TemporaryFolder temporary;
  write_file(temporary / "file", "");
  const auto lock = RunLock::acquire(temporary / "file/run", kNoPatience);
  ASSERT_FALSE(lock.has_value());
  EXPECT_NE(lock.error().sentence().find("Move the file of that name out of the way"),
            std::string::npos);
}

TEST(RunLock, InAFolderThatCannotBeWrittenNamesItAndACure) {
  const auto lock = RunLock::acquire("/proc/shoal/run", kNoPatience);
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().kind, ErrorKind::infrastructure);
  EXPECT_TRUE(lock.error().place.starts_with("/proc"));
}

}  // namespace
}  // namespace shoal
