"""A study of ASReview, from the images to the tables, as the guide for one
computer has it."""

import json
import urllib.request

from kube.by_bash import finished_by_bash
from kube.study import TASKER, WORKER
from support.trees import listing_is_stable, study_differences
from support.waiting import wait_until

WORKERS = 3


def ready(study, selector: str) -> list[dict]:
    return [pod for pod in study.kubectl.pods(selector)
            if all(each["ready"] for each in pod["status"].get("containerStatuses", [{"ready": False}]))]


def await_all_ready(study) -> None:
    def are_ready() -> bool:
        assert not any(study.kubectl.job_condition("tasker")), "it ended too soon:\n" + study.log_of(TASKER)
        return len(ready(study, WORKER)) == WORKERS and len(ready(study, TASKER)) == 1

    wait_until(are_ready, lambda: "tasker and workers are ready:\n" + study.kubectl("get", "pods"), 180)


def numbers_of(pod: dict) -> str:
    with urllib.request.urlopen(f"http://{pod['status']['podIP']}:9464/metrics", timeout=10) as answer:
        return answer.read().decode()


def assert_tables_of_bash(study, tmp_path) -> None:
    expected = finished_by_bash(study.folder)
    assert list((expected / "output/tables").glob("*.csv")), "bash made no tables"
    differences = study_differences(expected / "output", study.folder / "output", listing_is_stable(tmp_path))
    assert not differences, "\n".join(differences)


def test_a_project_gives_the_tables_of_bash(study, store, tmp_path):
    store.make_bucket("results")
    study.use_store("results")
    study.apply()

    await_all_ready(study)
    for pod in ready(study, WORKER) + ready(study, TASKER):
        assert "\nshoal_" in numbers_of(pod), pod["metadata"]["name"]

    study.kubectl.await_job("tasker", timeout=900)
    # The workers leave by themselves, and nothing is left to delete by hand.
    study.kubectl.await_job("worker", timeout=120)
    phases = {pod["status"]["phase"] for pod in study.kubectl.pods(WORKER) + study.kubectl.pods(TASKER)}
    assert phases == {"Succeeded"}
    assert len(study.kubectl.pods(WORKER)) == WORKERS

    assert_tables_of_bash(study, tmp_path)
    assert_metrics_in(store.objects("results"), study)


def assert_metrics_in(objects: dict[str, bytes], study) -> None:
    """Each file of metrics under the run's prefix, as it is on the volume, and the manifest."""
    made = {str(path.relative_to(study.folder)): path.read_bytes()
            for path in study.folder.glob("output/**/metrics_*.json")}
    assert made
    (prefix,) = {key.partition("/")[0] for key in objects}
    manifest = [json.loads(line) for line in objects.pop(f"{prefix}/manifest.jsonl").splitlines()]
    assert objects == {f"{prefix}/{path}": content for path, content in made.items()}
    assert {each["path"] for each in manifest} == made.keys()
