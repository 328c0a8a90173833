#include "exec/guardian.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "exec/descriptor.h"
#include "exec/process_list.h"
#include "exec/spawn.h"
#include "tests/exec/executor_harness.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

/// The host of commands that is killed in these tests.
class GuardianTest : public testing::Test {
 protected:
  pid_t start_host(const std::string& line, const std::string& kept = {}) {
    std::string program = SHOAL_EXEC_HOST;
    std::string path = folder.path();
    std::string text = line;
    std::string descriptor = kept;
    char* words[] = {program.data(), path.data(), text.data(),
                     kept.empty() ? nullptr : descriptor.data(), nullptr};
    pid_t pid = -1;
    EXPECT_EQ(::posix_spawn(&pid, program.c_str(), nullptr, nullptr, words, ::environ), 0);
    return pid;
  }
  /// The number that the host's line writes into one of these: pipes, so that
  /// reading waits for it.
  int read_pid(std::string_view pipe) const { return std::stoi(folder.read(pipe)); }
  std::pair<int, int> read_pids() const {
    const int child = read_pid("child");
    return {child, read_pid("grandchild")};
  }
  static void kill_and_reap(pid_t host) {
    ::kill(host, SIGKILL);
    ::waitpid(host, nullptr, 0);
  }
  void SetUp() override {
    for (const char* name : {"child", "grandchild", "escaped", "below"}) {
      ASSERT_EQ(::mkfifo((folder / name).c_str(), 0600), 0);
    }
  }
  TemporaryFolder folder;
};

TEST_F(GuardianTest, AKilledHostLeavesNoChildAndNoGrandchild) {
  const pid_t host = start_host("echo $$ >child; sleep 1000 & echo $! >grandchild; wait");
  const auto [child, grandchild] = read_pids();
  kill_and_reap(host);
  EXPECT_TRUE(dies(child));
  EXPECT_TRUE(dies(grandchild));
}

/// How often a process has gone to sleep: proc(5).
long sleeps(int pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    constexpr std::string_view kKey = "voluntary_ctxt_switches:";
    if (line.starts_with(kKey)) return std::stol(line.substr(kKey.size()));
  }
  return -1;
}

/// The host's only child that is no command.
int guardian_of(int host, int command) {
  ProcessList processes;
  while (const auto process = processes.next()) {
    if (process->parent == host && process->pid != command) return process->pid;
  }
  return -1;
}

TEST_F(GuardianTest, AKilledHostLeavesNothingThatHasLeftTheGroup) {
  const pid_t host = start_host(
      "echo $$ >child; setsid sh -c 'echo $$ >escaped; sleep 1000 & echo $! >below; wait' & wait");
  const int child = read_pid("child");
  const int escaped = read_pid("escaped");
  const int below = read_pid("below");
  ASSERT_NE(::getpgid(escaped), ::getpgid(child));
  const int guardian = guardian_of(host, child);
  const long before = sleeps(guardian);
  while (sleeps(guardian) < before + 3) ::usleep(10'000);  // it looks before it sleeps again
  kill_and_reap(host);
  EXPECT_TRUE(dies(escaped));
  EXPECT_TRUE(dies(below));
  EXPECT_TRUE(dies(guardian));
}

TEST_F(GuardianTest, ItHoldsTheLockUntilTheGroupsAreGone) {
  const std::string path = folder / "lock";
  const int lock = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);  // inherited
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  const pid_t host =
      start_host("echo $$ >child; sleep 1000 & echo $! >grandchild; wait", std::to_string(lock));
  const int grandchild = read_pids().second;
  ::close(lock);
  const int other = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  EXPECT_NE(::flock(other, LOCK_EX | LOCK_NB), 0);
  kill_and_reap(host);
  // The sleeping grandchild inherits the lock here, as no lock of shoal's would.
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  EXPECT_TRUE(dies(grandchild, 0));
  ::close(other);
}

/// A pipe that the guardian inherits, with so high a number that it is the last
/// that the guardian closes: after it left the session and closed all else.
class LastClosed {
 public:
  LastClosed() {
    constexpr int kHigh = 512;
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reading_ = ends[0];
    writing_ = ::fcntl(ends[1], F_DUPFD_CLOEXEC, kHigh);
    ::close(ends[1]);
  }
  LastClosed(const LastClosed&) = delete;
  LastClosed& operator=(const LastClosed&) = delete;
  ~LastClosed() { ::close(reading_); }

  /// Once, after the guardian was made.
  void wait_until_settled() const {
    ::close(writing_);
    pollfd closed{reading_, POLLIN, 0};
    EXPECT_EQ(::poll(&closed, 1, 20'000), 1);
    EXPECT_NE(closed.revents & POLLHUP, 0);
  }

 private:
  int reading_ = -1;
  int writing_ = -1;
};

TEST_F(GuardianTest, ItKeepsNothingElseOpen) {
  const LastClosed last;
  const Guardian guardian = Guardian::create(1, {}).value();
  last.wait_until_settled();
  const fs::path descriptors = "/proc/" + std::to_string(guardian.pid()) + "/fd";
  EXPECT_EQ(std::distance(fs::directory_iterator(descriptors), fs::directory_iterator()), 1);
}

TEST_F(GuardianTest, SignalsOfTheTerminalPassItBy) {
  const LastClosed last;
  const Guardian guardian = Guardian::create(1, {}).value();
  last.wait_until_settled();
  EXPECT_NE(::getsid(guardian.pid()), ::getsid(0));
  EXPECT_NE(::getpgid(guardian.pid()), ::getpgrp());
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::kill(guardian.pid(), signal);
  EXPECT_FALSE(dies(guardian.pid(), 0));
}

TEST_F(GuardianTest, AnOrderlyEndDismissesIt) {
  pid_t pid = -1;
  {
    Guardian guardian = Guardian::create(4, {}).value();
    guardian.watch(SlotIndex{2}, 123456789);
    guardian.watch(SlotIndex{2}, 0);
    pid = guardian.pid();
  }
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(GuardianTest, ItSurvivesBeingMoved) {
  Guardian first = Guardian::create(1, {}).value();
  Guardian second = std::move(first);
  first = Guardian::create(1, {}).value();
  second.watch(SlotIndex{0}, 0);
  EXPECT_EQ(::kill(second.pid(), 0), 0);
  EXPECT_NE(first.pid(), second.pid());
}

/// A guardian with a folder of leases, and one command that it watches.
class GuardianOfLeases : public testing::Test {
 protected:
  GuardianOfLeases()
      : leases_(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
        guardian(Guardian::create(1, {}, leases_.get()).value()) {}
  ~GuardianOfLeases() override {
    if (process_.pid > 0) {
      ::kill(process_.pid, SIGKILL);
      ::waitpid(process_.pid, nullptr, 0);
      ::close(process_.pidfd);
    }
  }
  void start_command() {
    char name[] = "sleep";
    char time[] = "1000";
    char* words[] = {name, time, nullptr};
    SpawnRequest request;
    request.program = "/bin/sleep";
    request.arguments = words;
    request.environment = ::environ;
    request.input = request.output = null_.get();
    request.announcement = guardian.entry(SlotIndex{0});
    process_ = spawn(request).value();
  }
  bool command_ends_within(std::chrono::milliseconds time) const {
    pollfd ended{process_.pidfd, POLLIN, 0};
    return ::poll(&ended, 1, static_cast<int>(time.count())) == 1;
  }
  /// The inode of a new file of that name.
  std::uint64_t take_lease(const std::string& name) const {
    const std::string path = folder.write(name, "me");
    struct stat status {};
    ::stat(path.c_str(), &status);
    return status.st_ino;
  }

  TemporaryFolder folder;
  FileDescriptor null_{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  FileDescriptor leases_;
  SpawnedProcess process_;
  Guardian guardian;
};

TEST_F(GuardianOfLeases, ItKillsACommandWhoseDeadlineHasPassed) {
  guardian.set_deadline(SlotIndex{0}, boot_now() + BootInstant(300));
  start_command();
  EXPECT_TRUE(command_ends_within(std::chrono::seconds(20)));
}

TEST_F(GuardianOfLeases, ADeadlineThatMovesOnIsNone) {
  guardian.set_deadline(SlotIndex{0}, boot_now() + BootInstant(1000));
  start_command();
  for (int i = 0; i < 8; ++i) {
    EXPECT_FALSE(command_ends_within(std::chrono::milliseconds(250)));
    guardian.set_deadline(SlotIndex{0}, boot_now() + BootInstant(60'000));
  }
}

TEST_F(GuardianOfLeases, WhatIsLeftOfADeadWorkersLeasesGoes) {
  guardian.add_lease(17, take_lease("17"));
  guardian.add_lease(18, take_lease("18") + 1);  // taken by another one since
  guardian.add_lease(1'000'000, take_lease("1000000"));
  guardian.add_lease(4'294'967'295U, take_lease("4294967295"));
  guardian.add_lease(20, take_lease("20"));
  guardian.drop_lease(20);
  guardian = Guardian::create(1, {}).value();
  EXPECT_FALSE(folder.has("17"));
  EXPECT_TRUE(folder.has("18"));
  EXPECT_FALSE(folder.has("1000000"));
  EXPECT_FALSE(folder.has("4294967295"));
  EXPECT_TRUE(folder.has("20"));
}

}  // namespace
}  // namespace shoal
