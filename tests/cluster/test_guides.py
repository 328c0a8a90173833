"""The commands of the guides, as they stand there, on the cluster. support/guides.py
names the blocks of each test; where a test gives them names, a new one does not fit."""

import shutil
from pathlib import Path

import pytest

from kube import node
from kube.guide import BASES, NAMESPACE, STORAGE, GuideReader, a_reader, everything
from kube.kubectl import Kubectl
from kube.registry import HOST, Registry, Workshop
from kube.store import KEY, SECRET, Store
from kube.store import NAME as STORE
from kube.study import TASKER, WORKER, local_volume
from support.guides import blocks, of_test
from support.waiting import wait_until

TABLE = "output/tables/metrics_sim_all.csv"


@pytest.fixture
def reader(cluster, tmp_path):
    with a_reader(tmp_path) as made:
        yield made


@pytest.fixture
def kubectl(reader) -> Kubectl:
    return reader.kubectl


@pytest.fixture
def workshop(reader) -> Workshop:
    """Where the reader builds images."""
    made = Workshop()
    reader.variables |= made.variables
    yield made
    made.end()


@pytest.fixture
def registry(cluster, tmp_path) -> Registry:
    made = Registry(tmp_path)
    yield made
    made.end()


def texts_of(test: str) -> list[str]:
    return [block.text for block in of_test(__file__, test)]


def with_our_bases(text: str) -> str:
    lines = [f"{line} {BASES}" if "build-and-push.sh" in line else line for line in text.splitlines()]
    return "\n".join(lines).replace("YOURUSER", f"{HOST}/me")


PASSWORD, START = (block.text for block in blocks("docs/kubernetes-single-computer.md") if block.heading[:2] in ("4.", "5."))


def await_run(kubectl: Kubectl) -> None:
    wait_until(lambda: kubectl.try_("exec", "deployment/desk", "--", "shoal", "status").code == 0,
               lambda: "a run has begun:\n" + kubectl("get", "pods"), 300)


def await_ready(kubectl: Kubectl, selector: str) -> None:
    kubectl("wait", "--for=condition=Ready", "pod", "--selector", selector, "--timeout=180s", timeout=200)


# Long enough for all that is typed meanwhile. A project that is on the volume is run as it is.
SLOW_PROJECT = "mkdir -p output/tables\n" + "sleep 4\n" * 30 + f"echo done > {TABLE}\n"


def assert_results(reader: GuideReader) -> None:
    table = reader.folder / TABLE
    assert table.stat().st_size > 0
    table.unlink()


def test_the_guide_for_a_single_computer(reader, workshop, kubectl):
    log = None
    for block in of_test(__file__, "test_the_guide_for_a_single_computer"):
        if "logs -f" in block.text:
            # The guide goes on in another terminal while this one shows the log.
            log = reader.begin(block.text)
            await_run(kubectl)
        else:
            said = reader.type(with_our_bases(block.text))
        if "build-and-push" in block.text:
            # The same ones are in the cluster; the guide's ways to bring them there are the cluster's own.
            assert "localhost/shoal-tasker" in reader.type("buildah images")
        if "condition=Complete job/tasker job/worker" in block.text:
            assert "shoal run jobs.sh" in reader.end(log)
        if "tar -xf" in block.text:
            assert "metrics_sim_all.csv" in said
            assert_results(reader)
        if "delete job" in block.text and "apply" not in block.text:
            assert kubectl.names() and not kubectl.objects("jobs")
    assert everything.try_("get", "namespace", NAMESPACE).code != 0


def shared_volume(reader: GuideReader, storage_class: str) -> str:
    """What a storage class that knows ReadWriteMany would make."""
    folder = reader.home / "shared"
    folder.mkdir()
    return local_volume("shared-volume", folder, f"{NAMESPACE}/asreview-storage", storage_class, "1Ti", "ReadWriteMany")


STORAGE_CLASS = """
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: standard-rwx}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: Immediate
"""


@pytest.fixture
def storage_class(cluster):
    everything("apply", "--filename", "-", stdin=STORAGE_CLASS)
    yield
    everything("delete", "storageclass", "standard-rwx")


def test_the_guide_for_a_cloud(reader, workshop, registry, storage_class, kubectl):
    """With images that the node fetches from a registry."""
    everything("apply", "--filename", "-", stdin=shared_volume(reader, "standard-rwx"))
    build_again, settings, classes, build, password, apply, watch, clean_up = map(
        with_our_bases, texts_of("test_the_guide_for_a_cloud"))
    assert "standard-rwx" in reader.type(classes)
    shutil.copy(reader.folder / "examples/data/Coral_Recovery.csv", reader.folder / "docker/data")
    for each in (build, build_again):
        reader.type(each)
    overlay = (reader.folder / "deploy/overlays/cloud-rwx/kustomization.yaml").read_text()
    assert overlay.count(f"newName: {HOST}/me/shoal-") == 2
    reader.edit("cloud-rwx", **{"parallelism: 8": "parallelism: 3"})
    reader.type(password)
    reader.type(apply)
    await_run(kubectl)
    assert "shoal run jobs.sh" in reader.type(watch)
    assert_results(reader)
    # The node has room for one worker at a time. The others come when the run is over, and leave;
    # so they do when there is nothing to do from the beginning.
    kubectl.await_job("worker", timeout=180)
    reader.type(settings)
    kubectl.await_job("tasker")
    kubectl.await_job("worker", timeout=180)
    reader.type(clean_up)
    assert everything.try_("get", "namespace", NAMESPACE).code != 0


def test_the_volume_of_the_nfs_server(reader, workshop, registry, kubectl):
    """As far as a kernel gets that cannot mount it: the server is there, its address is in
    the volume, and whoever speaks NFS can write there as the user of the pods."""
    in_readme, start_it, clean_up = texts_of("test_the_volume_of_the_nfs_server")
    (reader.home / "disk").mkdir()
    disk = local_volume("nfs-disk", reader.home / "disk", f"{NAMESPACE}/nfs-data", "standard", "10Gi", "ReadWriteOnce")
    everything("apply", "--filename", "-", stdin=disk)
    first, follow_log = in_readme.replace("MY/DATA.csv", "examples/data/Coral_Recovery.csv").rstrip().rsplit("\n", 1)
    reader.type(with_our_bases(first))
    reader.type(start_it)  # once more, which changes nothing
    volume = everything.object("persistentvolume", f"asreview-storage-{NAMESPACE}")
    assert volume["status"]["phase"] == "Bound"
    address = volume["spec"]["nfs"]["server"]
    assert address == kubectl.object("service", "nfs-server")["spec"]["clusterIP"]
    kubectl("wait", "--for=condition=Available", "deployment/nfs-server", "--timeout=120s")
    reader.type(f"nfs-cp examples/README.md 'nfs://{address}//from-outside?version=4&uid=1000&gid=1000'")
    assert (reader.home / "disk/files/from-outside").stat().st_uid == 1000
    if "nfs" not in Path("/proc/filesystems").read_text().split():
        wait_until(lambda: "MountVolume.SetUp failed" in kubectl("describe", "pods", "--selector", TASKER),
                   "the pod of the tasker says that it cannot mount the volume", 120)
        assert f"{address}:/" in kubectl("describe", "pods", "--selector", TASKER)
        assert reader.begin(follow_log).wait(60) != 0
    reader.type(clean_up)
    assert not everything.objects("persistentvolumes", "app.kubernetes.io/name=nfs-server")


def test_the_guide_for_results_to_s3(reader, store: Store, kubectl):
    secret, forget, stop, doctor = texts_of("test_the_guide_for_results_to_s3")
    secret = (secret.replace("eu-west-1", "us-east-1").replace("https://s3.example.org", STORE)
              .replace("YOURKEY", KEY).replace("YOURSECRET", SECRET).replace("my-bucket", "guide"))
    store.make_bucket("guide")
    reader.edit("single-computer", **{"# - ../../components/s3": "- ../../components/s3"})
    for each in (PASSWORD, secret, START):
        reader.type(each)
    await_run(kubectl)
    await_ready(kubectl, TASKER)
    assert "guide" in reader.type(doctor)
    kubectl.await_job("tasker", timeout=900)
    keys = store.objects("guide")
    assert any("/metrics/metrics_sim_" in key for key in keys) and any(key.endswith("/manifest.jsonl") for key in keys)
    # To change it later.
    for each in (forget, secret, stop, START):
        reader.type(each)
    kubectl.await_job("tasker")


def test_the_commands_of_every_day(reader, kubectl):
    data, pods, follow_log, status, log_17, more, pause, cancel, stop, fetch, scale = texts_of("test_the_commands_of_every_day")
    (reader.folder / "data").mkdir()
    shutil.copy(reader.folder / "examples/data/Coral_Recovery.csv", reader.folder / "data")
    node.inside("sh", "-c", f"printf '{SLOW_PROJECT}' >{STORAGE}/jobs.sh && chown -R 1000:1000 {STORAGE}")
    reader.type(PASSWORD)
    reader.type(data.replace("cloud-rwx", "single-computer"))
    await_run(kubectl)
    assert "tasker" in reader.type(pods)
    await_ready(kubectl, TASKER)
    log = reader.begin(follow_log)
    reader.type(status)
    reader.type(more)
    wait_until(lambda: len(kubectl.names(WORKER)) > 3, "there are more workers")
    for job in ("tasker", "worker"):
        reader.type(pause.replace("job tasker", f"job {job}"))
    assert "shoal run jobs.sh" in reader.end(log)
    wait_until(lambda: not kubectl.pods(TASKER) + kubectl.pods(WORKER), "the pods are gone", 180)
    for job in ("tasker", "worker"):
        reader.type(pause.replace("job tasker", f"job {job}").replace("true", "false"))
    await_ready(kubectl, TASKER)
    reader.type(cancel)
    kubectl.await_job("tasker", "Failed")
    reader.type(stop)
    reader.type(START)
    kubectl.await_job("tasker", timeout=900)
    reader.type(log_17)
    reader.type(fetch)
    assert_results(reader)

    # Workers that stay.
    reader.edit("with-deployment", **{"../cloud-rwx #": "../single-computer #"})
    reader.type(stop)
    reader.type("kubectl apply -k deploy/overlays/with-deployment")
    kubectl("wait", "--for=condition=Available", "deployment/worker", "--timeout=120s")
    reader.type(scale)
    wait_until(lambda: not kubectl.pods(WORKER), "the workers are gone", 180)


def test_the_commands_of_troubleshooting(reader, storage_class, kubectl):
    first_look, status, doctor, pvc, delete_pvc, new_password, queues, stop, delete_all, fetch = texts_of(
        "test_the_commands_of_troubleshooting")
    apply = START.replace("single-computer", "cloud-rwx")
    reader.use_our_images("cloud-rwx")
    # A class that does not know ReadWriteMany, and cannot be changed.
    reader.edit("cloud-rwx", **{"storageClassName: standard-rwx": "storageClassName: standard"})
    reader.type(PASSWORD)
    reader.type(apply)
    assert "asreview-storage" in reader.type(first_look)
    assert "Pending" in reader.type(pvc)
    reader.edit("cloud-rwx", **{"storageClassName: standard": "storageClassName: standard-rwx"})
    reader.type(delete_pvc)
    reader.type(apply)
    volume = shared_volume(reader, "standard-rwx")
    (reader.home / "shared/jobs.sh").write_text(SLOW_PROJECT)
    everything("apply", "--filename", "-", stdin=volume)
    wait_until(lambda: "Bound" in reader.type(pvc), "the claim is bound")
    await_run(kubectl)
    await_ready(kubectl, TASKER)
    reader.type(status)
    reader.type(doctor)
    assert ".tasks.default" in reader.type(queues)

    kubectl("delete", "secret", "rabbitmq-default-user")
    kubectl("create", "secret", "generic", "rabbitmq-default-user", "--from-literal=username=shoal",
            "--from-literal=password=made-anew")
    reader.type(new_password)
    kubectl.await_job("tasker", timeout=900)
    reader.type(fetch)
    assert_results(reader)
    reader.type(stop)
    reader.type(apply)  # with the new password
    kubectl.await_job("tasker")
    reader.type(delete_all)
    assert not kubectl.objects("jobs")
