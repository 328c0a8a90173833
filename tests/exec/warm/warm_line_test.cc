#include "exec/warm/warm_line.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "exec/descriptor.h"
#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

class WarmLineTest : public testing::Test {
 protected:
  WarmLineTest() {
    std::filesystem::create_directories(folder / "bin");
    // Only looked at: it must be a program, not Python.
    std::filesystem::create_symlink("/bin/sh", folder / "bin/python");
    std::filesystem::create_symlink("/bin/sh", folder / "bin/rm");
    shell.program = "/bin/bash";
    shell.posix_program = "/bin/sh";
    shell.is_bash = true;
    descriptor = FileDescriptor(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY));
  }

  std::optional<WarmLine> read(const AttemptSpec& spec) {
    std::vector<std::string> variables = environment;
    variables.push_back("PATH=" + (folder / "bin"));
    std::vector<const char*> pointers;
    for (const std::string& variable : variables) pointers.push_back(variable.c_str());
    pointers.push_back(nullptr);
    const Environments environments(pointers.data(), folder.path());
    return WarmLineReader(shell, {descriptor.get(), folder.path(), folder.path()}, environments)
        .read(spec);
  }
  bool is_warm(std::string text, ShellKind kind = ShellKind::named) {
    AttemptSpec spec;
    spec.text = std::move(text);
    spec.shell = kind;
    return read(spec).has_value();
  }

  TemporaryFolder folder;
  FileDescriptor descriptor;
  Shell shell;
  std::vector<std::string> environment;
};

TEST_F(WarmLineTest, APythonProgramStartsWarmWithAShellOrWithout) {
  EXPECT_TRUE(is_warm("python a.py", ShellKind::none));
  EXPECT_TRUE(is_warm("python a.py && rm -f x", ShellKind::sh));
  EXPECT_TRUE(is_warm("A=1 python a.py >x"));
  EXPECT_FALSE(is_warm("rm x", ShellKind::none));
  EXPECT_FALSE(is_warm("rm x && rm y"));
  EXPECT_FALSE(is_warm("python a.py && cat x"));
  EXPECT_FALSE(is_warm("python a.py && cd x"));
}

TEST_F(WarmLineTest, WhatTheShellAddsIsInTheStepsEnvironment) {
  environment = {"SHLVL=2"};
  AttemptSpec spec;
  spec.text = "python a.py >x";
  const auto line = read(spec);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->steps[0].environment,
            (std::vector<std::string>{"SHLVL=3", "_=" + (folder / "bin/python")}));
  spec.text = "python a.py";
  spec.shell = ShellKind::none;
  EXPECT_TRUE(read(spec)->steps[0].environment.empty());
}

TEST_F(WarmLineTest, AnEnvironmentThatDecidesAboutCodeMeansCold) {
  for (const char* variable : {"PYTHONPATH=x", "PYTHONWARNINGS=error", "LD_PRELOAD=x.so"}) {
    environment = {variable};
    EXPECT_FALSE(is_warm("python a.py", ShellKind::none)) << variable;
  }
  environment = {"PYTHONUNBUFFERED=1", "PYTHONHASHSEED=0"};
  EXPECT_TRUE(is_warm("python a.py", ShellKind::none));
}

TEST_F(WarmLineTest, AssignmentsThatMeanSomethingToTheShellOrToPythonMeanCold) {
  for (const char* text : {"PATH=x python a.py", "PYTHONHASHSEED=0 python a.py",
                           "LC_ALL=C python a.py", "A=1 python a.py && rm x"}) {
    EXPECT_FALSE(is_warm(text)) << text;
  }
}

TEST_F(WarmLineTest, StateOfTheShellMeansCold) {
  AttemptSpec spec;
  spec.text = "python a.py";
  spec.prelude = "cd x";
  EXPECT_FALSE(read(spec));
  spec.prelude.clear();
  spec.snapshot = true;
  EXPECT_FALSE(read(spec));
}

TEST_F(WarmLineTest, OtherShellsAndOptionsMeanCold) {
  shell.arguments = {"-e"};
  EXPECT_FALSE(is_warm("python a.py >x"));
  shell.arguments.clear();
  shell.is_bash = false;
  EXPECT_FALSE(is_warm("python a.py >x"));
  EXPECT_TRUE(is_warm("python a.py", ShellKind::none));
}

}  // namespace
}  // namespace shoal
