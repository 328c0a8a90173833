# Ending

MODULES = sys.modules  # the interpreter's own; a program may have put another dict there
MODULE_OF = type.__dict__["__module__"].__get__
NAME_OF = type.__dict__["__name__"].__get__
NAMESPACE_OF = type.__dict__["__dict__"].__get__
BASES_OF = type.__dict__["__mro__"].__get__
TEXT_STREAM = _io.TextIOWrapper  # _io itself is empty at the last moment


class Ending:
    """What happens when the program has ended. An interpreter takes all modules apart,
    then all of its types. So it writes to their memory, which is shared with the fork
    server, and copied by that: a tenth of a second where packages are large. Here those
    that were imported ahead stay whole. What they keep alive of the program's is finalized
    when the program's own modules are gone, and soon after the process ends."""

    def __init__(self):
        self.has_begun = False
        self.code = None  # with which the program ends, if it is known by now
        self._knows_code = False  # for sure
        self._witness = None
        self._descriptors = {}  # writable ones that the program was given
        self._owners = set()  # modules that keep an object with a finalizer
        self._of_threads = []  # what is never finalized, since threads that never end hold it
        self._spared = {}  # name -> module
        self._held = []  # contains itself, and outlives all when nobody collects it
        REGISTER(self.begin)  # the first, which makes it the last to run

    def prepare(self):
        """When this process is to become a program: from here on the garbage collector
        knows no objects but the program's."""
        self._descriptors = dict(writable_descriptors())
        self._held.extend((self._held, globals()))
        gc.freeze()
        self._witness = Witness()

    def expect_lasting(self, owners):
        """Of imports that were looked at before."""
        self._owners.update(owners)

    def note_lasting(self):
        """When imports have ended, and before the garbage collector forgets what they made.
        Returns the modules that keep something to be finalized. The interpreter's own
        library does nothing then."""
        things = gc.get_objects()
        owners = {maker_of(thing) for thing in finalizable(things)} - {None}
        self._owners.update(owner for owner in owners if not is_librarys(owner))
        return sorted(self._owners)

    def begin(self):
        """A function of atexit. What comes before the modules go, in the interpreter's
        order."""
        if not self.has_begun:
            return  # it is the program that has called the functions
        sys.settrace(None)
        sys.setprofile(None)
        can_flush = flush(sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
        self._knows_code = can_flush and type(self.code) is int and self.code in range(256)
        forget_signal_handlers()
        if gc.isenabled():
            collect()
        self._of_threads = held_by_other_threads()
        self._owners.intersection_update(MODULES)
        for name in MODULES.keys() - AT_START.keys():
            if name in SHELF.modules and MODULES[name] is SHELF.modules[name]:
                self._spared[name] = MODULES.pop(name)
        first_to_go = types.ModuleType("__shoal__")  # the last of all, and so taken apart before the others
        first_to_go.end = EndOfModules()
        self._held.append(first_to_go)
        MODULES["__shoal__"] = first_to_go

    def end(self):
        """When sys.modules is empty and garbage is collected."""
        things = gc.get_objects()
        if Witness not in map(type, things):
            gc.unfreeze()
            things = gc.get_objects()
        elif self._owners:
            gc.unfreeze()
            things += [thing for thing in finalizable(gc.get_objects()) if maker_of(thing) in self._owners]
        left_alone = set(map(id, self._of_threads + standard_streams()))
        left = [thing for thing in finalizable(things) if id(thing) not in left_alone]
        if any(map(is_of_event_loop, left)):
            left = [thing for thing in left if not may_wait(thing)]
        finalize = ctypes.pythonapi.PyObject_CallFinalizer  # once only, whoever calls it
        finalize.argtypes, finalize.restype = [ctypes.py_object], None
        MODULES.update(self._spared)  # some finalizers import what they need
        MODULES.pop("warnings", None)  # by this the interpreter knows that it is ending
        finalize_all(finalize, sorted(filter(is_not_end, left), key=place_in_line))
        for name in ("Cursor", "Connection"):  # of SQLite; before CPython 3.13 they have no finalizers
            for thing in things:
                if is_of_sqlite(type(thing), name) and id(thing) not in left_alone:
                    close(thing)
        MODULES.clear()
        if any(
            self._descriptors.get(number) != file and not is_database_at_rest(number)
            for number, file in writable_descriptors()
        ):
            self._take_all_apart()
        elif self._knows_code:
            sys.__dict__["__shoal__"] = LastObject(self.code)

    def _take_all_apart(self):
        """As far as that can be: something writes to a file that is closed when it is
        freed, and says so to nobody."""
        for holder in (self._held, self._spared, SHELF.modules):
            holder.clear()
        gc.unfreeze()
        collect()


class Witness:
    """The garbage collector knows it, unless the program has called gc.freeze() itself."""


class EndOfModules:
    """Tells when the interpreter takes the first module apart."""

    def __del__(self):
        try:
            ENDING.end()
        except Exception:
            pass  # then the interpreter goes on by itself
        flush(sys.__stdout__, sys.__stderr__)


class LastObject:
    """Ends the process as C's exit() does when the interpreter frees it. As the last one
    in `sys`, which goes when all other modules are gone and the builtins are as they were
    at the start, it finds nothing left that could be seen, but for what others have said
    at their ends."""

    def __init__(self, code):
        self._code = code
        self._streams = sys.__stdout__, sys.__stderr__  # the interpreter goes back to them
        self._exit = ctypes.PyDLL(None).exit

    def __del__(self):
        if flush(*self._streams):
            self._exit(self._code)


def standard_streams():
    streams = [stream for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__) if type(stream) is TEXT_STREAM]
    buffers = [stream.buffer for stream in streams]
    return streams + buffers + [buffer.raw for buffer in buffers if hasattr(buffer, "raw")]


def flush(*streams):
    """False: it failed, and the interpreter will say so and end with another code; or one
    is the program's own, which may count how often it is asked."""
    try:
        for stream in streams:
            if type(stream) is not TEXT_STREAM:
                return False
            stream.flush()
    except Exception:
        return False
    return True


def forget_signal_handlers():
    for number in SIGNALS:
        if callable(_signal.getsignal(number)):
            _signal.signal(number, _signal.SIG_DFL)


def held_by_other_threads():
    """What the program has made that is reached from threads which go on for ever."""
    own = _thread.get_ident()
    frames = [frame for thread, frame in sys._current_frames().items() if thread != own]
    if not frames:
        return []
    rest = []
    for frame in frames:
        while frame is not None:
            rest += [frame.f_globals, *frame.f_locals.values()]
            frame = frame.f_back
    unseen = {id(thing): thing for thing in gc.get_objects()}
    found = []
    while rest:
        thing = unseen.pop(id(rest.pop()), None)
        if thing is not None:
            found.append(thing)
            rest += gc.get_referents(thing)
    return found


def writable_descriptors():
    """The numbers of those above the standard ones, and what each of them is."""
    for name in posix.listdir("/proc/self/fd"):
        try:  # without _io, which works no more when modules are gone, before CPython 3.9
            file = posix.open("/proc/self/fdinfo/" + name, posix.O_RDONLY)
            lines = posix.read(file, 4096).splitlines()
            posix.close(file)
            status = posix.stat(int(name))
        except OSError:
            continue  # that of the listing itself
        flags = next(int(line.split()[1], 8) for line in lines if line.startswith(b"flags:"))
        if int(name) > 2 and flags & posix.O_ACCMODE != posix.O_RDONLY:
            yield int(name), (status.st_dev, status.st_ino)


def is_finalizable(kind):
    """Whether it has a __del__, in Python or in C. Runs no code of the program's."""
    return any("__del__" in NAMESPACE_OF(base) for base in BASES_OF(kind))


def finalizable(things):
    kinds = {id(kind): kind for kind in map(type, things)}
    wanted = {number for number, kind in kinds.items() if is_finalizable(kind)}
    return [thing for thing in things if id(type(thing)) in wanted]


def place_in_line(thing):
    """What writes to a file goes before it, and a file before the one that it wraps."""
    kind = type(thing)
    if not issubclass(kind, _io._IOBase):
        return 0
    if issubclass(kind, _io._TextIOBase):
        return 1
    if issubclass(kind, _io._BufferedIOBase):
        return 3 if MODULE_OF(kind) == "_io" else 2
    return 4


def is_of_event_loop(thing):
    """The interpreter keeps the loop, and that keeps what it has scheduled."""
    module = MODULE_OF(type(thing))
    return isinstance(module, str) and module.partition(".")[0] in ("asyncio", "_asyncio")


def may_wait(thing):
    """For an event loop, or is one, or a part of it."""
    return is_of_event_loop(thing) or type(thing) in (types.CoroutineType, types.AsyncGeneratorType)


def is_not_end(thing):
    return type(thing) is not EndOfModules


def at_no_place(text):
    """A function that is nowhere, where a warning names the place: as the interpreter
    itself, when it finalizes what nobody has closed."""
    file, line = ("<sys>", 0) if sys.version_info >= (3, 13) else ("sys", 1)
    function = eval(compile(text, file, "eval"), {"__name__": "sys", "gc": gc})
    function.__code__ = function.__code__.replace(co_firstlineno=line)
    return function


collect = at_no_place("lambda: gc.collect()")
finalize_all = at_no_place("lambda finalize, things: [finalize(thing) for thing in things]")


def is_of_sqlite(kind, name):
    return any(NAME_OF(base) == name and MODULE_OF(base) == "sqlite3" for base in BASES_OF(kind))


def close(thing):
    try:
        thing.close()
    except Exception:
        pass  # it belongs to another thread


def is_database_at_rest(descriptor):
    """Whether it is a database of SQLite. During a transaction, and where it keeps a log,
    there is a second descriptor, of a file that is none."""
    try:
        return posix.pread(descriptor, 16, 0) == b"SQLite format 3\0"
    except OSError:
        return False


def is_librarys(name):
    """Whether the module belongs to the interpreter's own library."""
    spec = SPECS.get(name) or getattr(AT_START.get(name), "__spec__", None)
    origin = getattr(spec, "origin", None)
    return origin in ("built-in", "frozen") or (
        isinstance(origin, str) and origin.startswith(STDLIB + "/") and "/site-packages/" not in origin
    )


def maker_of(thing):
    """The module whose code finalizes it; None: it has nothing to do."""
    kind = type(thing)
    if kind is types.GeneratorType:
        frame = thing.gi_frame
        is_suspended = frame is not None and getattr(thing, "gi_suspended", frame.f_lasti >= 0)
        return frame.f_globals.get("__name__") if is_suspended else None
    if kind.__name__ == "ResourceTracker" and thing._fd is None:
        return None  # multiprocessing's, and joblib's copy of it: no process to stop
    return MODULE_OF(kind)


ENDING = Ending()
