#!/usr/bin/env python3
"""Real ASReview projects of Makita: how long bash, GNU parallel and shoal take.

Writes a Markdown table. Each way starts from a fresh copy of the same project,
the ways take turns within a repetition, and the tables and metrics that each
one leaves are compared with those of bash.

GNU parallel knows no order between commands. To be fair to it, it gets the
levels of shoal's own plan one after the other (what a careful user could write
by hand at best), and one thread a command, as shoal gives; its default stands
beside.

    bench/makita/run.py                           basic and arfi, two data sets, 3 repetitions
    bench/makita/run.py --data FOLDER --templates arfi --repeat 1
    bench/makita/run.py --ways "shoal -j1" --repeat 5   one way beside the first

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
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from support.trees import listing_is_stable, study_differences  # noqa: E402

ONE_THREAD = {
    name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
}


@dataclass
class Measurement:
    wall: float  # seconds
    cpu: float  # seconds, user and system, of all processes


@dataclass
class Way:
    name: str
    run: Callable[[Path], None]
    one_thread: bool
    measurements: list[Measurement] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    def median(self, what: str) -> float:
        return statistics.median(getattr(measurement, what) for measurement in self.measurements)

    def ratios(self, reference: "Way") -> list[float]:
        """Of the wall times within each repetition: a drift of the machine's speed cancels out."""
        return [mine.wall / theirs.wall for mine, theirs in zip(self.measurements, reference.measurements, strict=True)]


class Bench:
    def __init__(self, shoal: Path, slots: int, work: Path):
        self._shoal = shoal
        self._slots = slots
        self._work = work
        self._environment = os.environ | {"PATH": f"{TOOLS}:{os.environ['PATH']}", "MPLBACKEND": "Agg"}
        for name in ONE_THREAD:
            self._environment.pop(name, None)

    def write_project(self, template: str, data: Path) -> Path:
        project = self._work / f"{template}-written"
        project.mkdir()
        subprocess.run(
            ["asreview", "makita", "template", template, "--data-folder", data.absolute(),
             "--job-file", "jobs.sh", "--platform", "Linux"],
            cwd=project, env=self._environment, check=False, capture_output=True,
        )
        if not (project / "jobs.sh").exists():
            sys.exit(f"Makita wrote no jobs.sh for the template {template}.")
        return project

    def ways(self) -> list[Way]:
        ways = [
            Way("bash, one thread a command", self._run("bash", "jobs.sh"), True),
            Way("bash, default threads", self._run("bash", "jobs.sh"), False),
        ]
        for slots in dict.fromkeys((1, self._slots)):
            run = (self._shoal, "run", "jobs.sh", f"-j{slots}", "-q")
            ways.append(Way(f"shoal -j{slots}", self._run(*run), False))
            ways.append(Way(f"shoal -j{slots} --warm=auto", self._run(*run, "--warm=auto"), False))
        if shutil.which("parallel"):
            name = f"GNU parallel -j{self._slots}, level by level"
            ways.append(Way(f"{name}, one thread a command", self._parallel, True))
            ways.append(Way(f"{name}, default threads", self._parallel, False))
        return ways

    def _run(self, *command) -> Callable[[Path], None]:
        return lambda project: self._quietly(project, [str(word) for word in command])

    def _quietly(self, project: Path, command: list[str], given: str | None = None) -> None:
        subprocess.run(command, cwd=project, env=self._current, check=False, text=True, input=given or "",
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _parallel(self, project: Path) -> None:
        for level in self._levels:
            self._quietly(project, ["parallel", f"-j{self._slots}"], given="\n".join(level) + "\n")

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

    def measure(self, written: Path, repetitions: int, wanted: list[str]) -> list[Way]:
        self._levels = self._read_levels(written)
        stable = listing_is_stable(Path(tempfile.mkdtemp(dir=self._work)))
        first, *others = self.ways()
        ways = [first] + [way for way in others if not wanted or way.name in wanted]
        for repetition in range(repetitions):
            reference = None
            for way in ways:
                project = self._work / f"run-{written.name}-{repetition}-{ways.index(way)}"
                shutil.copytree(written, project)
                self._current = self._environment | (ONE_THREAD if way.one_thread else {})
                way.measurements.append(measured(lambda: way.run(project)))
                reference = reference or project
                way.different += study_differences(reference, project, stable)
        return ways


def measured(run: Callable[[], None]) -> Measurement:
    def cpu() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    wall_before, cpu_before = time.monotonic(), cpu()
    run()
    return Measurement(time.monotonic() - wall_before, cpu() - cpu_before)


def table(title: str, ways: list[Way]) -> str:
    reference = ways[0]
    lines = [
        f"### {title}", "",
        f"| way | wall | CPU | wall / {reference.name} | spread | tables and metrics |", "|---|--:|--:|--:|---|---|",
    ]
    for way in ways:
        ratios = way.ratios(reference)
        same = "equal" if not way.different else f"**{len(way.different)} files differ**"
        lines.append(
            f"| {way.name} | {way.median('wall'):.1f} s | {way.median('cpu'):.1f} s "
            f"| {statistics.median(ratios):.3f} | {min(ratios):.3f} to {max(ratios):.3f} | {same} |"
        )
    return "\n".join(lines) + "\n"


def count_commands(project: Path) -> int:
    lines = (project / "jobs.sh").read_text().splitlines()
    return sum(1 for line in lines if line.strip() and not line.startswith("#"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shoal", type=Path, default=ROOT / "build/release/shoal")
    parser.add_argument("--data", type=Path, default=ROOT / "examples/data", help="folder of data sets")
    parser.add_argument("--templates", nargs="+", default=["basic", "arfi"])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--ways", nargs="+", default=[], metavar="NAME", help="only these beside the first")
    parser.add_argument("-j", "--slots", type=int, default=2)
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="shoal-bench-") as work:
        bench = Bench(arguments.shoal.absolute(), arguments.slots, Path(work))
        for template in arguments.templates:
            written = bench.write_project(template, arguments.data)
            ways = bench.measure(written, arguments.repeat, arguments.ways)
            title = f"{template}, {count_commands(written)} commands, median of {arguments.repeat}"
            print(table(title, ways), flush=True)


if __name__ == "__main__":
    main()
