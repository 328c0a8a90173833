"""The S3 server in the cluster."""

import boto3
from botocore.config import Config

from kube.kubectl import Kubectl
from kube.node import HERE

# As in store.yaml.
KEY = "test-key"
SECRET = "test-s3cret"
NAME = "http://s3.s3.svc.cluster.local:7070"  # as pods call it


class Store:
    def __init__(self):
        self._kubectl = Kubectl("s3")
        self._kubectl("apply", "--filename", str(HERE / "kube/store.yaml"))
        self._kubectl("wait", "--for=condition=Ready", "pod/s3", "--timeout=120s")
        address = self._kubectl.object("service", "s3")["spec"]["clusterIP"]
        self._client = boto3.client(
            "s3", endpoint_url=f"http://{address}:7070", region_name="us-east-1",
            aws_access_key_id=KEY, aws_secret_access_key=SECRET, config=Config(s3={"addressing_style": "path"}),
        )

    def end(self) -> None:
        self._kubectl("delete", "--filename", str(HERE / "kube/store.yaml"), "--grace-period=1")

    def make_bucket(self, name: str) -> None:
        self._client.create_bucket(Bucket=name)

    def objects(self, bucket: str) -> dict[str, bytes]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
        return {key: self._client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
