"""What a failed test leaves for people to read."""

import shutil
from pathlib import Path

from kube.kubectl import Kubectl

KINDS = "all,persistentvolumeclaims,configmaps,secrets,networkpolicies"


def gather(kubectl: Kubectl, folder: Path) -> None:
    """The namespace as kubectl shows it, and all that its pods have said."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    def note(name: str, *words: str) -> None:
        answer = kubectl.try_(*words)
        (folder / name).write_text(f"$ kubectl {' '.join(words)}\n{answer.out}{answer.err}")

    note("get.txt", "get", KINDS, "--output", "wide")
    note("events.txt", "get", "events", "--sort-by", ".lastTimestamp")
    note("describe.txt", "describe", "pods,jobs,deployments,statefulsets,persistentvolumeclaims")
    note("volumes.txt", "describe", "persistentvolumes")
    for pod in kubectl.names():
        note(f"{pod}.log", "logs", pod, "--all-containers", "--prefix", "--timestamps")
        before = kubectl.try_("logs", pod, "--all-containers", "--prefix", "--timestamps", "--previous")
        if before.code == 0:
            (folder / f"{pod}.before.log").write_text(before.out)
