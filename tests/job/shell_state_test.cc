#include "job/shell_state.h"

#include <gtest/gtest.h>

#include "tests/job/reading.h"

namespace shoal {
namespace {

using testing::read_jobs;
using Words = std::vector<std::string>;

CommandKind kind_of(std::string_view content) {
  return read_jobs(content)->commands.back().command.kind;
}

TEST(ShellState, IsMadeByLinesThatOnlyChangeTheShell) {
  for (const char* line : {"X=1",
                           "X=1 Y='a b'",
                           "export X",
                           "export X=1 Y",
                           "declare -x X=1",
                           "readonly X=1",
                           "unset X",
                           "cd a",
                           "cd /",
                           "source a/b",
                           ". ./a",
                           "set -e",
                           "set -euo pipefail",
                           "set +x",
                           "umask 022",
                           "ulimit -v 1000",
                           "alias a=b",
                           "unalias a",
                           "trap 'a' INT",
                           "X=1; Y=2",
                           "export PATH=$PATH:x",
                           "X=$UNKNOWN"}) {
    EXPECT_EQ(kind_of(line), CommandKind::state) << line;
  }
  for (const char* line : {"X=1 > f",        "X=1 | a",     "X=$RANDOM",
                           "export X=`a`",   "cd",          "cd -",
                           "cd a b",         "cd a*",       "trap a exit",
                           "trap a ERR",     "trap a 0",    "export $X=1",
                           "export X$Y=1",   "set -k",      "shopt -s extglob",
                           "IFS=,",          "time X=1",    "! cd a",
                           "declare -i X=1", "export -f f", "a && export X=1",
                           "X=1 && Y=1",     "set -u; X=$Y"}) {
    EXPECT_EQ(kind_of(line), CommandKind::opaque) << line;
  }
}

TEST(ShellState, GivesLaterCommandsTheValuesOfVariables) {
  const auto reading =
      read_jobs("A=data\nexport B=$A/x C='q r'\np $B \"$C\"\nunset A\np $A\nA=2\np $A", {});
  EXPECT_EQ(reading->commands[2].words[0], (Words{"p", "data/x", "q r"}));
  EXPECT_EQ(reading->commands[4].command.barrier, BarrierReason::unknown_variable);
  EXPECT_EQ(reading->commands[6].words[0], (Words{"p", "2"}));
}

TEST(ShellState, DoesNotGuessAValueThatTheSameLineMayHaveSet) {
  EXPECT_EQ(kind_of("X=1\nX=2 Y=$X"), CommandKind::state);
  EXPECT_EQ(kind_of("X=1\nX=2 Y=$X\np $Y"), CommandKind::opaque);
  EXPECT_EQ(read_jobs("X=1\nexport X=2 Y=$X\np $Y")->commands[2].words[0], (Words{"p", "1"}));
}

TEST(ShellState, SeenByACommandIsWhatStandsBeforeIt) {
  const auto reading = read_jobs("a\nX=1\nb\ncd y\nc");
  std::vector<std::uint32_t> seen;
  for (const auto& command : reading->commands) seen.push_back(command.command.state);
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{0, 0, 1, 1, 2}));
  const auto replayed = reading->state.to_replay(2);
  ASSERT_EQ(replayed.size(), 2U);
  EXPECT_EQ(replayed[0].command, CommandId{2});
  EXPECT_EQ(replayed[1].command, CommandId{4});
}

TEST(ShellState, FollowsTheFolder) {
  const auto reading =
      read_jobs("a\ncd x/y\na\ncd ../z\na\ncd ../../..\na\ncd /tmp\na\ncd .\neval b\na\ncd /q\na");
  const auto folder = [&](std::size_t i) { return reading->commands[i].folder; };
  EXPECT_EQ(folder(1), "");
  EXPECT_EQ(folder(2), "x/y");
  EXPECT_EQ(folder(4), "x/z");
  EXPECT_EQ(folder(6), "..");
  EXPECT_EQ(folder(8), "/tmp");
  EXPECT_EQ(folder(10), "/tmp");
  EXPECT_EQ(folder(11), std::nullopt);
  EXPECT_EQ(folder(13), "/q");
}

TEST(ShellState, ForgetsEverythingAfterALineThatMayChangeIt) {
  const auto reading = read_jobs("X=1\nif a; then X=2; fi\np $X\nY=1\np $Y");
  EXPECT_EQ(reading->commands[2].command.barrier, BarrierReason::unknown_variable);
  EXPECT_EQ(reading->commands[4].words[0], (Words{"p", "1"}));
  const auto replayed = reading->state.to_replay(3);
  ASSERT_EQ(replayed.size(), 2U);
  EXPECT_TRUE(replayed[0].from_snapshot);
  EXPECT_EQ(replayed[0].command, CommandId{2});
  EXPECT_EQ(replayed[1].text, "Y=1");
}

TEST(ShellState, KnowsNoVariablesAfterASourcedFile) {
  const auto reading = read_jobs("X=1\nsource env/bin/activate\np $X\np x", {{"E", "1"}});
  EXPECT_EQ(reading->commands[2].command.barrier, BarrierReason::unknown_variable);
  EXPECT_EQ(reading->commands[2].command.effect, ShellEffect::none);
  EXPECT_EQ(reading->commands[3].command.kind, CommandKind::ordinary);
}

TEST(ShellState, LetsAnUnsetVariableEndTheShellUnderSetU) {
  const auto effect_of = [](std::string line) {
    const auto reading = read_jobs("set -u\nX=1\n" + line, {{"HOME", "/h"}});
    return reading->commands.back().command.effect;
  };
  for (const char* line : {"p $Y", "p \"${Y}\"", "p $1", "p $!", "p ${Y%z}", "p ${#Y}", "a && p $Y",
                           "p > $Y", "p <<< $Y", "Z=1 p $Y", "{ p $Y; }"}) {
    EXPECT_EQ(effect_of(line), ShellEffect::may_end) << line;
  }
  for (const char* line :
       {"p $X ${HOME}", "p ~", "p $@ $# $$ $?", "(p $Y)", "p $Y | q", "p $(q $Y)"}) {
    EXPECT_EQ(effect_of(line), ShellEffect::none) << line;
  }
  EXPECT_EQ(effect_of("Z=$Y"), ShellEffect::may_change);
  EXPECT_EQ(effect_of("set +u\np $Y"), ShellEffect::none);
}

TEST(ShellState, KeepsWhatIsKnownWhereALineMayOnlyEndTheShell) {
  const auto reading = read_jobs("set -u\nX=1\np $Y\na || exit\np $X");
  EXPECT_EQ(reading->commands[4].words[0], (Words{"p", "1"}));
  EXPECT_EQ(reading->commands[4].command.state, 2U);
}

TEST(ShellState, KnowsTheFunctionsOfTheFile) {
  const auto reading = read_jobs("echo a\necho() { b; }\necho a\nprintf a");
  EXPECT_EQ(reading->commands[0].command.kind, CommandKind::ordinary);
  EXPECT_EQ(reading->commands[2].command.barrier, BarrierReason::function_definition);
  EXPECT_EQ(reading->commands[3].command.kind, CommandKind::ordinary);
}

TEST(ShellState, MindsAliasesOnlyWhereTheyAreExpanded) {
  EXPECT_EQ(kind_of("alias a=b\na c"), CommandKind::ordinary);
  EXPECT_EQ(kind_of("shopt -s expand_aliases\nalias a=b\na c"), CommandKind::opaque);
  EXPECT_EQ(kind_of("shopt -s expand_aliases\nalias a=b\nd c"), CommandKind::ordinary);
}

TEST(ShellState, TakesNoGlobsUnderNoglobAndNoSplittingForGranted) {
  EXPECT_EQ(kind_of("set -f\na *"), CommandKind::opaque);
  EXPECT_EQ(kind_of("IFS=,\nX=a,b\np $X"), CommandKind::opaque);
  EXPECT_EQ(kind_of("IFS=,\nX=a,b\np \"$X\""), CommandKind::ordinary);
}

TEST(ShellState, RefusesToFollowReadOnlyVariables) {
  EXPECT_EQ(kind_of("readonly X=1\nX=2"), CommandKind::opaque);
  EXPECT_EQ(kind_of("readonly X=1\nsource a\nX=2"), CommandKind::opaque);
  EXPECT_EQ(kind_of("readonly X=1 > log\nX=2"), CommandKind::opaque);
}

TEST(ShellState, SaysWhereAFailureEndsTheRun) {
  const auto reading = read_jobs("a\nset -e\nb\nset +e\nc");
  EXPECT_EQ(reading->state.error_exit(0), ErrorExit::off);
  EXPECT_EQ(reading->state.error_exit(1), ErrorExit::on);
  EXPECT_EQ(reading->state.error_exit(2), ErrorExit::off);
  const auto by_interpreter = read_jobs("#!/bin/bash -eu\na");
  EXPECT_EQ(by_interpreter->state.error_exit(0), ErrorExit::on);
}

TEST(ShellState, DoesNotKnowWhetherAFailureEndsTheRunWhereSetEMayHaveRun) {
  const auto last = [](std::string_view jobs) {
    const auto reading = read_jobs(jobs);
    return reading->state.error_exit(reading->commands.back().command.state);
  };
  for (const char* line : {"cd x && set -e", "if a; then set -eu; fi", "f() { set -o errexit; }",
                           "eval 'set -u -e'", "eval \"set  +e\""}) {
    EXPECT_EQ(last(std::string(line) + "\nb"), ErrorExit::unknown) << line;
    EXPECT_EQ(last(std::string(line) + "\nset -e\nb"), ErrorExit::on) << line;
    EXPECT_EQ(last(std::string(line) + "\nset +e\nb"), ErrorExit::off) << line;
  }
  for (const char* line :
       {"if [ -e dataset ]; then a; fi", "(set -e)", "eval 'set -- -e'", "eval 'reset -e'"}) {
    EXPECT_EQ(last(std::string(line) + "\nb"), ErrorExit::off) << line;
  }
}

TEST(ShellState, AsksTheShellWhereAStatusDoesNotTellOfItsEnd) {
  const auto effect_of = [](std::string_view before, std::string_view line) {
    return read_jobs(std::string(before) + "\n" + std::string(line))
        ->commands.back()
        .command.effect;
  };
  for (const char* line : {"a", "a > b", "a | b", "a; b", "(a)", "cd x", "X=1; cd x"}) {
    EXPECT_EQ(effect_of("set -e", line), ShellEffect::none) << line;
    EXPECT_EQ(effect_of("eval 'set -e'", line), ShellEffect::may_end) << line;
  }
  EXPECT_EQ(effect_of("trap f EXIT\nset -e", "a\nb\nexit\n"), ShellEffect::none);
  EXPECT_EQ(read_jobs("trap f EXIT\nset -e\na")->commands[2].command.effect, ShellEffect::may_end);
  for (const char* line : {"a && b", "a || b", "! a", "(! a)", "a `b`", "(if a; then b; fi)"}) {
    EXPECT_EQ(effect_of("set -e", line), ShellEffect::may_end) << line;
    EXPECT_EQ(effect_of("set +e", line), ShellEffect::none) << line;
  }
}

TEST(ShellState, HasAFingerprintThatTellsStatesApart) {
  const auto one = read_jobs("X=1\na\ncd b");
  const auto same = read_jobs("# moved\n\nX=1\nmore\na\ncd b");
  const auto other = read_jobs("X=2\na\ncd b");
  EXPECT_EQ(one->state.fingerprint(1), same->state.fingerprint(1));
  EXPECT_EQ(one->state.fingerprint(2), same->state.fingerprint(2));
  EXPECT_NE(one->state.fingerprint(1), one->state.fingerprint(0));
  EXPECT_NE(one->state.fingerprint(1), other->state.fingerprint(1));
  EXPECT_NE(one->state.fingerprint(2), other->state.fingerprint(2));
}

}  // namespace
}  // namespace shoal
