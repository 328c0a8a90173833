"""Real ASReview on three workers, while workers, tasker and broker are killed at random."""

import os
import random

import pytest

from support.cluster import Cluster
from support.makita import SMALL_STUDIES, STUDIES
from support.project import Running
from support.studies import StudyShelf, expected_codes
from support.trees import study_differences

pytestmark = pytest.mark.asreview

ROUNDS = int(os.environ.get("SHOAL_TEST_ROUNDS", "1"))
CHAOS_ROUNDS = 2 if ROUNDS == 1 else 20
KILLS = 6


def start_workers(cluster: Cluster) -> list[Running]:
    return [cluster.worker() for _ in range(3)]


@pytest.mark.parametrize("template", STUDIES)
def test_a_study_on_three_workers_comes_out_as_from_bash(shelf, stable_listing, shared_broker, template) -> None:
    serial = shelf.finished_by_bash(STUDIES, template)
    cluster = Cluster(shelf.copy(STUDIES, template, "workers"), shared_broker)
    try:
        workers = start_workers(cluster)
        result = cluster.tasker().wait(300)
        for worker in workers:
            assert worker.wait().code == 0, worker.err
    finally:
        cluster.project.end_everything()
    assert result.code == expected_codes(template)[0], str(result)
    assert study_differences(serial.folder, cluster.project.folder, stable_listing) == [], str(result)


class Chaos:
    """Kills one of those that work on a run, and starts it again."""

    def __init__(self, cluster: Cluster, choose: random.Random):
        self._cluster = cluster
        self._choose = choose
        self.workers = start_workers(cluster)
        self.tasker = cluster.tasker()

    def kill_one(self) -> None:
        whom = self._choose.choice(["worker", "worker", "tasker", "broker"])
        print(f"kills a {whom}")
        if whom == "worker":
            index = self._choose.randrange(len(self.workers))
            self.workers[index].kill()
            self.workers[index] = self._cluster.worker()
        elif whom == "tasker":
            self.tasker.kill()
            self.tasker = self._cluster.tasker()
        else:
            self._cluster.broker.kill()
            self._cluster.broker.start()


@pytest.mark.parametrize("seed", range(CHAOS_ROUNDS))
def test_a_study_in_chaos_comes_out_as_from_bash(shelf: StudyShelf, stable_listing, make_broker, seed) -> None:
    template = list(SMALL_STUDIES)[seed % len(SMALL_STUDIES)]
    print(f"seed {seed}, {template}")
    choose = random.Random(seed)
    serial = shelf.finished_by_bash(SMALL_STUDIES, template)
    cluster = Cluster(shelf.copy(SMALL_STUDIES, template, f"worker-chaos-{seed}"), make_broker())
    try:
        chaos = Chaos(cluster, choose)
        kills = 0
        while kills < KILLS and not chaos.tasker.ends_within(choose.uniform(0.5, 6)):
            chaos.kill_one()
            kills += 1
        result = chaos.tasker.wait(300)
    finally:
        cluster.project.end_everything()
    assert result.code in expected_codes(template), str(result)
    assert study_differences(serial.folder, cluster.project.folder, stable_listing) == [], str(result)
