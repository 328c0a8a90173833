"""shoal run --verify-warm: the first command of each kind is tried cold and warm."""

import json
import sys

import pytest

from support.ends import ends_of, newest_run, output_of, warm_commands

PYTHON = sys.executable

STEADY = """
import colorsys, os, sys
with open(sys.argv[2], "w") as file:
    file.write(open(sys.argv[1]).read().upper())
print("in", os.getcwd())
"""

# docs/warm-start.md: there is one frame more below a program that starts warm.
DEPTH = """
import colorsys, sys
def depth():
    frame, count = sys._getframe(), 0
    while frame:
        frame, count = frame.f_back, count + 1
    return count
with open(sys.argv[1], "w") as file:
    file.write(str(depth()))
print("depth", depth())
"""

CHANCE = """
import os, sys, time
with open(sys.argv[1], "w") as file:
    file.write(f"{time.time_ns()} {os.urandom(4)}")
open(f"{sys.argv[1]}.{os.getpid()}", "w").close()
print("always the same")
"""

FAIL = """
import sys
print("cannot", file=sys.stderr)
sys.exit(3)
"""


def records(project, kind: str) -> list[dict]:
    lines = (newest_run(project) / "journal.jsonl").read_text().splitlines()
    return [record for record in map(json.loads, lines) if record["e"] == kind]


def verdicts(project) -> dict[int, str]:
    """Of the commands that were tried."""
    return {record["c"]: record["verdict"] for record in records(project, "verify")}


def kept(project) -> list[str]:
    folder = newest_run(project) / "verify"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_kind_that_leaves_the_same_starts_warm(project):
    project.write("steady.py", STEADY)
    project.write("in.txt", "text")
    project.jobs("".join(f"{PYTHON} steady.py in.txt out-{n}.txt\n" for n in range(4)))
    result = project.run("--verify-warm", "-j1")
    assert result.code == 0, str(result)
    assert verdicts(project) == {1: "equal"}
    assert warm_commands(project) == {1, 2, 3, 4}
    assert [project.read(f"out-{n}.txt") for n in range(4)] == ["TEXT"] * 4
    assert output_of(project, ends_of(project)[1]) == f"in {project.folder}\n", "it ran in its own folder"
    assert "1 kind of commands was tried and leaves the same when it starts warm." in result.err
    assert kept(project) == []
    assert project.processes() == {}


def test_a_kind_that_leaves_something_else_starts_cold(project):
    project.write("depth.py", DEPTH)
    project.write("steady.py", STEADY)
    project.write("in.txt", "text")
    lines = [f"{PYTHON} depth.py depth-{n}.txt\n{PYTHON} steady.py in.txt out-{n}.txt\n" for n in range(3)]
    project.jobs("".join(lines))
    result = project.run("--verify-warm", "-j1", "--mode=serial")
    assert result.code == 0, str(result)
    assert verdicts(project) == {1: "differs", 2: "equal"}
    assert warm_commands(project) == {2, 4, 6}
    (record,) = (record for record in records(project, "verify") if record["c"] == 1)
    assert record["differing"] == ["files/depth-0.txt", "output"]
    assert "Command 1 leaves something else when it starts warm (depth-0.txt, what it prints)" in result.err, str(result)
    folder = newest_run(project) / "verify/1"
    place = f".shoal/runs/{newest_run(project).name}/verify/1"
    assert f"To compare: diff -r {place}/cold {place}/warm" in result.err, str(result)
    assert sorted(path.name for path in folder.iterdir()) == ["cold", "warm"]
    for way in ("cold", "warm"):
        assert (folder / way / "output").read_text() == f"depth {(folder / way / 'files/depth-0.txt').read_text()}\n"
    assert project.read("depth-0.txt") == (folder / "cold/files/depth-0.txt").read_text()
    assert kept(project) == ["1"]
    report = project.shoal("report")
    assert "Command 1 (" in report.out and "leaves something else" in report.out, str(report)
    assert "3 warm, 3 cold" in report.out, str(report)


def test_what_differs_between_two_cold_starts_says_nothing(project):
    project.write("chance.py", CHANCE)
    project.jobs("".join(f"{PYTHON} chance.py out/chance-{n}.txt\n" for n in range(2)))
    project.write("out/there", "")
    result = project.run("--verify-warm", "-j1")
    assert result.code == 0, str(result)
    assert verdicts(project) == {1: "equal"}
    assert warm_commands(project) == {1, 2}
    (record,) = records(project, "verify")
    assert "files/out/chance-0.txt" in record["unsteady"] and "output" not in record["unsteady"], record
    assert "not comparable, since it differs from one cold start to the next: out/chance-0.txt" in result.err, str(result)
    assert kept(project) == []


def test_one_that_fails_both_ways_is_equal(project):
    project.write("fail.py", FAIL)
    project.jobs(f"{PYTHON} fail.py 1\n{PYTHON} fail.py 2\n")
    result = project.run("--verify-warm", "-j1")
    assert result.code == 1, str(result)
    assert verdicts(project) == {1: "equal"}
    assert {end["exit"] for end in ends_of(project).values()} == {3}
    assert warm_commands(project) == {1, 2}


def test_inputs_that_earlier_commands_make_are_there(project):
    project.write("steady.py", STEADY)
    project.jobs("mkdir -p made\necho text > made/in.txt\n"
                 f"{PYTHON} steady.py made/in.txt made/out.txt\n{PYTHON} steady.py made/out.txt made/more.txt\n")
    result = project.run("--verify-warm", "-j2")
    assert result.code == 0, str(result)
    assert verdicts(project) == {3: "equal"} and warm_commands(project) == {3, 4}
    assert project.read("made/more.txt") == "TEXT\n"
    (record,) = records(project, "verify")
    assert "exit" not in record, "the trial found its inputs"


def test_a_trial_changes_nothing_in_the_project(project):
    """The program changes its input in place, and appends to it."""
    project.write("grow.py", "import sys\nwith open(sys.argv[1], 'r+') as file:\n    text = file.read()\n"
                             "    file.seek(0)\n    file.write(text.upper() + '+')\n")
    project.write("state.txt", "a")
    (project.folder / "link.txt").symlink_to("state.txt")
    project.jobs(f"{PYTHON} grow.py state.txt\n{PYTHON} grow.py link.txt >> log.txt\n")
    result = project.run("--verify-warm", "-j1", "--mode=serial")
    assert result.code == 0, str(result)
    assert project.read("state.txt") == "A++"
    assert set(verdicts(project).values()) == {"equal"}


@pytest.mark.parametrize("line, why", [
    ("{} steady.py in.txt ../out.txt", "it may write outside of its folder"),
    ("{} steady.py in.txt {folder}/out.txt", "by an absolute path"),
    ("{} steady.py other/../in.txt out.txt", "by way of '..'"),
])  # fmt: skip
def test_what_could_leave_its_copy_is_not_tried(project, line, why):
    project.write("steady.py", STEADY)
    project.write("in.txt", "text")
    project.write("other/there", "")
    project.jobs(line.replace("{folder}", str(project.folder)).replace("{}", PYTHON) + "\n")
    result = project.run("--verify-warm", "-j1")
    assert result.code == 0, str(result)
    assert verdicts(project) == {1: "unknown"} and warm_commands(project) == set()
    assert why in result.err and "Its kind started cold." in result.err, str(result)


def test_a_copy_in_which_the_command_ends_otherwise_tells_nothing(project):
    project.write("need.py", "import sys, colorsys\nsys.exit(0 if open('.git/config').read() else 1)\n")
    project.write(".git/config", "x")
    project.jobs(f"{PYTHON} need.py 1\n{PYTHON} need.py 2\n")
    result = project.run("--verify-warm", "-j1")
    assert result.code == 0, str(result)
    assert [record["verdict"] for record in records(project, "verify")] == ["equal", "unknown"]
    assert warm_commands(project) == {1}
    assert "it ended with exit code 0, but in its scratch copy with 1" in result.err, str(result)


def test_who_goes_on_heeds_what_was_found(project):
    project.write("depth.py", DEPTH)
    project.jobs(f"{PYTHON} depth.py depth-1.txt\n")
    assert project.run("--verify-warm", "-j1").code == 0
    project.jobs(f"{PYTHON} depth.py depth-1.txt\n{PYTHON} depth.py depth-2.txt\n")
    result = project.run("--warm=auto", "-j1")
    assert result.code == 0, str(result)
    assert warm_commands(project) == set() and verdicts(project) == {1: "differs"}
    assert project.read("depth-1.txt") == project.read("depth-2.txt")


def start_with_a_trial_that_waits(project):
    gate = project.gate("middle")
    project.write("wait.py", "import subprocess\nsubprocess.run(['wait-at', 'middle'], check=True)\n")
    project.jobs(f"{PYTHON} wait.py\n")
    running = project.start_run("--verify-warm", "-j1")
    gate.await_arrival()
    return running


def test_a_killed_shoal_leaves_no_trial(project):
    running = start_with_a_trial_that_waits(project)
    running.kill()
    project.await_quiet()


def test_a_trial_is_stopped_as_its_command_would_be(project):
    running = start_with_a_trial_that_waits(project)
    running.terminate()
    result = running.wait()
    assert result.code == 143 and verdicts(project) == {}, str(result)
    project.await_quiet()


def test_with_a_broker_or_cold_starts_it_is_refused(project):
    project.jobs("true\n")
    result = project.run("--verify-warm", "--warm=off")
    assert result.code == 2 and "--verify-warm: has no meaning with --warm=off" in result.err, str(result)
    result = project.run("--verify-warm", "--broker=amqp://localhost")
    assert result.code == 2 and "--verify-warm: has no meaning with --broker" in result.err, str(result)
