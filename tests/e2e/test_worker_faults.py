"""Workers that are killed and frozen, and connections that break under them."""

import os
import random

import pytest
from support.cluster import Cluster
from support.project import Running
from support.waiting import wait_until


def test_a_killed_workers_command_runs_again_elsewhere(cluster: Cluster) -> None:
    project = cluster.project
    gate = project.gate("middle")
    project.jobs("tick A; echo a >a.txt; wait-at middle; echo b >>a.txt\n")
    victim = cluster.ready_worker()
    tasker = cluster.tasker(lease="10m")  # nobody waits for that: the guardian ends the lease
    gate.await_arrival()
    heir = cluster.ready_worker()
    victim.kill()
    gate.abandon()
    gate.await_arrival(timeout=30)
    gate.open()
    result = tasker.wait()
    assert result.code == 0, str(result)
    assert project.ticks() == ["A", "A"]
    assert project.read("a.txt") == "a\nb\n"
    assert heir.wait().code == 0, heir.err
    project.await_quiet()


def test_workers_killed_every_second_lose_nothing(cluster: Cluster) -> None:
    project = cluster.project
    names = [f"n{number}" for number in range(100)]
    short, longer = names[:50], names[50:]
    project.jobs(
        "mkdir -p out\n"
        + "".join(f"tick {name}; echo {name} >>out/{name}.txt\n" for name in short)
        + "".join(f"tick {name}; echo {name} >>out/{name}.txt; alone {name} 0.2\n" for name in longer)
        + "cat out/*.txt >all.txt\n"
    )
    tasker = cluster.tasker()
    workers = [cluster.worker(slots=2) for _ in range(3)]
    killed = 0
    while not tasker.ends_within(1):
        workers.pop(0).kill()
        killed += 1
        workers.append(cluster.worker(slots=2))
    result = tasker.wait()
    assert result.code == 0, str(result)
    assert killed >= 2
    assert sorted(project.read("all.txt").split()) == sorted(names)
    assert set(project.ticks()) == set(names), "no two of a command, and none forgotten"
    for worker in workers:
        worker.kill()
    project.await_quiet()


def test_a_frozen_workers_command_is_stopped_and_runs_elsewhere(cluster: Cluster) -> None:
    """The worker is frozen, its command is not: its guardian stops it when the lease ends."""
    project = cluster.project
    gate = project.gate("middle")
    project.jobs("tick A; wait-at middle; echo a >>a.txt\ntick B; echo b >b.txt\n")
    frozen = cluster.ready_worker()
    tasker = cluster.tasker()
    gate.await_arrival()
    frozen.freeze()
    gate.abandon()
    wait_until(lambda: not any("wait-at" in line for line in project.processes().values()), "the command is stopped")
    heir = cluster.ready_worker()
    cluster.broker.close_connections()  # as the broker does when it misses heartbeats
    gate.await_arrival()
    frozen.go_on()
    frozen.await_said("lease is lost")
    gate.open()
    result = tasker.wait()
    assert result.code == 0, str(result)
    assert project.read("a.txt") == "a\n"
    assert project.ticks().count("A") == 2 and project.ticks().count("B") == 1
    for worker in (frozen, heir):
        assert worker.wait().code == 0, worker.err


def test_a_worker_frozen_for_less_than_its_lease_goes_on(cluster: Cluster) -> None:
    project = cluster.project
    gate = project.gate("middle")
    project.jobs("tick A; wait-at middle; echo a >>a.txt\n")
    worker = cluster.ready_worker()
    tasker = cluster.tasker(lease="10m")
    gate.await_arrival()
    worker.freeze()
    cluster.broker.close_connections()
    worker.go_on()
    gate.open()
    assert tasker.wait().code == 0, tasker.err
    assert project.ticks() == ["A"] and project.read("a.txt") == "a\n"


class Trouble:
    """Does bad things to workers and their connections."""

    def __init__(self, cluster: Cluster, seed: int):
        self._cluster = cluster
        self._random = random.Random(seed)
        self.workers = [cluster.worker(slots=2) for _ in range(3)]
        self._frozen: Running | None = None
        self.happened = 0

    def make(self) -> None:
        kinds = [self._kill, self._kill, self._close_connections, self._freeze_or_go_on]
        self._random.choice(kinds)()
        self.happened += 1

    def _kill(self) -> None:
        victim = self._random.choice([worker for worker in self.workers if worker is not self._frozen])
        self.workers.remove(victim)
        victim.kill()
        self.workers.append(self._cluster.worker(slots=2))

    def _close_connections(self) -> None:
        self._cluster.broker.close_connections()

    def _freeze_or_go_on(self) -> None:
        if self._frozen:
            self._frozen.go_on()
            self._frozen = None
        else:
            self._frozen = self._random.choice(self.workers)
            self._frozen.freeze()

    def end(self) -> None:
        for worker in self.workers:
            worker.kill()


@pytest.mark.parametrize("seed", [int(word) for word in os.environ.get("SHOAL_TROUBLE_SEEDS", "11").split()])
def test_two_workers_never_run_one_command_at_once(cluster: Cluster, seed: int) -> None:
    project = cluster.project
    names = [f"n{number}" for number in range(40)]
    project.jobs("".join(f"tick {name}; alone {name} 1; echo {name} >>{name}.txt\n" for name in names))
    tasker = cluster.tasker()
    trouble = Trouble(cluster, seed)
    while not tasker.ends_within(0.7):
        trouble.make()
    trouble.end()
    result = tasker.wait()
    assert result.code == 0, str(result)
    assert trouble.happened >= 5
    assert set(project.ticks()) == set(names), "two-of-NAME: both ran at once"
    assert [project.read(f"{name}.txt") for name in names] == [f"{name}\n" for name in names]
    project.await_quiet()
