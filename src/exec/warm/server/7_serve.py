# Serving



def unfit():
    """Why no command may start from this interpreter; None: it may."""
    if sys.implementation.name != "cpython" or not (3, 8) <= sys.version_info < (3, 14):
        return "it is not CPython 3.8 to 3.13"
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return "it runs without the global lock"
    if ctypes is None:
        return "it has no ctypes"
    if os.stat("/proc/self/task").st_nlink > 3 or sys.gettrace() or sys.getprofile():
        return "something that is installed starts threads or watches programs"
    for name in ("sitecustomize", "usercustomize"):
        if name in AT_START and not is_installed(name, AT_START[name]):
            return "it has a " + name
    return None


def serve(channel):
    """Returns in a process that is to become a program: the line, and its step."""
    reason = unfit()
    channel.send(os.fsencode("unfit " + reason if reason else "ready"))
    growing = None
    while True:
        request = receive(channel)
        if request is None:
            os._exit(0)
        message, descriptors = request
        if message == b"grow":
            if growing is not None:
                os.waitpid(growing, 0)
            growing, successor = start_growth(*descriptors)
            if successor is not None:
                channel.close()
                control, names, channel = successor
                grow(control, names)
            continue
        line = Line(message, descriptors)
        changed = KNOWN.change()
        if changed:
            os.write(2, os.fsencode(changed + " has changed\n"))
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


def start_growth(control, channel):
    """Lets a fork of this process import what was learnt. Returns the fork's pid, None
    where there is none, and in the fork its sockets and the names."""
    control = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET, 0, control)
    channel = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET, 0, channel)
    names, server, pid = names_to_import(), os.getpid(), None
    try:
        pid = os.fork() if names else None
    except OSError:
        pass
    if pid == 0:
        die_with_parent(server)
        return None, (control, names, channel)
    control.close()
    channel.close()
    return pid, None


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

gc.disable()
gc.freeze()
PRELOADER = Preloader()
sys.addaudithook(audit)
shelve_all()
KNOWN = Knowledge(KNOWLEDGE)
KNOWN.watch_files()
LINE, STEP = serve(_socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET, 0, CHANNEL))
ENDING.prepare()
MAIN = become(STEP, LINE.name)
PROCESS = os.getpid()
try:
    if STEP.kind == "module":
        runpy._run_module_as_main(STEP.words[2])
    else:
        exec(compile(STEP.source, MAIN.__file__, "exec", 0, True), MAIN.__dict__)
        MAIN.__dict__.pop("__file__", None)
        MAIN.__dict__.pop("__cached__", None)
    ENDING.code = 0
except SystemExit as end:
    ENDING.code = 0 if end.code is None else end.code
    del end
    raise
except BaseException:
    sys.excepthook = without_this_frame(getattr(sys, "excepthook", None))
    raise
finally:
    leave(PROCESS, LINE.note)
    ENDING.has_begun = True
    forget_program()
    del MAIN
