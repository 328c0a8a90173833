"""Waiting for things that happen in other processes."""

import time
from collections.abc import Callable


def wait_until(happened: Callable[[], bool], what: str | Callable[[], str], timeout: float = 60) -> None:
    """Returns as soon as `happened()` is true; fails the test after `timeout` seconds,
    and then says in vain of what."""
    deadline = time.monotonic() + timeout
    while not happened():
        if time.monotonic() >= deadline:
            raise AssertionError(f"waited {timeout} s in vain until {what if isinstance(what, str) else what()}")
        time.sleep(0.005)
