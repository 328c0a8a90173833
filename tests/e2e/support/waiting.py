"""Waiting for things that happen in other processes."""

import time
from collections.abc import Callable


def wait_until(happened: Callable[[], bool], what: str, timeout: float = 60) -> None:
    """Returns as soon as `happened()` is true; fails the test after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not happened():
        assert time.monotonic() < deadline, f"waited {timeout} s in vain until {what}"
        time.sleep(0.005)
