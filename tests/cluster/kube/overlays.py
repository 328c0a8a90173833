"""The manifests as users get them."""

import subprocess
from pathlib import Path

import yaml

from kube.node import PROGRAMS, ROOT

OVERLAYS = ROOT / "deploy/overlays"


def names() -> list[str]:
    return sorted(path.parent.name for path in OVERLAYS.glob("*/kustomization.yaml"))


def build(folder: Path) -> str:
    """What `kubectl apply -k` would send, as text."""
    done = subprocess.run([PROGRAMS / "kustomize", "build", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr, done.stderr
    return done.stdout


def objects(text: str) -> list[dict]:
    return [each for each in yaml.safe_load_all(text) if each]
