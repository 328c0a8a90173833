"""A project whose commands run on workers."""

import json
from pathlib import Path

from support.broker import Broker
from support.project import Project, Result, Running
from support.waiting import wait_until

# The shortest: who waits for the lease of a worker that vanished waits no
# longer than need be.
LEASE = "5s"


class Cluster:
    """A project, a broker, and workers that share the project's folder."""

    def __init__(self, project: Project, broker: Broker):
        self.project = project
        self.broker = broker

    def worker(self, *options: str, slots: int = 1) -> Running:
        return self.project.start("worker", "--broker", self.broker.url, f"-j{slots}", *options)

    def ready_worker(self, *options: str, slots: int = 1) -> Running:
        """A worker that is connected to the broker."""
        worker = self.worker(*options, slots=slots)
        worker.await_said("connected to")
        return worker

    def tasker(self, *options: str, lease: str = LEASE) -> Running:
        return self.project.start_run("--broker", self.broker.url, "--lease", lease, *options)

    def run(self, *options: str) -> Result:
        """Runs to its end, with a worker for this time."""
        worker = self.worker()
        result = self.tasker(*options).wait()
        assert worker.wait().code == 0, worker.err
        return result

    def cancel(self) -> None:
        result = self.project.shoal("cancel")
        assert result.code == 0, str(result)

    def run_folder(self) -> Path:
        """Of the newest run."""
        return max((self.project.folder / ".shoal/runs").iterdir())

    def ends(self) -> list[dict]:
        """What the newest run's journal says of ended attempts."""
        lines = (self.run_folder() / "journal.jsonl").read_bytes().rpartition(b"\n")[0].splitlines()
        return [record for record in map(json.loads, lines) if record["e"] == "end"]

    def queue(self, kind: str) -> str:
        return f"shoal.{self.run_folder().name}.{kind}"

    def queues(self) -> dict[str, int]:
        """Of the newest run: names, and the messages in them."""
        return {name: count for name, count in self.broker.queues().items() if self.run_folder().name in name}

    def await_messages(self, kind: str, count: int) -> None:
        """Returns when so many messages are in one of the run's queues."""
        queue = self.queue(kind)
        wait_until(lambda: self.queues().get(queue, 0) == count, f"{count} messages are in {queue}")

    def await_ticks(self, *names: str) -> None:
        wait_until(
            lambda: set(names) <= set(self.project.ticks()), f"{names} have run, not {self.project.ticks()}"
        )
