"""Processes that a test has started, directly or not."""

import ctypes
import os
import signal
from pathlib import Path

MARK_VARIABLE = "SHOAL_TEST_MARK"


def marked_processes(mark: str) -> dict[int, str]:
    """Living processes that inherited the mark: their ids and command lines."""
    wanted = f"{MARK_VARIABLE}={mark}".encode()
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if wanted not in (folder / "environ").read_bytes().split(b"\0"):
                continue
            if "\nState:\tZ" in (folder / "status").read_text():
                continue
            found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended while we looked, or is not ours
    return found


def parent_of(pid: int) -> int | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(text.rpartition(")")[2].split()[1])


def processor_seconds(pid: int) -> float:
    """What it has used, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def kill_hard(pid: int) -> bool:
    """kill -9; false when it was gone already."""
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return False
    return True


def die_with_parent() -> None:
    """For a child: in a group of its own, and dead when the tests are."""
    os.setpgid(0, 0)
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
