"""The node's life, and the way into its network."""

import ctypes
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HERE = ROOT / "tests/cluster"
CLUSTER = Path(os.environ.get("SHOAL_CLUSTER", ROOT / "build/cluster")).absolute()
PROGRAMS = CLUSTER / "programs"

CLONE_NEWNET = 0x40000000  # of setns(2)


def is_up() -> bool:
    return subprocess.run([HERE / "kubectl", "version"], capture_output=True, check=False).returncode == 0


def start() -> None:
    done = subprocess.run([HERE / "up"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"tests/cluster/up failed:\n{done.stdout}{done.stderr}"


def end() -> None:
    subprocess.run([HERE / "down"], check=True, capture_output=True)


def enter_network() -> None:
    """From here on, what this thread connects to is in the cluster, and so is
    what its children connect to."""
    holder = (CLUSTER / "holder").read_text().strip()
    with open(f"/proc/{holder}/ns/net", "rb") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "the network of the cluster cannot be entered")


def inside(*command: str) -> str:
    """Runs it where the cluster's processes are."""
    holder = (CLUSTER / "holder").read_text().strip()
    done = subprocess.run(["nsenter", "--target", holder, "--mount", "--net", "--pid", "--", *command],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
    return done.stdout
