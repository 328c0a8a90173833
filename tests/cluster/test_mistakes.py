"""What a newcomer sees who has made a mistake."""

import pytest

from kube.study import TASKER, WORKER
from support.waiting import wait_until


def await_reason(study, selector: str, reason: str) -> None:
    """Until the column STATUS of `kubectl get pods` says so of a pod."""
    wait_until(lambda: reason in study.kubectl("get", "pods", "--selector", selector),
               lambda: f"a pod is {reason}:\n" + study.kubectl("get", "pods"), 180)


def run_jobs(study, *lines: str) -> None:
    text = "\n".join(lines).replace("'", "'\\''")
    study.run_instead(f"cd /app/workdir; printf '%s\\n' '{text}' >jobs.sh; exec shoal run jobs.sh --broker env")
    study.apply()


def assert_workers_live(study) -> None:
    """A worker does not die of a command: each has left, or will, because the run is over."""
    assert {pod["status"]["phase"] for pod in study.kubectl.pods(WORKER)} <= {"Running", "Succeeded"}
    assert len(study.kubectl.pods(WORKER)) == 3


def test_a_command_that_fails_is_told_by_the_tasker(study):
    run_jobs(study, "echo fine > fine.txt", "sh -c 'echo the disk of this model is flat >&2; exit 7'")
    study.kubectl.await_job("tasker", "Failed")
    said = study.log_of(TASKER)
    assert "the disk of this model is flat" in said and "exit 7" in said, said
    assert "Error" in study.kubectl("get", "pods", "--selector", TASKER)
    # It would fail again, so nobody tries.
    assert len(study.kubectl.pods(TASKER)) == 1
    assert_workers_live(study)
    assert (study.folder / "fine.txt").read_text() == "fine\n"


def test_a_command_that_no_image_has_is_named(study):
    run_jobs(study, "my_model --input data.csv --output result.csv")
    study.kubectl.await_job("tasker", "Failed")
    said = study.log_of(TASKER)
    assert "my_model" in said and "The program was not found" in said, said
    assert_workers_live(study)


def test_a_wrong_password_is_told_by_tasker_and_workers(study):
    def is_ours(manifest: dict) -> bool:
        return manifest["kind"] == "Job"

    study.apply(leave_out=is_ours)
    wait_until(lambda: study.kubectl.object("statefulset", "rabbitmq-server")["status"].get("readyReplicas") == 1,
               "the broker is ready", 180)
    study.make_secret("not-the-broker's")
    study.apply()
    # They are tried again, with longer and longer pauses: a secret that is
    # corrected helps by itself.
    for selector in (TASKER, WORKER):
        await_reason(study, selector, "Error")
        said = study.log_of(selector)
        assert "Check the user and the password" in said, said
        assert "not-the-broker's" not in said
        assert "Check the user and the password" in study.kubectl("describe", "pods", "--selector", selector)


def test_a_secret_that_is_not_there_is_named_by_describe(study):
    study.kubectl("delete", "secret", "rabbitmq-default-user")
    study.apply()
    for selector in (TASKER, WORKER):
        await_reason(study, selector, "CreateContainerConfigError")
    assert 'secret "rabbitmq-default-user" not found' in study.kubectl("describe", "pods")


@pytest.mark.parametrize("missing, told", [
    ("PersistentVolumeClaim", 'persistentvolumeclaim "asreview-storage" not found'),
    ("PersistentVolume", "unbound"),
], ids=["claim", "volume"])
def test_a_volume_that_is_not_there_is_named_by_describe(study, missing, told):
    study.apply(leave_out=lambda manifest: manifest["kind"] == missing)
    wait_until(lambda: told in study.kubectl("describe", "pods"),
               lambda: "the pods tell of it:\n" + study.kubectl("describe", "pods"), 120)
    assert "Pending" in study.kubectl("get", "pods", "--selector", TASKER)
