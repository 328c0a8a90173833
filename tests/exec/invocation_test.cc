#include "exec/invocation.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

AttemptSpec spec_of(std::string text) {
  AttemptSpec spec;
  spec.text = std::move(text);
  return spec;
}

bool waits(std::string text) {
  return shell_script(spec_of(std::move(text)), "/run").find("wait") != std::string::npos;
}

TEST(ShellScript, WaitsWhereAJobMayStayBehind) {
  EXPECT_TRUE(waits("a &"));
  EXPECT_TRUE(waits("a & b"));
  EXPECT_TRUE(waits("a&b && c"));
  EXPECT_TRUE(waits("a 2>&1 &"));
}

TEST(ShellScript, DoesNotWaitForOtherUsesOfTheSign) {
  EXPECT_FALSE(waits("a && b"));
  EXPECT_FALSE(waits("a >x 2>&1"));
  EXPECT_FALSE(waits("a &>x"));
  EXPECT_FALSE(waits("a |& b"));
  EXPECT_FALSE(waits("a <&3"));
}

TEST(ShellScript, LeavesThePortableShellsLineAlone) {
  AttemptSpec spec = spec_of("a & b");
  spec.shell = ShellKind::sh;
  EXPECT_EQ(shell_script(spec, "/run"), "\na & b");
}

TEST(ShellScript, FindsWhatIsShoalsOwnInTheRunsFolderOfThisMachine) {
  AttemptSpec spec = spec_of("a");
  spec.snapshot_before = "snapshots/it's.sh";
  spec.snapshot = true;
  spec.snapshot_file = "snapshots/2.sh";
  const std::string script = shell_script(spec, "/mnt/run");
  EXPECT_TRUE(script.starts_with("{ source '/mnt/run/snapshots/it'\\''s.sh'\n")) << script;
  EXPECT_NE(script.find(" /mnt/run/snapshots/2.sh.draft\n"), std::string::npos) << script;
}

class InvokerTest : public testing::Test {
 protected:
  InvokerTest() {
    shell.program = "/opt/bash";
    shell.posix_program = "/bin/dash";
    shell.arguments = {"-e"};
  }
  std::vector<std::string> arguments(const AttemptSpec& spec) {
    const Invoker invoker(shell, {-1, "/", "/nowhere"}, environments);
    EXPECT_TRUE(invoker.make(spec, invocation));
    EXPECT_EQ(invocation.arguments.back(), nullptr);
    return {invocation.arguments.begin(), invocation.arguments.end() - 1};
  }
  const char* variables[2] = {"PATH=/bin", nullptr};
  Environments environments{variables, "/"};
  Shell shell;
  Invocation invocation;
};

using Words = std::vector<std::string>;

TEST_F(InvokerTest, APlainLineIsPassedAsItIs) {
  EXPECT_EQ(arguments(spec_of("a; b")), (Words{"bash", "-e", "-c", "a; b"}));
  EXPECT_EQ(invocation.program, "/opt/bash");
}

TEST_F(InvokerTest, ThePortableShellGetsNoOptionsOfTheNamedOne) {
  AttemptSpec spec = spec_of("a; b");
  spec.shell = ShellKind::sh;
  EXPECT_EQ(arguments(spec), (Words{"dash", "-c", "a; b"}));
}

TEST_F(InvokerTest, BuffersAreUsedAgainWithoutTraces) {
  AttemptSpec spec = spec_of("no-such-program 'a b'");
  spec.shell = ShellKind::none;
  EXPECT_EQ(arguments(spec), (Words{"no-such-program", "a b"}));
  EXPECT_EQ(invocation.exit_code, 127);
  EXPECT_EQ(arguments(spec_of("c")), (Words{"bash", "-e", "-c", "c"}));
  EXPECT_EQ(invocation.exit_code, 0);
  EXPECT_TRUE(invocation.words.empty());
}

TEST_F(InvokerTest, AScriptFileThatCannotBeWrittenIsAnError) {
  shell.arguments.clear();
  const Invoker invoker(shell, {-1, "/", "/dev/null"}, environments);
  const auto made = invoker.make(spec_of(std::string(200 * 1024, 'x')), invocation);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::infrastructure);
}

}  // namespace
}  // namespace shoal
