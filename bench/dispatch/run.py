#!/usr/bin/env python3
"""What a program that runs commands costs beside the commands themselves.

Runs the same list of short commands, two at a time, through a bare
posix_spawn loop (the floor) and through shoal, xargs, GNU parallel, make and
ninja, and prints a Markdown table for each kind of line.

The floor is measured beside each run of a tool, and the ratio is the median
of the ratios of these pairs, so that a machine that is slower for a while
slows both. Rates count commands a second of wall time. "CPU" is the user and
system time of the tool and all its commands, less the floor's, per command.
"Memory" is VmHWM of the tool's own process, read from /proc again and again
while it runs, in a run whose time does not count. (ru_maxrss of wait4 is no
use here: it also counts what the process was before its exec, a copy of this
script.)

    bench/dispatch/run.py [--build build/release] [--count 20000]
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SLOTS = 2
LINES = {
    "/bin/true": ["/bin/true"],
    "echo $((1+1)) >/dev/null": ["/bin/sh", "-c", "echo $((1+1)) >/dev/null"],
}


class Run:
    """One measured run: seconds, CPU seconds of all processes, bytes."""

    def __init__(self, seconds, cpu, memory):
        self.seconds = seconds
        self.cpu = cpu
        self.memory = memory


def memory_of(pid):
    """VmHWM in bytes; None when the process is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def measure(argv, folder, stdin=None, sample_memory=False):
    """Runs it to its end. Reading memory takes a little time from the tool, so
    it is done in a run whose time does not count."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(argv, cwd=folder, stdin=stdin or subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    memory = None
    if sample_memory:
        while process.poll() is None:
            memory = memory_of(process.pid) or memory
            time.sleep(0.002)
    _, errors = process.communicate()
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        sys.exit(f"{argv[0]} failed with {process.returncode}: {errors.decode(errors='replace')[-500:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds, cpu, memory)


class Tool:
    """How a tool is told to run `count` times the line."""

    name = ""
    share = 1.0  # of the commands, for a tool that would take minutes

    def __init__(self, program):
        self.program = program

    def prepare(self, folder, line, count):
        """Writes what it needs; returns argv and a file for stdin or None."""
        raise NotImplementedError


class Shoal(Tool):
    name = "shoal run -j2"

    def prepare(self, folder, line, count):
        (folder / "jobs.sh").write_text((line + "\n") * count)
        return [self.program, "run", "-q", f"-j{SLOTS}", "jobs.sh"], None


class Xargs(Tool):
    name = "xargs -P2"

    def prepare(self, folder, line, count):
        (folder / "lines").write_text((line + "\n") * count)
        command = ["-n1"] if line == "/bin/true" else ["-d\\n", "-n1", "/bin/sh", "-c"]
        if line == "/bin/true":
            (folder / "lines").write_text("\n".join(str(i) for i in range(count)) + "\n")
            command += ["/bin/true"]
        return [self.program, f"-P{SLOTS}", *command], folder / "lines"


class Parallel(Tool):
    name = "parallel -j2"
    share = 0.1

    def prepare(self, folder, line, count):
        (folder / "lines").write_text((line + "\n") * count)
        return [self.program, "--will-cite", f"-j{SLOTS}"], folder / "lines"


class Make(Tool):
    name = "make -j2"

    def prepare(self, folder, line, count):
        targets = " ".join(f"t{i}" for i in range(count))
        recipe = line.replace("$", "$$")
        rules = "".join(f"t{i}:\n\t@{recipe}\n" for i in range(count))
        (folder / "Makefile").write_text(f"all: {targets}\n.PHONY: all {targets}\n{rules}")
        return [self.program, "-s", f"-j{SLOTS}", "all"], None


class Ninja(Tool):
    name = "ninja -j2"

    def prepare(self, folder, line, count):
        command = line.replace("$", "$$")
        edges = "".join(f"build t{i}: run\n" for i in range(count))
        (folder / "build.ninja").write_text(f"rule run\n  command = {command}\n{edges}")
        return [self.program, "--quiet", f"-j{SLOTS}"], None


def available_tools(build):
    """The tools that are there; says loudly which are not."""
    tools = []
    for kind, program in ((Shoal, str(build / "shoal")), (Xargs, "xargs"), (Parallel, "parallel"),
                          (Make, "make"), (Ninja, "ninja")):
        found = shutil.which(program)
        if found:
            tools.append(kind(os.path.abspath(found)))
        else:
            print(f"**{kind.name} is missing: {program} was not found; no row for it.**\n")
    return tools


def run_tool(tool, line, count, sample_memory=False):
    """In a folder of its own, so that no run continues another."""
    with tempfile.TemporaryDirectory(prefix="shoal-dispatch-") as name:
        folder = Path(name)
        argv, stdin = tool.prepare(folder, line, count)
        if stdin is None:
            return measure(argv, folder, sample_memory=sample_memory)
        with open(stdin, "rb") as file:
            return measure(argv, folder, stdin=file, sample_memory=sample_memory)


def compare(tool, floor, line, count, repetitions):
    """Pairs of floor and tool, in alternating order; a row of the table."""
    count = max(1, int(count * tool.share))
    floor_argv = [floor, str(count), str(SLOTS), *LINES[line]]
    ratios, rates, extra = [], [], []
    for repetition in range(repetitions):
        if repetition % 2 == 0:
            bare = measure(floor_argv, "/")
            with_tool = run_tool(tool, line, count)
        else:
            with_tool = run_tool(tool, line, count)
            bare = measure(floor_argv, "/")
        ratios.append(bare.seconds / with_tool.seconds)
        rates.append(count / with_tool.seconds)
        extra.append((with_tool.cpu - bare.cpu) / count)
    memory = run_tool(tool, line, count, sample_memory=True).memory
    shown = "-" if memory is None else f"{memory / 2**20:.1f} MiB"
    return (f"| {tool.name} | {count:,} | {statistics.median(rates):,.0f}/s "
            f"| {statistics.median(ratios):.3f} | {min(ratios):.3f} to {max(ratios):.3f} "
            f"| {statistics.median(extra) * 1e6:+.0f} µs | {shown} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=Path("build/release"))
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", help="one tool, by the first word of its name")
    options = parser.parse_args()

    floor = options.build.resolve() / "bench/dispatch/dispatch_floor"
    if not floor.exists():
        sys.exit(f"{floor} is missing: build the target dispatch_floor first")
    tools = [tool for tool in available_tools(options.build.resolve())
             if options.only in (None, tool.name.split()[0])]
    print(f"{SLOTS} at a time, {os.cpu_count()} cores, {options.repetitions} pairs a row, "
          f"load {os.getloadavg()[0]:.1f} at the start\n")
    for line in LINES:
        print(f"`{line}`\n")
        print("| tool | commands | rate | of the floor | spread | CPU beyond the floor | memory |")
        print("|---|---|---|---|---|---|---|")
        for tool in tools:
            print(compare(tool, str(floor), line, options.count, options.repetitions), flush=True)
        print()


if __name__ == "__main__":
    main()
