// How a spec's line becomes a process.

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "tests/exec/executor_harness.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

class ExecutorLines : public ExecutorTest {
 protected:
  void write_program(std::string_view name, std::string_view text) {
    folder.write(name, text);
    fs::permissions(folder / name, fs::perms::owner_all);
  }
};

TEST_F(ExecutorLines, ADirectCommandGetsItsLiteralWords) {
  const AttemptResult result = run("printf '<%s>' 'a b' '$HOME'", ShellKind::none);
  EXPECT_EQ(output_of(result), "<a b><$HOME>");
}

TEST_F(ExecutorLines, ALineThatIsNotLiteralGetsAShellAfterAll) {
  EXPECT_EQ(output_of(run("echo $((40 + 2))", ShellKind::none)), "42\n");
}

TEST_F(ExecutorLines, ErrorsGoToTheSameLog) {
  EXPECT_EQ(output_of(run("echo out; echo err >&2; echo out")), "out\nerr\nout\n");
}

TEST_F(ExecutorLines, CommandsStandInTheRunsFolder) {
  EXPECT_EQ(output_of(run("pwd; echo $PWD")), folder.path() + "\n" + folder.path() + "\n");
  write_program("tool", "#!/bin/sh\necho ran\n");
  EXPECT_EQ(output_of(run("./tool", ShellKind::none)), "ran\n");
}

TEST_F(ExecutorLines, StdinIsEmpty) { EXPECT_EQ(output_of(run("cat; echo end")), "end\n"); }

TEST_F(ExecutorLines, ACommandLeadsItsOwnProcessGroup) {
  const AttemptResult result = run("ps -o pgid= -p $$ | tr -d ' '; echo $$");
  const std::string output = output_of(result);
  const std::size_t half = output.size() / 2;
  EXPECT_EQ(output.substr(0, half), output.substr(half));
}

TEST_F(ExecutorLines, ThePortableShellRunsPortableLines) {
  EXPECT_EQ(output_of(run("echo $((1+1))", ShellKind::sh)), "2\n");
}

TEST_F(ExecutorLines, TheNamedShellGetsItsOptions) {
  shell.arguments = {"-e"};
  const AttemptResult result = run("false; echo not reached");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(output_of(result), "");
}

TEST_F(ExecutorLines, ALineThatLooksLikeAnOptionIsACommand) {
  const AttemptResult result = run("-c 'echo wrong'");
  EXPECT_EQ(result.exit_code, 127);
  EXPECT_NE(output_of(result).find("-c: command not found"), std::string::npos);
}

TEST_F(ExecutorLines, AnUnknownProgramFailsAsInBash) {
  const AttemptResult result = run("no-such-program x", ShellKind::none);
  EXPECT_EQ(result.end, EndClass::failed);
  EXPECT_EQ(result.exit_code, 127);
  EXPECT_EQ(output_of(result), "shoal: no-such-program: command not found\n");
  EXPECT_EQ(run("./no-such-program", ShellKind::none).exit_code, 127);
}

TEST_F(ExecutorLines, AFileThatIsNoProgramFailsAsInBash) {
  folder.write("data", "text");
  EXPECT_EQ(run("./data", ShellKind::none).exit_code, 126);
  EXPECT_EQ(run("/", ShellKind::none).exit_code, 126);
}

TEST_F(ExecutorLines, AProgramThatACommandMadeIsFound) {
  EXPECT_EQ(run("./made", ShellKind::none).exit_code, 127);
  run("printf '#!/bin/sh\\necho made\\n' >made; chmod +x made");
  EXPECT_EQ(output_of(run("./made", ShellKind::none)), "made\n");
}

TEST_F(ExecutorLines, AScriptWithoutAFirstLineIsRunByTheShell) {
  write_program("script", "echo \"$1-$2\"; exit 4\n");
  const AttemptResult result = run("./script a 'b c'", ShellKind::none);
  EXPECT_EQ(output_of(result), "a-b c\n");
  EXPECT_EQ(result.exit_code, 4);
}

TEST_F(ExecutorLines, AMissingWorkingFolderLosesTheAttempt) {
  executor();
  fs::rename(folder.path(), folder.path() + ".moved");
  ASSERT_TRUE(fs::create_directory(folder.path()));
  // The folder that was opened still exists under its new name.
  EXPECT_EQ(run("true", ShellKind::none).end, EndClass::ok);
  fs::remove_all(folder.path() + ".moved");
}

TEST_F(ExecutorLines, ALineOverTheKernelsLimitRunsFromAScriptFile) {
  for (const ShellKind kind : {ShellKind::named, ShellKind::sh}) {
    const std::string words(300 * 1024, 'x');
    const AttemptResult result = run("printf %s " + words + " | wc -c", kind);
    EXPECT_EQ(result.end, EndClass::ok);
    EXPECT_EQ(std::stoul(output_of(result)), words.size());
    EXPECT_TRUE(fs::is_empty(folder / ".shoal/scripts"));
  }
}

TEST_F(ExecutorLines, ALineJustAtTheKernelsLimitRunsAlsoWithout) {
  const std::string start = ": ";
  for (const std::size_t size : {128U * 1024 - 1, 128U * 1024, 128U * 1024 + 1}) {
    EXPECT_EQ(run(start + std::string(size - start.size(), 'x')).end, EndClass::ok) << size;
  }
}

TEST_F(ExecutorLines, DirectArgumentsOverTheKernelsLimitFailWithASentence) {
  const AttemptResult result = run("printf %s " + std::string(200 * 1024, 'x'), ShellKind::none);
  EXPECT_EQ(result.end, EndClass::failed);
  EXPECT_EQ(result.exit_code, 126);
  EXPECT_NE(output_of(result).find("longer than the kernel allows"), std::string::npos);
}

TEST_F(ExecutorLines, ThePreludeSetsTheShellSilently) {
  AttemptSpec attempt = spec("echo $X; pwd");
  attempt.prelude = "X=1; echo loud; cat\nmkdir -p sub; cd sub  # go there";
  EXPECT_EQ(output_of(run(attempt)), "1\n" + folder.path() + "/sub\n");
}

TEST_F(ExecutorLines, SetEOfThePreludeHoldsForTheLine) {
  AttemptSpec attempt = spec("false\necho not reached");
  attempt.prelude = "set -e";
  const AttemptResult result = run(attempt);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(output_of(result), "");
}

TEST_F(ExecutorLines, ATrapOnExitOfThePreludeDoesNotRunAfterEachCommand) {
  AttemptSpec attempt = spec("echo line");
  attempt.prelude = "trap 'echo trapped' EXIT";
  EXPECT_EQ(output_of(run(attempt)), "line\n");
}

TEST_F(ExecutorLines, AnOpenHereDocumentEndsWithItsLine) {
  // Bash warns of the end, which is not of interest here.
  const AttemptResult result = run("cat <<END 2>/dev/null & \nlast");
  EXPECT_NE(output_of(result).find("last\n"), std::string::npos);
  EXPECT_EQ(output_of(result).find("wait"), std::string::npos);
}

TEST_F(ExecutorLines, AnOpaqueLineLeavesASnapshot) {
  AttemptSpec first = spec("X=$(echo seen); false");
  first.snapshot = true;
  first.snapshot_file = "state";
  const AttemptResult result = run(first);
  EXPECT_EQ(result.end, EndClass::failed);
  EXPECT_EQ(result.exit_code, 1);
  AttemptSpec second = spec("echo $X");
  second.snapshot_before = first.snapshot_file;
  EXPECT_EQ(output_of(run(second)), "seen\n");
}

TEST_F(ExecutorLines, AnOpaqueLineThatEndsItsShellLeavesNoSnapshot) {
  for (const char* text : {"exit 0", "exit 3", "if )", "echo 'open", "exec true"}) {
    AttemptSpec attempt = spec(text);
    attempt.snapshot = true;
    attempt.snapshot_file = "state";
    EXPECT_EQ(run(attempt).end, EndClass::ended_shell) << text;
    EXPECT_FALSE(folder.has(".shoal/state")) << text;
    EXPECT_FALSE(folder.has(".shoal/state.draft")) << text;
  }
}

TEST_F(ExecutorLines, ALineSeesTheStatusOfTheOneBefore) {
  for (const int status : {0, 1, 2, 130}) {
    for (const char* prelude : {"", "false", "X=1", "set -e", "trap 'echo never' ERR", "false #"}) {
      for (const bool snapshot : {false, true}) {
        for (const char* line : {"echo $?", "echo $? &"}) {
          AttemptSpec attempt = spec(line);
          attempt.prelude = prelude;
          attempt.status_before = status;
          attempt.snapshot = snapshot;
          attempt.snapshot_file = "state";
          EXPECT_EQ(output_of(run(attempt)), std::to_string(status) + "\n") << prelude << line;
        }
      }
    }
  }
}

TEST_F(ExecutorLines, AnOpaqueLineThatFailsUnderSetEEndsTheShell) {
  AttemptSpec attempt = spec("false; true");
  attempt.prelude = "set -e";
  attempt.snapshot = true;
  attempt.snapshot_file = "state";
  const AttemptResult result = run(attempt);
  EXPECT_EQ(result.end, EndClass::ended_shell);
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(ExecutorLines, ASnapshotThatCannotBeWrittenLosesTheAttemptBeforeItRuns) {
  AttemptSpec attempt = spec("echo ran >ran");
  attempt.snapshot = true;
  attempt.snapshot_file = "no/such/folder/state";
  EXPECT_EQ(run(attempt).end, EndClass::lost);
  EXPECT_FALSE(folder.has("ran"));
}

TEST_F(ExecutorLines, ThreadPoolsGetAsManyThreadsAsTheCommandMayUse) {
  ::unsetenv("OMP_NUM_THREADS");
  ::setenv("MKL_NUM_THREADS", "7", 1);
  make_executor(1);
  AttemptSpec attempt = spec("echo $OMP_NUM_THREADS $OPENBLAS_NUM_THREADS $MKL_NUM_THREADS");
  attempt.threads = 3;
  EXPECT_EQ(output_of(run(attempt)), "3 3 7\n");
  attempt.command = CommandId{1000};
  attempt.threads = 0;
  EXPECT_EQ(output_of(run(attempt)), "7\n");
  ::unsetenv("MKL_NUM_THREADS");
}

TEST_F(ExecutorLines, CommandsStartWithDefaultSignalsWhateverShoalIgnores) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  const std::string output =
      output_of(run("grep -E 'Sig(Blk|Ign)' /proc/self/status", ShellKind::none));
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGHUP, SIG_DFL);
  EXPECT_EQ(output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(ExecutorLines, EndsAreSeenWhereSigchldWasIgnored) {
  ::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(run("exit 5").exit_code, 5);
  ::signal(SIGCHLD, SIG_DFL);
}

}  // namespace
}  // namespace shoal
