#!/usr/bin/env python3
"""What tasker, broker and workers carry when the commands themselves take no time.

The workers execute nothing: they take each task and its lease, and say that it
has ended. Commands that pretend to take long travel one by one, others in
batches. Memory is the peak of the tasker, and the largest that was seen of the
broker; CPU is processor time per command.

    bench/distributed/empty.py [--build build/release] [--work FOLDER] [--million]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from support.broker import Broker  # noqa: E402
from support.processes import processor_seconds  # noqa: E402

LONG = 1000  # milliseconds
PROCESSES = 2  # of workers, which share them


@dataclass
class Row:
    name: str
    count: int
    workers: int
    slots: int  # of each worker, so that it may hold as many messages
    pretended: int  # milliseconds


class LargestMemory(threading.Thread):
    """Of a process, looked at again and again."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self._pid = pid
        self._over = threading.Event()
        self.mebibytes = 0.0

    def run(self) -> None:
        while not self._over.wait(0.2):
            pages = int(Path(f"/proc/{self._pid}/statm").read_text().split()[1])
            self.mebibytes = max(self.mebibytes, pages * os.sysconf("SC_PAGE_SIZE") / 2**20)

    def stop(self) -> float:
        self._over.set()
        self.join()
        return self.mebibytes


def start_workers(build: Path, broker: Broker, folder: str, row: Row) -> subprocess.Popen:
    return subprocess.Popen(
        [build / "bench/distributed/empty_worker", broker.url, folder, str(row.workers // PROCESSES),
         str(row.pretended), str(row.slots)],
        stdout=subprocess.PIPE, text=True)


def measure(build: Path, broker: Broker, work: Path | None, row: Row) -> str:
    with tempfile.TemporaryDirectory(prefix="shoal-empty-", dir=work) as folder:
        Path(folder, "jobs.sh").write_text("/bin/true\n" * row.count)
        workers = [start_workers(build, broker, folder, row) for _ in range(PROCESSES)]
        if any(process.stdout.readline() != "ready\n" for process in workers):
            sys.exit("the workers do not start")
        memory = LargestMemory(broker.pid)
        memory.start()
        at_broker = processor_seconds(broker.pid)
        begin = time.perf_counter()
        tasker = subprocess.Popen([build / "shoal", "run", "-q", "jobs.sh", "--broker", broker.url], cwd=folder,
                                  stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(tasker.pid, 0)
        seconds = time.perf_counter() - begin
        if status != 0:
            sys.exit("the run failed")
        at_broker = processor_seconds(broker.pid) - at_broker
        journal = next(Path(folder, ".shoal/runs").glob("*/journal.jsonl")).read_bytes()
        ended = journal.count(b'"class":"ok"')
        if ended != row.count:
            sys.exit(f"{ended} of {row.count} commands are in the journal")
        if any(process.wait(60) != 0 for process in workers):
            sys.exit("a worker failed")
        of_tasker = usage.ru_utime + usage.ru_stime
        return (f"| {row.name} | {row.count:,} | {row.workers} × {row.slots} | {row.count / seconds:,.0f}/s "
                f"| {1e6 * of_tasker / row.count:.0f} + {1e6 * at_broker / row.count:.0f} µs "
                f"| {usage.ru_maxrss / 1024:.0f} MiB | {memory.stop():.0f} MiB |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--work", type=Path, help="where the workers' folders are; /dev/shm takes the disk out")
    parser.add_argument("--million", action="store_true", help="a run of a million commands besides")
    arguments = parser.parse_args()
    rows = [Row("one by one", 20_000, 2, 1, LONG), Row("one by one", 100_000, 2, 100, LONG),
            Row("in batches", 200_000, 2, 1, 0), Row("in batches", 200_000, 100, 1, 0)]
    if arguments.million:
        rows.append(Row("in batches", 1_000_000, 2, 1, 0))

    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    print("| empty commands | commands | workers × slots | rate | CPU: tasker + broker | tasker | broker |")
    print("|---|--:|--:|--:|---|--:|--:|")
    with tempfile.TemporaryDirectory(prefix="shoal-empty-") as folder:
        broker = Broker(Path(folder) / "broker")
        try:
            for row in rows:
                print(measure(arguments.build.absolute(), broker, arguments.work, row), flush=True)
        finally:
            broker.end()


if __name__ == "__main__":
    main()
