"""What the reader of a guide has before its first command."""

import contextlib
import re
import shutil
from pathlib import Path

from kube import node
from kube.kubectl import Kubectl
from kube.study import broker_disk
from support.makita import EXAMPLES, FEW, cut_data_set
from support.reader import Reader

NAMESPACE = "asreview-cloud"
STORAGE = Path("/data/asreview-storage")  # of the node; in the guide and in the overlay
OFFICIAL = {
    "localhost/rabbitmq:4": "docker.io/library/rabbitmq:4.1.4-management",
    "localhost/nfs-server:1": "docker.io/itsthenetwork/nfs-server-alpine:12",
}
# What takes the place of the official images, which cannot be fetched here.
BASES = "--base localhost/asreview:2 --builder localhost/builder:12"

everything = Kubectl("default")


def copy_of_repository(folder: Path) -> None:
    """What images are made of is as tests/cluster/build has found it, so that their
    steps are known: the cluster's network has no way out, to make them anew."""
    data_sets = shutil.ignore_patterns("*.csv")  # a reader brings them
    shutil.copytree(node.CLUSTER / "context-shoal", folder, ignore=data_sets)
    for name in ("deploy", "examples"):
        shutil.copytree(node.ROOT / name, folder / name, ignore=shutil.ignore_patterns("project*"), dirs_exist_ok=True)
    shutil.copy(node.ROOT / ".dockerignore", folder)
    # A small one, for a short study.
    name, example, records, relevant = FEW
    cut_data_set(EXAMPLES / example, folder / "examples/data" / example, records, relevant)


class GuideReader(Reader):
    """Somebody who has a cluster, its kubectl, and a copy of the repository."""

    def __init__(self, home: Path):
        super().__init__(home / "shoal", home / "bin", KUBECONFIG=str(node.CLUSTER / "state/keys/admin.kubeconfig"))
        self.home = home
        self.has(node.PROGRAMS / "kubectl")
        copy_of_repository(self.folder)
        self.kubectl = Kubectl(NAMESPACE)

    def edit(self, overlay: str, **changes: str) -> None:
        """Writes into the overlay's settings; `changes` by what stands there: old=new."""
        file = self.folder / "deploy/overlays" / overlay / "kustomization.yaml"
        text = file.read_text()
        for old, new in changes.items():
            assert old in text, f"{old} in {file}"
            text = text.replace(old, new)
        file.write_text(text)

    def use_our_images(self, overlay: str) -> None:
        file = self.folder / "deploy/overlays" / overlay / "kustomization.yaml"
        text = re.sub(r"docker.io/YOURUSER/", "localhost/", file.read_text())
        # For a node with two cores.
        file.write_text(text.replace('cpu: "1"\n                    memory: 4Gi\n                  limits',
                                     'cpu: 250m\n                    memory: 512Mi\n                  limits')
                        .replace("parallelism: 8", "parallelism: 3"))


@contextlib.contextmanager
def a_reader(home: Path):
    (home / "broker").mkdir()
    had_folder = STORAGE.parent.exists()
    STORAGE.parent.mkdir(exist_ok=True)
    node.inside("mount", "-t", "tmpfs", "tmpfs", str(STORAGE.parent))
    node.inside("mkdir", str(STORAGE))
    for ours, official in OFFICIAL.items():
        node.inside("ctr", "--namespace", "k8s.io", "images", "tag", "--force", ours, official)
    everything("apply", "--filename", "-", stdin=broker_disk(NAMESPACE, home / "broker"))
    try:
        yield GuideReader(home)
    finally:
        Kubectl(NAMESPACE)("delete", "jobs", "--all")  # first: see Study.end
        everything("delete", "namespace", NAMESPACE, "--ignore-not-found", timeout=300)
        everything("delete", "persistentvolume", "--all")
        node.inside("umount", "--lazy", str(STORAGE.parent))
        if not had_folder:
            STORAGE.parent.rmdir()
