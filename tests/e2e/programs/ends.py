"""Ends in the way that its argument names."""

import asyncio
import atexit
import builtins
import concurrent.futures
import ctypes
import gc
import gzip
import io
import json
import os
import signal
import sqlite3
import sys
import tempfile
import threading
import time
import warnings
import weakref
import zipfile
from concurrent.futures import ThreadPoolExecutor


class OwnExit(SystemExit):
    pass


def deep(depth):
    return deep(depth + 1)


def fail_because():
    try:
        {}["absent"]
    except KeyError as error:
        raise ValueError("text") from error


def print_later():
    time.sleep(0.2)
    print("a thread had the last word")


def own_hook(kind, error, trace):
    print("own hook:", kind.__name__, error, trace.tb_frame.f_code.co_name, file=sys.stderr)


def wrap_stdout():
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, write_through=False)
    print("written to a wrapper")


def print_at_its_end():
    try:
        yield
    finally:
        print("the generator ends")


def suspend_generator():
    json.kept = print_at_its_end()
    next(json.kept)


def let_package_hold_file():
    json.kept = open("held.txt", "w")
    json.kept.write("held by a package")


def let_package_hold_archives():
    packed = gzip.GzipFile("held.gz", "wb", mtime=0)
    json.kept = [io.TextIOWrapper(packed), zipfile.ZipFile("held.zip", "w"), Writing(open("written.txt", "w"))]
    json.kept[0].write("packed")
    json.kept[1].writestr(zipfile.ZipInfo("name"), "zipped")


class Writing:
    def __init__(self, file):
        self._file = file

    def __del__(self):
        self._file.write("the last line")


class Raw(io.RawIOBase):
    def writable(self):
        return True

    def write(self, text):
        sys.stdout.write(f"raw {len(text)}\n")
        return len(text)


def let_package_hold_stream():
    json.kept = io.BufferedWriter(Raw())
    json.kept.write(b"text")


async def wait_long():
    try:
        await asyncio.sleep(100)
    finally:
        print("not waited for")


def leave_loop_open():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    globals()["task"] = loop.create_task(wait_long())
    loop.run_until_complete(asyncio.sleep(0.01))


def let_package_hold_coroutine():
    json.kept = wait_long()


def forget_await():
    circle = [wait_long()]
    circle.append(circle)


def write_in_thread_that_goes_on():
    def run():
        file = open("of-thread.txt", "w")
        file.write("never flushed")
        time.sleep(100)

    threading.Thread(target=run, daemon=True).start()
    time.sleep(0.2)


def let_package_hold_leak():
    warnings.simplefilter("always")
    json.kept = open(__file__)


def refer_weakly():
    json.kept = Dying()
    json.reference = weakref.ref(json.kept, lambda _: print("referred to no more"))


def leave_transaction(mode):
    json.kept = sqlite3.connect(f"{mode}.db", isolation_level=None)
    json.kept.execute(f"PRAGMA journal_mode={mode}")
    json.kept.execute("CREATE TABLE numbers (number)")
    json.kept.execute("BEGIN")
    json.kept.execute("INSERT INTO numbers VALUES (1)")


def print_in_c():
    ctypes.CDLL(None).printf(b"from C\n")


def run_atexit_early():
    atexit.register(print, "early")
    atexit._run_exitfuncs()
    print(json.dumps({"still": sys.modules["json"] is json}))


def inspect_at_the_end():
    os.environ["PYTHONINSPECT"] = "1"


def unclosed():
    global file
    file = open("unclosed.txt", "w")
    file.write("kept")


def lose_what_is_buffered():
    global file
    file = open("unflushed.txt", "w")
    file.write("lost")
    print("lost, too")
    os._exit(0)


def fork_that_falls_through():
    if os.fork() == 0:
        print("child")
    else:
        os.wait()
        print("parent")


class Dying:
    def __del__(self):
        print("finalized")


ENDS = {
    "return": lambda: None,
    "exit-none": lambda: sys.exit(),
    "exit-0": lambda: sys.exit(0),
    "exit-3": lambda: sys.exit(3),
    "exit-261": lambda: sys.exit(261),
    "exit-minus": lambda: sys.exit(-1),
    "exit-text": lambda: sys.exit("a message"),
    "exit-tuple": lambda: sys.exit((1, "two")),
    "exit-true": lambda: sys.exit(True),
    "exit-own": lambda: (_ for _ in ()).throw(OwnExit(9)),
    "exit-float": lambda: sys.exit(2.5),
    "quit": lambda: quit(4),
    "error": fail_because,
    "recursion": lambda: deep(0),
    "interrupt": lambda: signal.raise_signal(signal.SIGINT),
    "raise-interrupt": lambda: (_ for _ in ()).throw(KeyboardInterrupt("why")),
    "os-exit": lambda: os._exit(7),
    "abort": os.abort,
    "term": lambda: os.kill(os.getpid(), signal.SIGTERM),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "segv": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "thread": lambda: threading.Thread(target=print_later).start(),
    "daemon": lambda: threading.Thread(target=time.sleep, args=(100,), daemon=True).start(),
    "thread-error": lambda: threading.Thread(target=fail_because).start(),
    "pool": lambda: ThreadPoolExecutor().submit(print_later),
    "hook": lambda: (setattr(sys, "excepthook", own_hook), fail_because()),
    "no-hook": lambda: (delattr(sys, "excepthook"), fail_because()),
    "bad-hook": lambda: (setattr(sys, "excepthook", lambda *_: 1 / 0), fail_because()),
    "atexit": lambda: [atexit.register(print, n) for n in range(3)],
    "atexit-error": lambda: atexit.register(lambda: 1 / 0),
    "unclosed": unclosed,
    "unflushed": lose_what_is_buffered,
    "fork": fork_that_falls_through,
    "final": lambda: globals().update(dying=Dying()),
    "cycle": lambda: globals().update(dying=[Dying()]) or globals()["dying"].append(globals()["dying"]),
    "wrapper": wrap_stdout,
    "generator": suspend_generator,
    "held-object": lambda: setattr(json, "kept", Dying()),
    "held-file": let_package_hold_file,
    "held-archives": let_package_hold_archives,
    "held-stream": let_package_hold_stream,
    "open-loop": leave_loop_open,
    "held-coroutine": let_package_hold_coroutine,
    "no-await": forget_await,
    "daemon-file": write_in_thread_that_goes_on,
    "held-leak": let_package_hold_leak,
    "held-temporary": lambda: setattr(json, "kept", tempfile.NamedTemporaryFile(dir=".")),
    "held-folder": lambda: setattr(json, "kept", tempfile.TemporaryDirectory(dir=".")),
    "held-transaction": lambda: leave_transaction("delete"),
    "held-log": lambda: leave_transaction("wal"),
    "weak": refer_weakly,
    "frozen": lambda: setattr(json, "kept", Dying()) or gc.freeze(),
    "builtin": lambda: setattr(builtins, "kept", Dying()),
    "local": lambda: setattr(json, "kept", threading.local()) or setattr(json.kept, "dying", Dying()),
    "c": print_in_c,
    "atexit-early": run_atexit_early,
    "atexit-exit": lambda: atexit.register(sys.exit, 5),
    "full": lambda: (os.dup2(os.open("/dev/full", os.O_WRONLY), 1), print("lost")),
    "inspect": inspect_at_the_end,
    "warn": lambda: warnings.warn("watch out", stacklevel=1),
    "deprecated": lambda: warnings.warn("old", DeprecationWarning, stacklevel=1),
    "both-streams": lambda: [print(n, file=sys.stdout if n % 2 else sys.stderr) for n in range(6)],
    "no-newline": lambda: print("text", end=""),
    "closed-stdout": lambda: sys.stdout.close(),
    "close-1": lambda: (print("lost"), os.close(1)),
    "unicode": lambda: print("\u00e4\u4e2d\udc80"),
}

if __name__ == "__main__":
    ENDS[sys.argv[1]]()
