"""Uploads while a run goes on: which files, when, and what is told of them."""

import json
import re
from pathlib import Path

import pytest

from support.cluster import Cluster
from support.project import Project
from support.s3 import BUCKET, SECRET, S3Server, sha256

# Stands for the real one where only its files matter.
ASREVIEW = """#!/bin/sh
for last; do :; done
mkdir -p "$(dirname "$last")"
printf '%s' "$*" > "$last"
"""
STUDY = """mkdir -p out
asreview metrics a.asreview -o out/metrics/a.json
asreview metrics b.asreview -o 'out/metrics/b é+:=@&%~*().json'
tick sim > out/other.txt
"""
ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


@pytest.fixture
def study(project: Project, s3: S3Server) -> Project:
    """With metrics to make, and a server for them."""
    project.tool("asreview", ASREVIEW)
    for name in ("a", "b"):
        project.write(f"{name}.asreview", name)
    project.jobs(STUDY)
    project.environment |= s3.environment()
    return project


def run_folder(project: Project) -> Path:
    return max((project.folder / ".shoal/runs").iterdir())


def journal(project: Project) -> list[dict]:
    return [json.loads(line) for line in (run_folder(project) / "journal.jsonl").read_text().splitlines()]


def without_prefix(objects: dict[str, bytes]) -> dict[str, bytes]:
    return {key.partition("/")[2]: data for key, data in objects.items()}


def test_metrics_are_uploaded_under_the_time_of_the_start(study: Project, s3: S3Server) -> None:
    result = study.run()
    assert result.code == 0, result
    objects = s3.objects()
    prefixes = {key.partition("/")[0] for key in objects}
    assert len(prefixes) == 1 and ISO_TIME.fullmatch(prefixes.pop())
    named = without_prefix(objects)
    manifest = named.pop("manifest.jsonl")
    assert sorted(named) == ["out/metrics/a.json", "out/metrics/b é+:=@&%~*().json"]
    for path, data in named.items():
        assert data == (study.folder / path).read_bytes()
    assert manifest == (run_folder(study) / "manifest.jsonl").read_bytes()
    assert "2 files" in result.err and f"s3://{BUCKET}/" in result.err, result


def test_the_manifest_names_what_is_there(study: Project, s3: S3Server) -> None:
    study.run("--s3-prefix", "a/b")
    objects = s3.objects()
    rows = [json.loads(line) for line in objects.pop("a/b/manifest.jsonl").decode().splitlines()]
    assert {row["key"] for row in rows} == set(objects)
    for row in rows:
        assert row["sha256"] == sha256(objects[row["key"]])
        assert row["size"] == len(objects[row["key"]])
        assert row["key"] == f"a/b/{row['path']}"
        assert row["attempt"] == 1
    assert [row["command"] for row in rows] == [2, 3]


def test_all_outputs(study: Project, s3: S3Server) -> None:
    assert study.run("--upload", "all-outputs", "--s3-prefix", "p").code == 0
    assert set(s3.keys()) == {
        "p/manifest.jsonl", "p/out/other.txt", "p/out/metrics/a.json", "p/out/metrics/b é+:=@&%~*().json",
    }


def test_globs(study: Project, s3: S3Server) -> None:
    assert study.run("--upload", "out/*.txt", "--upload", "**/a.*", "--s3-prefix", "p").code == 0
    assert set(s3.keys()) == {"p/manifest.jsonl", "p/out/other.txt", "p/out/metrics/a.json"}


def test_none_and_nothing_set_up(study: Project, s3: S3Server) -> None:
    assert study.run("--upload", "none").code == 0
    assert s3.keys() == []
    for name in s3.environment():
        del study.environment[name]
    assert study.run("--fresh").code == 0
    assert s3.keys() == []


def test_a_run_that_goes_on_keeps_its_prefix(study: Project, s3: S3Server) -> None:
    study.jobs("asreview metrics a.asreview -o a.json\n")
    assert study.run("--s3-prefix", "kept").code == 0
    study.jobs("asreview metrics a.asreview -o a.json\nasreview metrics b.asreview -o b.json\n")
    assert study.run().code == 0
    assert set(s3.keys()) == {"kept/a.json", "kept/b.json", "kept/manifest.jsonl"}
    assert len(s3.objects()["kept/manifest.jsonl"].splitlines()) == 2


def test_a_wrong_key_is_explained_and_never_shown(study: Project, s3: S3Server) -> None:
    study.environment["S3_AWS_SECRET_ACCESS_KEY"] = "wr0ng-s3cret"
    result = study.run()
    assert result.code == 1, result
    assert "upload failed" in result.err
    assert "the secret key is wrong" in result.err
    status = study.shoal("status")
    assert "2 failed to upload" in status.out, status
    files = [path for path in (study.folder / ".shoal").rglob("*") if path.is_file()]
    for text in (result.err, status.out, *(path.read_text(errors="replace") for path in files)):
        assert "wr0ng-s3cret" not in text and SECRET not in text


def test_only_the_upload_is_tried_again(study: Project, s3: S3Server) -> None:
    s3.kill()
    study.environment["AWS_MAX_ATTEMPTS"] = "2"
    study.jobs("tick one > out.txt\ncat out.txt > copy.txt\n")
    result = study.run("--upload", "out.txt", "--s3-prefix", "p")
    assert result.code == 1, result
    assert "the server was not reached" in result.err
    assert study.has("copy.txt"), "a command behind it goes on"
    ends = [record["class"] for record in journal(study) if record["e"] == "end" and record["c"] == 1]
    assert ends == ["upload_failed", "upload_failed"], "once more at the end of the run"
    s3.start()
    again = study.run("--upload", "out.txt")
    assert again.code == 0, again
    assert study.ticks() == ["one"]
    assert set(s3.keys()) == {"p/out.txt", "p/manifest.jsonl"}
    assert study.run("--upload", "out.txt").code == 0


def test_uploading_a_run_afterwards(study: Project, s3: S3Server) -> None:
    assert study.run("--upload", "none").code == 0
    result = study.shoal("upload", "--s3-prefix", "late")
    assert result.code == 0, result
    assert "2 files" in result.err
    more = study.shoal("upload", "--glob", "out/*.txt")
    assert more.code == 0, more
    named = s3.objects()
    assert set(named) == {
        "late/manifest.jsonl", "late/out/other.txt", "late/out/metrics/a.json",
        "late/out/metrics/b é+:=@&%~*().json",
    }
    assert len(named["late/manifest.jsonl"].splitlines()) == 3
    assert study.run("--upload", "none").code == 0
    assert study.ticks() == ["sim"]


def test_uploading_afterwards_knows_a_table_that_the_run_was_given(project: Project, s3: S3Server) -> None:
    project.environment |= s3.environment()
    project.tool("fill", '#!/bin/sh\necho full >"$1"\n')
    project.write("tables/mine.toml", '[[command]]\nprogram = ["fill"]\nargument = [{ writes = "{}" }]\n')
    project.jobs("fill out.bin\n")
    assert project.run("--commands", "tables/mine.toml", "--upload", "none").code == 0
    result = project.shoal("upload", "--commands", "tables/mine.toml", "--glob", "all-outputs", "--s3-prefix", "p")
    assert result.code == 0, result
    assert s3.objects()["p/out.bin"] == b"full\n"


@pytest.mark.parametrize(
    ("changes", "arguments", "sentence"),
    [
        ({"S3_AWS_SECRET_ACCESS_KEY": ""}, [], "S3_AWS_SECRET_ACCESS_KEY: it is not set"),
        ({"S3_ENDPOINT_URL": "localhost:9000"}, [], "S3_ENDPOINT_URL: it does not begin with"),
        ({"S3_BUCKET": "No"}, [], "S3_BUCKET: 'No' can be no bucket"),
        ({}, ["--upload", "none", "--upload", "metrics"], "none stands beside other choices"),
        ({}, ["--upload", "/etc/*"], "'/etc/*' is no path below the working folder"),
    ],
)
def test_bad_input_starts_nothing(study: Project, changes: dict, arguments: list, sentence: str) -> None:
    study.environment |= changes
    result = study.run(*arguments)
    assert result.code == 2, result
    assert sentence in result.err
    assert study.ticks() == []


def test_doctor_checks_the_bucket(study: Project, s3: S3Server) -> None:
    result = study.shoal("doctor", "--s3")
    assert result.code == 0, result
    assert f"The bucket {BUCKET}" in result.out
    assert "It comes back as it was." in result.out
    assert "It can be deleted." in result.out
    assert s3.keys() == []


def test_doctor_names_the_cure(study: Project) -> None:
    study.environment["S3_BUCKET"] = "other-bucket"
    result = study.shoal("doctor", "--s3")
    assert result.code == 3, result
    assert "there is no such bucket. Make it, or name another one with S3_BUCKET" in result.out
    del study.environment["S3_AWS_ACCESS_KEY_ID"], study.environment["S3_AWS_SECRET_ACCESS_KEY"]
    assert "Set S3_AWS_ACCESS_KEY_ID and S3_AWS_SECRET_ACCESS_KEY" in study.shoal("doctor", "--s3").out


def test_three_workers_leave_exactly_the_metrics(study: Project, s3: S3Server, cluster: Cluster) -> None:
    names = [f"m{i}" for i in range(12)]
    study.jobs("".join(f"asreview metrics a.asreview -o out/{name}.json\n" for name in names) + "tick x > out/x.txt\n")
    workers = [cluster.worker(slots=2) for _ in range(3)]
    result = cluster.tasker("--s3-prefix", "p").wait(120)
    assert result.code == 0, result
    for worker in workers:
        assert worker.wait().code == 0, worker.err
    named = s3.objects()
    named.pop("p/manifest.jsonl")
    assert set(named) == {f"p/out/{name}.json" for name in names}
    for key, data in named.items():
        assert data == (study.folder / key.removeprefix("p/")).read_bytes()
    assert "12 files" in result.err


def test_a_worker_without_credentials_says_so(study: Project, s3: S3Server, cluster: Cluster) -> None:
    with_credentials = dict(study.environment)
    for name in ("S3_AWS_ACCESS_KEY_ID", "S3_AWS_SECRET_ACCESS_KEY"):
        del study.environment[name]
    worker = cluster.ready_worker()
    study.environment |= with_credentials
    result = cluster.tasker("--s3-prefix", "p").wait(120)
    assert result.code == 1, result
    assert "Set S3_AWS_ACCESS_KEY_ID and S3_AWS_SECRET_ACCESS_KEY" in result.err
    assert worker.wait().code == 0
    assert SECRET not in (run_folder(study) / "journal.jsonl").read_text()
    again = cluster.run()
    assert again.code == 0, again
    assert study.ticks() == ["sim"]
    assert len(s3.keys()) == 3
