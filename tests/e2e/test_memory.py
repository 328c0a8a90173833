"""Commands that the kernel kills for memory."""

import json
import subprocess

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
                return command
        except (OSError, subprocess.TimeoutExpired):
            break
    pytest.skip("this machine gives users no control groups: 'systemd-run --user --scope' does not work")


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
