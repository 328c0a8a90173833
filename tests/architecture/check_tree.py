#!/usr/bin/env python3
"""Checks that the source tree keeps to docs/architecture.md.

1. Arrows: a step includes only itself and steps before it on the way of the
   data, or sideways where this file says so.
2. Heavy headers stand in .cc files only, so that they are compiled once.
3. No source file is longer than 400 lines.

    check_tree.py FOLDER      FOLDER holds the steps (src/)
"""

import re
import sys
from pathlib import Path

# What each step may include, besides itself and what those include.
MAY_INCLUDE = {
    "base": [],
    "job": ["base"],
    "plan": ["job"],
    "sched": ["plan"],
    "journal": ["sched"],
    "exec": ["journal"],
    "amqp": ["exec"],
    "s3": ["exec"],
    "view": ["exec"],
    "app": ["amqp", "s3", "view"],
}
HEAVY_HEADERS = re.compile(r"(CLI/.*|nlohmann/json\.hpp|httplib\.h|toml(\+\+)?(\.hpp|\.h|/.*))")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
MOST_LINES = 400


def reachable(step: str) -> set[str]:
    """The steps that `step` may include."""
    found = {step}
    for earlier in MAY_INCLUDE[step]:
        found |= reachable(earlier)
    return found


def complaints_about(file: Path, root: Path) -> list[str]:
    relative = file.relative_to(root)
    if len(relative.parts) < 2:
        return [f"{relative}: stands outside the folders of the steps"]
    step = relative.parts[0]
    if step not in MAY_INCLUDE:
        return [f"{relative}: '{step}' is not a step that the architecture knows"]

    complaints = []
    lines = file.read_text(encoding="utf-8").splitlines()
    if len(lines) > MOST_LINES:
        complaints.append(f"{relative}: {len(lines)} lines, more than {MOST_LINES}")
    for number, line in enumerate(lines, start=1):
        match = INCLUDE.match(line)
        if not match:
            continue
        header = match[2]
        if HEAVY_HEADERS.fullmatch(header) and file.suffix == ".h":
            complaints.append(f"{relative}:{number}: the heavy header {header} belongs into a .cc file")
        if match[1] == "<":
            continue
        if not (root / header).exists():
            complaints.append(f"{relative}:{number}: {header} is not a path below {root.name}/")
            continue
        if header.split("/")[0] not in reachable(step):
            complaints.append(f"{relative}:{number}: {step} must not include {header}")
    return complaints


def complaints_about_tree(root: Path) -> list[str]:
    files = sorted(file for file in root.rglob("*") if file.suffix in (".h", ".cc"))
    if not files:
        return [f"{root}: holds no source file"]
    return [complaint for file in files for complaint in complaints_about(file, root)]


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: check_tree.py FOLDER", file=sys.stderr)
        return 2
    complaints = complaints_about_tree(Path(sys.argv[1]))
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
