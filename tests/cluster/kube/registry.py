"""A registry of images in the cluster's network, and a place to build images in."""

import shutil
import subprocess
import urllib.request
from pathlib import Path

from kube.node import CLUSTER
from support.processes import die_with_parent
from support.waiting import wait_until

HOST = "localhost:5000"  # of the node, who takes it for one without TLS, as docker would


class Registry:
    def __init__(self, folder: Path):
        settings = folder / "registry.yml"
        settings.write_text(f"version: 0.1\nlog: {{accesslog: {{disabled: true}}}}\n"
                            f"storage: {{filesystem: {{rootdirectory: {folder / 'store'}}}}}\nhttp: {{addr: '{HOST}'}}\n")
        with (folder / "registry.log").open("ab") as log:
            self._process = subprocess.Popen(["docker-registry", "serve", settings], stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log, preexec_fn=die_with_parent)
        wait_until(self._answers, "the registry answers")

    @staticmethod
    def _answers() -> bool:
        try:
            return urllib.request.urlopen(f"http://{HOST}/v2/", timeout=5).status == 200
        except OSError:
            return False

    def end(self) -> None:
        self._process.kill()
        self._process.wait(60)


class Workshop:
    """Storage for images of its own, on top of what tests/cluster/build has made:
    the base images are there, and steps that have not changed are not made again."""

    def __init__(self):
        self.folder = CLUSTER / "workshop"
        self.end()  # of a test that was ended hard
        self.folder.mkdir()
        (self.folder / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{self.folder}/storage"\nrunroot = "{self.folder}/run"\n'
            f'[storage.options]\nadditionalimagestores = ["{CLUSTER}/buildah"]\n')
        (self.folder / "registries.conf").write_text(f'[[registry]]\nlocation = "{HOST}"\ninsecure = true\n')
        self.variables = {
            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(self.folder / "registries.conf"),
            "BUILDAH_ISOLATION": "chroot", "BUILDAH_LAYERS": "true", "BUILDAH_FORMAT": "docker",
        }

    def end(self) -> None:
        # buildah leaves a mount of its storage, and the container of a build that failed.
        places = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
        for place in reversed(places):
            if place.startswith(f"{self.folder}/"):
                subprocess.run(["umount", place], check=True)
        if self.folder.exists():
            shutil.rmtree(self.folder)
