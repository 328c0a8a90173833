"""The portable program and its packages, where there is nothing but glibc.

SHOAL_PORTABLE_FOLDER names the folder that scripts/portable has filled.
"""

import http.server
import os
import shutil
import subprocess
import tarfile
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("SHOAL_PORTABLE_FOLDER", ROOT / "build/portable"))

JOBS = "mkdir out\necho 1 > out/a\ncat out/a > out/b\n"


@pytest.fixture(scope="session", params=["bookworm", "trixie"])
def bare_root(request, tmp_path_factory) -> Path:
    """A Debian with libc and a static busybox, and nothing else."""
    if os.geteuid() != 0:
        pytest.skip("making a root of another system needs root")
    root = tmp_path_factory.mktemp(request.param) / "root"
    done = subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=extract", "--include=base-files,libc6,busybox-static",
         request.param, str(root)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    enter(root, "/bin/busybox", "--install", "-s", "/bin")
    shutil.copy(FOLDER / "shoal", root / "shoal")
    (root / "study").mkdir()
    return root


def test_an_older_system_is_told_that_it_cannot_build_shoal(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("making a root of another system needs root")
    root = tmp_path / "root"
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "bullseye", str(root)], check=True, capture_output=True)
    shutil.copytree(ROOT / "scripts", root / "shoal/scripts")
    done = enter(root, "/bin/bash", "/shoal/scripts/portable")
    assert done.returncode == 1
    assert done.stderr.startswith("shoal cannot be built on Debian GNU/Linux 11 (bullseye)"), done.stderr
    assert "docs/images.md" in done.stderr


def enter(root: Path, *command: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["/usr/sbin/chroot", str(root), *command], capture_output=True, text=True, check=False, timeout=60,
        env={"PATH": "/usr/bin:/bin", **environment})


def test_the_root_has_none_of_the_libraries(bare_root: Path) -> None:
    names = {path.name for path in bare_root.rglob("*.so*")}
    for library in ("librabbitmq", "libcurl", "libssl", "libstdc++", "libfmt", "libcpp-httplib"):
        assert not any(name.startswith(library) for name in names), library


def test_it_tells_its_version(bare_root: Path) -> None:
    done = enter(bare_root, "/shoal", "--version")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("shoal "), done.stdout


def test_it_runs_a_jobs_file(bare_root: Path) -> None:
    (bare_root / "study/jobs.sh").write_text("#!/bin/sh\n" + JOBS)
    done = enter(bare_root, "/bin/sh", "-c", "mount -t proc proc /proc 2>/dev/null; cd /study && exec /shoal run jobs.sh")
    try:
        assert done.returncode == 0, done.stderr
        assert (bare_root / "study/out/b").read_text() == "1\n"
    finally:
        subprocess.run(["umount", str(bare_root / "proc")], check=False, capture_output=True)


class Refusing(http.server.BaseHTTPRequestHandler):
    """Speaks HTTP, and wants nobody's objects."""

    def do_PUT(self) -> None:
        self.send_error(403, "no")

    def log_message(self, *arguments) -> None:
        pass


def test_it_speaks_http_to_a_bucket(bare_root: Path) -> None:
    """Its own libcurl reaches a server, and reads what it answers."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        done = enter(
            bare_root, "/shoal", "doctor", "--s3", "-C", "/study",
            S3_ENDPOINT_URL=f"http://127.0.0.1:{server.server_port}", S3_AWS_ACCESS_KEY_ID="k",
            S3_AWS_SECRET_ACCESS_KEY="s", AWS_MAX_ATTEMPTS="1")
    finally:
        server.shutdown()
    assert "403" in done.stdout + done.stderr, done.stdout + done.stderr


def test_it_says_which_certificates_it_lacks(bare_root: Path) -> None:
    """TLS works without any file of OpenSSL's; a root without authorities trusts nobody."""
    done = enter(bare_root, "/shoal", "worker", "--broker", "amqps://me:secret@127.0.0.1:1", "-C", "/study",
                 "--idle-exit", "1s")
    assert done.returncode in (0, 3), done.stderr
    assert "secret" not in done.stderr and "error while loading" not in done.stderr, done.stderr


def test_the_archive_holds_the_program_its_manual_and_its_completion() -> None:
    (archive,) = FOLDER.glob("shoal-*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.split("/", 1)[1] for name in tar.getnames() if "/" in name}
    assert {"usr/bin/shoal"} <= names or {"bin/shoal"} <= names, names
    assert any(name.endswith("man1/shoal.1") for name in names), names
    assert any(name.endswith("completions/shoal") for name in names), names


def test_the_package_asks_for_glibc_alone() -> None:
    (package,) = FOLDER.glob("shoal-*.deb")
    depends = subprocess.run(["dpkg-deb", "--field", str(package), "Depends"], capture_output=True, text=True,
                             check=True).stdout.strip()
    assert depends.startswith("libc6 (>= 2.") and "," not in depends, depends
