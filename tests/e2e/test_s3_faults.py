"""Uploads over bad networks and to servers that die: every object arrives, once and whole."""

import json
import os

import pytest

from support.makita import STUDIES, TOOLS, write_study
from support.project import Project
from support.s3 import S3Server, sha256
from support.waiting import wait_until

FILES = 100


def many_files(project: Project) -> None:
    """Small ones, and a few that are larger than what one packet or one request takes."""
    large = [1_000_000, 3_000_000, 20_000_000]
    lines = [f"echo {i} > out/{i}.txt" for i in range(FILES)]
    lines += [f"head -c {size} /dev/urandom > out/large-{size}" for size in large]
    project.jobs("mkdir -p out\n" + "\n".join(lines) + "\n")


def assert_all_there(project: Project, s3: S3Server, prefix: str = "p") -> None:
    objects = s3.objects()
    manifest = objects.pop(f"{prefix}/manifest.jsonl")
    files = {f"{prefix}/out/{path.name}": path for path in (project.folder / "out").iterdir()}
    assert set(objects) == set(files)
    for key, path in files.items():
        assert sha256(objects[key]) == sha256(path.read_bytes()), key
    rows = [json.loads(line) for line in manifest.splitlines()]
    assert sorted(row["key"] for row in rows) == sorted(files), "each once"
    # One whose very beginning was not answered is unknown to shoal, and empty.
    for upload in s3.client().list_multipart_uploads(Bucket="asreview-storage").get("Uploads", []):
        parts = s3.client().list_parts(Bucket="asreview-storage", Key=upload["Key"], UploadId=upload["UploadId"])
        assert not parts.get("Parts"), "no parts are left over"


def run_all(project: Project, timeout: float = 180):
    return project.run("-j4", "--upload", "all-outputs", "--s3-prefix", "p", timeout=timeout)


def test_connections_that_are_reset(project: Project, s3: S3Server, bad_network) -> None:
    network = bad_network(resets=0.1)
    project.environment |= s3.environment(network.port)
    many_files(project)
    result = run_all(project)
    assert result.code == 0, result
    assert network.troubles >= 3
    assert_all_there(project, s3)


def test_a_server_that_is_busy(project: Project, s3: S3Server, bad_network) -> None:
    network = bad_network(refusals=0.1)
    project.environment |= s3.environment(network.port)
    many_files(project)
    result = run_all(project)
    assert result.code == 0, result
    assert network.troubles >= 3
    assert_all_there(project, s3)


def test_connections_on_which_nothing_moves(project: Project, s3: S3Server, bad_network) -> None:
    network = bad_network(stalls=2)
    project.environment |= s3.environment(network.port)
    many_files(project)
    result = run_all(project)
    assert result.code == 0, result
    assert network.troubles == 2
    assert_all_there(project, s3)


def test_a_server_that_is_killed_and_comes_back(project: Project, s3: S3Server) -> None:
    project.environment |= s3.environment()
    many_files(project)
    running = project.start_run("-j4", "--upload", "all-outputs", "--s3-prefix", "p")
    for _ in range(3):
        seen = len(s3.keys())
        wait_until(lambda: len(s3.keys()) > seen or not running.alive(), "some more objects arrive")
        s3.kill()
        s3.start()
    result = running.wait(180)
    assert result.code == 0, result
    assert_all_there(project, s3)


def test_slow_uploads_do_not_hold_up_commands(project: Project, s3: S3Server, bad_network) -> None:
    network = bad_network()
    network.held.set()
    project.environment |= s3.environment(network.port)
    names = [f"t{i}" for i in range(20)]
    project.jobs("".join(f"tick {name} > {name}.txt\n" for name in names))
    running = project.start_run("-j1", "--upload", "*.txt", "--s3-prefix", "p")
    wait_until(lambda: len(project.ticks()) == len(names), "all commands have run")
    assert s3.keys() == []
    network.held.clear()
    result = running.wait(120)
    assert result.code == 0, result
    assert len(s3.keys()) == len(names) + 1


def test_commands_wait_beyond_the_bound(project: Project, s3: S3Server, bad_network) -> None:
    bound = 64
    network = bad_network()
    network.held.set()
    project.environment |= s3.environment(network.port)
    count = bound + 20
    project.jobs("".join(f"tick {i} > {i}.txt\n" for i in range(count)))
    running = project.start_run("-j1", "--upload", "*.txt", "--s3-prefix", "p")
    # One more runs and then keeps its slot.
    wait_until(lambda: len(project.ticks()) >= bound + 1, "as many as may have run")
    running.await_said("64 commands uploading", 60)
    assert len(project.ticks()) == bound + 1
    network.held.clear()
    assert running.wait(120).code == 0
    assert len(project.ticks()) == count


def test_a_shoal_that_is_killed_while_it_uploads(project: Project, s3: S3Server, bad_network) -> None:
    network = bad_network()
    network.held.set()
    project.environment |= s3.environment(network.port)
    many_files(project)
    running = project.start_run("-j4", "--upload", "all-outputs", "--s3-prefix", "p")
    wait_until(lambda: network.connections > 0, "it uploads")
    running.kill()
    network.held.clear()
    result = run_all(project)
    assert result.code == 0, result
    assert_all_there(project, s3)


def test_stopping_a_run_whose_server_is_silent(project: Project, s3: S3Server, bad_network) -> None:
    network = bad_network(stalls=1000)
    project.environment |= s3.environment(network.port)
    project.jobs("tick one > out.txt\n")
    running = project.start_run("--upload", "out.txt", "--s3-prefix", "p")
    wait_until(lambda: network.connections > 0, "it uploads")
    running.interrupt()
    running.interrupt()
    assert running.wait(20).code == 130
    project.environment |= s3.environment()
    again = project.run("--upload", "out.txt")
    assert again.code == 0, again
    assert project.ticks() == ["one"], "the command is not run again"
    assert set(s3.keys()) == {"p/out.txt", "p/manifest.jsonl"}


@pytest.mark.asreview
def test_a_makita_study_on_three_workers_leaves_its_metrics(project: Project, s3: S3Server, cluster) -> None:
    write_study(project.folder, "basic", *STUDIES["basic"])
    project.environment |= s3.environment()
    project.environment["PATH"] = f"{TOOLS}:{os.environ['PATH']}"
    project.environment |= {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    workers = [cluster.worker() for _ in range(3)]
    result = cluster.tasker("--s3-prefix", "p").wait(900)
    assert result.code == 0, result
    for worker in workers:
        assert worker.wait().code == 0, worker.err
    metrics = {
        f"p/{path.relative_to(project.folder)}": path
        for path in (project.folder / "output").rglob("metrics_sim_*.json")
    }
    assert metrics
    objects = s3.objects()
    objects.pop("p/manifest.jsonl")
    assert set(objects) == set(metrics)
    for key, path in metrics.items():
        assert objects[key] == path.read_bytes()
