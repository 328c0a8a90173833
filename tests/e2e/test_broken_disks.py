"""Disks that are read-only or full: a sentence, an exit code, and nothing lost."""

import shutil
import subprocess

import pytest

pytestmark = pytest.mark.mounts


@pytest.fixture
def in_namespace(namespaces, project, binary, tmp_path):
    """Runs a shell script in a mount namespace of its own, with $SHOAL set."""

    def run(script: str):
        return subprocess.run(
            [*namespaces, "bash", "-euc", script, "bash", str(project.folder)],
            cwd=tmp_path, env=project.environment | {"SHOAL": str(binary)},
            capture_output=True, text=True, timeout=120, check=False,
        )

    return run


def test_an_unwritable_folder_is_named_and_nothing_starts(in_namespace, project):
    project.jobs("tick A\necho hello > hello.txt\n")
    done = in_namespace(
        """
        mount --bind "$1" "$1"
        mount -o remount,ro,bind "$1"
        cd "$1"
        "$SHOAL" run jobs.sh
        """
    )
    assert done.returncode == 3, done
    assert str(project.folder) in done.stderr, done
    assert project.ticks() == []


def test_a_disk_that_fills_up_costs_a_pause_only(in_namespace, project, tmp_path):
    """The disk is full from command 4 on; after room is made, the run goes on."""
    count = 400
    lines = ["tick A && echo first > first.txt", "echo second > second.txt"]
    lines += ["head -c 4M /dev/zero > filler"]
    lines += [f"echo {number} > small-{number}.txt" for number in range(count)]
    project.jobs("\n".join(lines) + "\n")
    kept = tmp_path / "kept"
    kept.mkdir()
    done = in_namespace(
        f"""
        mkdir disk
        mount -t tmpfs -o size=1M tmpfs disk
        cp "$1"/* disk
        cd disk
        "$SHOAL" run jobs.sh -j2 2> "{kept}/first.err" && echo 0 > "{kept}/first" || echo $? > "{kept}/first"
        mount -o remount,size=64M tmpfs .
        "$SHOAL" run jobs.sh -j2 2> "{kept}/second.err"
        cp *.txt "{kept}"
        """
    )
    first_error = (kept / "first.err").read_text()
    assert done.returncode == 0, (done, first_error, (kept / "second.err").read_text())
    assert (kept / "first").read_text() == "3\n", first_error
    assert "No space left" in first_error or "full" in first_error, first_error
    assert (kept / "first.txt").read_text() == "first\n"
    for number in range(count):
        assert (kept / f"small-{number}.txt").read_text() == f"{number}\n"
    assert project.ticks().count("A") == 1, "what was done before the disk was full is not done again"
    shutil.rmtree(kept)
