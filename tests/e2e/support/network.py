"""Hosts with addresses of their own on one machine: network namespaces, joined
by a bridge. Needs the right to make them."""

import os
import subprocess
from dataclasses import dataclass


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stderr}"


@dataclass
class Host:
    namespace: str
    address: str

    @property
    def within(self) -> list[str]:
        """The command that runs another one on this host."""
        return ["ip", "netns", "exec", self.namespace]

    def cut(self) -> None:
        _run(*self.within, "ip", "link", "set", "eth", "down")

    def rejoin(self) -> None:
        _run(*self.within, "ip", "link", "set", "eth", "up")


class Network:
    def __init__(self):
        self._prefix = f"shoal{os.getpid()}"
        self._namespaces: list[str] = []
        self._switch = self._namespace("switch")
        _run("ip", "-n", self._switch, "link", "add", "name", "bridge", "type", "bridge")
        _run("ip", "-n", self._switch, "link", "set", "bridge", "up")

    def _namespace(self, name: str) -> str:
        namespace = f"{self._prefix}-{name}"
        _run("ip", "netns", "add", namespace)
        self._namespaces.append(namespace)
        _run("ip", "-n", namespace, "link", "set", "lo", "up")
        return namespace

    def host(self, name: str) -> Host:
        host = Host(self._namespace(name), f"10.77.0.{len(self._namespaces)}")
        port = f"to-{name}"
        _run("ip", "-n", self._switch, "link", "add", "name", port, "type", "veth", "peer", "name", "eth", "netns", host.namespace)
        _run("ip", "-n", self._switch, "link", "set", port, "master", "bridge", "up")
        _run("ip", "-n", host.namespace, "address", "add", f"{host.address}/24", "dev", "eth")
        _run("ip", "-n", host.namespace, "link", "set", "eth", "up")
        return host

    def end(self) -> None:
        for namespace in self._namespaces:
            _run("ip", "netns", "delete", namespace)


def networks_can_be_made() -> bool:
    """Whether this machine gives namespaces with bridges."""
    script = (
        "ip link add name bridge type bridge && ip link add name port type veth peer name eth "
        "&& ip link set port master bridge"
    )
    probe = ["unshare", "--net", "sh", "-c", script]
    return os.geteuid() == 0 and subprocess.run(probe, capture_output=True, check=False).returncode == 0
