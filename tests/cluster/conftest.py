"""Fixtures of the tests on a real Kubernetes. SHOAL_CLUSTER_KEEP=1 leaves it up."""

import os
import re

import pytest

from kube import node
from kube.evidence import gather
from kube.kubectl import Kubectl
from kube.store import Store
from kube.study import Study

EVIDENCE = node.CLUSTER / "evidence"


@pytest.fixture(scope="session")
def cluster():
    """The cluster, up, and this process in its network. One that was up before stays."""
    was_up = node.is_up()
    if not was_up:
        node.start()
    node.enter_network()
    Kubectl("default")("apply", "--filename", str(node.HERE / "crds"), "--filename", str(node.HERE / "kube/storage.yaml"))
    yield
    if not was_up and not os.environ.get("SHOAL_CLUSTER_KEEP"):
        node.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test leaves its evidence, while its pods are still there."""
    report = yield
    if report.failed and (whose := item.funcargs.get("study") or item.funcargs.get("reader")):
        folder = EVIDENCE / item.name.replace("/", "-")
        gather(whose.kubectl, folder)
        report.sections.append(("cluster", f"What the pods said, and what Kubernetes says of them: {folder}"))
    return report


@pytest.fixture
def study(cluster, request) -> Study:
    """Of the test's own. Its namespace has the test's name."""
    words = re.sub("[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())
    made = Study(words[:50].strip("-"))
    yield made
    made.end()


@pytest.fixture(scope="session")
def store(cluster) -> Store:
    made = Store()
    yield made
    made.end()
