"""shoal's fork server: an interpreter that has imported what commands import, and
becomes one of them each time it is asked. docs/warm-start.md tells how and why.

    python /proc/self/fd/SOURCE CHANNEL SOURCE PROGRESS KNOWLEDGE

CHANNEL is a SOCK_SEQPACKET socket to shoal, PROGRESS a file in memory that names
the module being imported, KNOWLEDGE the folder of what was learnt before. Runs on
CPython 3.8 to 3.13 and needs nothing but its standard library. The files of this
folder are joined, in the order of their names, and embedded in shoal.
"""
import sys

AT_START = dict(sys.modules)  # before this file imports anything

import runpy  # noqa: E402

WITH_RUNPY = sys.modules.keys() - AT_START.keys()  # what `python -m` has imported at its start

import _frozen_importlib as bootstrap  # noqa: E402
import _io  # noqa: E402
import _locale  # noqa: E402
import _signal  # noqa: E402
import _socket  # noqa: E402
import _thread  # noqa: E402
import _warnings  # noqa: E402
import atexit  # noqa: E402
import builtins  # noqa: E402
import gc  # noqa: E402
import mmap  # noqa: E402
import os  # noqa: E402
import posix  # noqa: E402
import time  # noqa: E402
import types  # noqa: E402
from importlib.machinery import all_suffixes  # noqa: E402

try:
    import ctypes
except ImportError:
    ctypes = None  # then it is unfit

PR_SET_PDEATHSIG, PR_SET_NAME, PR_SET_MM, PR_SET_MM_MAP = 1, 15, 35, 14
KEPT = []  # memory that the kernel refers to
CHANNEL, SOURCE, PROGRESS = (int(number) for number in sys.argv[1:4])
KNOWLEDGE = sys.argv[4]
SHOAL = os.getppid()
os.close(SOURCE)
del sys.path[0]  # the folder of this file, which is none
PATH_AT_START = list(sys.path)
SUFFIXES = tuple(all_suffixes())
STDLIB = os.path.dirname(os.__file__)
INSTALLED = [
    entry for entry in PATH_AT_START
    if entry == STDLIB or os.path.basename(entry) in ("site-packages", "dist-packages", "lib-dynload")
]


class Unwanted(BaseException):
    """Stops an import that must not happen here. No ImportError, so that nobody takes
    the module for one that is not installed."""


class Shelf:
    """The modules that were imported ahead. A program finds sys.modules as if it had
    just started; when it imports one of these, it gets the whole package that is
    ready, those that the package uses, and what their import changed elsewhere.

    Whoever looks at all modules writes to the memory of each, since a reference is
    counted there, and so copies what was shared."""

    def __init__(self):
        self.modules = {}  # name -> module
        self.order = {}  # name -> its place in the order in which imports ended
        self.packages = {}  # top-level name -> names of its modules
        self.mains = []  # further names of what runs as the program; multiprocessing gives it one
        self.uses = {}  # top-level name -> top-level names
        self.effects = {}  # top-level name -> [(list or None for the environment, change), ...]
        self.at_exit = []  # (top-level name, function, arguments, named ones), in the order of their imports
        self.seconds = {}  # top-level name -> what its import took
        self.given = set()  # top-level names
        self.withheld = set()  # names of the module that runs as the program
        self.saved = 0.0  # seconds

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if name not in self.modules or top in self.given:
            return None
        if names_before_installed() & self._with_all_it_uses(top):
            return None
        real = SPECS.get(name)
        spec = bootstrap.ModuleSpec(name, Loader(name, getattr(real, "loader", None)))
        spec.submodule_search_locations = getattr(real, "submodule_search_locations", None)
        spec.origin = getattr(real, "origin", None)
        spec.has_location = getattr(real, "has_location", False)
        return spec

    def give(self, name):
        """The module, for a program that imports it, and what comes with it, in the order
        in which they would have come: the interpreter takes them apart in the reverse
        order at its end. The import machinery itself puts this one into sys.modules."""
        packages = self._with_all_it_uses(name.partition(".")[0])
        names = [other for package in packages for other in self.packages[package]]
        for other in sorted(names, key=self.order.__getitem__):
            if other != name and other not in self.withheld:
                sys.modules.setdefault(other, self.modules[other])
        for package in sorted(packages, key=lambda package: self.order.get(package, 0)):
            self._give(package)
        for owner, function, arguments, named in self.at_exit:
            if owner in packages:
                REGISTER(function, *arguments, **named)
        return self.modules[name]

    def _with_all_it_uses(self, top):
        wanted, rest = set(), [top]
        while rest:
            package = rest.pop()
            if package not in wanted and package not in self.given and package in self.packages:
                wanted.add(package)
                rest.extend(self.uses.get(package, ()))
        return wanted

    def _give(self, package):
        self.given.add(package)
        self.saved += self.seconds.get(package, 0.0)
        for place, change in self.effects.get(package, ()):
            if place is None:
                set_environment(change)
            else:
                front, back = change
                place[:0] = front
                place.extend(back)
                if place is _warnings.filters:
                    _warnings._filters_mutated()


class Loader:
    """Hands over a module from the shelf; for all else it is the module's real loader."""

    def __init__(self, name, real):
        self._name = name
        self._real = real

    def create_module(self, spec):
        return SHELF.give(self._name)

    def exec_module(self, module):
        """It is executed already. The machinery has just given it the wrong spec."""
        if SPECS[self._name] is not None:
            module.__spec__ = SPECS[self._name]

    def __getattr__(self, attribute):
        return getattr(self._real, attribute)


SHELF = Shelf()
REGISTER = atexit.register
OWN_FOLDER = None  # of the program; the first of its path
SPECS = {}  # of the modules on the shelf
LISTS = (_warnings.filters, sys.meta_path, sys.path_hooks, sys.path)  # what imports add to


def importable_names(folder):
    """Names of modules that an import would find in the folder."""
    names = set()
    try:
        entries = os.listdir(folder or ".")
    except OSError:
        return names
    for entry in entries:
        if entry.endswith(SUFFIXES):
            names.add(entry.partition(".")[0])
        elif "." not in entry and any(os.path.exists(os.path.join(folder, entry, "__init__" + end)) for end in SUFFIXES):
            names.add(entry)
    return names


def names_before_installed():
    """Names that folders which the program itself put in front of the path would give."""
    names = set()
    for entry in sys.path:
        if entry in PATH_AT_START:
            break
        if entry != OWN_FOLDER:  # looked at before
            names |= importable_names(entry)
    return names


def set_environment(change):
    for name, value in change.items():
        if value is None:
            os.environ.pop(os.fsdecode(name), None)
        else:
            os.environ[os.fsdecode(name)] = os.fsdecode(value)
