#!/usr/bin/env python3
"""How long a jobs file of many lines takes until its first command runs.

Starts `shoal run` on files of Makita's kind of several lengths, waits for the
first command to be in the journal, stops the run, and prints a Markdown table:
wall time and CPU time until then, and the most memory that shoal had by then.

    bench/plan/first_start.py [--build build/release] [--repeat 3] [10000 100000 1000000]
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Start:
    wall: float  # seconds
    cpu: float  # seconds, user and system
    memory: float  # MB


def has_started(folder: Path) -> bool:
    for journal in folder.glob(".shoal/runs/*/journal.jsonl"):
        with journal.open("rb") as file:
            if b'"e":"start"' in file.read(4096):
                return True
    return False


def peak_memory(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def measure(shoal: Path, jobs: Path) -> Start:
    with tempfile.TemporaryDirectory(dir=jobs.parent) as name:
        folder = Path(name)
        os.link(jobs, folder / "jobs.sh")
        with (folder / "stderr").open("wb") as errors:
            began = time.monotonic()
            run = subprocess.Popen([shoal, "run", "-q", "-j2", "jobs.sh"], cwd=folder, stderr=errors)
            while not has_started(folder):
                if run.poll() is not None:
                    sys.exit(f"shoal ended before it started a command: {(folder / 'stderr').read_text()}")
                time.sleep(0.002)
            wall = time.monotonic() - began
            times = Path(f"/proc/{run.pid}/stat").read_text().rpartition(")")[2].split()
            start = Start(wall, (int(times[11]) + int(times[12])) / TICKS, peak_memory(run.pid))
            run.send_signal(signal.SIGTERM)
            run.wait()
    return start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--build", type=Path, default=HERE.parents[1] / "build/release")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    shoal = arguments.build.resolve() / "shoal"

    print("| lines | first command after | CPU time by then | a line | memory |")
    print("|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as name:
        for lines in arguments.lines:
            jobs = Path(name) / "jobs.sh"
            with jobs.open("wb") as file:
                subprocess.run([HERE / "make_jobs.py", str(lines)], stdout=file, check=True)
            starts = [measure(shoal, jobs) for _ in range(arguments.repeat)]
            wall = statistics.median(start.wall for start in starts)
            cpu = statistics.median(start.cpu for start in starts)
            memory = max(start.memory for start in starts)
            print(f"| {lines:,} | {wall:.2f} s | {cpu:.2f} s | {cpu / lines * 1e6:.2f} µs | {memory:.0f} MB |", flush=True)
            jobs.unlink()


if __name__ == "__main__":
    main()
