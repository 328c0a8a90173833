# Serving



def unfit():
    """Why no command may start from this interpreter; None: it may."""
    if sys.implementation.name != "cpython" or not (3, 8) <= sys.version_info < (3, 14):
        return "it is not CPython 3.8 to 3.13"
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return "it runs without the global lock"
    if os.stat("/proc/self/task").st_nlink > 3 or sys.gettrace() or sys.getprofile():
        return "something that is installed starts threads or watches programs"
    for name in ("sitecustomize", "usercustomize"):
        if name in AT_START and not is_installed(name, AT_START[name]):
            return "it has a " + name
    return None


def import_ahead():
    """Imports what was learnt. Why this process is not as a fresh one would be any more;
    None: it still is."""
    wanted, unwanted = KNOWN.news()
    PRELOADER.unwanted.update(unwanted)
    new = [name for name in dict.fromkeys(wanted) if name not in PRELOADER.wanted and name not in PRELOADER.unwanted]
    if new:
        PRELOADER.wanted.update(new)
        if not PRELOADER.preload(new):
            found = sorted(PRELOADER.newly_unwanted - PRELOADER.unwanted)
            KNOWN.add("-", found)
            return "these must not be imported ahead: " + " ".join(found)
        KNOWN.watch_files()
    changed = KNOWN.change()
    return changed and changed + " has changed"


def serve(channel):
    """Returns in a process that is to become a program: the line, and its step."""
    reason = unfit()
    channel.send(os.fsencode("unfit " + reason if reason else "ready " + KNOWN.path))
    while True:
        request = receive(channel)
        if request is None:
            os._exit(0)
        line = Line(*request)
        reason = import_ahead()
        if reason is not None:
            os.write(2, os.fsencode(reason + "\n"))
            channel.send(b"restart")
            os._exit(0)
        control = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET, 0, line.control)
        parent = None
        reason = why_not(line)
        if reason is None:
            reason, parent = fork_twice()
        if parent is not None:
            enroll(parent, control)
            take_descriptors(line, channel, control)
            return line, step_to_become(line)
        if reason is not None:
            control.send(b"cold " + os.fsencode(reason)[:400])
        control.close()
        os.close(line.stdin)
        os.close(line.stdout)


def why_not(line):
    """Why the line must start cold; None: it need not."""
    try:
        return next(filter(None, (step.why_not() for step in line.steps)), None)
    except Exception as error:
        return repr(error)


def fork_twice():
    """The child's parent ends at once, so that shoal becomes its parent. Returns why
    there is no child, and in the child its first parent."""
    try:
        pid = os.fork()
    except OSError as error:
        return error.strerror, None
    if pid != 0:
        os.waitpid(pid, 0)
        return None, None
    parent = os.getpid()
    try:
        if os.fork() == 0:
            return None, parent
    finally:
        if os.getpid() == parent:
            os._exit(0)


import _frozen_importlib_external as bootstrap_external  # noqa: E402

PRELOADER = Preloader()
sys.addaudithook(PRELOADER.audit)
shelve_all()
KNOWN = Knowledge(KNOWLEDGE)
KNOWN.watch_files()
LINE, STEP = serve(_socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET, 0, CHANNEL))
MAIN = become(STEP, LINE.name)
PROCESS = os.getpid()
try:
    if STEP.kind == "module":
        runpy._run_module_as_main(STEP.words[2])
    else:
        exec(compile(STEP.source, MAIN.__file__, "exec", 0, True), MAIN.__dict__)
        MAIN.__dict__.pop("__file__", None)
        MAIN.__dict__.pop("__cached__", None)
except SystemExit:
    raise
except BaseException:
    sys.excepthook = without_this_frame(getattr(sys, "excepthook", None))
    raise
finally:
    leave(PROCESS, LINE.note)
    forget_program()
    del MAIN
