# Ending

MODULE_OF = type.__dict__["__module__"].__get__
NAMESPACE_OF = type.__dict__["__dict__"].__get__
BASES_OF = type.__dict__["__mro__"].__get__


class Ending:
    """What happens when the program has ended. An interpreter takes all modules apart,
    then all of its types. So it writes to their memory, which is shared with the fork
    server, and copied by that: a tenth of a second where packages are large. Here those
    that were imported ahead stay whole, unless one of them could hold an object whose end
    is seen from outside; when all other modules are gone, the process ends."""

    def __init__(self):
        self.has_begun = False
        self.code = None  # with which the program ends, if it is known by now
        self._descriptors = {}  # writable ones that the program was given
        self._lasting = []  # (module, object) that imports made, to be finalized at the end
        self._owners = set()  # modules of which such an object is known, but not which one it is
        self._witness = None
        self._held = []  # contains itself, and outlives all when nobody collects it
        REGISTER(self.spare_modules)  # the first, which makes it the last to run

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
        Returns the modules of what lasts. Files are not among that, since imports leave
        none open."""
        things = gc.get_objects()
        kinds = set(filter(is_finalizable, set(map(type, things))))
        for thing in things:
            if type(thing) in kinds and not is_over(thing) and not is_librarys(maker_of(thing)):
                self._lasting.append((maker_of(thing), thing))
        return sorted({owner for owner, _ in self._lasting})

    def spare_modules(self):
        """A function of atexit."""
        if not self.has_begun:
            return  # it is the program that has called the functions
        try:
            spares = not self._has_last_words()
        except Exception:
            spares = False
        if not spares:
            self._held.clear()
            self._lasting.clear()
            SHELF.modules.clear()
            if Witness in map(type, gc.get_objects()):
                gc.unfreeze()
            return
        for name in sys.modules.keys() - AT_START.keys():
            if name in SHELF.modules and sys.modules[name] is SHELF.modules[name]:
                del sys.modules[name]
        if EXIT is not None and type(self.code) is int and self.code in range(256) and can_flush():
            sys.__dict__[LastObject.__qualname__] = LastObject(self.code)

    def _has_last_words(self):
        """Whether a module that was imported ahead could hold something of the program's
        that does more at its end than to free memory; or something of its own."""
        if any(
            self._descriptors.get(number) != file and not is_database_at_rest(number)
            for number, file in writable_descriptors()
        ):
            return True
        if "PYTHONINSPECT" in os.environ or are_leaks_told():
            return True
        if any(owner in sys.modules for owner in self._owners):
            return True
        if any(owner in sys.modules and not is_over(thing) for owner, thing in self._lasting):
            return True
        things = gc.get_objects()
        kinds = set(map(type, things))
        if Witness not in kinds:
            return True
        kinds = {kind for kind in kinds if is_finalizable(kind) or issubclass(kind, ReferenceType)}
        return any(type(thing) in kinds and has_last_words(thing) for thing in things)


class Witness:
    """The garbage collector knows it, unless the program has called gc.freeze() itself."""


class LastObject:
    """Ends the process as C's exit() does when the interpreter frees it. As the last one
    in `sys`, which goes when all other modules are gone and the builtins are as they were
    at the start, it finds nothing left that could be seen, but for what others have said
    at their ends."""

    def __init__(self, code):
        self._code = code
        self._streams = sys.__stdout__, sys.__stderr__  # the interpreter goes back to them

    def __del__(self, end=EXIT):
        for stream in self._streams:
            stream.flush()
        end(self._code)


def can_flush():
    """Otherwise the interpreter says so and ends with another code."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except Exception:
        return False
    return True


def writable_descriptors():
    """The numbers of those above the standard ones, and what each of them is."""
    for name in os.listdir("/proc/self/fd"):
        try:
            with open("/proc/self/fdinfo/" + name) as file:
                flags = next(line for line in file if line.startswith("flags:")).split()[1]
            status = os.stat(int(name))
        except OSError:
            continue  # that of the listing itself
        if int(name) > 2 and int(flags, 8) & os.O_ACCMODE != os.O_RDONLY:
            yield int(name), (status.st_dev, status.st_ino)


def is_database_at_rest(descriptor):
    """Whether it is a database of SQLite. During a transaction, and where it keeps a log,
    there is a second descriptor, of a file that is none."""
    try:
        return os.pread(descriptor, 16, 0) == b"SQLite format 3\0"
    except OSError:
        return False


def has_last_words(thing):
    """Of an object of the program, with a finalizer, or a weak reference. What packages
    do in finalizers of their own is to let go of something."""
    if issubclass(type(thing), ReferenceType):
        return not is_harmless(thing.__callback__)
    if is_over(thing):
        return False
    return type(thing) in FILES or not is_packages(maker_of(thing))


def is_harmless(callback):
    """Of a weak reference."""
    if type(callback) in (types.FunctionType, types.MethodType):
        return is_packages(callback.__module__)
    if type(callback) is types.BuiltinFunctionType:
        return callback.__module__ is None  # of no module that a program could have taken it from
    return callback is None or MODULE_OF(type(callback)) == "weakref"


def is_packages(name):
    return is_installed(name, sys.modules.get(name))


def is_librarys(name):
    """Whether the module belongs to the interpreter's own library."""
    spec = SPECS.get(name) or getattr(AT_START.get(name), "__spec__", None)
    origin = getattr(spec, "origin", None)
    return origin in ("built-in", "frozen") or (
        isinstance(origin, str) and origin.startswith(STDLIB + "/") and "/site-packages/" not in origin
    )


def are_leaks_told():
    """Whether the interpreter warns of files that nobody has closed."""
    filters = ((action, kind) for action, _, kind, _, _ in _warnings.filters if issubclass(ResourceWarning, kind))
    return next(filters, ("default", None))[0] != "ignore"


def is_finalizable(kind):
    """Whether it has a __del__, in Python or in C. Runs no code of the program's."""
    return any("__del__" in NAMESPACE_OF(base) for base in BASES_OF(kind))


FILES = {kind for kind in vars(_io).values() if isinstance(kind, type) and is_finalizable(kind)}


def is_over(thing):
    """Whether its finalizer has nothing to do."""
    kind = type(thing)
    if kind is types.GeneratorType:
        frame = thing.gi_frame
        return frame is None or not getattr(thing, "gi_suspended", frame.f_lasti >= 0)
    if kind in (_io.BytesIO, _io.StringIO):
        return True
    if kind in FILES:
        try:
            return thing.closed or not thing.writable()
        except ValueError:  # it was detached from what it wrote to
            return True
    return kind.__name__ == "ResourceTracker" and thing._fd is None  # multiprocessing's, and joblib's copy of it


def maker_of(thing):
    """The module whose code finalizes it."""
    if type(thing) is types.GeneratorType:
        return thing.gi_frame.f_globals.get("__name__")
    return MODULE_OF(type(thing))


ENDING = Ending()
