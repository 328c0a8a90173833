"""Commands that stop at a gate until the test lets them pass.

`wait-at NAME` in a jobs file waits there. It is a named pipe outside the
project, so that shoal sees nothing of it.
"""

import errno
import os
from pathlib import Path

from support.waiting import wait_until

# A pipe that was abandoned lets nobody pass.
WAIT_AT = """#!/bin/sh
until [ -e "$SHOAL_TEST_GATES/$1.open" ]; do read -r _ <"$SHOAL_TEST_GATES/$1"; done
exit 0
"""


class Gate:
    def __init__(self, folder: Path, name: str):
        self._pipe = folder / name
        self._open_for_good = folder / f"{name}.open"
        self._descriptor: int | None = None
        os.mkfifo(self._pipe)

    def _someone_waits(self) -> bool:
        try:
            descriptor = os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            assert error.errno == errno.ENXIO
            return False
        self._descriptor = descriptor
        return True

    def await_arrival(self, timeout: float = 60) -> None:
        """Returns when a command waits at the gate."""
        wait_until(self._someone_waits, f"a command waits at gate {self._pipe.name}", timeout)

    def open(self) -> None:
        """Lets every command pass: those that wait, and all later ones."""
        self._open_for_good.touch()
        self.abandon()
        # It stays, for who looked before the gate was open and comes to the pipe now.
        self._descriptor = os.open(self._pipe, os.O_RDWR | os.O_NONBLOCK)
        os.write(self._descriptor, b"\n" * 100)

    def abandon(self) -> None:
        """Forgets the command that waited, because it was or will be killed."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
