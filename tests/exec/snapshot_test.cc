#include "exec/snapshot.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/exec/executor_harness.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

/// Runs one opaque line, then others in the state that it left.
class Snapshot : public ExecutorTest {
 protected:
  AttemptSpec leaving(const std::string& text, const std::string& prelude = {}) {
    AttemptSpec attempt = spec(text);
    attempt.prelude = prelude;
    attempt.snapshot = true;
    attempt.snapshot_file = name;
    return attempt;
  }
  void leave(const AttemptSpec& attempt) {
    run(attempt);
    ASSERT_TRUE(fs::exists(file)) << output_of(recorder.results.back());
  }
  void leave(const std::string& text, const std::string& prelude = {}) {
    leave(leaving(text, prelude));
  }
  std::string then(const std::string& text) {
    AttemptSpec attempt = spec(text);
    attempt.snapshot_before = name;
    return output_of(run(attempt));
  }
  /// A line that begins in the state that the one before left.
  AttemptSpec leaving_after_it(const std::string& text) {
    fs::rename(file, file + ".before");
    AttemptSpec attempt = leaving(text);
    attempt.snapshot_before = name + ".before";
    return attempt;
  }
  const std::string name = "the 'state'";  // in the run's folder
  const std::string file = folder / (".shoal/" + name);
};

TEST_F(Snapshot, KeepsVariablesOfEveryKindAndValue) {
  leave(R"(plain='two  words'; quotes="it's \"so\" \$HOME \`x\` \\"; lines=$'a\nb\n'; empty=
           export exported=yes; declare -i number=7; declare -u upper=abc; bytes=$'\xff\x01')");
  EXPECT_EQ(then(R"(echo "$plain|$quotes|$lines|${empty-unset}|$upper"; number+=1; echo $number
                    env | grep ^exported=; printf %s "$bytes" | od -An -tx1)"),
            "two  words|it's \"so\" $HOME `x` \\|a\nb\n||ABC\n8\nexported=yes\n ff 01\n");
}

TEST_F(Snapshot, KeepsArrays) {
  leave(
      R"(list=(one 'two  three' $'f\n'); list[7]=late; declare -A map=([key]=value ['a b']='c d'))");
  EXPECT_EQ(then(R"(echo "${list[1]}|${!list[*]}|${map[key]}|${map['a b']}|${#map[@]}")"),
            "two  three|0 1 2 7|value|c d|2\n");
}

TEST_F(Snapshot, ForgetsWhatWasUnset) {
  ::setenv("SHOAL_TEST_VARIABLE", "outer", 1);
  make_executor(1);
  ::unsetenv("SHOAL_TEST_VARIABLE");
  leave("unset SHOAL_TEST_VARIABLE");
  EXPECT_EQ(then("echo ${SHOAL_TEST_VARIABLE-unset}"), "unset\n");
}

TEST_F(Snapshot, KeepsReadonlyVariables) {
  leave("readonly fixed=1");
  EXPECT_NE(then("fixed=2; echo $fixed").find("readonly variable"), std::string::npos);
  EXPECT_EQ(then("echo $fixed; readonly -p | grep -c fixed"), "1\n1\n");
}

TEST_F(Snapshot, KeepsFunctions) {
  leave(
      "greet() { local name=$1; if [[ $name ]]; then echo \"hello $name\"; fi; }\n"
      "shopt -s extglob; match() { [[ $1 == +(a|b) ]] && echo matches; }; export -f greet");
  EXPECT_EQ(then("greet you; match abba; bash -c 'greet exported'"),
            "hello you\nmatches\nhello exported\n");
}

TEST_F(Snapshot, KeepsTheFolderAndTheOneBefore) {
  leave("mkdir -p 'sub folder/deep' && cd 'sub folder' && cd deep");
  EXPECT_EQ(then("pwd; cd - >/dev/null; pwd"),
            (folder / "sub folder/deep\n") + (folder / "sub folder\n"));
}

TEST_F(Snapshot, KeepsTheStackOfFolders) {
  leave("mkdir -p 'a b' c && pushd 'a b' && pushd ../c && pushd -n /tmp");
  const std::string& top = folder.path();
  EXPECT_EQ(then("dirs -l -p"), top + "/c\n/tmp\n" + top + "/a b\n" + top + "\n");
  EXPECT_EQ(then("popd >/dev/null; popd >/dev/null; pwd; popd >/dev/null; pwd"),
            top + "/a b\n" + top + "\n");
  leave("dirs -c");
  EXPECT_EQ(then("dirs -l -p"), top + "\n");
}

TEST_F(Snapshot, KeepsOptionsAndUmask) {
  leave("set -u -o pipefail; set -f; shopt -s nullglob; umask 027");
  EXPECT_EQ(then("false | true; echo $?; echo *; shopt nullglob | cut -f2; umask"),
            "1\n*\non\n0027\n");
  EXPECT_EQ(then("echo $unset_variable; echo not reached").find("not reached"), std::string::npos);
}

TEST_F(Snapshot, KeepsSetEOnlyWhereItIsOn) {
  leave("set -e; x=1");
  EXPECT_EQ(then("false; echo not reached"), "");
  leave("set +e", "set -e");
  EXPECT_EQ(then("false; echo reached"), "reached\n");
}

TEST_F(Snapshot, IsTakenAfterAFailureThatSetETolerates) {
  for (const char* text :
       {"false && true", "! true", "{ false || false && true; }", "false && a #"}) {
    leave(std::string("x=1; ") + text, "set -e");
    EXPECT_EQ(recorder.results.back().exit_code, 1) << text;
    EXPECT_EQ(then("echo $x; false; echo not reached"), "1\n") << text;
  }
}

TEST_F(Snapshot, MayHoldNothingButThatTheShellLives) {
  AttemptSpec attempt = leaving("x=1; false || true");
  attempt.snapshot_is_empty = true;
  leave(attempt);
  EXPECT_EQ(inspect_draft(file), DraftState::whole);
  EXPECT_EQ(then("echo ${x-unset}"), "unset\n");
  attempt.text = "exit 0";
  EXPECT_EQ(run(attempt).end, EndClass::ended_shell);
}

TEST_F(Snapshot, IsNoneAfterAFailureUnderSetE) {
  EXPECT_EQ(run(leaving("true && false", "set -e")).end, EndClass::ended_shell);
  EXPECT_EQ(run(leaving("(false && true)", "set -e")).end, EndClass::ended_shell);
}

TEST_F(Snapshot, KeepsAliases) {
  leave("shopt -s expand_aliases; alias say='echo \"it said:\"'; alias printf=false for=false");
  EXPECT_EQ(then("say this"), "it said: this\n");
}

TEST_F(Snapshot, KeepsTraps) {
  leave("trap 'echo usr1' USR1; trap 'echo exit' EXIT; trap 'echo \"err\"' ERR");
  EXPECT_EQ(output_of(recorder.results.back()), "");
  EXPECT_EQ(then("kill -USR1 $$; false"), "usr1\nerr\n");
}

TEST_F(Snapshot, KeepsTheTrapOnExitForTheEndOfTheFile) {
  leave("trap 'echo \"exit $? $x\"' EXIT; x=1");
  EXPECT_EQ(output_of(recorder.results.back()), "");
  AttemptSpec end = spec("exit");
  end.snapshot_before = name;
  end.prelude = "x=2";
  end.ends_file = true;
  end.status_before = 3;
  const AttemptResult result = run(end);
  EXPECT_EQ(output_of(result), "exit 3 2\n");
  EXPECT_EQ(result.end, EndClass::ok) << "the code is that of the file, not of its last command";
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(Snapshot, RunsTheTrapOnExitOfALineThatEndsItsShell) {
  leave("trap 'echo \"exit $?\"' EXIT");
  AttemptSpec attempt = leaving_after_it("exit 2");
  for (const char* text : {"exit 2", "set -e; (exit 2)", "if )"}) {
    attempt.text = text;
    const AttemptResult result = run(attempt);
    EXPECT_EQ(result.end, EndClass::ended_shell) << text;
    EXPECT_TRUE(output_of(result).ends_with("exit 2\n")) << output_of(result);
  }
  attempt.text = "true";
  EXPECT_EQ(output_of(run(attempt)), "");
  attempt.text = "trap - EXIT";
  leave(attempt);
  EXPECT_EQ(output_of(run(leaving_after_it("exit 2"))), "");
}

TEST_F(Snapshot, KeepsADebugTrapWithoutRunningItItself) {
  leave("trap 'echo d >>debugged' DEBUG; true");
  fs::remove(folder / "debugged");
  EXPECT_EQ(then("true; true"), "");
  EXPECT_EQ(folder.read("debugged").substr(0, 4), "d\nd\n");
}

TEST_F(Snapshot, KeepsIfs) {
  leave("IFS=,; x=a,b");
  EXPECT_EQ(then("set -- $x; echo $#"), "2\n");
  leave("unset IFS");
  EXPECT_EQ(then("echo ${IFS-unset}"), "unset\n");
  leave("IFS=");
  EXPECT_EQ(then("echo \"<${IFS-unset}>\""), "<>\n");
}

TEST_F(Snapshot, KeepsPositionalParameters) {
  leave("set -- 'a b' \"it's\" ''");
  EXPECT_EQ(then("echo \"$#|$1|$2|$3|\""), "3|a b|it's||\n");
}

TEST_F(Snapshot, KeepsLimits) {
  leave("ulimit -n 100; ulimit -S -c 0");
  EXPECT_EQ(then("ulimit -n; ulimit -S -c"), "100\n0\n");
}

TEST_F(Snapshot, IsTakenWhateverOptionsTheLineLeftOn) {
  for (const char* options :
       {"set -u", "set -f", "set -C", "set -x", "set -v", "set -a", "set -o posix", "set -e",
        "shopt -s nocasematch failglob", "set -o noglob",
        "BASH_ENV=/x; PATH=", "printf() { exit 9; }", "unset PATH HOME"}) {
    leave(std::string("x=seen; ") + options);
    EXPECT_NE(then("echo $x").find("seen\n"), std::string::npos) << options;
  }
}

TEST_F(Snapshot, AnOpenQuoteOrHereDocumentDoesNotSwallowIt) {
  AttemptSpec attempt = leaving("x=seen; cat >text <<END\ninside");
  attempt.open_ended = true;
  leave(attempt);
  EXPECT_EQ(folder.read("text"), "inside\n");
  EXPECT_EQ(then("echo $x"), "seen\n");
}

TEST_F(Snapshot, ALineThatEndsInACommentIsWhole) {
  leave("x=seen # and more");
  EXPECT_EQ(then("echo $x"), "seen\n");
}

TEST_F(Snapshot, WaitsForTheLinesJobs) {
  leave("(sleep 0.05; echo late >late) & x=1");
  EXPECT_EQ(folder.read("late"), "late\n");
}

TEST_F(Snapshot, AFailureThatIsNoSyntaxErrorKeepsTheShell) {
  for (const char* text :
       {"x=1; false", "x=1; (exit 2)", "x=1; return 2>/dev/null", "x=1; ls /no/such"}) {
    leave(text);
    EXPECT_EQ(then("echo $x"), "1\n") << text;
  }
}

TEST_F(Snapshot, RandomNumbersDoNotRepeat) {
  leave("RANDOM=5; x=$RANDOM");
  EXPECT_NE(then("echo $RANDOM $RANDOM"), then("echo $RANDOM $RANDOM"));
}

TEST_F(Snapshot, ThreadPoolsGoByTheCommandUnlessTheLineSetThem) {
  ::unsetenv("OMP_NUM_THREADS");
  leave("x=1");
  AttemptSpec wide = spec("echo $OMP_NUM_THREADS");
  wide.snapshot_before = name;
  wide.threads = 4;
  EXPECT_EQ(output_of(run(wide)), "4\n");
  leave("export OMP_NUM_THREADS=9");
  EXPECT_EQ(then("echo $OMP_NUM_THREADS"), "9\n");
}

TEST_F(Snapshot, IsFoundWhereverTheLinesBeforeHaveGone) {
  leave("cd /; unset HOME PATH; set -u");
  leave(leaving_after_it("cd /tmp"));
  EXPECT_EQ(then("pwd"), "/tmp\n");
}

TEST_F(Snapshot, LeavesNoVariableOfShoalsBehind) {
  leave("x=1");
  EXPECT_EQ(then("compgen -v __shoal"), "");
}

TEST_F(Snapshot, OneFollowsAnother) {
  leave("a=1; f() { echo f; }");
  leave(leaving_after_it("b=2; unset -f f"));
  EXPECT_EQ(then("echo $a$b; type f 2>&1 | grep -c function"), "12\n0\n");
}

TEST(SnapshotDraft, IsWholeOnlyBetweenItsFirstAndLastLine) {
  const TemporaryFolder folder;
  folder.write("empty", "");
  folder.write("partial", "# shoal shell state\nset +e\n");
  folder.write("whole", "# shoal shell state\nset +e\n# whole\n");
  EXPECT_EQ(inspect_draft(folder / "absent"), DraftState::untouched);
  EXPECT_EQ(inspect_draft(folder / "empty"), DraftState::untouched);
  EXPECT_EQ(inspect_draft(folder / "partial"), DraftState::partial);
  EXPECT_EQ(inspect_draft(folder / "whole"), DraftState::whole);
}

}  // namespace
}  // namespace shoal
