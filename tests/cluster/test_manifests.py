"""What `deploy/` says, checked by the API server and by kubeconform."""

import json
import subprocess

import pytest

from kube import overlays
from kube.kubectl import Kubectl
from kube.node import PROGRAMS
from kube.schemas import write_schemas


def jobs_of(scaled_job: dict) -> dict:
    """The Job that KEDA would make of it."""
    return {
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": scaled_job["metadata"] | {"name": scaled_job["metadata"]["name"] + "-made"},
        "spec": scaled_job["spec"]["jobTargetRef"],
    }


# Parts that no overlay has switched on: what they are added to, and they.
ADDED = {
    "single-computer with S3 and numbers": ("overlays/single-computer", ["s3", "monitoring"]),
    "autoscaling with S3": ("overlays/cloud-rwx", ["autoscaling", "s3"]),
    "the operator's broker": ("base", ["rabbitmq-operator", "volume-claim"]),
}


@pytest.fixture(params=overlays.names() + list(ADDED))
def manifests(request, tmp_path) -> list[dict]:
    if request.param in ADDED:
        folder = overlays.combine(tmp_path / "overlay", *ADDED[request.param], namespace="asreview-cloud")
    else:
        folder = overlays.OVERLAYS / request.param
    found = overlays.objects(overlays.build(folder))
    return found + [jobs_of(each) for each in found if each["kind"] == "ScaledJob"]


@pytest.fixture(scope="module")
def no_trace(cluster):
    yield
    Kubectl("default")("delete", "namespace", "asreview-cloud", "--ignore-not-found")


@pytest.fixture
def namespaces(no_trace, manifests) -> list[str]:
    """Those that the manifests make, for a dry run makes none and wants them."""
    made = [each for each in manifests if each["kind"] == "Namespace"]
    Kubectl("default")("apply", "--filename", "-", stdin=as_list(made))
    return [each["metadata"]["name"] for each in made]


def as_list(items: list[dict]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


def test_there_are_overlays():
    assert {"single-computer", "cloud-nfs", "cloud-rwx"} <= set(overlays.names())


def test_the_server_would_take_them(namespaces, manifests):
    answer = Kubectl(namespaces[0]).try_("apply", "--dry-run=server", "--validate=strict", "--filename", "-",
                                         stdin=as_list(manifests))
    assert answer.code == 0, str(answer)
    # Of pods that the namespace's own rule would refuse, among others. The NFS
    # server has to be one of them, and the overlay lets it.
    assert not [line for line in answer.err.splitlines() if 'container "nfs-server"' not in line], str(answer)


def test_kubeconform_finds_nothing(cluster, manifests, tmp_path):
    location = write_schemas(tmp_path, {(each["apiVersion"], each["kind"]) for each in manifests})
    done = subprocess.run(
        [PROGRAMS / "kubeconform", "-strict", "-summary", "-output", "json", "-schema-location", location],
        input="\n---\n".join(map(json.dumps, manifests)), capture_output=True, text=True, check=False,
    )
    answer = json.loads(done.stdout)
    assert done.returncode == 0, json.dumps(answer, indent=2) + done.stderr
    assert answer["summary"]["valid"] == len(manifests), answer


def test_everything_is_in_the_one_namespace(namespaces, manifests):
    assert len(namespaces) == 1
    kinds_without = {"Namespace", "PersistentVolume", "StorageClass", "ClusterRole", "ClusterRoleBinding"}
    elsewhere = [f"{each['kind']} {each['metadata']['name']}" for each in manifests
                 if each["kind"] not in kinds_without and each["metadata"].get("namespace") != namespaces[0]]
    assert not elsewhere


@pytest.mark.parametrize("manifest, complaint", [
    ({"kind": "RabbitmqCluster", "apiVersion": "rabbitmq.com/v1beta1", "metadata": {"name": "x"},
      "spec": {"replicass": 1}}, 'unknown field "spec.replicass"'),
    ({"kind": "ScaledJob", "apiVersion": "keda.sh/v1alpha1", "metadata": {"name": "x"},
      "spec": {"jobTargetRef": {"template": {}}, "triggers": [{"type": "rabbitmq", "metadata": {"value": 1}}]}},
     "spec.triggers[0].metadata.value"),
    ({"kind": "PodMonitor", "apiVersion": "monitoring.coreos.com/v1", "metadata": {"name": "x"}, "spec": {}},
     "spec.selector: Required"),
])
def test_a_mistake_in_the_kinds_of_others_is_found(cluster, manifest, complaint):
    answer = Kubectl("default").try_("apply", "--dry-run=server", "--filename", "-", stdin=json.dumps(manifest))
    assert answer.code != 0 and complaint in answer.err, str(answer)
