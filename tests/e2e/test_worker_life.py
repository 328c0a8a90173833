"""When workers come, stay and leave."""

from collections import Counter

import pytest

from support.broker import Broker
from support.cluster import Cluster

LINE = "tick {0}; wait-at {0}; echo {0} >>{0}.txt\n"


def test_a_worker_asked_to_leave_finishes_its_command_and_takes_no_more(cluster: Cluster) -> None:
    project = cluster.project
    gates = {name: project.gate(name) for name in "AB"}
    project.jobs(LINE.format("A") + LINE.format("B"))
    first = cluster.ready_worker()
    tasker = cluster.tasker()
    gates["A"].await_arrival()
    first.terminate()
    first.await_said("takes no more")
    gates["A"].open()
    assert first.wait().code == 143, first.err
    assert project.ticks() == ["A"]
    second = cluster.worker()
    gates["B"].open()
    assert tasker.wait().code == 0, tasker.err
    assert project.ticks() == ["A", "B"] and "B" not in first.out
    assert second.wait().code == 0, second.err


@pytest.mark.parametrize("how", ["grace", "second signal"])
def test_a_worker_that_may_not_wait_gives_its_command_to_another(cluster: Cluster, how: str) -> None:
    project = cluster.project
    gate = project.gate("A")
    project.jobs(LINE.format("A"))
    first = cluster.ready_worker("--grace", "1s" if how == "grace" else "1h")
    tasker = cluster.tasker(lease="10m")
    gate.await_arrival()
    heir = cluster.ready_worker()
    first.terminate()
    if how == "second signal":
        first.await_said("takes no more")
        first.terminate()
    assert first.wait().code == 143, first.err
    gate.abandon()
    gate.await_arrival(timeout=30)
    gate.open()
    result = tasker.wait()
    assert result.code == 0, str(result)
    assert project.ticks() == ["A", "A"] and project.read("A.txt") == "A\n"
    assert heir.wait().code == 0, heir.err
    project.await_quiet()


def test_a_worker_leaves_after_it_was_idle_for_long_enough(cluster: Cluster) -> None:
    project = cluster.project
    gate = project.gate("A")
    project.jobs(LINE.format("A"))
    tasker = cluster.tasker()
    busy = cluster.worker("--idle-exit", "1s")
    gate.await_arrival()
    idle = cluster.worker("--idle-exit", "1s")
    assert idle.wait().code == 0, idle.err
    assert busy.alive(), "it runs a command"
    gate.open()
    assert tasker.wait().code == 0, tasker.err
    assert busy.wait().code == 0, busy.err


def test_a_worker_that_comes_after_the_run_of_its_crew_leaves(cluster: Cluster) -> None:
    cluster.project.jobs("tick A\n")
    first = cluster.worker("--crew", "job-1")
    assert cluster.tasker().wait().code == 0
    assert first.wait().code == 0, first.err
    of_another_crew = cluster.ready_worker("--crew", "job-2")
    late = cluster.ready_worker("--crew", "job-1")
    assert late.wait().code == 0, late.err
    assert "its run is finished" in late.err
    assert of_another_crew.alive(), of_another_crew.err
    assert cluster.tasker("--fresh").wait().code == 0
    assert of_another_crew.wait().code == 0, of_another_crew.err


def test_a_worker_of_a_crew_whose_run_is_done_already_leaves(cluster: Cluster) -> None:
    cluster.project.jobs("tick A\n")
    assert cluster.run().code == 0
    first = cluster.ready_worker("--crew", "job-1")
    assert cluster.tasker().wait().code == 0
    late = cluster.ready_worker("--crew", "job-1")
    for worker in (first, late):
        assert worker.wait().code == 0, worker.err
    assert cluster.project.ticks() == ["A"]


def test_a_worker_that_is_to_stay_serves_the_next_run(cluster: Cluster) -> None:
    cluster.project.jobs("tick A\n")
    worker = cluster.worker("--keep")
    assert cluster.tasker().wait().code == 0
    assert cluster.tasker("--fresh").wait().code == 0
    assert cluster.project.ticks() == ["A", "A"]
    assert worker.alive()
    worker.terminate()
    assert worker.wait().code == 143, worker.err


def test_a_worker_may_start_before_the_broker_and_so_may_the_tasker(project, make_broker) -> None:
    broker: Broker = make_broker()
    broker.kill()
    cluster = Cluster(project, broker)
    project.jobs("tick A\n")
    worker = cluster.worker()
    worker.await_said("waits for the broker")
    tasker = cluster.tasker()
    tasker.await_said("waits for it")
    broker.start()
    result = tasker.wait()
    assert result.code == 0, str(result)
    assert worker.wait().code == 0, worker.err
    assert Counter(project.ticks()) == {"A": 1}


def test_a_worker_of_another_folder_says_so_and_takes_no_part(cluster: Cluster, make_project) -> None:
    elsewhere = make_project("elsewhere")
    stranger = elsewhere.start("worker", "--broker", cluster.broker.url, "--idle-exit", "1h")
    stranger.await_said("connected to")
    cluster.project.jobs("tick A\n")
    tasker = cluster.tasker()
    stranger.await_said("works in another folder")
    assert not cluster.project.ticks()
    worker = cluster.worker()
    assert tasker.wait().code == 0, tasker.err
    assert worker.wait().code == 0, worker.err
    assert cluster.run_folder().name in stranger.err
    stranger.terminate()
    assert stranger.wait().code == 143
