"""Writes down all that a program can see of itself and its process: probe.py FILE WORD..."""

import sys

AT_START = sorted(sys.modules)
MAIN = {name: repr(type(value)) for name, value in globals().items() if name != "MAIN"}

import atexit
import codecs
import ctypes
import fcntl
import gc
import json
import locale
import logging
import multiprocessing
import os
import random
import resource
import signal
import stat
import subprocess
import tempfile
import threading
import time
import uuid
import warnings

PROJECT = os.getcwd()


def of_process() -> dict:
    def status(name):
        with open("/proc/self/status") as file:
            return next(line.split()[1] for line in file if line.startswith(name + ":"))

    umask = os.umask(0)
    os.umask(umask)
    death_signal = ctypes.c_int()
    ctypes.CDLL(None).prctl(2, ctypes.byref(death_signal), 0, 0, 0)
    with open(f"/proc/{os.getppid()}/comm") as file:
        parent = file.read()
    with open("/proc/self/comm") as file:
        name = file.read()
    with open("/proc/self/cmdline") as file:
        words = [word for word in file.read().split("\0") if word != sys.argv[1]]
    return {
        "name": name,
        "words": words,
        "cwd": os.getcwd() == PROJECT,
        "umask": umask,
        "leads its group": os.getpgrp() == os.getpid(),
        "session of the parent": os.getsid(0) == os.getsid(os.getppid()),
        "parent": parent,
        "signal at the parent's death": death_signal.value,
        "threads": status("Threads"),
        "signals": {name: status(name) for name in ("SigBlk", "SigIgn", "SigCgt", "SigPnd")},
        "nice": os.nice(0),
        "affinity": sorted(os.sched_getaffinity(0)),
        "limits": {n: resource.getrlimit(n) for n in range(16)},
        "privileges": status("NoNewPrivs"),
        "environment": {name: value for name, value in os.environ.items()},
        "real environment": sorted(subprocess.run(["env"], capture_output=True, check=True).stdout.decode().split("\n")),
        "little processor time": time.process_time() < 5,
    }


def of_descriptors() -> dict:
    found = {}
    for number in range(64):
        try:
            mode = os.fstat(number).st_mode
        except OSError:
            continue
        target = os.path.basename(os.readlink(f"/proc/self/fd/{number}"))
        found[number] = [stat.S_IFMT(mode), fcntl.fcntl(number, fcntl.F_GETFL), fcntl.fcntl(number, fcntl.F_GETFD), target]
    return found


def of_stream(stream) -> list:
    return [
        stream.name, stream.mode, stream.encoding, stream.errors, stream.line_buffering, stream.write_through,
        stream.isatty(), stream.fileno(), stream.closed, type(stream).__name__, type(stream.buffer).__name__,
        type(getattr(stream.buffer, "raw", None)).__name__,
    ]  # fmt: skip


def of_interpreter() -> dict:
    return {
        "argv": sys.argv[2:],
        "argv[0]": sys.argv[0],
        "orig_argv": [word for word in getattr(sys, "orig_argv", []) if word != sys.argv[1]],
        "flags": list(sys.flags),
        "path": sys.path,
        "modules": AT_START,
        "main": MAIN,
        "file": __file__,
        "spec": repr(__spec__),
        "cached": repr(__cached__) if "__cached__" in globals() else "none",
        "loader": type(__loader__).__name__,
        "executable": [sys.executable, sys.prefix, sys.base_prefix, sys.exec_prefix],
        "is main": sys.modules["__main__"].__dict__ is globals(),
        "warnings": [sys.warnoptions, [repr(each) for each in warnings.filters]],
        "options": sys._xoptions,
        "hooks": [sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__,
                  sys.gettrace(), sys.getprofile(), [repr(hook) for hook in sys.path_hooks if "0x" not in repr(hook)]],
        "limits": [sys.getrecursionlimit(), sys.getswitchinterval()],
        "encodings": [sys.getfilesystemencoding(), sys.getfilesystemencodeerrors(), sys.getdefaultencoding(),
                      locale.getpreferredencoding(), locale.setlocale(locale.LC_ALL)],
        "bytecode": [sys.dont_write_bytecode, sys.pycache_prefix],
        "streams": [of_stream(stream) for stream in (sys.stdin, sys.stdout, sys.stderr)],
        "the same streams": [sys.stdin is sys.__stdin__, sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__],
        "collector": [gc.isenabled(), gc.get_threshold(), len(gc.callbacks), gc.get_debug()],
        "frame": [sys._getframe(2).f_code.co_name, sys._getframe(2).f_code.co_filename],
        "handlers": [str(signal.getsignal(number)) for number in range(1, 32)],
        "main thread": [threading.main_thread().name, threading.main_thread() is threading.current_thread(),
                        threading.get_ident() == threading.main_thread().ident,
                        threading.main_thread().native_id == os.getpid(), threading.active_count()],
        "time zone": time.tzname,
        "temporary folder": [tempfile.tempdir, tempfile.gettempdir()],
        "time since logging began": 0 <= logging.LogRecord("", 0, "", 0, "", (), None).relativeCreated < 5000,
        "exceptions": sys.exc_info()[0] is None,
        "lookup": codecs.lookup("idna").name,
    }  # fmt: skip


def square(number):
    return number * number, os.getcwd() == PROJECT


def of_children() -> dict:
    results = {}
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(1) as pool:
            results[method] = pool.map(square, range(3))
    results["subprocess"] = subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, check=True).stdout.decode()
    child = os.fork()
    if child == 0:
        os._exit(7)
    results["fork"] = os.waitpid(child, 0)[1]
    return results


def end_of_input() -> str:
    try:
        return input()
    except EOFError as error:
        return repr(error)


def chance() -> list:
    numbers = [random.random(), hash("text"), next(tempfile._get_candidate_names()),
               multiprocessing.current_process().authkey.hex(), uuid.uuid1().hex]
    try:
        import numpy
    except ImportError:
        return numbers
    return [*numbers, float(numpy.random.random()), float(numpy.random.default_rng().random())]


def main():
    seen = {"process": of_process(), "descriptors": of_descriptors(), "interpreter": of_interpreter(),
            "input": end_of_input()}
    seen["chance"] = chance()
    seen["children"] = of_children()
    with open(sys.argv[1], "w") as file:
        json.dump(seen, file, indent=1, sort_keys=True, default=str)


if __name__ == "__main__":
    atexit.register(print, "at exit: first registered")
    atexit.register(print, "at exit: last registered")
    main()
    print("done")
