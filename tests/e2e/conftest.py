"""Fixtures of the end-to-end tests. SHOAL_BINARY names the shoal to test."""

import os
import subprocess
from pathlib import Path

import pytest

from support.bad_network import BadNetwork
from support.broker import SERVER, Broker, inside
from support.cluster import Cluster
from support.project import Project
from support.s3 import S3Server, chosen_server
from support.studies import StudyShelf
from support.trees import listing_is_stable

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def binary() -> Path:
    path = Path(os.environ.get("SHOAL_BINARY", ROOT / "build/release/shoal")).absolute()
    if not os.access(path, os.X_OK):
        pytest.exit(f"There is no shoal at {path}. Build it: cmake --preset release && cmake --build --preset release", 2)
    return path


@pytest.fixture
def make_project(tmp_path: Path, binary: Path):
    """Makes projects, and ends what they started when the test is over."""
    made: list[Project] = []

    def make(name: str = "project") -> Project:
        project = Project(tmp_path / name, tmp_path / f"{name}-outside", binary)
        made.append(project)
        return project

    yield make
    for project in made:
        project.end_everything()


@pytest.fixture
def project(make_project) -> Project:
    return make_project().with_tools()


@pytest.fixture
def make_broker(tmp_path: Path):
    """Starts brokers, which end with the test."""
    if not os.access(SERVER, os.X_OK):
        pytest.skip("rabbitmq-server is not installed")
    made: list[Broker] = []

    def make(**options) -> Broker:
        made.append(Broker(tmp_path / f"broker-{len(made)}", **options))
        return made[-1]

    yield make
    for broker in made:
        broker.end()


@pytest.fixture(params=["installed", "newer"])
def make_any_broker(request, make_broker):
    """As make_broker: the RabbitMQ that is installed, and the one of a newer system
    that scripts/test puts into a folder."""
    if request.param == "installed":
        return make_broker
    root = ROOT / "build/rabbitmq-4"
    if os.geteuid() != 0 or not (root / SERVER.lstrip("/")).exists():
        pytest.skip("there is no newer RabbitMQ in build/rabbitmq-4, or no right to enter it")
    return lambda **options: make_broker(enter=inside(root), **options)


@pytest.fixture(scope="session")
def shared_broker(tmp_path_factory) -> Broker:
    """For tests that leave it as it is. Each run has its own queues."""
    if not os.access(SERVER, os.X_OK):
        pytest.skip("rabbitmq-server is not installed")
    broker = Broker(tmp_path_factory.mktemp("shared") / "broker")
    yield broker
    broker.end()


@pytest.fixture
def s3(tmp_path: Path) -> S3Server:
    make = chosen_server()
    if not os.access(make.PROGRAM, os.X_OK):
        pytest.skip(f"there is no S3 server at {make.PROGRAM}; scripts/test builds it")
    server = make(tmp_path / "s3")
    yield server
    server.kill()


@pytest.fixture
def bad_network(s3: S3Server):
    """Makes networks between shoal and the server, which end with the test."""
    made: list[BadNetwork] = []

    def make(**troubles) -> BadNetwork:
        made.append(BadNetwork(s3.port, **troubles))
        return made[-1]

    yield make
    for network in made:
        network.close()


@pytest.fixture
def cluster(project: Project, shared_broker: Broker) -> Cluster:
    return Cluster(project, shared_broker)


@pytest.fixture(scope="session")
def namespaces() -> list[str]:
    """The command that gives a test a mount namespace of its own."""
    for command in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
        probe = [*command, "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return command
    pytest.skip("this machine gives no mount namespace")


@pytest.fixture(scope="session")
def stable_listing(tmp_path_factory) -> bool:
    return listing_is_stable(tmp_path_factory.mktemp("listing"))


@pytest.fixture(scope="session")
def shelf(tmp_path_factory, binary) -> StudyShelf:
    return StudyShelf(tmp_path_factory.mktemp("studies"), binary)
