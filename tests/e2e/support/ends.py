"""What a run's journal and logs say of its commands."""

import json
from pathlib import Path


def newest_run(project) -> Path:
    return max(project.folder.glob(".shoal/runs/*"))


def ends_of(project) -> dict[int, dict]:
    """The last end record of each command of the newest run."""
    records = map(json.loads, (newest_run(project) / "journal.jsonl").read_text().splitlines())
    return {record["c"]: record for record in records if record["e"] == "end"}


def output_of(project, end: dict) -> str:
    slot, begin, stop = end["log"]
    return (newest_run(project) / f"logs/slot-{slot}.log").read_bytes()[begin:stop].decode(errors="replace")


def warm_commands(project) -> set[int]:
    return {command for command, end in ends_of(project).items() if "warm" in end}
