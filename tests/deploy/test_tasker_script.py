"""docker/tasker.sh as it is, in a folder of its own, with programs on the PATH
that stand in for asreview and shoal and write down how they were called."""

import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "docker" / "tasker.sh"
EXAMPLE = ROOT / "examples" / "data" / "Coral_Recovery.csv"

# As Makita 1.1: it copies the data, and ends with 0 even where it fails.
ASREVIEW = r"""#!/usr/bin/env bash
echo "asreview $*" >>"$CALLS"
[[ -z ${MAKITA_FAILS:-} ]] || { echo "ERROR: no such template"; exit 0; }
while (($#)); do
  case $1 in --data-folder) data=$2 ;; esac
  shift
done
mkdir -p data scripts output
cp "$data"/*.csv data/
echo 'print("plot")' >scripts/get_plot.py
echo 'readme' >README.md
for f in data/*.csv; do echo "asreview simulate $f"; done >jobs.sh
"""

SHOAL = r"""#!/usr/bin/env bash
echo "shoal $*" >>"$CALLS"
if [[ $1 == sweep ]]; then
  grep -qvE '^[[:space:]]*(#|$)' "$2" && echo true >sweep.sh
  exit "${SWEEP_ENDS:-0}"
fi
mkdir -p .shoal/runs
echo id >.shoal/folder-id
echo run >>.shoal/runs/journal
echo result >output/result
exit "${RUN_ENDS:-0}"
"""

# Stands before a program: kills the whole pod before or after the Nth call of any.
KILLER = r"""#!/usr/bin/env bash
real=REAL
n=$(($(cat "$COUNT" 2>/dev/null || echo 0) + 1))
echo "$n" >"$COUNT"
if [[ $n == "${KILL_BEFORE:-}" ]]; then kill -KILL 0; fi
"$real" "$@"
code=$?
if [[ $n == "${KILL_AFTER:-}" ]]; then kill -KILL 0; fi
exit $code
"""


class Pod:
    """The tasker's image and volume, in a folder."""

    def __init__(self, folder):
        self.app = folder / "app"
        self.work = self.app / "workdir"
        self.bin = folder / "bin"
        self.calls = folder / "calls"
        self.work.mkdir(parents=True)
        (self.app / "data").mkdir()
        shutil.copy(EXAMPLE, self.app / "data")
        shutil.copy(ROOT / "docker" / "makita-args.txt", self.app)
        self.bin.mkdir()
        self.program("asreview", ASREVIEW)
        self.program("shoal", SHOAL)

    def program(self, name, text):
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def start(self, **environment):
        self.calls.write_text("")
        return subprocess.run(
            ["bash", str(SCRIPT)],
            env={
                "PATH": f"{self.bin}:{os.environ['PATH']}",
                "SHOAL_APP": str(self.app),
                "CALLS": str(self.calls),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
            start_new_session=True,
        )

    def called(self):
        return self.calls.read_text().splitlines()

    def files(self, below="."):
        """Everything on the volume but the script's own notes."""
        folder = self.work / below
        return sorted(
            str(path.relative_to(folder))
            for path in folder.rglob("*")
            if path.is_file() and ".tasker" not in path.parts
        )


@pytest.fixture
def pod(tmp_path):
    return Pod(tmp_path)


RUN = "shoal run jobs.sh --broker env --listen 0.0.0.0:9464"
PROJECT = [
    ".shoal/folder-id",
    ".shoal/runs/journal",
    "README.md",
    "data/Coral_Recovery.csv",
    "jobs.sh",
    "makita-args.txt",
    "output/result",
    "scripts/get_plot.py",
]


def test_the_first_start_makes_a_project_and_runs_it(pod):
    done = pod.start()
    assert done.returncode == 0, done.stderr
    makita, run = pod.called()
    assert makita.startswith("asreview makita template arfi --job-file jobs.sh --platform Linux")
    assert run == RUN
    assert pod.files() == PROJECT
    assert (pod.work / "jobs.sh").read_text() == "asreview simulate data/Coral_Recovery.csv\n"


def test_a_second_start_goes_on(pod):
    pod.start()
    (pod.work / "jobs.sh").write_text("asreview simulate data/Coral_Recovery.csv # edited\n")
    done = pod.start()
    assert pod.called() == [RUN]
    assert "Going on with the project" in done.stdout
    assert "edited" in (pod.work / "jobs.sh").read_text()
    assert (pod.work / ".shoal/runs/journal").read_text() == "run\nrun\n"


def test_after_a_finished_run_workers_get_the_time_to_come(pod):
    """shoal may have nothing left to do, and they must not come when it is gone."""
    waits = "waiting for workers (15 s at most)"
    pod.start()
    assert waits not in pod.start().stdout
    (pod.work / ".shoal/runs/01RUN").mkdir()
    (pod.work / ".shoal/runs/01RUN/finished").touch()
    assert waits in pod.start().stdout
    assert pod.called() == [RUN]
    assert waits not in pod.start(SHOAL_FRESH="1", SHOAL_JOB_UID="a").stdout
    assert pod.called()[-1] == RUN


def test_term_ends_it_while_it_waits_for_workers(pod):
    pod.program("sleep", '#!/usr/bin/env bash\nkill -TERM "$PPID"\nexec "$REAL_SLEEP" 60 >/dev/null 2>&1\n')
    pod.start()
    (pod.work / ".shoal/runs/01RUN").mkdir()
    (pod.work / ".shoal/runs/01RUN/finished").touch()
    assert pod.start(REAL_SLEEP=shutil.which("sleep")).returncode == 143
    assert not pod.called()


def test_the_exit_code_is_that_of_the_run(pod):
    for code in (1, 2, 3, 130):
        assert pod.start(RUN_ENDS=str(code)).returncode == code


def test_files_of_the_user_on_the_volume_are_not_replaced(pod):
    (pod.work / "scripts").mkdir()
    (pod.work / "scripts/get_plot.py").write_text("mine")
    (pod.work / "data").mkdir()
    (pod.work / "data/Mine.csv").write_text("mine")
    done = pod.start()
    assert done.returncode == 0, done.stderr
    assert (pod.work / "scripts/get_plot.py").read_text() == "mine"
    assert pod.files("data") == ["Mine.csv"]
    assert "data/Coral_Recovery.csv on the volume is not the one in the image" in done.stdout


def test_a_project_that_somebody_else_made_is_run(pod):
    (pod.work / "jobs.sh").write_text("echo mine\n")
    (pod.work / "output").mkdir()
    assert pod.start().returncode == 0
    assert pod.called() == [RUN]


def test_settings_make_a_sweep(pod):
    (pod.app / "makita-args.txt").write_text("# two\n\n--classifier nb\n--classifier svm\n")
    (pod.work / "output").mkdir()
    done = pod.start()
    assert done.returncode == 0, done.stderr
    assert pod.called() == [
        "shoal sweep makita-args.txt -- asreview makita template arfi --job-file jobs.sh "
        "--platform Linux --overwrite --data-folder ../data {settings}",
        "shoal run sweep.sh --broker env --listen 0.0.0.0:9464",
    ]


@pytest.mark.parametrize("code, ends", [(1, 2), (2, 2), (3, 3)])
def test_a_sweep_that_fails_ends_the_tasker(pod, code, ends):
    (pod.app / "makita-args.txt").write_text("--classifier nb\n")
    done = pod.start(SWEEP_ENDS=str(code))
    assert done.returncode == ends
    assert "could not be made" in done.stderr
    assert len(pod.called()) == 1


def test_fresh_moves_the_project_aside_once_for_each_job(pod):
    pod.start()
    for job in ("first", "second"):
        earlier = set((pod.work / "earlier").glob("*")) if job == "second" else set()
        old = pod.work / "output/result"
        old.write_text(f"before {job}")
        pod.start(SHOAL_FRESH="1", SHOAL_JOB_UID=job)
        assert pod.called()[-1] == RUN and len(pod.called()) == 2
        # The same Job starts its pod again, twice: it goes on.
        for _ in range(2):
            done = pod.start(SHOAL_FRESH="1", SHOAL_JOB_UID=job)
            assert pod.called() == [RUN]
            assert "made room before" in done.stdout
        (moved,) = set((pod.work / "earlier").glob("*")) - earlier
        assert (moved / "output/result").read_text() == f"before {job}"
        wanted = [each for each in PROJECT if each != ".shoal/folder-id"]
        assert pod.files(moved.relative_to(pod.work)) == wanted
        assert [f for f in pod.files() if not f.startswith("earlier/")] == PROJECT
        if job == "first":
            # Its name has seconds; the next one wants another.
            moved.rename(moved.with_name("2020-01-01_00-00-00"))


def test_workers_know_the_volume_after_fresh_as_before(pod):
    pod.start()
    (pod.work / ".shoal/folder-id").write_text("known to workers\n")
    (pod.work / ".shoal/crews").mkdir()
    (pod.work / ".shoal/crews/job").touch()
    pod.program("shoal", SHOAL.replace("echo id >.shoal/folder-id", ":"))
    pod.start(SHOAL_FRESH="1", SHOAL_JOB_UID="a")
    assert (pod.work / ".shoal/folder-id").read_text() == "known to workers\n"
    assert (pod.work / ".shoal/crews/job").exists()


def test_where_a_run_was_finished_it_waits_for_the_first_worker_that_came_since(pod):
    finished = pod.work / ".shoal/runs/RUN/finished"
    crews = pod.work / ".shoal/crews"
    for path in (crews / "earlier", finished):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    os.utime(crews / "earlier", (0, 0))
    pod.program("shoal", SHOAL.replace('>>"$CALLS"', '$(ls .shoal/crews) >>"$CALLS"', 1))
    worker = threading.Timer(2, (crews / "new").touch)
    worker.start()
    try:
        done = pod.start()
    finally:
        worker.join()
    assert "waiting for workers (300 s at most)" in done.stdout
    assert pod.called()[-1] == f"{RUN} earlier new"


def test_where_a_worker_has_come_since_the_last_run_was_finished_it_begins(pod):
    for name, time in (("runs/RUN/finished", 100), ("runs/OLD/finished", 50), ("crews/job", 200)):
        path = pod.work / ".shoal" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (time, time))
    assert pod.start().returncode == 0  # long before the 300 seconds are over
    assert pod.called()[-1] == RUN


def test_a_first_fresh_start_is_remembered_too(pod):
    pod.start(SHOAL_FRESH="1", SHOAL_JOB_UID="a")
    pod.start(SHOAL_FRESH="1", SHOAL_JOB_UID="a")
    assert pod.called() == [RUN]
    assert not (pod.work / "earlier").exists()


@pytest.mark.parametrize(
    "environment, sentence, code",
    [
        ({"SHOAL_FRESH": "maybe"}, "SHOAL_FRESH is 'maybe'", 2),
        ({"SHOAL_FRESH": "1"}, "SHOAL_FRESH=1 needs SHOAL_JOB_UID", 2),
        ({"SHOAL_WORKDIR": "/nowhere"}, "the shared volume is not mounted", 3),
        ({"MAKITA_FAILS": "1"}, "Makita wrote no jobs.sh", 2),
    ],
)
def test_what_is_wrong_gets_a_sentence(pod, environment, sentence, code):
    done = pod.start(**environment)
    assert sentence in done.stderr
    assert done.returncode == code
    assert RUN not in pod.called()


def test_no_data_gets_a_sentence(pod):
    (pod.app / "data/Coral_Recovery.csv").rename(pod.app / "data/README.md")
    done = pod.start()
    assert done.returncode == 2
    assert "There are no data. Put data sets into docker/data" in done.stderr
    # Data that come with the next image are taken.
    shutil.copy(EXAMPLE, pod.app / "data")
    assert pod.start().returncode == 0


def test_a_volume_that_cannot_be_written_gets_a_sentence(pod):
    (pod.work / ".tasker").write_text("no folder")
    done = pod.start()
    assert done.returncode == 3
    assert "cannot write to the shared volume" in done.stderr


def test_after_a_failure_of_makita_the_next_start_tries_again(pod):
    pod.start(MAKITA_FAILS="1")
    assert pod.start().returncode == 0
    assert pod.files() == PROJECT


def test_term_ends_it_while_it_prepares(pod):
    pod.program("asreview", '#!/usr/bin/env bash\nkill -TERM "$(ps -o ppid= -p $PPID | tr -d " ")"\nsleep 0.2\n')
    assert pod.start().returncode == 143


def killers(pod, tmp_path):
    for name in ("mv", "cp", "mkdir", "rm", "asreview"):
        real = pod.bin / name if name == "asreview" else Path(shutil.which(name))
        if name == "asreview":
            real = real.rename(tmp_path / "asreview-real")
        pod.program(name, KILLER.replace("REAL", str(real)))


@pytest.mark.parametrize("when", ["KILL_BEFORE", "KILL_AFTER"])
@pytest.mark.parametrize("fresh", [False, True])
def test_killed_anywhere_it_goes_on(tmp_path, when, fresh):
    environment = {"SHOAL_FRESH": "1", "SHOAL_JOB_UID": "new"} if fresh else {}
    kills = 0
    for n in range(1, 100):
        folder = tmp_path / str(n)
        pod = Pod(folder)
        if fresh:
            pod.start()
            (pod.work / "output/result").write_text("old")
        killers(pod, folder)
        count = {"COUNT": str(folder / "count")}
        first = pod.start(**environment, **count, **{when: str(n)})
        if first.returncode == 0:
            break  # it had fewer steps than n
        assert first.returncode == -signal.SIGKILL
        kills += 1
        assert pod.start(**environment, COUNT=os.devnull).returncode == 0, n
        left = pod.files()
        if fresh:
            (moved,) = (pod.work / "earlier").iterdir()
            old = pod.files(moved.relative_to(pod.work))
            assert old == [e for e in PROJECT if e != ".shoal/folder-id"], n
            assert (moved / "output/result").read_text() == "old"
            left = [f for f in left if not f.startswith("earlier/")]
        assert left == PROJECT, n
        assert (pod.work / "jobs.sh").read_text() == "asreview simulate data/Coral_Recovery.csv\n"
        # And then it is done: nothing is moved or made any more.
        pod.start(**environment, COUNT=os.devnull)
        assert pod.called() == [RUN], n
    assert kills > (15 if fresh else 8)


def test_half_a_move_is_finished_by_a_job_that_does_not_ask_for_it(tmp_path):
    pod = Pod(tmp_path)
    pod.start()
    killers(pod, tmp_path)
    environment = {"SHOAL_FRESH": "1", "SHOAL_JOB_UID": "gone"}
    killed = pod.start(**environment, COUNT=str(tmp_path / "count"), KILL_AFTER="5")
    assert killed.returncode == -signal.SIGKILL
    assert (pod.work / "jobs.sh").exists() and (pod.work / "earlier").exists()  # in the midst
    assert pod.start(COUNT=os.devnull).returncode == 0
    (moved,) = (pod.work / "earlier").iterdir()
    assert pod.files(moved.relative_to(pod.work)) == [e for e in PROJECT if e != ".shoal/folder-id"]
