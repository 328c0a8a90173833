"""The same runs through a broker: shoal run --broker and shoal worker."""

import sys
from collections import Counter

from support.cluster import Cluster
from support.project import Project
from support.trees import differences
from support.waiting import wait_until

CHAIN = """mkdir -p out
for i in 1 2 3; do echo $i >out/$i.txt; done
cat out/1.txt out/2.txt out/3.txt >all.txt
wc -l <all.txt >count.txt
"""

SHELL = """export GREETING=hello
umask 027
greet() { echo "$GREETING $1"; }
mkdir -p a/b
greet you >a/you.txt
cd a/b
pwd -P | sed 's,.*/,,' >where.txt
for i in 1 2 3; do echo "$i" >>list.txt; done
echo four >>list.txt
eval "LATE=$(wc -l <list.txt)"
echo "$LATE $GREETING" >late.txt
cd ..
cat b/list.txt you.txt >both.txt
sh -c 'exit 3'
echo "status $?" >status.txt
cat absent.txt >copy.txt
unset GREETING
greet nobody >>you.txt
"""


def test_a_run_through_workers_leaves_what_bash_leaves(cluster: Cluster) -> None:
    cluster.project.jobs(CHAIN)
    workers = [cluster.worker() for _ in range(2)]
    result = cluster.tasker().wait()
    assert result.code == 0, result
    assert cluster.project.read("count.txt").split() == ["3"]
    for worker in workers:
        assert worker.wait().code == 0, worker.err
    assert not cluster.queues()


def test_lines_of_the_shell_mean_on_workers_what_they_mean_in_bash(cluster: Cluster, make_project) -> None:
    serial: Project = make_project("serial")
    serial.jobs(SHELL)
    serial.bash()
    cluster.project.jobs(SHELL)
    workers = [cluster.worker(slots=2) for _ in range(2)]
    result = cluster.tasker().wait()
    assert result.code == 1, str(result)  # the two that fail
    assert not differences(serial.folder, cluster.project.folder)
    assert (cluster.project.folder / "a/you.txt").stat().st_mode & 0o777 == 0o640
    for worker in workers:
        assert worker.wait().code == 0, worker.err


def test_python_commands_start_warm_on_workers(cluster: Cluster) -> None:
    cluster.project.write("use.py", "import colorsys, sys\nprint(colorsys.__name__, *sys.argv[1:])\n")
    cluster.project.jobs("".join(f"{sys.executable} use.py {n} >out-{n}.txt\n" for n in range(4)))
    worker = cluster.worker()
    result = cluster.tasker().wait()
    assert result.code == 0 and "4 commands started warm" in result.err, str(result)
    assert all("warm" in end for end in cluster.ends())
    assert [cluster.project.read(f"out-{n}.txt") for n in range(4)] == [f"colorsys {n}\n" for n in range(4)]
    assert worker.wait().code == 0, worker.err
    assert "+colorsys" in next(cluster.project.folder.glob(".shoal/warm/*.modules")).read_text()


def test_failures_on_workers_are_results(cluster: Cluster) -> None:
    project = cluster.project
    project.jobs(
        "tick A && echo a >>a.txt\nsh -c 'echo told you so; exit 7'\ncp absent.txt made.txt\ncp made.txt copy.txt\n"
        "sh -c 'kill -9 $$'\nno-such-program\ntick B\n"
    )
    result = cluster.run()
    assert result.code == 1, str(result)
    assert sorted(project.ticks()) == ["A", "B"]
    for word in ("7", "told you so", "shoal logs 2", "skipped", "made.txt", "127"):
        assert word in result.err, f"{word} in {result}"
    ends = {end["c"]: end for end in cluster.ends()}
    assert [ends[number]["class"] for number in (1, 2, 3, 5, 6)] == ["ok", "failed", "failed", "killed", "failed"]
    project.write("absent.txt", "here now\n")
    assert cluster.run().code == 1
    assert project.read("copy.txt") == "here now\n"
    assert project.ticks().count("A") == 1, "what is done does not run again"


def test_logs_and_joblog_show_the_workers_output_and_name(cluster: Cluster) -> None:
    project = cluster.project
    project.jobs("echo from the first\nsh -c 'echo to stderr >&2; exit 5'\n")
    assert cluster.run().code == 1
    assert project.shoal("logs", "1").out == "from the first\n"
    assert project.shoal("logs", "2").out == "to stderr\n"
    rows = [row.split("\t") for row in project.shoal("report", "--joblog").out.splitlines()[1:]]
    (name,) = {end["worker"] for end in cluster.ends()}
    assert {row[1] for row in rows} == {name}
    assert [row[6] for row in rows] == ["0", "5"]


def test_logs_follow_a_command_on_a_worker(cluster: Cluster) -> None:
    project = cluster.project
    gate = project.gate("middle")
    project.jobs("echo before; wait-at middle; echo after\n")
    worker, tasker = cluster.worker(), cluster.tasker()
    gate.await_arrival()
    following = project.start("logs", "-f", "1")
    following.await_shown("before")
    gate.open()
    assert tasker.wait().code == 0, tasker.err
    assert following.wait().out == "before\nafter\n"
    assert worker.wait().code == 0


def test_a_run_with_nothing_to_do_leaves_nothing_at_the_broker(cluster: Cluster) -> None:
    cluster.project.jobs("tick A\n")
    assert cluster.run().code == 0
    again = cluster.tasker().wait()
    assert again.code == 0 and "Nothing to do" in again.err, str(again)
    assert not cluster.queues()


def test_a_worker_may_have_the_folder_under_another_path(cluster: Cluster, namespaces: list[str], tmp_path) -> None:
    project = cluster.project
    project.jobs(CHAIN + "tick A && echo far >far.txt\n")
    (tmp_path / "elsewhere").mkdir()
    there = f'mount --bind "{project.folder}" "{tmp_path}/elsewhere" && cd "{tmp_path}/elsewhere" && exec "$@"'
    worker = project.start(
        "worker", "--broker", cluster.broker.url, "-j2", under=[*namespaces, "sh", "-c", there, "sh"]
    )
    result = cluster.tasker().wait()
    assert result.code == 0, str(result)
    assert worker.wait().code == 0, worker.err
    assert f"in {tmp_path}/elsewhere" in worker.err
    assert project.read("far.txt") == "far\n" and project.read("count.txt").split() == ["3"]
    assert not list((tmp_path / "elsewhere").iterdir()), "only the worker saw the mount"
    assert Counter(project.ticks()) == {"A": 1}


def test_a_worker_may_reach_the_folder_by_a_link(cluster: Cluster, tmp_path) -> None:
    project = cluster.project
    project.jobs("tick A && echo a >a.txt\n")
    (tmp_path / "link").symlink_to(project.folder)
    worker = cluster.worker("-C", str(tmp_path / "link"))
    assert cluster.tasker().wait().code == 0
    assert worker.wait().code == 0, worker.err
    assert project.read("a.txt") == "a\n"


def test_what_travels_with_a_command_that_turns_out_long_goes_to_others(cluster: Cluster) -> None:
    """Those before it are short, so it is taken for a short one, and others come with it."""
    opened, closed = cluster.project.gate("1"), cluster.project.gate("2")
    opened.open()
    cluster.project.jobs("wait-at 1\n" * 200 + "wait-at 2\n" + "wait-at 1\n" * 99)
    first = cluster.ready_worker()
    tasker = cluster.tasker()
    closed.await_arrival()
    second = cluster.ready_worker()
    wait_until(lambda: len(cluster.ends()) == 299, lambda: f"the others end, not {len(cluster.ends())} of them")
    assert {end["worker"] for end in cluster.ends()[-20:]} != {cluster.ends()[0]["worker"]}
    closed.open()
    result = tasker.wait()
    assert result.code == 0, result
    assert max(Counter(end["c"] for end in cluster.ends()).values()) == 1
    for worker in (first, second):
        assert worker.wait().code == 0, worker.err
