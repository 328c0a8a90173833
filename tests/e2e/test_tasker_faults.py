"""Taskers that are killed, stopped and asked to end, and runs that go on afterwards."""

from collections import Counter
from signal import SIGTERM

import pytest

from support.cluster import Cluster
from support.project import Running

NAMES = "ABCDE"
GATED = "".join(f"tick {name}; wait-at {name}; echo {name} >>{name}.txt\n" for name in NAMES)


def assert_each_ran_once(cluster: Cluster) -> None:
    project = cluster.project
    assert Counter(project.ticks()) == dict.fromkeys(NAMES, 1)
    assert [project.read(f"{name}.txt") for name in NAMES] == [f"{name}\n" for name in NAMES]


class Gated:
    """A run of five commands, each of which waits at its gate; two run at a time."""

    def __init__(self, cluster: Cluster):
        self.cluster = cluster
        self.gates = {name: cluster.project.gate(name) for name in NAMES}
        cluster.project.jobs(GATED)
        self.workers = [cluster.ready_worker() for _ in range(2)]
        self.tasker = cluster.tasker()
        self.await_at("AB")

    def await_at(self, names: str) -> None:
        for name in names:
            self.gates[name].await_arrival()

    def open(self, names: str) -> None:
        for name in names:
            self.gates[name].open()

    def assert_finishes(self, tasker: Running) -> None:
        self.open(NAMES)
        result = tasker.wait()
        assert result.code == 0, str(result)
        for worker in self.workers:
            assert worker.wait().code == 0, worker.err
        assert not self.cluster.queues()
        self.cluster.project.await_quiet()


@pytest.fixture
def gated(cluster: Cluster) -> Gated:
    return Gated(cluster)


@pytest.mark.parametrize("how", ["killed", "asked to end"])
def test_workers_go_on_without_a_tasker_and_the_next_one_takes_in_what_they_did(gated: Gated, how: str) -> None:
    if how == "killed":
        gated.tasker.kill()
    else:
        gated.tasker.terminate()
        result = gated.tasker.wait()
        assert result.code == 143, str(result)
    gated.open("AB")
    gated.await_at("CD")
    gated.open("C")
    gated.await_at("E")  # so the results of A, B and C are at the broker
    tasker = gated.cluster.tasker()
    gated.assert_finishes(tasker)
    assert_each_ran_once(gated.cluster)


def test_a_tasker_killed_again_and_again_runs_everything_once(cluster: Cluster) -> None:
    project = cluster.project
    names = [f"n{number}" for number in range(60)]
    project.jobs("".join(f"tick {name}; echo {name} >>{name}.txt; sleep 0.1\n" for name in names) + "cat n*.txt >all.txt\n")
    workers = [cluster.worker(slots=2) for _ in range(2)]
    for _ in range(5):
        cluster.tasker().wait_or_kill(0.8)
    result = cluster.tasker().wait()
    assert result.code == 0, str(result)
    assert Counter(project.ticks()) == dict.fromkeys(names, 1)
    assert sorted(project.read("all.txt").split()) == sorted(names)
    for worker in workers:
        assert worker.wait().code == 0, worker.err


def test_tasker_and_workers_killed_together_lose_nothing(gated: Gated) -> None:
    for process in (*gated.workers, gated.tasker):
        process.kill()
    for name in "AB":
        gated.gates[name].abandon()
    gated.workers = [gated.cluster.ready_worker()]
    gated.assert_finishes(gated.cluster.tasker())
    assert Counter(gated.cluster.project.ticks()) == {"A": 2, "B": 2, "C": 1, "D": 1, "E": 1}


def test_ctrl_c_lets_what_runs_finish_and_begins_nothing_more(gated: Gated) -> None:
    gated.tasker.interrupt()
    gated.open("AB")
    result = gated.tasker.wait()
    assert result.code == 130, str(result)
    assert sorted(gated.cluster.project.ticks()) == ["A", "B"]
    gated.assert_finishes(gated.cluster.tasker())
    assert_each_ran_once(gated.cluster)


def stop_by_ctrl_c(gated: Gated) -> None:
    gated.tasker.interrupt()
    gated.tasker.interrupt()


def stop_by_cancel(gated: Gated) -> None:
    gated.cluster.cancel()


@pytest.mark.parametrize("stop", [stop_by_ctrl_c, stop_by_cancel])
def test_a_cancelled_run_stops_its_commands_and_can_be_continued(gated: Gated, stop) -> None:
    stop(gated)
    result = gated.tasker.wait()
    assert result.code == 130, str(result)
    running = [line for line in gated.cluster.project.processes().values() if "wait-at" in line]
    assert not running, "what ran is stopped when the run says that it is over"
    for name in "AB":
        gated.gates[name].abandon()
    gated.assert_finishes(gated.cluster.tasker())
    assert Counter(gated.cluster.project.ticks()) == {"A": 2, "B": 2, "C": 1, "D": 1, "E": 1}


def test_a_request_to_stop_dies_with_the_tasker_that_did_not_hear_it(gated: Gated) -> None:
    gated.tasker.freeze()
    (gated.cluster.run_folder() / "cancel").write_text("cancel\n")
    gated.tasker.kill()
    gated.open("AB")
    gated.assert_finishes(gated.cluster.tasker())
    assert_each_ran_once(gated.cluster)


def test_a_second_tasker_of_one_run_is_refused(gated: Gated) -> None:
    second = gated.cluster.tasker().wait()
    assert second.code == 3, str(second)
    assert "run" in second.err and str(gated.tasker.pid) in second.err, str(second)
    gated.assert_finishes(gated.tasker)
    assert_each_ran_once(gated.cluster)


def assert_waits_for_two(session: Running) -> None:
    session.await_said("Waits until workers have ended 2 of this run's commands")


def test_what_workers_still_run_is_not_run_here_at_the_same_time(gated: Gated) -> None:
    project = gated.cluster.project
    gated.tasker.kill()
    here = project.start_run()
    assert_waits_for_two(here)
    here.terminate()
    assert here.wait().code == -SIGTERM

    project.jobs("tick new; echo new >new.txt\n" + GATED.replace("echo A", "echo changed"))
    edited = gated.cluster.tasker()
    assert_waits_for_two(edited)
    edited.terminate()
    assert edited.wait().code == -SIGTERM
    assert "new" not in project.ticks()

    project.jobs(GATED)
    gated.assert_finishes(gated.cluster.tasker())
    assert_each_ran_once(gated.cluster)


def test_what_workers_ran_is_run_here_when_they_have_ended(gated: Gated) -> None:
    gated.tasker.kill()
    here = gated.cluster.project.start_run()
    assert_waits_for_two(here)
    gated.open(NAMES)
    result = here.wait()
    assert result.code == 0, str(result)
    assert Counter(gated.cluster.project.ticks()) == {"A": 2, "B": 2, "C": 1, "D": 1, "E": 1}


def test_a_jobs_file_edited_while_nothing_runs_goes_on_with_what_it_says_now(gated: Gated) -> None:
    project = gated.cluster.project
    gated.tasker.kill()
    for worker in gated.workers:
        worker.terminate()  # with work of the old file still in the queue
    gated.open(NAMES)
    for worker in gated.workers:
        assert worker.wait().code == 143, worker.err
    project.jobs("tick new; echo new >new.txt\n" + GATED.replace("echo E", "echo changed"))
    gated.workers = [gated.cluster.ready_worker()]
    gated.assert_finishes(gated.cluster.tasker())
    assert project.read("new.txt") == "new\n" and project.read("E.txt") == "changed\n"
    assert [project.read(f"{name}.txt") for name in "ABCD"] == [f"{name}\n" for name in "ABCD"]
