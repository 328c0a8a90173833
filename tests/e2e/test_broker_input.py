"""Bad input about brokers: a sentence with the cure, nothing lost, and no password anywhere."""

import re
from pathlib import Path

import pytest

from support.broker import Broker, free_ports
from support.cluster import Cluster
from support.project import Project, Running

SECRET = "hush-hush-73"


def command_line(process: Running) -> str:
    return Path(f"/proc/{process.pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def assert_keeps_the_secret(project: Project, *texts: str) -> None:
    for text in texts:
        assert SECRET not in text, text
    for path in project.folder.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("who", ["run jobs.sh", "worker"])
def test_where_no_broker_is_shoal_waits_and_says_so(project: Project, who: str) -> None:
    project.jobs("tick A\n")
    url = f"amqp://me:{SECRET}@127.0.0.1:{free_ports(1)[0]}"
    waiting = project.start(*who.split(), "--broker", url)
    waiting.await_said("no broker answers")
    assert waiting.alive() and re.search(r"waits for (it|the broker)", waiting.err), waiting.err
    assert_keeps_the_secret(project, command_line(waiting), waiting.err)
    waiting.terminate()
    result = waiting.wait()
    assert result.code == 143, str(result)
    assert not project.ticks()


def user_without_permission(broker: Broker) -> str:
    broker.control("add_user", "guest-of-tests", SECRET)
    return f"amqp://guest-of-tests:{SECRET}@127.0.0.1:{broker.port}"


def user_of_nothing(broker: Broker) -> str:
    broker.control("add_user", "reader-of-tests", SECRET)
    broker.control("set_permissions", "reader-of-tests", "^$", "^$", "^$")
    return f"amqp://reader-of-tests:{SECRET}@127.0.0.1:{broker.port}"


def wrong_password(broker: Broker) -> str:
    return f"amqp://me:{SECRET}@127.0.0.1:{broker.port}"


def no_such_vhost(broker: Broker) -> str:
    return f"{broker.url}/nowhere"


@pytest.mark.parametrize(
    ("url_for", "says"),
    [
        (wrong_password, "password"),
        (no_such_vhost, "vhost"),
        (user_without_permission, "set_permissions"),
        (user_of_nothing, "set_permissions"),
    ],
)
def test_what_the_broker_refuses_is_said_with_the_cure_and_is_3(
    project: Project, shared_broker: Broker, url_for, says: str
) -> None:
    project.jobs("tick A\n")
    url = url_for(shared_broker)
    results = [project.run("--broker", url), project.shoal("worker", "--broker", url)]
    for result in results:
        assert result.code == 3, str(result)
        assert says in result.err, str(result)
    assert_keeps_the_secret(project, *(result.err for result in results))
    # The same command goes on when the cure was taken.
    cluster = Cluster(project, shared_broker)
    assert cluster.run().code == 0
    assert project.ticks() == ["A"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--broker", "http://localhost"], "amqp"),
        (["--broker", f"amqp://me:{SECRET}@localhost:port"], "port"),
        (["--broker", f"amqp://me:{SECRET}@"], "host"),
        (["--broker", "amqp://localhost", "-j4"], "--slots"),
        (["--broker", "amqp://localhost", "--lease", "1s"], "5s"),
        (["--broker", "amqp://localhost", "--lease", "soon"], "time"),
    ],
)
def test_nonsense_about_the_broker_is_2_and_starts_nothing(project: Project, arguments: list[str], says: str) -> None:
    project.jobs("tick A\n")
    result = project.run(*arguments)
    assert result.code == 2, str(result)
    assert says in result.err, str(result)
    assert not project.ticks() and not project.has(".shoal/runs")
    assert_keeps_the_secret(project, result.err)


def test_the_password_may_come_from_the_environment(project: Project, shared_broker: Broker) -> None:
    project.jobs("tick A\n")
    project.environment |= {
        "RABBITMQ_HOST": "127.0.0.1", "RABBITMQ_PORT": str(shared_broker.port),
        "RABBITMQ_USER": "me", "RABBITMQ_PASS": "secret",
    }
    worker = project.start("worker", "--broker", "env")
    result = project.run("--broker", "env")
    assert result.code == 0, str(result)
    assert worker.wait().code == 0, worker.err
    assert "secret" not in result.err + worker.err


def test_a_password_is_not_among_the_words_that_ps_shows(cluster: Cluster) -> None:
    project = cluster.project
    gate = project.gate("middle")
    project.jobs("wait-at middle\n")
    worker, tasker = cluster.worker(), cluster.tasker()
    gate.await_arrival()
    shown = "\n".join(project.processes().values())
    assert "amqp://me:" in shown and ":secret@" not in shown, shown
    gate.open()
    assert tasker.wait().code == 0
    assert worker.wait().code == 0
    assert_keeps_the_secret(project)
