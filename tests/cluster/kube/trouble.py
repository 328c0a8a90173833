"""Killing what Kubernetes would kill on a bad day."""

from pathlib import Path

from kube.kubectl import Kubectl
from support.waiting import wait_until

GROUPS = Path("/sys/fs/cgroup")
WORST = 1000  # of /proc/PID/oom_score_adj

# Many processes that are small each. The kernel kills the one with the most
# memory, with its score added, and that shall not be one of these.
EAT_MEMORY = """
import os, time
for _ in range(150):
    if os.fork() == 0:
        kept = b"x" * (24 << 20)
        break
time.sleep(120)
"""


def processes_of(pod: dict) -> list[int]:
    """The processes of a pod's only container, in this machine's numbers."""
    container = pod["status"]["containerStatuses"][0]["containerID"].rpartition("/")[2]
    found = list((GROUPS / "memory").glob(f"kubepods/**/{container}/cgroup.procs")) or list(
        GROUPS.glob(f"kubepods/**/{container}/cgroup.procs"))
    return sorted(map(int, found[0].read_text().split()))


def kill_by_memory(kubectl: Kubectl, name: str) -> None:
    """Fills the pod until the kernel ends its first process for want of memory."""
    first = processes_of(kubectl.object("pod", name))[0]
    Path(f"/proc/{first}/oom_score_adj").write_text(str(WORST))
    kubectl.try_("exec", name, "--", "python3", "-c", EAT_MEMORY)
    wait_until(lambda: end_of(kubectl.object("pod", name)) is not None, f"pod {name} has ended")


def end_of(pod: dict) -> dict | None:
    """How the only container of a pod ended: exitCode, reason."""
    for container in pod["status"].get("containerStatuses", []):
        return container["state"].get("terminated")
    return None
