#!/usr/bin/env python3
"""What it costs to bring results into a bucket.

10,000 small files and one of 1 GiB, to an S3 server of its own on this machine
(versitygw, which scripts/test builds), by shoal, by boto3 with its defaults,
one file after the other, and by rclone with its defaults where it is
installed. Each begins with an empty bucket. Memory is the peak of the client's
process.

    .venv-test/bin/python bench/s3/run.py [--files 10000] [--gibibytes 1] [--repetitions 1]
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from support.s3 import BUCKET, KEY, SECRET, S3Server  # noqa: E402

SMALL_FILE = 2_000  # bytes, as Makita's metrics
MIB = 1 << 20

BOTO3 = """
import sys, boto3
from pathlib import Path
client = boto3.client("s3")
for path in sorted(Path(sys.argv[1]).iterdir()):
    client.upload_file(str(path), sys.argv[2], f"boto3/{path.name}")
"""
ROWS = '[[command]]\nprogram = "fill"\nargument = [{ writes = "{}/" }]\n'


@dataclass
class Cost:
    seconds: float
    memory: float  # MiB


def measured(command: list[str], folder: Path, environment: dict[str, str]) -> Cost:
    """Linux counts what a process shared with the one that started it, which here has
    all of boto3 in it; so a small program stands between them."""
    peak = folder / "peak"
    begin = time.perf_counter()
    with (folder / "client.log").open("wb") as log:
        process = subprocess.run(["/usr/bin/time", "--format=%M", f"--output={peak}", *command], cwd=folder,
                                 env=environment, stdout=log, stderr=log, check=False)
    seconds = time.perf_counter() - begin
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{(folder / 'client.log').read_text()}")
    return Cost(seconds, int(peak.read_text().split()[-1]) / 1024)


def make_project(folder: Path, build: Path, files: dict[str, int]) -> None:
    """A folder `data` with these files, which a command of a run has written."""
    (folder / "data").mkdir(parents=True)
    for name, size in files.items():
        with (folder / "data" / name).open("wb") as file:
            for written in range(0, size, MIB):
                file.write(os.urandom(min(MIB, size - written)))
    (folder / ".shoal").mkdir()
    (folder / ".shoal/commands.toml").write_text(ROWS)
    (folder / "jobs.sh").write_text("fill data\n")
    (folder / "bin").mkdir()
    (folder / "bin/fill").write_text("#!/bin/sh\n")
    (folder / "bin/fill").chmod(0o755)
    environment = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "HOME": str(folder)}
    subprocess.run([build / "shoal", "run", "jobs.sh", "--upload", "none"], cwd=folder, env=environment,
                   check=True, capture_output=True)


def clients(build: Path, server: S3Server) -> dict[str, tuple[list[str], dict[str, str]]]:
    endpoint = f"http://127.0.0.1:{server.port}"
    aws = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1",
           "AWS_ENDPOINT_URL_S3": endpoint, "S3_BUCKET": BUCKET}
    found = {
        "shoal upload": ([str(build / "shoal"), "upload", "--glob", "all-outputs", "--s3-prefix", "shoal"], aws),
        "boto3": ([sys.executable, "-c", BOTO3, "data", BUCKET], aws),
    }
    if shutil.which("rclone"):
        remote = {"RCLONE_CONFIG_S3_TYPE": "s3", "RCLONE_CONFIG_S3_PROVIDER": "Other",
                  "RCLONE_CONFIG_S3_ENV_AUTH": "true", "RCLONE_CONFIG_S3_ENDPOINT": endpoint}
        found["rclone copy"] = (["rclone", "copy", "data", f"s3:{BUCKET}/rclone"], aws | remote)
    return found


def run_all(build: Path, root: Path, files: dict[str, int], repetitions: int) -> dict[str, Cost]:
    costs: dict[str, list[Cost]] = {}
    for repetition in range(repetitions):
        folder = root / str(repetition)
        make_project(folder, build, files)
        for name in ("shoal upload", "boto3", "rclone copy"):
            server = S3Server(root / f"server-{repetition}-{name.split()[0]}")
            client = clients(build, server).get(name)
            if client is not None:
                command, environment = client
                environment |= {"PATH": os.environ["PATH"], "HOME": str(folder)}
                environment |= {each: os.environ[each] for each in ("PYTHONPATH",) if each in os.environ}
                costs.setdefault(name, []).append(measured(command, folder, environment))
                arrived = sum(not key.endswith("manifest.jsonl") for key in server.keys())
                assert arrived == len(files), f"{name}: {arrived} of {len(files)} files arrived"
            server.kill()
            shutil.rmtree(root / f"server-{repetition}-{name.split()[0]}")
        shutil.rmtree(folder)
    return {
        name: Cost(statistics.median(each.seconds for each in all_), max(each.memory for each in all_))
        for name, all_ in costs.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--gibibytes", type=float, default=1)
    parser.add_argument("--repetitions", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shoal-s3-") as folder:
        small = {f"{i}.json": SMALL_FILE for i in range(options.files)}
        print(f"| {options.files:,} files of {SMALL_FILE:,} bytes | seconds | objects/s | beside boto3 | memory |")
        print("|---|--:|--:|--:|--:|")
        costs = run_all(options.build, Path(folder) / "small", small, options.repetitions)
        for name, cost in costs.items():
            print(f"| {name} | {cost.seconds:.1f} | {options.files / cost.seconds:,.0f} | "
                  f"{costs['boto3'].seconds / cost.seconds:.2f} | {cost.memory:.1f} MiB |")
        print()
        size = int(options.gibibytes * 1024) * MIB
        print(f"| one file of {options.gibibytes:g} GiB | seconds | MiB/s | beside boto3 | memory |")
        print("|---|--:|--:|--:|--:|")
        costs = run_all(options.build, Path(folder) / "large", {"large.bin": size}, options.repetitions)
        for name, cost in costs.items():
            print(f"| {name} | {cost.seconds:.1f} | {size / MIB / cost.seconds:,.0f} | "
                  f"{costs['boto3'].seconds / cost.seconds:.2f} | {cost.memory:.1f} MiB |")


if __name__ == "__main__":
    main()
