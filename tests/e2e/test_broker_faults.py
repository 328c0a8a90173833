"""A broker that is killed, closes connections, is impatient, or holds what nobody can read."""

from collections import Counter

import pika

from support.broker import Broker
from support.cluster import Cluster
from support.waiting import wait_until

NAMES = [f"n{number}" for number in range(60)]


def busy_run(cluster: Cluster) -> None:
    cluster.project.jobs(
        "".join(f"tick {name}; echo {name} >>{name}.txt; alone {name} 0.1\n" for name in NAMES) + "cat n*.txt >all.txt\n"
    )


def assert_each_ran_once(cluster: Cluster) -> None:
    assert Counter(cluster.project.ticks()) == dict.fromkeys(NAMES, 1)
    assert sorted(cluster.project.read("all.txt").split()) == sorted(NAMES)


def test_closed_connections_cost_nothing(cluster: Cluster) -> None:
    busy_run(cluster)
    workers = [cluster.worker() for _ in range(2)]
    tasker = cluster.tasker()
    closed = 0
    cluster.await_ticks("n0")
    while closed < 3 and tasker.alive():
        cluster.broker.close_connections()
        closed += 1
    result = tasker.wait()
    assert result.code == 0, str(result)
    assert closed >= 2 and "The broker is back" in result.err, str(result)
    assert_each_ran_once(cluster)
    for worker in workers:
        assert worker.wait().code == 0, worker.err
    assert not cluster.queues()


def test_a_broker_killed_and_restarted_costs_nothing(make_any_broker, project) -> None:
    cluster = Cluster(project, make_any_broker())
    gate = project.gate("middle")
    busy_run(cluster)
    project.jobs("tick gated; wait-at middle; echo gated >>gated.txt\n" + project.read("jobs.sh"))
    workers = [cluster.worker() for _ in range(2)]
    tasker = cluster.tasker()
    gate.await_arrival()
    cluster.await_ticks("n3")
    cluster.broker.kill()
    gate.open()  # its result is there before the broker is
    tasker.await_said("waits for it")
    cluster.broker.start()
    result = tasker.wait()
    assert result.code == 0, str(result)
    assert Counter(project.ticks()) == dict.fromkeys([*NAMES, "gated"], 1)
    assert project.read("gated.txt") == "gated\n"
    for worker in workers:
        assert worker.wait().code == 0, worker.err
    assert not cluster.queues()


def await_impatience(broker: Broker) -> None:
    """Returns when the broker has closed a channel that began to hold a message now."""
    connection = pika.BlockingConnection(pika.URLParameters(broker.url))
    channel = connection.channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.basic_consume(queue, lambda *_: None)
    channel.basic_publish("", queue, b"held")
    def is_closed() -> bool:
        connection.process_data_events(0.1)
        return channel.is_closed

    wait_until(is_closed, "the broker loses patience")
    connection.close()


def test_a_command_longer_than_the_brokers_patience_runs_once(make_any_broker, project) -> None:
    broker = make_any_broker(settings="consumer_timeout = 2000", advanced="[{rabbit, [{channel_tick_interval, 200}]}].")
    cluster = Cluster(project, broker)
    gate = project.gate("middle")
    project.jobs("tick A; wait-at middle; echo a >>a.txt\ntick B; echo b >>b.txt\n")
    worker = cluster.ready_worker()
    tasker = cluster.tasker()
    gate.await_arrival()
    await_impatience(broker)
    # RabbitMQ from 3.12 on minds the patience that shoal gives its queues; an
    # older one closes the worker's channel.
    if broker.version() < (3, 12):
        worker.await_said("timeout")
    else:
        assert "timeout" not in worker.err
    gate.open()
    result = tasker.wait()
    assert result.code == 0, str(result)
    assert Counter(project.ticks()) == {"A": 1, "B": 1}
    assert project.read("a.txt") == "a\n"
    assert worker.wait().code == 0, worker.err


def test_a_message_that_nobody_can_read_is_kept_and_told_of(cluster: Cluster) -> None:
    project = cluster.project
    gate = project.gate("middle")
    project.jobs("tick A; wait-at middle\ntick B\n")
    worker = cluster.worker("--keep")
    tasker = cluster.tasker()
    gate.await_arrival()
    cluster.broker.publish(cluster.queue("tasks.default"), "no JSON at all")
    cluster.broker.publish(cluster.queue("results"), "nor this")
    gate.open()
    tasker.await_said("could not be read")
    result = tasker.wait()
    assert result.code == 0, str(result)
    assert cluster.queue("dead") in result.err
    assert sorted(project.ticks()) == ["A", "B"]
    assert "cannot read a message" in worker.err
    worker.terminate()
    assert worker.wait().code == 143, worker.err
