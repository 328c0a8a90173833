# Importing ahead



def hard_state():
    """What an import must leave as it is, since nobody can do it again for a program."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    lowest = os.dup(0)
    os.close(lowest)
    return (
        os.stat("/proc/self/task").st_nlink,  # threads
        lowest,  # descriptors
        os.fstat(1).st_size,  # what it printed; a warning, for example
        sys.getrecursionlimit(),
        sys.getswitchinterval(),
        sys.excepthook,
        sys.displayhook,
        sys.gettrace(),
        sys.getprofile(),
        os.getcwd(),
        len(builtins.__dict__),
        _locale.setlocale(_locale.LC_ALL),
        _socket.getdefaulttimeout(),
        len(gc.callbacks),
        tuple(map(_signal.getsignal, SIGNALS)),
    )


def soft_state():
    """What an import may change, since it is done again for each program."""
    return [dict(os.environ._data), *map(list, LISTS)]


SIGNALS = [number for number in range(1, _signal.NSIG) if number not in (32, 33)]

HARMLESS_ENDINGS = (".pyc", "/dev/null")
FORBIDDEN = {
    "os.chdir", "os.chmod", "os.chown", "os.exec", "os.fork", "os.forkpty", "os.kill", "os.link",
    "os.posix_spawn", "os.remove", "os.rename", "os.rmdir", "os.setxattr", "os.spawn", "os.symlink",
    "os.system", "os.truncate", "os.utime", "shutil.rmtree", "socket.connect", "socket.sendto",
    "socket.sendmsg", "subprocess.Popen", "tempfile.mkdtemp", "tempfile.mkstemp", "sqlite3.connect",
}  # fmt: skip


LOOKED_AT = FORBIDDEN | {"open", "os.mkdir", "socket.bind"}


def is_forbidden(event, args):
    """Whether the audit event (PEP 578) touches the world outside this process."""
    if event == "open":
        path, _, flags = args
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        path = path if isinstance(path, str) else repr(path)
        return bool(writes) and "__pycache__" not in path and not path.endswith(HARMLESS_ENDINGS)
    if event == "os.mkdir":
        return not os.path.isdir(args[0]) and "__pycache__" not in str(args[0])
    if event == "socket.bind":  # urllib3 looks in this way whether the machine has IPv6
        return not (isinstance(args[1], tuple) and args[1][0] in ("localhost", "127.0.0.1", "::1") and args[1][1] == 0)
    if event == "sqlite3.connect":
        return args[0] != ":memory:"
    return event in FORBIDDEN and not any("__pycache__" in str(arg) for arg in args)


def note_progress(name):
    """Who looks after this process reads there which module it imports."""
    IMPORTED_NOW[:] = (b"%d " % os.getpid() + os.fsencode(name))[:255].ljust(256, b"\0")


IMPORTED_NOW = mmap.mmap(PROGRESS, 256)


class Preloader:
    """Imports modules, and sees what each does besides."""

    def __init__(self):
        self.wanted = set()  # names learnt so far
        self.unwanted = set()  # names that must not be imported here
        self.newly_unwanted = set()
        self.troubles = 0
        self._stack = []
        self._began = []
        self._load = bootstrap._load_unlocked
        self._soft = self._hard = None
        self._looks_at_each = True
        self.watching = False

    def is_unwanted(self, name):
        """Whether it, or a package that it is in, must not be imported here."""
        while name and name not in self.unwanted:
            name = name.rpartition(".")[0]
        return bool(name)

    def blame(self):
        """A module whose import was stopped may have begun something, and so may those
        that were importing it."""
        self.newly_unwanted.update(self._stack)

    def register(self, function, *arguments, **named):
        """Stands in for atexit.register while modules are imported: only programs that
        import the module shall run the function."""
        owner = self._stack[-1] if self._stack else ""
        if isinstance(function, (types.FunctionType, types.MethodType)):
            owner = function.__module__ or owner  # what it belongs to may be shared, as that of weakref.finalize
        owner = owner.partition(".")[0]
        if not self.watching or owner in AT_START:
            return REGISTER(function, *arguments, **named)
        SHELF.at_exit.append((owner, function, arguments, named))
        return function

    def _note(self):
        """Whatever has changed since the last time is the innermost module's doing."""
        if [os.environ._data, *LISTS] != self._soft:
            soft = soft_state()
            if self._stack:
                self._add_effects(soft)
            self._soft = soft
        if self._looks_at_each:
            self._note_hard()

    def _note_hard(self):
        hard = hard_state()
        if hard != self._hard:
            self._hard = hard
            self.blame()
            return True
        return False

    def _add_effects(self, soft):
        effects = SHELF.effects.setdefault(self._stack[-1].partition(".")[0], [])
        before, after = self._soft[0], soft[0]
        change = {name: after.get(name) for name in {**before, **after} if before.get(name) != after.get(name)}
        if change:
            effects.append((None, change))
        for place, old, new in zip(LISTS, self._soft[1:], soft[1:]):
            if old == new:
                continue
            at = next((at for at in range(len(new) - len(old) + 1) if new[at : at + len(old)] == old), None)
            if at is None:
                self.blame()  # something was taken out
            else:
                effects.append((place, (new[:at], new[at + len(old) :])))

    def _watched_load(self, spec):
        name = spec.name
        self._note()
        self._stack.append(name)
        began = time.perf_counter()
        self._began.append(0.0)
        note_progress(name)
        try:
            if name in self.unwanted:
                self.blame()
                raise Unwanted(name)
            return self._load(spec)
        finally:
            self._note()
            self._stack.pop()
            note_progress(self._stack[-1] if self._stack else "")
            took = time.perf_counter() - began
            inner = self._began.pop()
            top = name.partition(".")[0]
            SHELF.seconds[top] = SHELF.seconds.get(top, 0.0) + took - inner
            if self._began:
                self._began[-1] += took

    def preload(self, names, seconds, looks_at_each):
        """Imports those of the names that are not imported, the first ones first, until
        so much time has passed. Returns those that are left; None: something went wrong,
        so that this process is not as a fresh one would be, and must not become a program.
        `looks_at_each`: module that was imported, so that it is known which one did it."""
        rest = list(reversed(names))
        sys.modules.update(SHELF.modules)
        self._soft = start = soft_state()
        self._hard = hard_state()
        self._looks_at_each = looks_at_each
        bootstrap._load_unlocked = self._watched_load
        atexit.register = self.register
        end = time.perf_counter() + seconds
        self.watching = True
        while rest and not self.newly_unwanted and time.perf_counter() < end:
            name = rest.pop()
            try:
                if name not in sys.modules:
                    bootstrap._gcd_import(name)
            except BaseException:
                self.newly_unwanted.add(name)
        self.watching = False
        bootstrap._load_unlocked = self._load
        atexit.register = REGISTER
        note_progress("")
        went_wrong = self._note_hard()
        self._undo(start)
        new = shelve_all()
        if looks_at_each:
            self._look_for_random_generators(new)
        return None if went_wrong or self.newly_unwanted else rest[::-1]

    def _undo(self, start):
        now = dict(os.environ._data)
        set_environment({name: start[0].get(name) for name in {**start[0], **now} if start[0].get(name) != now.get(name)})
        for place, items in zip(LISTS, start[1:]):
            place[:] = items
        _warnings._filters_mutated()

    def _look_for_random_generators(self, names):
        """One that a module made for itself would give all programs the same numbers."""
        known = []
        if "random" in SHELF.modules:
            known.append(SHELF.modules["random"]._inst)
        if "numpy.random" in SHELF.modules:
            known.append(SHELF.modules["numpy.random"].mtrand._rand)
        for name in names:
            for value in list(getattr(SHELF.modules[name], "__dict__", {}).values()):
                kind = type(value)
                random = kind.__name__ in ("Random", "RandomState", "Generator") and kind.__module__.startswith(
                    ("random", "numpy.random")
                )
                if random and not any(value is one for one in known):
                    self.newly_unwanted.add(name)


def audit(event, args):
    """Sees tens of thousands of events, nearly all of which are of no matter."""
    if event in LOOKED_AT and PRELOADER.watching and is_forbidden(event, args):
        PRELOADER.blame()
        raise Unwanted(event)


def shelve_all():
    """Takes what was imported ahead out of sys.modules, and learns who uses whom. Returns
    the names that are new."""
    new, known = [], {}
    for name in list(sys.modules):
        if name in AT_START:
            continue
        module = sys.modules.pop(name)
        if name in SHELF.modules:
            continue
        new.append(name)
        top = name.partition(".")[0]
        SHELF.modules[name] = module
        SHELF.order[name] = len(SHELF.order)
        SHELF.packages.setdefault(top, []).append(name)
        SPECS[name] = getattr(module, "__spec__", None)
        if module is AT_START["__main__"]:
            SHELF.mains.append(name)
            SHELF.uses.setdefault("multiprocessing", set()).add(name)
        uses = SHELF.uses.setdefault(top, set())
        for value in list(getattr(module, "__dict__", {}).values()):
            if isinstance(value, OWNED):
                owners = known.get(id(value))
                if owners is None:
                    owners = known[id(value)] = packages_behind(value)
                uses |= owners
        uses.discard(top)
    return new


OWNED = (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType)


def packages_behind(value):
    """The top-level names of the modules that a module, class or function comes from."""
    if isinstance(value, types.ModuleType):
        owners = [value.__name__]
    elif isinstance(value, type):
        owners = [base.__module__ for base in value.__mro__]
    else:
        owners = [value.__module__]
    return {owner.partition(".")[0] for owner in owners if isinstance(owner, str)}


def is_installed(name, module):
    """Whether it belongs to the interpreter or its environment, not to the user."""
    spec = getattr(module, "__spec__", None)
    origin = getattr(spec, "origin", None)
    if getattr(spec, "name", None) != name:
        return False
    return origin in ("built-in", "frozen") or (
        isinstance(origin, str) and any(origin.startswith(entry + "/") for entry in INSTALLED)
    )
