"""shoal on a terminal, as a person sees it."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading

from support.waiting import wait_until


class Terminal:
    """A program whose stdin, stdout and stderr are a terminal."""

    def __init__(self, command: list[str], folder, environment: dict[str, str], rows: int = 30, columns: int = 100):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._master = master
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment | {"TERM": "xterm-256color"},
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        )
        os.close(slave)
        self._shown: list[bytes] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self._master, 65536)
            except OSError:  # EIO: nobody has the terminal open any more
                return
            if not chunk:
                return
            self._shown.append(chunk)

    @property
    def shown(self) -> str:
        """Everything written so far, escape sequences included."""
        return b"".join(self._shown).decode(errors="replace")

    def await_text(self, text: str) -> None:
        wait_until(lambda: text in self.shown, f"the terminal shows {text!r}, not {self.shown[-2000:]!r}")

    def wait(self, timeout: float = 60) -> int:
        code = self._process.wait(timeout)
        self._reader.join(timeout)
        os.close(self._master)
        return code
