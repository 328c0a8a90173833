"""A rabbitmq-server of one's own: its node, ports (of the loopback interface),
files, cookie and epmd are nobody else's."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from support.processes import die_with_parent
from support.waiting import wait_until

# Debian's programs of the same names on the PATH change to the user rabbitmq.
SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
CONTROL = "/usr/lib/rabbitmq/bin/rabbitmqctl"


# Lets the command behind it see another system's files, and the broker's folder,
# as long as it runs: the mounts are its own.
ENTER_ROOT = """
for each in /proc /dev "$2"; do
  mkdir -p "$1$each" && mount --rbind "$each" "$1$each" || exit
done
root=$1 && shift 2 && exec chroot "$root" "$@"
"""


def inside(root: Path) -> Callable[[Path], list[str]]:
    """For Broker(enter=...): the RabbitMQ of the system whose files are in `root`."""
    return lambda folder: ["unshare", "--mount", "sh", "-c", ENTER_ROOT, "enter-root", str(root), str(folder)]


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Broker:
    def __init__(self, folder: Path, settings: str = "", advanced: str = "[].", *,
                 address: str = "127.0.0.1", enter: Callable[[Path], list[str]] = lambda folder: []):
        """`enter` gives the command that starts another one where the broker is to
        be: it can be reached at `address` there, and has `folder`."""
        self._folder = folder
        self.address = address
        self._within = enter(folder)
        folder.mkdir(parents=True)
        self.port, self._distribution, self._epmd_port = free_ports(3)
        cookie = folder / ".erlang.cookie"
        cookie.write_text("SHOALTESTSCOOKIE")
        cookie.chmod(0o400)
        (folder / "enabled_plugins").write_text("[].\n")
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = {address}:{self.port}\ndefault_user = me\ndefault_pass = secret\n{settings}\n"
        )
        (folder / "advanced.config").write_text(advanced + "\n")
        self._epmd = self._popen(["epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1"])
        self._server: subprocess.Popen | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"amqp://me:secret@{self.address}:{self.port}"

    @property
    def pid(self) -> int:
        return self._server.pid

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": f"shoal-e2e-{self.port}@localhost",
            "RABBITMQ_MNESIA_BASE": str(self._folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._folder / "log"),
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self._folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "enabled_plugins"),
            # With -noinput: the script then becomes the server, pid and all.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none "
            "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _popen(self, command: list[str]) -> subprocess.Popen:
        log = (self._folder / "server.log").open("ab")
        return subprocess.Popen(
            [*self._within, *command], env=self._environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=die_with_parent,
        )

    def start(self) -> None:
        """With what it had on disk; returns when it can be reached."""
        self._server = self._popen([SERVER, "-noinput"])
        wait_until(self._answers, "rabbitmq-server has started", timeout=120)

    def _answers(self) -> bool:
        assert self._server.poll() is None, (self._folder / "server.log").read_text()
        hello = rf"exec 3<>/dev/tcp/{self.address}/{self.port} && printf 'AMQP\0\0\011\001' >&3 && head -c 1 <&3"
        probe = [*self._within, "timeout", "2", "bash", "-c", hello]
        return bool(subprocess.run(probe, capture_output=True, check=False).stdout)

    def kill(self) -> None:
        self._server.kill()
        self._server.wait(60)

    def pause(self) -> None:
        self._server.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._server.send_signal(signal.SIGCONT)

    def control(self, *words: str) -> str:
        return self._command([CONTROL, *words])

    def type(self, text: str) -> str:
        """In a shell whose rabbitmqctl is this broker's."""
        return self._command(["env", f"PATH={Path(CONTROL).parent}:{os.environ['PATH']}", "bash", "-euc", text])

    def _command(self, command: list[str]) -> str:
        done = subprocess.run(
            [*self._within, *command], env=self._environment(), capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def version(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.control("version").strip().split("."))

    def queues(self) -> dict[str, int]:
        """Names, and the messages in them."""
        text = self.control("list_queues", "--quiet", "--no-table-headers", "name", "messages")
        return {name: int(count) for name, count in (line.split("\t") for line in text.splitlines() if line)}

    def close_connections(self, reason: str = "a test says so") -> None:
        self.control("close_all_connections", reason)

    def publish(self, queue: str, body: str) -> None:
        """Bytes that no shoal has written."""
        exchange = 'rabbit_misc:r(<<"/">>, exchange, <<>>)'
        self.control("eval", f'rabbit_basic:publish({exchange}, <<"{queue}">>, [], <<"{body}">>).')

    def end(self) -> None:
        for process in (self._server, self._epmd):
            process.kill()
            process.wait(60)
