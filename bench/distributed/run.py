#!/usr/bin/env python3
"""What it costs to run commands through a broker beside the commands themselves.

A list of very short commands goes through a rabbitmq-server of its own to two
workers of one slot each, all on this machine, and the same list through the
floor: a loop that starts processes and waits for them, two at a time. Beside
shoal, if the Python that runs this has them: a few lines of pika that do what
the guide's scripts do, and Celery.

The floor is measured beside each run, and the ratio is the median of the
ratios of these pairs. Workers connect before the clock starts. "CPU" is the
processor time per command of the tasker, of the workers with their guardians
but without the commands themselves, and of the broker.

    bench/distributed/run.py [--count 20000] [--repetitions 3]
"""

import argparse
import importlib.util
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from support.broker import Broker  # noqa: E402
from support.processes import processor_seconds  # noqa: E402

WORKERS = 2


def floor(build: Path, count: int) -> float:
    begin = time.perf_counter()
    subprocess.run([build / "bench/dispatch/dispatch_floor", str(count), str(WORKERS), "/bin/true"], check=True)
    return time.perf_counter() - begin


def family_seconds(pid: int) -> float:
    """Of a worker and its guardian, which has the worker's name; not of its commands."""
    def is_shoal(each: Path) -> bool:
        fields = (each / "stat").read_text().rpartition(")")[2].split()
        return int(fields[1]) == pid and (each / "comm").read_text() == "shoal\n"

    guardians = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit() and is_shoal(each)]
    return sum(processor_seconds(each) for each in [pid, *guardians])


def until(condition, what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"waited in vain until {what}")
        time.sleep(0.05)


def shoal(build: Path, broker: Broker, folder: Path, count: int) -> tuple[float, str]:
    program = build / "shoal"
    (folder / "jobs.sh").write_text("/bin/true\n" * count)
    logs = [folder / f"worker-{i}.log" for i in range(WORKERS)]
    workers = [
        subprocess.Popen([program, "worker", "--broker", broker.url, "-j1", "--keep", "-C", folder],
                         stderr=log.open("w"), stdout=subprocess.DEVNULL)
        for log in logs
    ]
    until(lambda: all("connected" in log.read_text() for log in logs), "the workers are connected")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    broker_before = processor_seconds(broker.pid)
    begin = time.perf_counter()
    subprocess.run([program, "run", "-q", "jobs.sh", "--broker", broker.url], cwd=folder, check=True,
                   stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    tasker = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    at_work = sum(family_seconds(worker.pid) for worker in workers)
    at_broker = processor_seconds(broker.pid) - broker_before
    for worker in workers:
        worker.terminate()
        if worker.wait(60) != 143:  # asked to leave
            sys.exit(f"a worker failed: {logs[0].read_text()[-500:]}")
    return seconds, " + ".join(f"{1e6 * each / count:.0f}" for each in (tasker, at_work, at_broker)) + " µs"


def guide(broker: Broker, folder: Path, count: int) -> tuple[float, str]:
    (folder / "jobs.sh").write_text("/bin/true\n" * count)
    peer = [sys.executable, Path(__file__).parent / "guide_peer.py"]
    return peer_seconds(peer, broker, folder), ""


def celery(broker: Broker, folder: Path, count: int) -> tuple[float, str]:
    (folder / "jobs.sh").write_text("/bin/true\n" * count)
    return peer_seconds([sys.executable, Path(__file__).parent / "celery_peer.py"], broker, folder), ""


def peer_seconds(peer: list, broker: Broker, folder: Path) -> float:
    workers = [subprocess.Popen([*peer, "worker", str(broker.port), f"worker-{i}"]) for i in range(WORKERS)]
    time.sleep(5)
    begin = time.perf_counter()
    subprocess.run([*peer, "tasker", str(broker.port), folder / "jobs.sh"], check=True)
    seconds = time.perf_counter() - begin
    for worker in workers:
        worker.kill()
        worker.wait()
    return seconds


def row(name: str, run, build: Path, broker: Broker, count: int, repetitions: int) -> str:
    ratios, rates, cpu = [], [], ""
    for repetition in range(repetitions):
        bare = floor(build, count)
        with tempfile.TemporaryDirectory(prefix="shoal-distributed-") as folder:
            seconds, cpu = run(broker, Path(folder), count)
        ratios.append(bare / seconds)
        rates.append(count / seconds)
    return (f"| {name} | {count:,} | {statistics.median(rates):,.0f}/s | {statistics.median(ratios):.3f} "
            f"| {min(ratios):.3f} to {max(ratios):.3f} | {cpu} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    build = arguments.build.absolute()

    print(f"{WORKERS} workers with one slot each, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    print("| `/bin/true` through RabbitMQ | commands | rate | of the floor | spread | CPU: tasker + workers + broker |")
    print("|---|--:|--:|--:|---|---|")
    with tempfile.TemporaryDirectory(prefix="shoal-distributed-") as folder:
        broker = Broker(Path(folder) / "broker")
        try:
            print(row("shoal", lambda *rest: shoal(build, *rest), build, broker, arguments.count,
                      arguments.repetitions), flush=True)
            if importlib.util.find_spec("pika"):
                print(row("the guide's way (pika)", guide, build, broker, arguments.count // 10,
                          arguments.repetitions), flush=True)
            else:
                print("\n**No row for the guide's way: this Python has no pika.**")
            if importlib.util.find_spec("celery"):
                print(row("Celery", celery, build, broker, arguments.count // 10, arguments.repetitions), flush=True)
            else:
                print("\n**No row for Celery: this Python does not have it.**")
        finally:
            broker.end()


if __name__ == "__main__":
    main()
