"""docker/build-and-push.sh and deploy/nfs-volume, with programs on the PATH that
stand in for docker and kubectl and write down how they were called."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ["bash", "awk", "cat", "cp", "date", "dirname", "env", "find", "grep", "mkdir", "rm", "sed"]


@pytest.fixture
def place(tmp_path):
    """A copy of what the scripts need, and a PATH with nothing but plain tools."""
    for folder in ("docker", "deploy"):
        shutil.copytree(ROOT / folder, tmp_path / "repository" / folder)
    (tmp_path / "repository/docker/data/a.csv").write_text("x")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    return tmp_path


def program(place, name, text=""):
    file = place / "bin" / name
    file.write_text(f'#!/usr/bin/env bash\necho "{name} $*" >>"$CALLS"\n{text}')
    file.chmod(0o755)


def run(place, script, *arguments, folder="repository"):
    calls = place / "calls"
    calls.write_text("")
    done = subprocess.run(
        [str(place / "repository" / script), *arguments],
        cwd=place / folder,
        env={"PATH": str(place / "bin"), "CALLS": str(calls), "LANG": os.environ.get("LANG", "C")},
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done, [line for line in calls.read_text().splitlines() if not line.endswith(" info")]


BUILD = "docker/build-and-push.sh"


@pytest.mark.parametrize("tool", ["docker", "podman", "buildah"])
def test_builds_and_pushes_both_images(place, tool):
    program(place, tool)
    done, calls = run(place, BUILD, "me", "--tag", "7")
    assert done.returncode == 0, done.stderr
    assert calls == [
        f"{tool} build --file docker/worker.Dockerfile --tag docker.io/me/shoal-worker:7 .",
        f"{tool} build --file docker/tasker.Dockerfile --tag docker.io/me/shoal-tasker:7 .",
        f"{tool} push docker.io/me/shoal-worker:7",
        f"{tool} push docker.io/me/shoal-tasker:7",
    ]
    shown = yaml.safe_load(done.stdout[done.stdout.index("images:") :])
    assert shown["images"][1] == {
        "name": "shoal-tasker",
        "newName": "docker.io/me/shoal-tasker",
        "newTag": "7",
    }


def test_a_docker_without_its_daemon_is_passed_over(place):
    program(place, "docker", "exit 1\n")
    program(place, "buildah")
    done, calls = run(place, BUILD, "me", "--no-push")
    assert done.returncode == 0, done.stderr
    assert [call.split()[:2] for call in calls] == [["buildah", "build"]] * 2


def test_without_any_tool_it_says_what_to_install(place):
    done, _ = run(place, BUILD, "me")
    assert done.returncode == 1
    assert "There is no docker, podman or buildah here that works" in done.stderr


@pytest.mark.parametrize(
    "user, prefix, pushes",
    [
        ("me", "docker.io/me", True),
        ("ghcr.io/me", "ghcr.io/me", True),
        ("registry:5000/me", "registry:5000/me", True),
        ("localhost", "localhost", False),
    ],
)
def test_names_of_images(place, user, prefix, pushes):
    program(place, "docker")
    _, calls = run(place, BUILD, user, "--tag", "1")
    assert f"--tag {prefix}/shoal-worker:1 " in calls[0]
    assert any(" push " in call for call in calls) == pushes


@pytest.mark.parametrize("folder", ["repository", "."])
def test_writes_the_names_into_an_overlay(place, folder):
    program(place, "docker")
    overlay = place / "repository/deploy/overlays/cloud-nfs"
    before = yaml.safe_load((overlay / "kustomization.yaml").read_text())
    given = os.path.relpath(overlay, place / folder)
    done, _ = run(place, BUILD, "ghcr.io/me", "--tag", "9", "--overlay", given, folder=folder)
    assert done.returncode == 0, done.stderr
    after = yaml.safe_load((overlay / "kustomization.yaml").read_text())
    assert after["images"] == [
        {"name": f"shoal-{each}", "newName": f"ghcr.io/me/shoal-{each}", "newTag": "9"}
        for each in ("worker", "tasker")
    ]
    after["images"] = before["images"]
    assert after == before


def test_each_build_has_a_tag_of_its_own(place):
    program(place, "docker")
    _, calls = run(place, BUILD, "me", "--no-push")
    tag = calls[0].split("shoal-worker:")[1].split()[0]
    assert len(tag) == len("20260101-000000") and "latest" not in tag


def test_base_builder_and_packages_reach_the_build(place):
    program(place, "docker")
    _, calls = run(place, BUILD, "me", "--no-push", "--base", "b:1", "--builder", "c:2", "--packages", "x y")
    wanted = "--build-arg BASE=b:1 --build-arg BUILDER=c:2 --build-arg PACKAGES=x y"
    assert all(wanted in call for call in calls)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ([], "USER is missing"),
        (["Me"], "no capital letters"),
        (["me", "you"], "One USER"),
        (["me", "--tga", "1"], "There is no option --tga"),
        (["me", "--tag"], "--tag needs a value"),
        (["me", "--overlay", "deploy/nowhere"], "There is no folder deploy/nowhere"),
        (["me", "--overlay", "deploy/base/.."], "kustomization.yaml"),
    ],
)
def test_bad_usage_gets_a_sentence(place, arguments, sentence):
    program(place, "docker")
    done, calls = run(place, BUILD, *arguments)
    assert done.returncode == 2 and sentence in done.stderr
    assert not calls


def test_no_data_gets_a_sentence_before_hours_are_spent(place):
    program(place, "docker")
    (place / "repository/docker/data/a.csv").unlink()
    done, calls = run(place, BUILD, "me")
    assert done.returncode == 1 and "docker/data is empty" in done.stderr
    assert not calls


def test_a_build_that_fails_pushes_nothing(place):
    program(place, "docker", '[[ $1 != build || $* != *tasker.Dockerfile* ]]\n')
    done, calls = run(place, BUILD, "me")
    assert done.returncode == 1 and "image of the tasker could not be built" in done.stderr
    assert not any(" push " in call for call in calls)


NFS = "deploy/nfs-volume"
KUBECTL = """
case "$*" in
  *"get service nfs-server"*) printf '%s' "$ADDRESS" ;;
  *"get persistentvolumeclaim"*) printf 10Gi ;;
  *"get persistentvolume "*".spec.nfs.server"*) printf '%s' "$BEFORE" ;;
  *"get persistentvolume "*".status.phase"*) printf '%s' "$PHASE" ;;
  *apply*) cat >"$CALLS.yaml" ;;
esac
"""


def nfs(place, *arguments, address="10.0.0.7", before="", phase="Bound"):
    program(place, "kubectl", f"ADDRESS={address} BEFORE={before} PHASE={phase}\n" + KUBECTL)
    return run(place, NFS, *arguments)


def test_the_volume_names_the_address_of_the_server(place):
    done, calls = nfs(place, "other")
    assert done.returncode == 0, done.stderr
    volume = yaml.safe_load((place / "calls.yaml").read_text())
    assert volume["metadata"]["name"] == "asreview-storage-other"
    assert volume["spec"]["nfs"] == {"server": "10.0.0.7", "path": "/"}
    assert volume["spec"]["claimRef"] == {"namespace": "other", "name": "asreview-storage"}
    assert volume["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    assert "actimeo=0" in volume["spec"]["mountOptions"]
    claim = ROOT / "deploy/components/volume-nfs/claim.yaml"
    wanted = yaml.safe_load(claim.read_text())["spec"]["selector"]["matchLabels"]
    assert wanted.items() <= volume["metadata"]["labels"].items()
    assert "wait" in calls[-1]


def test_a_volume_that_fits_is_left_alone(place):
    done, calls = nfs(place, before="10.0.0.7")
    assert done.returncode == 0
    assert not any("apply" in call or "patch" in call for call in calls)


def test_a_volume_whose_claim_was_deleted_is_given_back(place):
    done, calls = nfs(place, before="10.0.0.7", phase="Released")
    assert done.returncode == 0
    assert any("patch persistentvolume asreview-storage-asreview-cloud" in call for call in calls)


def test_another_address_is_told_with_the_cure(place):
    done, calls = nfs(place, before="10.0.0.8")
    assert done.returncode == 1
    assert "names 10.0.0.8, but the server is at 10.0.0.7 now" in done.stderr
    assert not any("apply" in call for call in calls)


def test_no_server_is_told_with_the_cure(place):
    done, _ = nfs(place, address="''")
    assert done.returncode == 1
    assert "kubectl apply -k deploy/overlays/cloud-nfs" in done.stderr
