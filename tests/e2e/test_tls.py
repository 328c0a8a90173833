"""A broker behind TLS: tasker, worker and doctor trust it, or say why not."""

import pytest

from support.broker import Broker, free_ports
from support.certificates import Certificates
from support.cluster import Cluster
from support.project import Project


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Certificates:
    made = Certificates(tmp_path_factory.mktemp("tls") / "certificates")
    made.make("broker", "localhost", "DNS:localhost")
    return made


class TlsBroker(Broker):
    """Has its TLS port besides, at localhost."""

    def __init__(self, folder, certificates: Certificates):
        self.tls_port = free_ports(1)[0]
        super().__init__(folder, settings=f"""
listeners.ssl.1 = 127.0.0.1:{self.tls_port}
ssl_options.cacertfile = {certificates.certificate("ca")}
ssl_options.certfile = {certificates.certificate("broker")}
ssl_options.keyfile = {certificates.key("broker")}
""")
        self.authority = certificates.certificate("ca")

    @property
    def url(self) -> str:
        return f"amqps://me:secret@localhost:{self.tls_port}?cacertfile={self.authority}"


@pytest.fixture(scope="module")
def tls_broker(tmp_path_factory, certificates: Certificates) -> TlsBroker:
    broker = TlsBroker(tmp_path_factory.mktemp("tls-broker") / "broker", certificates)
    yield broker
    broker.end()


def test_a_run_through_tls(project: Project, tls_broker: TlsBroker) -> None:
    project.jobs("tick A; echo a >a.txt\ntick B; cat a.txt >b.txt\n")
    cluster = Cluster(project, tls_broker)
    result = cluster.run()
    assert result.code == 0, str(result)
    assert project.read("b.txt") == "a\n"
    assert sorted(project.ticks()) == ["A", "B"]
    doctor = project.shoal("doctor", "--broker", tls_broker.url)
    assert doctor.code == 0, str(doctor)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("amqps://me:secret@localhost:{port}", "authority"),  # the system's do not know this one
        ("amqps://me:secret@127.0.0.1:{port}?cacertfile={authority}", "127.0.0.1"),  # not the certificate's name
        ("amqps://me:secret@localhost:{port}?cacertfile=/nowhere.pem", "/nowhere.pem"),
    ],
)
def test_a_broker_that_cannot_be_trusted_is_refused(project: Project, tls_broker: TlsBroker, url: str, says: str) -> None:
    project.jobs("tick A\n")
    url = url.format(port=tls_broker.tls_port, authority=tls_broker.authority)
    for result in (project.run("--broker", url), project.shoal("worker", "--broker", url)):
        assert result.code in (2, 3), str(result)
        assert says in result.err, str(result)
    assert not project.ticks()
