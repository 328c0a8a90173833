"""What shoal tells over HTTP while it runs."""

import re
import socket
import urllib.error
import urllib.request

from support.broker import free_ports
from support.cluster import Cluster
from support.project import Project
from support.waiting import wait_until


def get(port: int, path: str) -> tuple[int, str]:
    """0 while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def value(text: str, sample: str) -> float | None:
    found = re.search(f"^{re.escape(sample)} (.+)$", text, re.MULTILINE)
    return float(found[1]) if found else None


def await_value(port: int, sample: str, expected: float) -> None:
    wait_until(lambda: value(get(port, "/metrics")[1], sample) == expected,
               lambda: f"{sample} is {expected}, not {get(port, '/metrics')[1]}")


def test_a_run_tells_how_far_it_is(project: Project) -> None:
    gate = project.gate("A")
    project.jobs("true\nfalse\nwait-at A\n")
    (port,) = free_ports(1)
    run = project.start_run("--listen", f":{port}")
    gate.await_arrival()
    await_value(port, 'shoal_run_commands{state="done"}', 1)
    await_value(port, 'shoal_run_commands{state="running"}', 1)
    await_value(port, 'shoal_attempts_total{end="failed"}', 1)
    assert get(port, "/healthz") == (200, "ok\n")
    assert get(port, "/readyz") == (200, "ok\n")
    gate.open()
    assert run.wait().code == 1
    assert get(port, "/healthz")[0] == 0


def test_a_worker_is_ready_while_it_has_a_broker(cluster: Cluster) -> None:
    project = cluster.project
    gate = project.gate("A")
    project.jobs("wait-at A\n")
    worker_port, tasker_port = free_ports(2)
    worker = cluster.worker("--listen", f"127.0.0.1:{worker_port}", slots=2)
    wait_until(lambda: get(worker_port, "/readyz")[0] == 200, "the worker is ready")
    tasker = cluster.tasker("--listen", f"127.0.0.1:{tasker_port}")
    gate.await_arrival()
    await_value(worker_port, "shoal_worker_slots", 2)
    await_value(worker_port, "shoal_worker_slots_busy", 1)
    await_value(tasker_port, "shoal_workers", 1)
    await_value(tasker_port, "shoal_broker_connected", 1)
    gate.open()
    assert tasker.wait().code == 0
    assert worker.wait().code == 0


def test_a_worker_without_a_broker_is_alive_but_not_ready(project: Project) -> None:
    port, nobody = free_ports(2)
    worker = project.start("worker", "--broker", f"amqp://me:secret@127.0.0.1:{nobody}", "--listen", str(port))
    wait_until(lambda: get(port, "/readyz")[0] == 503, "the worker answers")
    assert "no connection" in get(port, "/readyz")[1]
    assert get(port, "/healthz")[0] == 200
    assert "secret" not in get(port, "/metrics")[1]
    worker.terminate()
    assert worker.wait().code == 143


def test_an_address_that_cannot_be_used_is_named_before_anything_starts(project: Project) -> None:
    project.jobs("tick A\n")
    for address in ("nonsense", "203.0.113.7:80"):
        result = project.run("--listen", address)
        assert result.code == 2 and "--listen" in result.err, str(result)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = project.run("--listen", f"127.0.0.1:{taken.getsockname()[1]}")
        assert result.code == 2, str(result)
    assert project.ticks() == []
