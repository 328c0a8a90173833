"""Commands that the kernel kills for memory."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.project import TOOL_ROWS
from support.waiting import wait_until

# Says what the kernel says when it kills for memory, once: in the counter of
# the control group (version 2, version 1), and by the signal.
HUNGRY = """#!/bin/sh
tick hungry
[ -e "$SHOAL_TEST_GATES/was-killed" ] && exit 0
touch "$SHOAL_TEST_GATES/was-killed"
for counter in memory.events memory/memory.oom_control; do
  echo "oom_kill 1" >"/sys/fs/cgroup/$counter"
done
kill -KILL $$
"""

# Takes 120 megabytes and keeps them until the gate is open.
LARGE = """#!/bin/sh
exec python3 -c 'import subprocess; kept = b"x" * (120 << 20); subprocess.run(["wait-at", "middle"])'
"""

COUNTERS = """
mount -t tmpfs tmpfs /sys/fs/cgroup
mkdir /sys/fs/cgroup/memory
echo "oom_kill 0" | tee /sys/fs/cgroup/memory.events >/sys/fs/cgroup/memory/memory.oom_control
exec "$@"
"""


@pytest.fixture
def own_counters(namespaces) -> list[str]:
    """The command that runs another where the counters of kills are the test's own."""
    return [*namespaces, "sh", "-euc", COUNTERS, "sh"]


@pytest.fixture(scope="module")
def limited_group() -> list[str]:
    """The command that runs another in a control group of 200 megabytes."""
    scope = ["systemd-run", "--user", "--scope", "--quiet", "-p", "MemoryMax=200M", "-p", "MemorySwapMax=0"]
    # A scope of systemd 253 and later would be stopped as a whole.
    for command in ([*scope, "-p", "OOMPolicy=continue"], scope):
        try:
            if subprocess.run([*command, "true"], capture_output=True, timeout=20, check=False).returncode == 0:
                yield command
                return
        except (OSError, subprocess.TimeoutExpired):
            break
    group = Path("/sys/fs/cgroup/memory/shoal-test")
    if os.geteuid() == 0 and (group.parent / "cgroup.procs").exists():
        yield from version_1_group(group)
    else:
        pytest.skip("this machine gives users no control groups: 'systemd-run --user --scope' does not work")


def version_1_group(group: Path):
    group.mkdir(exist_ok=True)
    (group / "memory.limit_in_bytes").write_text(str(200 << 20))
    yield ["sh", "-euc", f'echo $$ >{group}/cgroup.procs; exec "$@"', "sh"]
    group.rmdir()


def ends_of(project) -> list[dict]:
    (journal,) = project.folder.glob(".shoal/runs/*/journal.jsonl")
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    return [record for record in records if record["e"] == "end"]


@pytest.mark.mounts
def test_a_command_killed_for_memory_goes_again_with_more_when_there_is_room(project, own_counters):
    gate = project.gate("middle")
    project.tool("hungry", HUNGRY)
    project.write(".shoal/commands.toml", TOOL_ROWS + '[[command]]\nprogram = ["hungry"]\nrest = {}\n')
    project.jobs("#shoal: mem=30M\nwait-at middle && tick other-ended\n#shoal: mem=60M\nhungry\n")
    running = project.start_run("-j2", "--memory=100M", under=own_counters)
    gate.await_arrival()
    wait_until(lambda: "goes again" in running.err, "the killed command goes again")
    assert "out of memory" in running.err
    gate.open()
    assert running.wait().code == 0
    assert project.ticks() == ["hungry", "other-ended", "hungry"], "all memory is its own now"
    assert [end["class"] for end in ends_of(project) if end["c"] == 2] == ["out_of_memory", "ok"]


def test_a_real_kill_for_memory_is_told_from_others(project, limited_group):
    gate = project.gate("middle")
    project.tool("large", LARGE)
    project.write(".shoal/commands.toml", TOOL_ROWS + '[[command]]\nprogram = ["large"]\nrest = {}\n')
    project.jobs("large one\nlarge two\n")
    running = project.start_run("-j2", under=limited_group)
    wait_until(lambda: "goes again" in running.err, "one of both is killed and goes again")
    gate.open()
    result = running.wait()
    assert result.code == 0 and "out of memory" in result.err, str(result)
    assert {end["class"] for end in ends_of(project)} == {"out_of_memory", "ok"}


def test_commands_that_fork_servers_leave_no_memory_for_go_again_cold(project, limited_group, tmp_path):
    """Each module fits into the group, and both together do not."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    (packages,) = (tmp_path / "venv").glob("lib/python3*/site-packages")
    for name in ("large", "larger"):
        (packages / f"{name}.py").write_text("KEPT = b'x' * (110 << 20)\n")
    project.write("use.py", "import importlib, sys\nprint(importlib.import_module(sys.argv[1]).__name__)\n")
    python = tmp_path / "venv/bin/python"
    project.jobs(f"{python} use.py large\n{python} use.py larger\n" * 3)
    result = project.start_run("-j1", "--mode=serial", "--warm=auto", under=limited_group).wait(100)
    assert result.code == 0, str(result)
    ends = ends_of(project)
    assert [end["c"] for end in ends if end["class"] == "ok"] == [1, 2, 3, 4, 5, 6]
    assert "warm" not in ends[-1] and len(re.findall("started cold", result.err)) == 1, str(result)
