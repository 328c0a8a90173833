"""shoal split and shoal sweep: other ways to run what shoal knows."""

import os
import random
import shutil
import subprocess

import pytest

from support.project import Project
from support.trees import differences
from test_differential import ProgramWriter

ROUNDS = int(os.environ.get("SHOAL_TEST_ROUNDS", "1"))

# What stands in for a simulation: the table only looks at its words.
SIMULATE = """#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
echo "$SEED" >"$out"
"""

# What stands in for Makita: writes a jobs file into the folder in which it runs.
MAKER = """#!/bin/sh
tick "$PWD"
case "$*" in *bad*) echo "no such model" >&2; exit 0;; esac
echo "mkdir out" >jobs.sh
echo "echo $* > out/settings.txt" >>jobs.sh
"""


def run_parts(project: Project, seed: int) -> None:
    """As the user of another tool would: the middle in any order."""
    def bash(*words: str) -> None:
        subprocess.run(["bash", *words], cwd=project.folder, env=project.environment, check=False,
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    bash("jobs.sh.part1")
    middle = project.read("jobs.sh.part2").splitlines()
    random.Random(seed).shuffle(middle)
    for line in middle:
        bash("-c", line)
    bash("jobs.sh.part3")
    for part in "123":
        (project.folder / f"jobs.sh.part{part}").unlink()


class StudyWriter(ProgramWriter):
    """Programs some of whose lines are simulations."""

    def _fresh(self) -> str:
        if self._random.random() < 0.5:
            return super()._fresh()
        return f"asreview simulate data.csv -o {self._target()}"


@pytest.mark.parametrize("seed", range(10 * ROUNDS))
def test_the_three_parts_leave_the_files_of_bash(make_project, seed: int) -> None:
    text = "export SEED=3\n" + StudyWriter(seed, sound=seed % 2 == 0).write()
    serial = make_project("serial")
    serial.tool("asreview", SIMULATE)
    serial.jobs(text)
    serial.bash()
    parts = make_project("parts")
    parts.tool("asreview", SIMULATE)
    parts.jobs(text)
    result = parts.shoal("split", "jobs.sh")
    assert result.code == 0, str(result)
    run_parts(parts, seed)
    assert differences(serial.folder, parts.folder) == [], text


def test_split_says_how_to_go_on_and_what_it_could_not_take_apart(project: Project) -> None:
    project.jobs("mkdir a\nasreview simulate d -o a/x\neval true\nasreview metrics a/x -o a/y\n")
    result = project.shoal("split", "jobs.sh")
    assert result.code == 0, str(result)
    assert "parallel < jobs.sh.part2" in result.out and "From line 3 on" in result.out
    assert project.shoal("split", "jobs.sh").code == 0


def test_split_overwrites_no_file_of_the_user(project: Project) -> None:
    project.jobs("true\n")
    project.write("jobs.sh.part1", "mine\n")
    result = project.shoal("split", "jobs.sh")
    assert result.code == 2 and "jobs.sh.part1" in result.err, str(result)
    assert project.read("jobs.sh.part1") == "mine\n"


def test_a_sweep_makes_a_project_for_each_setting_and_runs_them_all(project: Project) -> None:
    project.tool("maker", MAKER)
    project.write("args.txt", "# models\n-m nb\n\n-m 'logistic' -e tfidf\n")
    result = project.shoal("sweep", "args.txt", "--", "maker", "template", "{settings}")
    assert result.code == 0, str(result)
    assert "2 projects" in result.out and "shoal run sweep.sh" in result.out
    assert project.shoal("run", "sweep.sh").code == 0
    assert project.read("-m_nb/out/settings.txt") == "template -m nb\n"
    assert project.read("-m__logistic__-e_tfidf/out/settings.txt") == "template -m logistic -e tfidf\n"


def test_a_sweep_that_is_made_already_is_left_as_it_is(project: Project) -> None:
    project.tool("maker", MAKER)
    project.write("args.txt", "-m nb\n")
    command = ("sweep", "args.txt", "--", "maker", "{settings}")
    assert project.shoal(*command).code == 0
    before = os.stat(project.folder / "sweep.sh").st_mtime_ns
    assert project.shoal(*command).code == 0
    assert len(project.ticks()) == 1
    assert os.stat(project.folder / "sweep.sh").st_mtime_ns == before
    assert project.shoal("sweep", "--again", *command[1:]).code == 0
    assert len(project.ticks()) == 2


def test_a_setting_more_makes_nothing_run_again(project: Project) -> None:
    project.tool("maker", MAKER)
    command = ("sweep", "args.txt", "--", "maker", "{settings}")
    project.write("args.txt", "-m nb\n-m svm\n")
    assert project.shoal(*command).code == 0
    assert project.shoal("run", "sweep.sh").code == 0
    project.write("args.txt", "-m rf\n-m svm\n-m nb\n")
    assert project.shoal(*command).code == 0
    result = project.shoal("run", "sweep.sh")
    assert result.code == 0 and "2 of 6" not in result.err, str(result)
    report = project.shoal("report", "--joblog")
    assert len(report.out.splitlines()) == 1 + 6, report.out


def test_a_project_that_cannot_be_made_is_named(project: Project) -> None:
    project.tool("maker", MAKER)
    project.write("args.txt", "-m nb\n-m bad\n")
    result = project.shoal("sweep", "args.txt", "--", "maker", "{settings}")
    assert result.code == 2, str(result)
    assert "args.txt:2" in result.err and "no such model" in result.err
    assert not project.has("sweep.sh")
    project.write("args.txt", "-m nb\n-m good\n")
    assert project.shoal("sweep", "args.txt", "--", "maker", "{settings}").code == 0


def test_a_sweep_says_what_it_lacks(project: Project) -> None:
    project.write("args.txt", "-m nb\n")
    assert "behind --" in project.shoal("sweep", "args.txt").err
    assert project.shoal("sweep", "none.txt", "--", "true").code == 2
    result = project.shoal("sweep", "args.txt", "--", "no-such-program")
    assert result.code == 2 and "no-such-program" in result.err
    project.write("sweep.sh", "mine\n")
    project.tool("maker", MAKER)
    result = project.shoal("sweep", "args.txt", "--", "maker")
    assert result.code == 2 and "--output" in result.err
    assert project.read("sweep.sh") == "mine\n"


def test_jobs_files_of_several_folders_are_joined(make_project) -> None:
    """The state of one is not that of the next."""
    def fill(project: Project) -> None:
        project.write("one/jobs.sh", "X=1\nmkdir out\necho $X > out/x\n")
        project.write("two/jobs.sh", "mkdir out\necho x$X > out/x\ncat out/x > out/y\n")
    joined = make_project("joined")
    fill(joined)
    result = joined.shoal("sweep", "--jobs", "one/jobs.sh", "two/jobs.sh", "-o", "all.sh")
    assert result.code == 0, str(result)
    assert joined.shoal("run", "all.sh", "-j4").code == 0
    serial = make_project("serial")
    fill(serial)
    shutil.copy(joined.folder / "all.sh", serial.folder / "all.sh")
    for name in ("one", "two"):
        subprocess.run(["bash", "jobs.sh"], cwd=serial.folder / name, check=True)
    assert differences(serial.folder, joined.folder) == []
    assert joined.read("two/out/y") == "x\n"
