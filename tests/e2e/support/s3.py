"""An S3 server of one's own, and what stands in its buckets."""

import hashlib
import os
import subprocess
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from support.broker import free_ports
from support.processes import die_with_parent
from support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ROOT / "build/tools"

KEY = "test-key"
SECRET = "test-s3cret"
BUCKET = "asreview-storage"


class S3Server:
    """A versitygw that rejects wrong signatures and wrong sums."""

    # scripts/lib/s3_server.sh builds it there.
    PROGRAM = Path(os.environ.get("SHOAL_TEST_S3_SERVER", TOOLS / "versitygw-v1.8.0/versitygw"))

    def __init__(self, folder: Path):
        self._folder = folder
        for name in ("store", "meta"):
            (folder / name).mkdir(parents=True)
        (self.port,) = free_ports(1)
        self._process: subprocess.Popen | None = None
        self.start()
        self.client().create_bucket(Bucket=BUCKET)

    def start(self) -> None:
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent,
                env={"PATH": os.environ["PATH"], "HOME": str(self._folder), **self._secrets()},
            )
        wait_until(self._answers, "the S3 server answers")

    def _command(self) -> list[str]:
        return [
            str(self.PROGRAM), "--port", f"127.0.0.1:{self.port}", "--access", KEY, "--secret", SECRET, "--quiet",
            "posix", "--sidecar", str(self._folder / "meta"), str(self._folder / "store"),
        ]

    def _secrets(self) -> dict[str, str]:
        return {}

    def _answers(self) -> bool:
        try:
            self.client().list_buckets()
        except (BotoCoreError, ClientError):
            return False
        return True

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(60)

    def client(self):
        return boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{self.port}", region_name="us-east-1",
            aws_access_key_id=KEY, aws_secret_access_key=SECRET,
            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def keys(self) -> list[str]:
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return [each["Key"] for page in pages for each in page.get("Contents", [])]

    def objects(self) -> dict[str, bytes]:
        """By key, as another client gets them."""
        client = self.client()
        return {key: client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in self.keys()}

    def environment(self, port: int | None = None) -> dict[str, str]:
        """For shoal, straight or through something that listens on `port`."""
        return {
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{port or self.port}",
            "S3_REGION_NAME": "us-east-1",
            "S3_AWS_ACCESS_KEY_ID": KEY,
            "S3_AWS_SECRET_ACCESS_KEY": SECRET,
        }


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class MinioServer(S3Server):
    """The second opinion: another server, other bugs."""

    PROGRAM = TOOLS / "minio/minio"

    def _command(self) -> list[str]:
        (console,) = free_ports(1)
        return [
            str(self.PROGRAM), "server", "--quiet", "--address", f"127.0.0.1:{self.port}",
            "--console-address", f"127.0.0.1:{console}", str(self._folder / "store"),
        ]

    def _secrets(self) -> dict[str, str]:
        return {"MINIO_ROOT_USER": KEY, "MINIO_ROOT_PASSWORD": SECRET}


def chosen_server() -> type[S3Server]:
    """SHOAL_TEST_S3=minio: that one."""
    return MinioServer if os.environ.get("SHOAL_TEST_S3") == "minio" else S3Server
