"""Tasker, broker and two workers on hosts of their own, which lose each other."""

from collections import Counter

import pytest

from support.broker import Broker
from support.cluster import LEASE
from support.network import Host, Network, networks_can_be_made
from support.project import Project, Running

pytestmark = pytest.mark.skipif(not networks_can_be_made(), reason="this machine gives no network namespaces")


class Site:
    """A project on hosts that share its folder."""

    def __init__(self, network: Network, project: Project, folder):
        self.project = project
        self.tasker_host = network.host("tasker")
        self.worker_hosts = [network.host("a"), network.host("b")]
        host = network.host("broker")
        self.broker = Broker(folder, address=host.address, enter=lambda _: host.within)
        self.url = f"{self.broker.url}?heartbeat=3"

    def worker(self, host: Host) -> Running:
        worker = self.project.start("worker", "--broker", self.url, "-j1", under=host.within)
        worker.await_said("connected to")
        return worker

    def tasker(self) -> Running:
        return self.project.start_run("--broker", self.url, "--lease", LEASE, under=self.tasker_host.within)


@pytest.fixture
def site(project: Project, tmp_path) -> Site:
    network = Network()
    made = None
    try:
        made = Site(network, project, tmp_path / "broker")
        yield made
    finally:
        project.end_everything()
        if made:
            made.broker.end()
        network.end()


def test_a_run_on_hosts_of_their_own(site: Site) -> None:
    site.project.jobs("".join(f"tick n{i}; echo {i} >n{i}.txt\n" for i in range(20)) + "cat n*.txt >all.txt\n")
    workers = [site.worker(host) for host in site.worker_hosts]
    result = site.tasker().wait()
    assert result.code == 0, str(result)
    assert sorted(site.project.read("all.txt").split(), key=int) == [str(i) for i in range(20)]
    for worker in workers:
        assert worker.wait().code == 0, worker.err


def test_a_worker_cut_off_finishes_what_runs_and_the_others_do_the_rest(site: Site) -> None:
    gate = site.project.gate("long")
    names = [f"n{i}" for i in range(12)]
    site.project.jobs("tick long; wait-at long; echo long >>long.txt\n" + "".join(f"tick {name}; echo >{name}.txt\n" for name in names))
    cut, other = site.worker_hosts
    first = site.worker(cut)
    tasker = site.tasker()
    gate.await_arrival()
    second = site.worker(other)
    cut.cut()
    # Its message goes to the other worker, who finds that the command runs, while
    # all the rest is done.
    second.await_said("another worker may run it")
    first.await_said("waits for the broker")
    gate.open()
    cut.rejoin()
    result = tasker.wait(120)
    assert result.code == 0, str(result)
    assert Counter(site.project.ticks()) == dict.fromkeys(["long", *names], 1)
    assert site.project.read("long.txt") == "long\n"
    for worker in (first, second):
        assert worker.wait().code == 0, worker.err


def test_a_tasker_cut_off_takes_in_later_what_was_done_meanwhile(site: Site) -> None:
    gate = site.project.gate("long")
    site.project.jobs("tick long; wait-at long; echo long >>long.txt\ntick last; cat long.txt >last.txt\n")
    worker = site.worker(site.worker_hosts[0])
    tasker = site.tasker()
    gate.await_arrival()
    site.tasker_host.cut()
    tasker.await_said("the run waits for it")
    gate.open()
    site.tasker_host.rejoin()
    result = tasker.wait(120)
    assert result.code == 0, str(result)
    assert Counter(site.project.ticks()) == {"long": 1, "last": 1}
    assert worker.wait().code == 0, worker.err
