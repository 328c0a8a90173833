"""A study in the cluster, set up as the guide for a single computer says."""

import contextlib
import json
import os
import shutil
from pathlib import Path

import yaml

from kube import overlays
from kube.kubectl import Kubectl
from kube.node import CLUSTER
from kube.store import KEY, NAME as STORE, SECRET
from support.waiting import wait_until

WORKER = "app.kubernetes.io/component=worker"
TASKER = "app.kubernetes.io/component=tasker"
BROKER = "app.kubernetes.io/component=rabbitmq"
USER = 1000  # of the pods


def local_volume(name: str, folder: Path, claim: str, storage_class: str, size: str, mode: str) -> str:
    """A manifest of what a cluster's storage class would make for a claim (NAMESPACE/NAME)."""
    any_node = {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}
    namespace, _, claim_name = claim.partition("/")
    return json.dumps({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": size}, "accessModes": [mode], "storageClassName": storage_class,
            "claimRef": {"namespace": namespace, "name": claim_name},
            "local": {"path": str(folder)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [any_node]}]}},
        },
    })


def broker_disk(namespace: str, folder: Path) -> str:
    return local_volume("broker-disk", folder, f"{namespace}/data-rabbitmq-server-0", "standard", "2Gi", "ReadWriteOnce")


class Study:
    """The overlay `single-computer` in a namespace of its own, on folders of its own.

    What differs from a user's is here: the broker's image, where the folders
    are, and settings that a test asks for.
    """

    def __init__(self, name: str):
        self.kubectl = Kubectl(name)
        self.bucket: str | None = None
        self._home = CLUSTER / "studies" / name
        self.folder = self._home / "volume"  # the shared volume
        self._patches: list[dict] = []
        shutil.rmtree(self._home, ignore_errors=True)
        self.folder.mkdir(parents=True)
        os.chown(self.folder, USER, USER)
        (self._home / "broker").mkdir()
        # Of a test before that was ended hard.
        self.kubectl("wait", "--for=delete", f"namespace/{name}", "--timeout=100s")
        self.kubectl("create", "namespace", name)
        self.make_secret()

    def end(self) -> None:
        """Takes it all away but the folders, which have what was written.

        Jobs first: Kubernetes empties a namespace of pods before all else, and
        a Job with backoffLimitPerIndex lets no failed pod go before it has
        made another one, which it may not in a namespace that is being deleted.
        """
        self.kubectl("delete", "jobs", "--all")
        self.kubectl("delete", "namespace", self.kubectl.namespace, "--wait=false")
        for pod in self.kubectl.pods():
            self.kubectl.try_("delete", "pod", pod["metadata"]["name"], "--grace-period=0", "--force")
        self.kubectl("wait", "--for=delete", f"namespace/{self.kubectl.namespace}", "--timeout=120s")
        self.kubectl("delete", "persistentvolume", "asreview-storage", "broker-disk", "--ignore-not-found")

    # --- before it starts

    def make_secret(self, password: str = "s3cret-of-the-broker") -> None:
        """The one that everybody reads; replaces an earlier one."""
        self._secret("rabbitmq-default-user", username="shoal", password=password)

    def use_store(self, bucket: str) -> None:
        self.bucket = bucket
        self._secret("s3-secret", S3_ENDPOINT_URL=STORE, S3_AWS_ACCESS_KEY_ID=KEY, S3_AWS_SECRET_ACCESS_KEY=SECRET,
                     S3_BUCKET=bucket, S3_REGION_NAME="us-east-1")

    def _secret(self, name: str, **values: str) -> None:
        self.kubectl("delete", "secret", name, "--ignore-not-found")
        literals = [f"--from-literal={key}={value}" for key, value in values.items()]
        self.kubectl("create", "secret", "generic", name, *literals)

    def run_instead(self, script: str) -> None:
        """The tasker's pod runs this script of bash in place of tasker.sh."""
        self._patch("batch/v1", "Job", "tasker", {"spec": {"template": {"spec": {"containers": [
            {"name": "tasker", "command": ["/bin/bash", "-euc", script]}]}}}})

    def set_workers(self, count: int) -> None:
        self._patch("batch/v1", "Job", "worker", {"spec": {"parallelism": count}})

    def _patch(self, version: str, kind: str, name: str, content: dict) -> None:
        self._patches.append({"apiVersion": version, "kind": kind, "metadata": {"name": name}} | content)

    # --- starting

    def manifests(self) -> list[dict]:
        """What the overlay gives, with our settings."""
        self._patch("v1", "PersistentVolume", "asreview-storage", {"spec": {"local": {"path": str(self.folder)}}})
        folder = overlays.combine(
            self._home / "overlay", "overlays/single-computer", ["s3"] if self.bucket else [],
            namespace=self.kubectl.namespace,
            images=[{"name": "docker.io/library/rabbitmq", "newName": "localhost/rabbitmq", "newTag": "4"}],
            patches=[{"patch": yaml.safe_dump(each)} for each in self._patches],
        )
        return overlays.objects(overlays.build(folder))

    def apply(self, leave_out=lambda manifest: False) -> None:
        chosen = [each for each in self.manifests() if not leave_out(each)]
        self.kubectl("apply", "--filename", "-", stdin=broker_disk(self.kubectl.namespace, self._home / "broker"))
        self.kubectl("apply", "--filename", "-",
                     stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": chosen}))

    # --- while it runs

    def runs(self) -> list[Path]:
        return sorted(self.folder.glob(".shoal/runs/*/journal.jsonl"))

    def ends(self) -> list[dict]:
        """What the journals say of ended attempts."""
        lines = [line for run in self.runs() for line in run.read_bytes().rpartition(b"\n")[0].splitlines()]
        return [record for record in map(json.loads, lines) if record["e"] == "end"]

    def holders(self) -> list[str]:
        """The workers that run a command, by what their leases say."""
        found = []
        for lease in self.folder.glob(".shoal/runs/*/leases/*"):
            with contextlib.suppress(FileNotFoundError):  # it has just ended
                found.append(lease.read_text())
        return found

    def await_ends(self, count: int) -> None:
        wait_until(lambda: len(self.ends()) >= count, lambda: f"{count} commands ended, not {len(self.ends())}", 300)

    def log_of(self, selector: str) -> str:
        """All that pods of this kind have said."""
        return "\n".join(self.kubectl.logs(pod["metadata"]["name"]) for pod in self.kubectl.pods(selector))
