#include "exec/spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

class SpawnTest : public testing::Test {
 protected:
  SpawnTest()
      : null_(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
        output_(::open((folder / "output").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) {}
  ~SpawnTest() override {
    ::close(null_);
    ::close(output_);
  }

  SpawnRequest request(const char* program, const char* option = nullptr,
                       const char* text = nullptr) {
    words_ = {const_cast<char*>(program), const_cast<char*>(option), const_cast<char*>(text),
              nullptr};
    SpawnRequest made;
    made.program = program;
    made.arguments = words_.data();
    made.environment = ::environ;
    made.input = null_;
    made.output = output_;
    return made;
  }
  /// Its exit code.
  static int finish(const SpawnedProcess& process) {
    int status = 0;
    EXPECT_EQ(::waitpid(process.pid, &status, 0), process.pid);
    ::close(process.pidfd);
    return WEXITSTATUS(status);
  }

  TemporaryFolder folder;
  int null_;
  int output_;
  std::array<char*, 4> words_{};
};

TEST_F(SpawnTest, StartsAProgramAndGivesItsPidfd) {
  const auto process = spawn(request("/bin/sh", "-c", "exit 7"));
  ASSERT_TRUE(process);
  EXPECT_GE(process->pidfd, 0);
  EXPECT_NE(::fcntl(process->pidfd, F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(finish(*process), 7);
}

TEST_F(SpawnTest, ReportsWhatExecSays) {
  const auto absent = spawn(request("/no/such/program"));
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().step, SpawnError::Step::execute);
  EXPECT_EQ(absent.error().code, ENOENT);
  EXPECT_EQ(spawn(request("/")).error().code, EACCES);
  EXPECT_NE(::waitpid(-1, nullptr, WNOHANG), 0) << "the failed child was not reaped";
}

TEST_F(SpawnTest, ReportsADescriptorThatIsNoFolder) {
  SpawnRequest made = request("/bin/true");
  made.working_directory = null_;
  const auto process = spawn(made);
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().step, SpawnError::Step::working_directory);
  EXPECT_EQ(process.error().code, ENOTDIR);
}

TEST_F(SpawnTest, ReportsABadDescriptor) {
  SpawnRequest made = request("/bin/true");
  made.output = 9999;
  EXPECT_EQ(spawn(made).error().step, SpawnError::Step::redirection);
}

TEST_F(SpawnTest, AnnouncesTheChildAndTakesAFailureBack) {
  volatile pid_t announced = 0;
  SpawnRequest made = request("/bin/true");
  made.announcement = &announced;
  const auto process = spawn(made);
  EXPECT_EQ(announced, process->pid);
  finish(*process);
  made.program = "/no/such/program";
  EXPECT_FALSE(spawn(made));
  EXPECT_EQ(announced, 0);
}

TEST_F(SpawnTest, LeavesTheCallersSignalsAndErrnoUsable) {
  sigset_t before;
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  finish(*spawn(request("/bin/true")));
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int signal = 1; signal < 32; ++signal) {
    EXPECT_EQ(sigismember(&before, signal), sigismember(&after, signal));
  }
}

TEST_F(SpawnTest, ALimitOfProcessesIsAnErrorOfTheSystem) {
  if (::geteuid() == 0) GTEST_SKIP() << "root has no such limit";
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NPROC, &before), 0);
  const rlimit none{1, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NPROC, &none), 0);
  const auto process = spawn(request("/bin/true"));
  ::setrlimit(RLIMIT_NPROC, &before);
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().step, SpawnError::Step::clone);
  EXPECT_EQ(process.error().code, EAGAIN);
}

TEST_F(SpawnTest, NoDescriptorForThePidfdIsAnErrorOfTheSystem) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = ::dup(null_);
  ::close(next);
  const rlimit full{static_cast<rlim_t>(next), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &full), 0);
  const auto process = spawn(request("/bin/true"));
  ::setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().step, SpawnError::Step::clone);
  EXPECT_EQ(process.error().code, EMFILE);
}

}  // namespace
}  // namespace shoal
