#!/usr/bin/env python3
"""Real ASReview projects of Makita: how long bash, GNU parallel and shoal take.

Writes a Markdown table for each project. Each way starts from a fresh copy of
the same project, the ways take turns within a repetition, and the tables and
metrics that each one leaves are compared with those of the first.

GNU parallel knows no order between commands. To be fair to it, it gets the
levels of shoal's own plan one after the other (what a careful user could write
by hand at best), and one thread a command, as shoal gives; its default stands
beside.

    bench/makita/run.py                               small projects, all ways, 1 and 2 slots, once
    bench/makita/run.py --projects basic --repeat 3
    bench/makita/run.py --projects arfi-medium --medium FILE --ways parallel cold warm --slots 2

Run it with the Python of a virtual environment that has ASReview, Makita and
insights: scripts/test makes one in .venv-test/.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
EXAMPLES = ROOT / "examples" / "data"
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from support.trees import listing_is_stable, study_differences  # noqa: E402

ONE_THREAD = {
    name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
}

# Template of Makita, which data set, further options. modelmatrix: ASReview 2 refuses
# the balancer None that Makita gives by default, and half of the commands fail.
PROJECTS = {
    "basic": ("basic", "small", []),
    "arfi": ("arfi", "small", []),
    "prior": ("prior", "small", []),
    "modelmatrix": ("modelmatrix", "small", ["--balancers", "balanced"]),
    "basic-medium": ("basic", "medium", []),
    "arfi-medium": ("arfi", "medium", []),
}
SERIAL = ("bash", "bash-default")
AT_SLOTS = ("parallel", "parallel-default", "cold", "first", "warm")
NAMES = {
    "bash": "bash, one thread a command",
    "bash-default": "bash, default threads",
    "parallel": "GNU parallel, one thread a command",
    "parallel-default": "GNU parallel, default threads",
    "cold": "shoal, cold",
    "first": "shoal, warm, learning",
    "warm": "shoal, warm, learnt before",
}


@dataclass
class Measurement:
    wall: float  # seconds
    cpu: float  # seconds, user and system, of all processes


@dataclass
class Way:
    kind: str  # a key of NAMES
    slots: int
    run: Callable[[Path], None]
    measurements: list[Measurement] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    def median(self, what: str) -> float:
        return statistics.median(getattr(measurement, what) for measurement in self.measurements)

    def speed_beside(self, other: "Way") -> str:
        """How many times as fast, within each repetition: a drift of the machine's speed
        cancels out."""
        pairs = zip(other.measurements, self.measurements, strict=True)
        ratios = [theirs.wall / mine.wall for theirs, mine in pairs]
        spread = f" ({min(ratios):.2f} to {max(ratios):.2f})" if len(ratios) > 1 else ""
        return f"{statistics.median(ratios):.2f}{spread}"


class Bench:
    def __init__(self, shoal: Path, work: Path):
        self._shoal = shoal
        self._work = work
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        self._environment |= {"PATH": f"{TOOLS}:{os.environ['PATH']}", "MPLBACKEND": "Agg"}
        for name in ONE_THREAD:
            self._environment.pop(name, None)

    def write_project(self, name: str, data: dict[str, Path]) -> Path:
        template, size, options = PROJECTS[name]
        project = self._work / f"{name}-written"
        (project / "data").mkdir(parents=True)
        shutil.copy(data[size], project / "data")
        if template == "prior":  # wants a data set that it takes for prior knowledge
            shutil.copy(EXAMPLES / "Night_Pollinators.csv", project / "data/prior_Night_Pollinators.csv")
        subprocess.run(
            ["asreview", "makita", "template", template, "--job-file", "jobs.sh", "--platform", "Linux", *options],
            cwd=project, env=self._environment, check=False, capture_output=True,
        )
        if not (project / "jobs.sh").exists():
            sys.exit(f"Makita wrote no jobs.sh for the template {template}.")
        return project

    def ways(self, kinds: list[str], slots: list[int]) -> list[Way]:
        ways = [Way(kind, 1, self._bash(kind)) for kind in SERIAL if kind in kinds]
        for number in slots:
            runs = {
                "parallel": self._parallel(number, ONE_THREAD),
                "parallel-default": self._parallel(number, {}),
                "cold": self._run_shoal(number, "off"),
                "first": self._run_shoal(number, "auto"),
                "warm": self._run_shoal(number, "auto"),
            }
            ways += [Way(kind, number, runs[kind]) for kind in AT_SLOTS if kind in kinds]
        return ways

    def _bash(self, kind: str) -> Callable[[Path], None]:
        return lambda project: self._quietly(project, ["bash", "jobs.sh"], ONE_THREAD if kind == "bash" else {})

    def _run_shoal(self, slots: int, warm: str) -> Callable[[Path], None]:
        command = [str(self._shoal), "run", "jobs.sh", f"-j{slots}", "-q", f"--warm={warm}"]
        return lambda project: self._quietly(project, command, {})

    def _parallel(self, slots: int, threads: dict[str, str]) -> Callable[[Path], None]:
        def run(project: Path) -> None:
            for level in self._levels:
                self._quietly(project, ["parallel", f"-j{slots}"], threads, given="\n".join(level) + "\n")

        return run

    def _quietly(self, project: Path, command: list[str], threads: dict[str, str], given: str = "") -> None:
        subprocess.run(command, cwd=project, env=self._environment | threads, check=False, text=True, input=given,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _read_levels(self, project: Path) -> list[list[str]]:
        done = subprocess.run([self._shoal, "plan", "jobs.sh", "--format", "json"], cwd=project,
                              env=self._environment, check=True, capture_output=True)
        plan = json.loads(done.stdout)
        after = {node["id"]: node["after"] for node in plan.get("joins", []) + plan["commands"]}
        depths: dict[int, int] = {}

        def depth(node: int) -> int:
            if node not in depths:
                depths[node] = 1 + max((depth(earlier) for earlier in after[node]), default=0)
            return depths[node]

        by_depth: dict[int, list[str]] = {}
        for command in plan["commands"]:
            by_depth.setdefault(depth(command["id"]), []).append(command["text"])
        return [by_depth[level] for level in sorted(by_depth)]

    def measure(self, written: Path, ways: list[Way], repetitions: int) -> None:
        self._levels = self._read_levels(written)
        stable = listing_is_stable(Path(tempfile.mkdtemp(dir=self._work)))
        learnt = self._learn(written) if any(way.kind == "warm" for way in ways) else None
        for repetition in range(repetitions):
            reference = None
            for way in ways:
                project = self._copy(written, f"run-{written.name}-{repetition}-{ways.index(way)}")
                if way.kind == "warm":
                    shutil.copytree(learnt, project / ".shoal/warm")
                way.measurements.append(measured(lambda: way.run(project)))
                reference = reference or project
                way.different += study_differences(reference, project, stable)
                if project is not reference:
                    shutil.rmtree(project)

    def _learn(self, written: Path) -> Path:
        """What a run of the project learns of its modules; not measured."""
        project = self._copy(written, f"learn-{written.name}")
        self._run_shoal(2, "auto")(project)
        return project / ".shoal/warm"

    def _copy(self, written: Path, name: str) -> Path:
        return shutil.copytree(written, self._work / name)


def measured(run: Callable[[], None]) -> Measurement:
    def cpu() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    wall_before, cpu_before = time.monotonic(), cpu()
    run()
    return Measurement(time.monotonic() - wall_before, cpu() - cpu_before)


def table(title: str, ways: list[Way]) -> str:
    """Beside GNU parallel and beside cold starts at as many slots, as far as they ran."""
    by_kind = {(way.kind, way.slots): way for way in ways}
    lines = [
        f"### {title}", "",
        "| way | slots | wall | CPU | times as fast as GNU parallel | as cold | tables and metrics |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for way in ways:
        speeds = [
            way.speed_beside(by_kind[kind, way.slots]) if (kind, way.slots) in by_kind else ""
            for kind in ("parallel", "cold")
        ]
        same = "equal" if not way.different else f"**{len(way.different)} files differ**"
        lines.append(
            f"| {NAMES[way.kind]} | {way.slots} | {way.median('wall'):.1f} s | {way.median('cpu'):.1f} s "
            f"| {' | '.join(speeds)} | {same} |"
        )
    return "\n".join(lines) + "\n"


def count_commands(project: Path) -> int:
    lines = (project / "jobs.sh").read_text().splitlines()
    return sum(1 for line in lines if line.strip() and not line.startswith("#"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shoal", type=Path, default=ROOT / "build/release/shoal")
    parser.add_argument("--projects", nargs="+", choices=PROJECTS, default=["basic", "arfi", "prior", "modelmatrix"])
    parser.add_argument("--small", type=Path, default=EXAMPLES / "Coral_Recovery.csv", help="data set of small projects")
    parser.add_argument("--medium", type=Path, help="data set of medium projects")
    parser.add_argument("--ways", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--slots", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--repeat", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.medium is None and any(PROJECTS[name][1] == "medium" for name in arguments.projects):
        parser.error("a medium project needs --medium FILE")
    if {"parallel", "parallel-default"} & set(arguments.ways) and not shutil.which("parallel"):
        parser.error("GNU parallel is not installed (the Debian package parallel); or leave it out with --ways")

    with tempfile.TemporaryDirectory(prefix="shoal-bench-") as work:
        bench = Bench(arguments.shoal.absolute(), Path(work))
        for name in arguments.projects:
            written = bench.write_project(name, {"small": arguments.small, "medium": arguments.medium})
            ways = bench.ways(arguments.ways, arguments.slots)
            bench.measure(written, ways, arguments.repeat)
            title = f"{name}, {count_commands(written)} commands, median of {arguments.repeat}"
            print(table(title, ways), flush=True)
            for way in ways:
                for complaint in way.different[:3]:
                    print(f"{NAMES[way.kind]}, {way.slots} slots: {complaint:.300}", file=sys.stderr)


if __name__ == "__main__":
    main()
