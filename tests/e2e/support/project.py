"""A folder with a jobs file, and shoal or bash running in it."""

import os
import signal
import subprocess
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path

from support.gates import WAIT_AT, Gate
from support.processes import MARK_VARIABLE, marked_processes
from support.waiting import wait_until

# Leaves a note of each time it runs, outside the project, so that shoal knows
# nothing of it: `tick NAME`.
TICK = """#!/bin/sh
echo "$1" >>"$SHOAL_TEST_TICKS"
"""

# Leaves a note where another one of the same name runs at the same time. The
# lock is the process's and its child's: it goes when both are dead.
ALONE = """#!/bin/sh
exec 9>>"$SHOAL_TEST_GATES/alone-$1"
flock -n 9 || tick "two-of-$1"
sleep "$2"
"""

# What shoal is told of them: that their words are no paths.
TOOL_ROWS = """[[command]]
program = ["tick", "wait-at", "alone"]
rest = {}
"""


@dataclass
class Result:
    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Running:
    """A process of shoal, its stderr read as it comes."""

    def __init__(self, process: subprocess.Popen):
        self._process = process
        self._err: list[bytes] = []
        self._out: list[bytes] = []
        self._readers = [
            threading.Thread(target=self._read, args=(process.stderr, self._err)),
            threading.Thread(target=self._read, args=(process.stdout, self._out)),
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(stream, into: list[bytes]) -> None:
        while chunk := os.read(stream.fileno(), 65536):
            into.append(chunk)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def err(self) -> str:
        return b"".join(self._err).decode(errors="replace")

    @property
    def out(self) -> str:
        return b"".join(self._out).decode(errors="replace")

    def alive(self) -> bool:
        return self._process.poll() is None

    def interrupt(self) -> None:
        """Ctrl-C; returns when shoal has said something about it."""
        said = len(self.err)
        self._process.send_signal(signal.SIGINT)
        wait_until(lambda: len(self.err) > said or not self.alive(), "shoal answers to Ctrl-C")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(60)

    def terminate(self) -> None:
        self._process.terminate()

    def freeze(self) -> None:
        """The process itself, not its children."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def await_said(self, text: str, timeout: float = 60) -> None:
        wait_until(lambda: text in self.err or not self.alive(), lambda: f"shoal says {text!r}, not {self.err}", timeout)
        assert text in self.err, self.err

    def await_shown(self, text: str) -> None:
        """On stdout."""
        wait_until(lambda: text in self.out, f"shoal shows {text!r}")

    def ends_within(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait_or_kill(self, after: float) -> None:
        """kill -9 after so many seconds, unless it ends before."""
        if not self.ends_within(after):
            self.kill()

    def wait(self, timeout: float = 60) -> Result:
        assert self.ends_within(timeout), f"still runs after {timeout} s:\n{self.err}"
        for reader in self._readers:
            reader.join(timeout)
        return Result(self._process.returncode, self.out, self.err)


class Project:
    def __init__(self, folder: Path, outside: Path, binary: Path, path: str | None = None):
        """`outside` is a folder for what shoal must not see."""
        self.folder = folder
        self._outside = outside
        self._binary = binary
        self._mark = uuid.uuid4().hex
        folder.mkdir(parents=True, exist_ok=True)
        outside.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "PATH": f"{outside / 'bin'}:{path or os.environ['PATH']}",
            "HOME": str(outside.parent),
            "LC_ALL": "C.UTF-8",
            MARK_VARIABLE: self._mark,
            "SHOAL_TEST_GATES": str(outside),
            "SHOAL_TEST_TICKS": str(outside / "ticks"),
        }

    def with_tools(self) -> "Project":
        """Adds tick, wait-at and alone, which shoal takes for programs without files."""
        self.write(".shoal/commands.toml", TOOL_ROWS)
        self.tool("alone", ALONE)
        self.tool("tick", TICK)
        self.tool("wait-at", WAIT_AT)
        return self

    def tool(self, name: str, script: str) -> None:
        """A program that commands find in their PATH."""
        path = self._outside / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(script)
        path.chmod(0o755)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def jobs(self, text: str | bytes) -> None:
        self.write("jobs.sh", text)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def has(self, name: str) -> bool:
        return (self.folder / name).exists()

    def gate(self, name: str) -> Gate:
        return Gate(self._outside, name)

    def ticks(self) -> list[str]:
        """The names with which tick ran so far, in order."""
        path = self._outside / "ticks"
        return path.read_text().split() if path.exists() else []

    def bash(self, jobs_file: str = "jobs.sh", *, shell: str = "bash", timeout: float = 600) -> Result:
        return self._complete([shell, jobs_file], timeout)

    def shoal(self, *arguments: str, timeout: float = 120) -> Result:
        return self._complete([str(self._binary), *arguments], timeout)

    def run(self, *arguments: str, timeout: float = 120) -> Result:
        return self.shoal("run", "jobs.sh", *arguments, timeout=timeout)

    def _complete(self, command: list[str], timeout: float) -> Result:
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=timeout, check=False,
        )
        return Result(done.returncode, done.stdout.decode(errors="replace"),
                      done.stderr.decode(errors="replace"))

    def start(self, *arguments: str, under: list[str] | None = None) -> Running:
        """Starts `shoal ARGUMENTS`, by the command `under` if there is one, and does not
        wait for its end."""
        return Running(
            subprocess.Popen(
                [*(under or []), str(self._binary), *arguments], cwd=self.folder, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
        )

    def start_run(self, *arguments: str, under: list[str] | None = None) -> Running:
        return self.start("run", "jobs.sh", *arguments, under=under)

    def processes(self) -> dict[int, str]:
        return marked_processes(self._mark)

    def await_quiet(self) -> None:
        """Returns when no process that this project started is left."""
        wait_until(lambda: not self.processes(), f"these end: {self.processes()}", 60)

    def end_everything(self) -> None:
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
