"""The same runs through a broker: shoal run --broker and shoal worker."""

import pytest
from support.broker import Broker
from support.project import Project, Running

CHAIN = """mkdir -p out
for i in 1 2 3; do echo $i >out/$i.txt; done
cat out/1.txt out/2.txt out/3.txt >all.txt
wc -l <all.txt >count.txt
"""


class Cluster:
    """A project, a broker, and workers that share the project's folder."""

    def __init__(self, project: Project, broker: Broker):
        self.project = project
        self.broker = broker

    def worker(self, *options: str, slots: int = 1) -> Running:
        return self.project.start("worker", "--broker", self.broker.url, f"-j{slots}", *options)

    def tasker(self, *options: str) -> Running:
        return self.project.start_run("--broker", self.broker.url, *options)


@pytest.fixture
def cluster(project: Project, shared_broker: Broker) -> Cluster:
    return Cluster(project, shared_broker)


def test_a_run_through_workers_leaves_what_bash_leaves(cluster: Cluster) -> None:
    cluster.project.jobs(CHAIN)
    workers = [cluster.worker() for _ in range(2)]
    result = cluster.tasker().wait()
    assert result.code == 0, result
    assert cluster.project.read("count.txt").split() == ["3"]
    for worker in workers:
        assert worker.wait().code == 0, worker.err
    assert not cluster.broker.queues()
