"""Workers of two sizes: what needs more memory goes to the large ones."""

from pathlib import Path

import pytest

from support.cluster import Cluster
from support.processes import kill_hard, parent_of
from support.project import TOOL_ROWS, Running
from support.waiting import wait_until
from test_memory import HUNGRY, own_counters  # noqa: F401 (a fixture)


def kill_all_at_once(worker: Running) -> None:
    """As the kernel does with a container that has no memory left: the worker, its
    guardian and its command, so that none of them learns of another's end."""
    worker.freeze()
    for pid in [int(each.name) for each in Path("/proc").glob("[0-9]*")]:
        if parent_of(pid) == worker.pid:
            kill_hard(pid)
    worker.kill()


def worker_of(cluster: Cluster, command: int) -> list[str]:
    """Which worker ran each of its attempts, without what is random in its name."""
    return [end.get("worker", "") for end in cluster.ends() if end["c"] == command]


def test_what_asks_for_more_memory_than_the_small_ones_have_goes_to_a_large_one(cluster: Cluster) -> None:
    project = cluster.project
    project.jobs("tick A\n#shoal: mem=1G\ntick B\n#shoal: mem=50M\ntick C\n")
    small = cluster.ready_worker("--memory", "100M")
    large = cluster.ready_worker("--memory", "2G", "--class", "large")
    result = cluster.tasker().wait()
    assert result.code == 0, str(result)
    (of_a,), (of_b,), (of_c,) = (worker_of(cluster, command) for command in (1, 2, 3))
    assert of_a == of_c != of_b
    assert small.wait().code == 0 and large.wait().code == 0


@pytest.mark.mounts
def test_what_died_of_memory_is_tried_again_on_a_large_one(cluster: Cluster, own_counters) -> None:  # noqa: F811
    project = cluster.project
    project.tool("hungry", HUNGRY)
    project.write(".shoal/commands.toml", TOOL_ROWS + '[[command]]\nprogram = ["hungry"]\nrest = {}\n')
    project.jobs("#shoal: mem=60M\nhungry\n")
    small = project.start("worker", "--broker", cluster.broker.url, "-j1", "--memory", "100M", under=own_counters)
    large = cluster.ready_worker("--memory", "2G", "--class", "large")
    small.await_said("connected to")
    result = cluster.tasker().wait()
    assert result.code == 0, str(result)
    assert [end["class"] for end in cluster.ends()] == ["out_of_memory", "ok"]
    first, second = worker_of(cluster, 1)
    assert first != second
    assert small.wait().code == 0 and large.wait().code == 0


def test_what_was_lost_twice_with_its_worker_is_tried_again_on_a_large_one(cluster: Cluster) -> None:
    project = cluster.project
    gate = project.gate("A")
    project.jobs("wait-at A\n")

    small = cluster.ready_worker("--memory", "100M")
    large = cluster.ready_worker("--memory", "2G", "--class", "large")
    tasker = cluster.tasker()
    for losses in (1, 2):
        gate.await_arrival()
        another = cluster.ready_worker("--memory", "100M")
        kill_all_at_once(small)
        gate.abandon()
        wait_until(lambda: len(cluster.ends()) == losses, "the attempt is lost")
        small = another
    gate.await_arrival()
    gate.open()
    result = tasker.wait()
    assert result.code == 0, str(result)
    assert [end["class"] for end in cluster.ends()] == ["lost", "lost", "ok"]
    assert large.wait().code == 0 and small.wait().code == 0


def test_without_large_workers_it_is_tried_where_there_is_room(cluster: Cluster) -> None:
    project = cluster.project
    project.jobs("#shoal: mem=1G\ntick A\n")
    worker = cluster.ready_worker("--memory", "100M")
    assert cluster.tasker().wait().code == 0
    assert project.ticks() == ["A"] and worker.wait().code == 0


def test_commands_that_only_a_large_one_may_take_are_told_of(cluster: Cluster) -> None:
    project = cluster.project
    gate = project.gate("A")
    project.jobs("#shoal: mem=1G\nwait-at A\n" + "#shoal: mem=1G\ntick B\n")
    small = cluster.ready_worker("--memory", "100M")
    large = cluster.ready_worker("--memory", "2G", "--class", "large")
    tasker = cluster.tasker()
    gate.await_arrival()
    large.kill()
    cluster.await_messages("tasks.large", 2)
    tasker.await_said("wait for a worker of the class large")
    gate.abandon()
    second = cluster.ready_worker("--memory", "2G", "--class", "large")
    gate.await_arrival()
    gate.open()
    assert tasker.wait().code == 0, tasker.err
    wait_until(lambda: not second.alive() and not small.alive(), "the workers leave")
    assert project.ticks() == ["B"]
