"""The commands of the guides, as they stand there, on the cluster."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kube import node
from kube.kubectl import Kubectl
from kube.study import broker_disk
from support.waiting import wait_until

NAMESPACE = "asreview-cloud"
STORAGE = Path("/data/asreview-storage")  # of the node; in the guide and in the overlay
OFFICIAL_BROKER = "docker.io/library/rabbitmq:4.1.4-management"
PREPARED = {"1. A cluster", "2. The images", "3. A folder for the files"}


def sections(guide: str) -> list[tuple[str, list[str]]]:
    """The headings of a guide, and what of each is to be given to a shell."""
    text = (node.ROOT / "docs" / guide).read_text()
    parts = re.split(r"^## (.*)$", text, flags=re.M)[1:]
    return [(heading, re.findall(r"^```sh\n(.*?)^```", body, re.M | re.S))
            for heading, body in zip(parts[::2], parts[1::2])]


class Reader:
    """Somebody who has a kubectl for the cluster and a copy of the repository."""

    def __init__(self, folder: Path):
        self.folder = folder / "shoal"
        self._programs = folder / "bin"
        self._programs.mkdir()
        (self._programs / "kubectl").symlink_to(node.PROGRAMS / "kubectl")
        shutil.copytree(node.ROOT / "deploy", self.folder / "deploy")

    def begin(self, block: str) -> subprocess.Popen:
        environment = os.environ | {
            "PATH": f"{self._programs}:{os.environ['PATH']}",
            "KUBECONFIG": str(node.CLUSTER / "state/keys/admin.kubeconfig"),
        }
        return subprocess.Popen(["bash", "-euo", "pipefail", "-c", block], cwd=self.folder, env=environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    @staticmethod
    def end(process: subprocess.Popen) -> str:
        said = process.communicate(timeout=900)[0]
        assert process.returncode == 0, f"exit code {process.returncode} of\n{process.args[-1]}\n{said}"
        return said

    def type(self, block: str) -> str:
        return self.end(self.begin(block))


@pytest.fixture
def reader(cluster, tmp_path):
    """What comes before the guide's first command is there: images, and the folder,
    which only the node sees."""
    (tmp_path / "broker").mkdir()
    had_folder = STORAGE.parent.exists()
    STORAGE.parent.mkdir(exist_ok=True)
    node.inside("mount", "-t", "tmpfs", "tmpfs", str(STORAGE.parent))
    node.inside("mkdir", str(STORAGE))
    node.inside("ctr", "--namespace", "k8s.io", "images", "tag", "--force", "localhost/rabbitmq:4", OFFICIAL_BROKER)
    disk = broker_disk(NAMESPACE, tmp_path / "broker")
    everything = Kubectl("default")
    everything("apply", "--filename", "-", stdin=disk)
    yield Reader(tmp_path)
    Kubectl(NAMESPACE)("delete", "jobs", "--all")  # first: see Study.end
    everything("delete", "namespace", NAMESPACE, "--ignore-not-found", timeout=300)
    everything("delete", "persistentvolume", "--all")
    node.inside("umount", "--lazy", str(STORAGE.parent))
    if not had_folder:
        STORAGE.parent.rmdir()


@pytest.fixture
def kubectl(reader) -> Kubectl:
    return Kubectl(NAMESPACE)


def has_begun(kubectl: Kubectl) -> bool:
    return kubectl.try_("exec", "deployment/desk", "--", "shoal", "status").code == 0


def test_the_guide_for_a_single_computer(reader, kubectl):
    for heading, blocks in sections("kubernetes-single-computer.md"):
        assert blocks or heading in PREPARED, heading
        log = None
        for block in blocks:
            if "logs -f" in block:
                # The guide goes on in another terminal while this one shows the log.
                log = reader.begin(block)
                wait_until(lambda: has_begun(kubectl), lambda: "a run has begun:\n" + kubectl("get", "pods"), 300)
            else:
                said = reader.type(block)
        if log:
            assert "shoal run jobs.sh" in reader.end(log)
        if "Results" in heading:
            assert "metrics_sim_all.csv" in said
            assert (reader.folder / "output/tables/metrics_sim_all.csv").stat().st_size > 0
        if heading.endswith("Again"):
            assert kubectl.names() and not kubectl.objects("jobs")
    assert Kubectl("default").try_("get", "namespace", NAMESPACE).code != 0


def test_the_first_look_of_troubleshooting(reader, kubectl):
    guide = dict(sections("kubernetes-single-computer.md"))
    for heading in ("4. A password for the broker", "5. Start"):
        for block in guide[heading]:
            reader.type(block)
    wait_until(lambda: kubectl.object("statefulset", "rabbitmq-server")["status"].get("readyReplicas") == 1,
               "the broker is ready", 180)
    text = (node.ROOT / "docs/troubleshooting.md").read_text()
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        reader.type(block)
