"""Pods that are deleted and killed while a study runs."""

from kube.study import BROKER, TASKER, WORKER
from kube.trouble import end_of, kill_by_memory
from support.waiting import wait_until
from test_study import assert_tables_of_bash


def busy_worker(study, *but_not: str) -> str:
    """A pod that runs a command. Workers are called after their pods' hosts."""
    found: list[str] = []

    def look() -> bool:
        holders = study.holders()
        found[:] = [
            pod["metadata"]["name"] for pod in study.kubectl.pods(WORKER)
            if pod["metadata"]["name"] not in but_not and pod["status"]["phase"] == "Running"
            and any(holder.startswith(pod["spec"]["hostname"] + "-") for holder in holders)
        ]
        return bool(found)

    wait_until(look, lambda: f"a worker is busy, not {study.holders()}:\n" + study.kubectl("get", "pods"), 120)
    return found[0]


def test_pods_that_vanish_lose_nothing(study, tmp_path):
    study.apply()
    kubectl = study.kubectl
    study.await_ends(2)

    deleted = busy_worker(study)
    kubectl("delete", "pod", deleted, "--grace-period=0", "--force")

    (tasker,) = kubectl.names(TASKER, "Running")
    kubectl("delete", "pod", tasker, "--wait=false")
    wait_until(lambda: kubectl.names(TASKER, "Running") not in ([], [tasker]), "another tasker is there", 180)

    (broker,) = kubectl.names(BROKER)
    before = kubectl.object("pod", broker)["metadata"]["uid"]
    kubectl("delete", "pod", broker)
    wait_until(lambda: kubectl.object("pod", broker)["metadata"]["uid"] != before, "another broker is there", 120)

    starved = busy_worker(study, deleted)
    kill_by_memory(kubectl, starved)
    assert end_of(kubectl.object("pod", starved))["reason"] == "OOMKilled"

    kubectl.await_job("tasker", timeout=900)
    kubectl.await_job("worker", timeout=180)
    # Nobody crashed over and over: each worker was started as often as it was killed.
    assert {end_of(pod)["exitCode"] for pod in kubectl.pods(WORKER)} <= {0, 137, 143}
    assert_tables_of_bash(study, tmp_path)
