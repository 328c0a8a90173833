# Becoming a program



class Step:
    """One simple command of a line: a Python program, or another one."""

    def __init__(self, fields):
        self.kind = next(fields)  # script, module or program
        self.is_timed = next(fields) == "time"
        self.redirects = [(int(next(fields)), next(fields), next(fields)) for _ in range(int(next(fields)))]
        self.environment = [next(fields).partition("=")[::2] for _ in range(int(next(fields)))]
        self.path = next(fields)  # of what exec would get
        self.words = [next(fields) for _ in range(int(next(fields)))]
        self.source = None

    def folder(self):
        """What a fresh interpreter puts first into its path."""
        return os.getcwd() if self.kind == "module" else os.path.dirname(os.path.realpath(self.words[1]))

    def why_not(self):
        """Why it must start cold; None: it need not."""
        if self.kind == "program":
            return None
        if self.kind == "script":
            try:
                with open(self.words[1], "rb") as file:
                    self.source = file.read()
            except OSError:
                return "it cannot be read"
            if b"\0" in self.source or not is_utf8(self.source):
                return "it is no UTF-8"
        shadows = importable_names(self.folder()) & set(SHELF.packages) - set(sys.builtin_module_names)
        return "its folder has a module " + min(shadows) if shadows else None


def is_utf8(text):
    """And says nothing else of itself (PEP 263). Of other text the interpreter speaks
    otherwise when it reads it from a file itself."""
    for line in text.split(b"\n", 2)[:2]:
        if b"coding" in line and b"utf-8" not in line.lower():
            return False
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


class Line:
    """What shoal asks for."""

    def __init__(self, message, descriptors):
        fields = iter(os.fsdecode(message).split("\0"))
        self.control, self.stdin, self.stdout = descriptors
        self.note = next(fields)  # a file for what is known at the end
        self.name = next(fields)  # how the shell calls itself
        self.steps = [Step(fields) for _ in range(int(next(fields)))]


def receive(channel):
    """The next message, and the descriptors that came with it; None at the end."""
    message, ancillary, _, _ = channel.recvmsg(1 << 18, _socket.CMSG_SPACE(3 * 4), _socket.MSG_CMSG_CLOEXEC)
    numbers = b"".join(data for _, _, data in ancillary)
    descriptors = [int.from_bytes(numbers[at : at + 4], sys.byteorder) for at in range(0, len(numbers), 4)]
    return (message, descriptors) if message else None


def enroll(parent, control):
    """Becomes a child of shoal, and begins when shoal says so. Ends here if it does not."""
    while os.getppid() == parent:
        time.sleep(0.0001)
    os.setpgid(0, 0)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, _signal.SIGKILL, 0, 0, 0)
    go = b""
    if os.getppid() == SHOAL:
        try:
            control.send(str(os.getpid()).encode())
            go = control.recv(8)
        except OSError:
            pass
    if go != b"go":
        os.kill(os.getpid(), _signal.SIGKILL)  # never an end that looks like success


def take_descriptors(line, channel, control):
    os.dup2(line.stdin, 0)
    os.dup2(line.stdout, 1)
    os.dup2(line.stdout, 2)
    for descriptor in (line.stdin, line.stdout, PROGRESS):
        os.close(descriptor)
    IMPORTED_NOW.close()
    KNOWN.stop_watching()
    channel.close()
    control.close()


MODES = {
    "<": os.O_RDONLY,
    ">": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    ">>": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
}


def redirect(step, shell):
    for number, mode, target in step.redirects:
        if mode == ">&":
            os.dup2(int(target), number)
            continue
        try:
            file = os.open(target, MODES[mode], 0o666)
        except OSError as error:
            os.write(2, os.fsencode("%s: line 1: %s: %s\n" % (shell, target, error.strerror)))
            os._exit(1)
        os.dup2(file, number)
        os.close(file)


def minutes(seconds):
    return "%dm%.3fs" % divmod(seconds, 60)


def run_before(step, shell):
    """Runs a step as a shell does and returns its exit code; nothing in the process that
    is to become the step."""
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        return None
    _, status, usage = os.wait4(pid, 0)
    if step.is_timed:
        times = (time.monotonic() - began, usage.ru_utime, usage.ru_stime)
        os.write(2, ("\nreal\t%s\nuser\t%s\nsys\t%s\n" % tuple(map(minutes, times))).encode())
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def step_to_become(line):
    """Runs all steps but the one that this process is to become; ends with the first
    that fails."""
    for step in line.steps:
        if step is line.steps[-1] and not step.is_timed:
            return step
        code = run_before(step, line.name)
        if code is None:
            return step
        if code != 0:
            os._exit(code)
    os._exit(0)


def become(step, shell):
    """Makes this process as the interpreter would be right before the program's first
    line. Returns its module."""
    global OWN_FOLDER
    redirect(step, shell)
    os.environ.update(step.environment)
    if step.kind == "program":
        os.execv(step.path, step.words)
    gc.enable()
    take_name(step.path, step.words)
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[:] = step.words
    sys.argv[:] = step.words[1:]
    OWN_FOLDER = step.folder()
    sys.path.insert(0, OWN_FOLDER)
    sys.meta_path.insert(0, SHELF)
    refresh_modules()
    main = types.ModuleType("__main__")
    main.__annotations__ = {}
    main.__builtins__ = sys.modules["builtins"]
    sys.modules["__main__"] = main
    for name in SHELF.mains:
        SHELF.modules[name] = main
    for name, module in sys.modules.items():
        if module is AT_START["__main__"]:
            sys.modules[name] = main
    if step.kind == "module":
        sys.argv[:] = ["-m"] + step.words[3:]
        sys.modules.update((name, SHELF.modules[name]) for name in WITH_RUNPY)
        name = step.words[2]
        SHELF.withheld = {
            module for module in (name, name + ".__main__") if not hasattr(SHELF.modules.get(module), "__path__")
        }
    else:
        path = step.words[1]
        main.__file__ = path if path.startswith("/") or sys.version_info < (3, 9) else os.getcwd() + "/" + path
        main.__cached__ = None
        main.__loader__ = bootstrap_external.SourceFileLoader("__main__", main.__file__)
    return main


def take_name(path, words):
    """What exec would have made of /proc/PID/comm and cmdline. Where the kernel does not
    allow it (PR_SET_MM of prctl(2)), the process keeps the fork server's."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_NAME, os.fsencode(os.path.basename(path))[:15], 0, 0, 0)
    with open("/proc/self/stat", "rb") as file:
        numbers = [int(field) for field in file.read().rpartition(b")")[2].split()[1:]]
    start_code, end_code, start_stack = numbers[22:25]
    start_data, end_data, start_brk, _, _, env_start, env_end = numbers[41:48]
    text = ctypes.create_string_buffer(b"".join(os.fsencode(word) + b"\0" for word in words), sum(map(len_of, words)))
    KEPT.append(text)
    begin = ctypes.addressof(text)
    libc.sbrk.restype = ctypes.c_void_p
    layout = (start_code, end_code, start_data, end_data, start_brk, libc.sbrk(0), start_stack,
              begin, begin + len(text), env_start, env_end, 0, 0xFFFFFFFF00000000)  # fmt: skip
    memory_map = (ctypes.c_uint64 * len(layout))(*layout)
    libc.prctl(PR_SET_MM, PR_SET_MM_MAP, ctypes.byref(memory_map), ctypes.sizeof(memory_map), 0)


def len_of(word):
    return len(os.fsencode(word)) + 1


def refresh_modules():
    """What a module takes from its process when it is imported."""
    logging, tempfile, numpy_random, threading, process = (
        AT_START.get(name) or SHELF.modules.get(name)
        for name in ("logging", "tempfile", "numpy.random", "threading", "multiprocessing.process")
    )
    if logging:
        logging._startTime = time.time_ns() if isinstance(logging._startTime, int) else time.time()
    if tempfile:
        tempfile.tempdir = None
    if process:
        process.current_process()._config["authkey"] = process.AuthenticationString(os.urandom(32))
    if numpy_random:
        numpy_random.seed()
    if threading:
        threading.main_thread()._set_native_id()


def leave(process, note):
    """When the program's last line has run: tells what it imported, and what it did not
    have to."""
    if os.getpid() != process:
        return  # a fork of the program, which ends here too
    try:
        if "threading" in SHELF.modules:
            sys.modules.setdefault("threading", SHELF.modules["threading"])
        own = [
            name for name, module in list(sys.modules.items())
            if name not in AT_START and name not in SHELF.modules and name not in PRELOADER.wanted
            and not PRELOADER.is_unwanted(name) and is_installed(name, module)
        ]  # fmt: skip
        told = set().union(*KNOWN.news()) if own else ()  # by commands that ended meanwhile
        own = [name for name in own if name not in told]
        KNOWN.add("+", own)
        with _io.open("/proc/self/smaps_rollup", "rb") as file:
            sizes = dict(line.split()[:2] for line in file.read().splitlines()[1:])
        shared = int(sizes[b"Rss:"]) - int(sizes[b"Pss:"])  # KiB that others pay for
        with _io.open(note, "w") as file:
            file.write("%.6f %d %d\n" % (SHELF.saved, shared, len(own)))
    except Exception:
        pass  # nothing rests on it


def without_this_frame(hook):
    """An excepthook that shows the traceback as it would be without this file. `hook` is
    the program's; None: it took sys.excepthook away."""

    def excepthook(kind, error, trace):
        trace = trace.tb_next if trace is not None else None
        sys.last_traceback = error.__traceback__ = trace
        if hook is None:
            del sys.excepthook
            os.write(2, b"sys.excepthook is missing\n")
            return sys.__excepthook__(kind, error, trace)
        sys.excepthook = hook
        failure = failure_of(hook, (kind, error, trace))
        if failure is not None:
            print("Error in sys.excepthook:", file=sys.stderr)
            sys.__excepthook__(type(failure), failure, failure.__traceback__)
            print("\nOriginal exception was:", file=sys.stderr)
            sys.__excepthook__(kind, error, trace)

    return excepthook


def failure_of(hook, arguments):
    try:
        hook(*arguments)
    except SystemExit:
        raise
    except BaseException as failure:
        return failure.with_traceback(failure.__traceback__.tb_next)
    return None


def forget_program():
    """The interpreter ends a program's module first, as long as nobody else holds it."""
    for name in SHELF.mains:
        if SHELF.modules.get(name) is sys.modules.get("__main__"):
            del SHELF.modules[name]
