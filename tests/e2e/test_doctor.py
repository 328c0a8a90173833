"""shoal doctor: what it finds, and the cure that it names."""

from support.broker import Broker, free_ports
from support.project import Project


def test_a_folder_alone(project: Project) -> None:
    result = project.shoal("doctor")
    assert result.code == 0, result
    assert "can be written" in result.out
    assert "fdatasync" in result.out
    assert not [name for name in (project.folder / ".shoal").iterdir() if name.name.startswith("doctor")]


def test_a_broker_without_workers(project: Project, shared_broker: Broker) -> None:
    result = project.shoal("doctor", "--broker", shared_broker.url)
    assert result.code == 0, result
    assert "came back in" in result.out
    assert "Acknowledgement timeout" in result.out
    assert "No worker is there. Start some (shoal worker)" in result.out
    assert not shared_broker.queues()


def test_workers_write_for_each_other(project: Project, shared_broker: Broker) -> None:
    workers = [project.start("worker", "--broker", shared_broker.url, "-j2", "--keep") for _ in range(2)]
    result = project.shoal("doctor", "--broker", shared_broker.url)
    assert result.code == 0, result
    assert "2 workers with 4 slots took part." in result.out
    assert "seen by all at once" in result.out
    for worker in workers:
        assert worker.alive(), "a check must not send workers home"
    assert not [name for name in shared_broker.queues() if name.startswith("shoal.")]


def test_a_wrong_password(project: Project, shared_broker: Broker) -> None:
    result = project.shoal("doctor", "--broker", f"amqp://me:pa55w0rd@127.0.0.1:{shared_broker.port}")
    assert result.code == 3, result
    assert "Check the user and the password" in result.out
    assert "pa55w0rd" not in result.out


def test_no_broker(project: Project) -> None:
    result = project.shoal("doctor", "--broker", f"amqp://me:secret@127.0.0.1:{free_ports(1)[0]}")
    assert result.code == 3, result
    assert "no broker answers there" in result.out


def test_a_user_who_may_nothing(project: Project, make_broker) -> None:
    broker = make_broker()
    broker.control("add_user", "guest2", "secret")
    broker.control("set_permissions", "guest2", "^$", "^$", "^$")
    result = project.shoal("doctor", "--broker", f"amqp://guest2:secret@127.0.0.1:{broker.port}")
    assert result.code == 3, result
    assert "rabbitmqctl set_permissions" in result.out


def test_a_folder_that_is_none(project: Project) -> None:
    result = project.shoal("doctor", "-C", "nowhere")
    assert result.code == 2, result
    assert "nowhere: this is no folder" in result.err
