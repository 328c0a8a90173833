"""The manifests as users get them."""

import os
import subprocess
from pathlib import Path

import yaml

from kube.node import PROGRAMS, ROOT

DEPLOY = ROOT / "deploy"
OVERLAYS = DEPLOY / "overlays"


def names() -> list[str]:
    return sorted(path.parent.name for path in OVERLAYS.glob("*/kustomization.yaml"))


def combine(folder: Path, resource: str, components: list[str], **settings) -> Path:
    """Writes an overlay of a user's own into `folder`: a part of deploy/ with
    components of deploy/, by their paths from there."""
    folder.mkdir(parents=True, exist_ok=True)

    def from_folder(path: str) -> str:
        return os.path.relpath(DEPLOY / path, folder)

    content = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
        "resources": [from_folder(resource)],
        "components": [from_folder(f"components/{each}") for each in components],
    } | settings
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    return folder


def build(folder: Path) -> str:
    """What `kubectl apply -k` would send, as text."""
    done = subprocess.run([PROGRAMS / "kustomize", "build", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr, done.stderr
    return done.stdout


def objects(text: str) -> list[dict]:
    return [each for each in yaml.safe_load_all(text) if each]
