# What was learnt



def fnv1a(text):
    value = 14695981039346656037
    for byte in text.encode("utf-8", "surrogateescape"):
        value = (value ^ byte) * 1099511628211 & 0xFFFFFFFFFFFFFFFF
    return format(value, "016x")


def time_of(path):
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def has_changed(file, since):
    """Whether a file is newer than a time, or about as old: the kernel's clock for files
    ticks slowly. Some modules name a file that never was."""
    try:
        return os.stat(file).st_ctime_ns > since - 20_000_000
    except OSError:
        return False


def listing(folder):
    """The names in a folder, without that of compiled modules, which come and go."""
    try:
        return sorted(set(os.listdir(folder)) - {"__pycache__"})
    except OSError:
        return []


class FolderWatch:
    """Tells when something in one of many folders changes, by inotify(7)."""

    # Written to, moved away, moved here, made, removed.
    _EVENTS = 0x2 | 0x40 | 0x80 | 0x100 | 0x200

    def __init__(self):
        self._file = ctypes.CDLL(None).inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC) if ctypes else -1

    def add(self, folder):
        """False: changes in it will not be noticed."""
        if self._file < 0:
            return False
        return ctypes.CDLL(None).inotify_add_watch(self._file, os.fsencode(folder), self._EVENTS) >= 0

    def change(self):
        """The name of something that has changed; None: nothing has. New folders for
        compiled modules are no change."""
        while self._file >= 0:
            try:
                events = os.read(self._file, 1 << 16)
            except BlockingIOError:
                return None
            at = 0
            while at < len(events):
                length = int.from_bytes(events[at + 12 : at + 16], sys.byteorder)
                name = events[at + 16 : at + 16 + length].rstrip(b"\0")
                if name != b"__pycache__":
                    return os.fsdecode(name) or "a folder"
                at += 16 + length
        return None

    def close(self):
        if self._file >= 0:
            os.close(self._file)


class Knowledge:
    """The names in a file, one a line: `+name` is worth importing ahead, `-name` must
    not be, `~name` keeps an object that has something to do at its end. `=` says that all
    names before it were imported together by a server, and nothing went wrong. Of the
    interpreter and its packages as they are now; several processes add to it."""

    def __init__(self, folder):
        self._installed = {entry: listing(entry) for entry in INSTALLED}
        packages = [(entry, self._installed.get(entry)) for entry in PATH_AT_START]
        self.path = os.path.join(folder, fnv1a(repr((sys.version, sys.executable, packages))) + ".modules")
        self._read = 0
        self.proven = set()  # names before the last `=`
        self.lasting = set()
        self._folders = FolderWatch()
        self._watched = {}  # folder -> whether changes in it will be noticed
        self._seen = set()  # names of the modules whose files are looked after
        self._times = {}  # of folders that packages are installed to, and of files that nobody watches

    def news(self):
        """Names that were added since the last time: wanted, unwanted."""
        names = {"+": [], "-": [], "~": []}
        try:
            with open(self.path, "rb") as file:
                file.seek(self._read)
                text = file.read()
        except OSError:
            return names["+"], names["-"]
        text = text[: text.rfind(b"\n") + 1]
        self._read += len(text)
        for line in text.decode("utf-8", "replace").splitlines():
            if line == "=":
                self.proven.update(names["+"])
            elif line[:1] in names and all(part.isidentifier() for part in line[1:].split(".")):
                names[line[0]].append(line[1:])
        self.lasting.update(names["~"])
        return names["+"], names["-"]

    def add(self, sign, names):
        text = "".join(sign + name + "\n" for name in names)
        if text:
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
            os.write(file, text.encode())
            os.close(file)

    def watch_files(self, since=None):
        """What is in this process must be what the files hold, as long as it serves.
        Returns a file that has changed since that time (of time.time_ns()); None: none
        has."""
        changed = None
        for entry in INSTALLED:
            self._times.setdefault(entry, time_of(entry))
        for name, module in list(SHELF.modules.items()):
            file = getattr(module, "__file__", None)
            if name in self._seen or not isinstance(file, str):
                continue
            self._seen.add(name)
            folder = os.path.dirname(file)
            if folder not in self._watched:
                self._watched[folder] = self._folders.add(folder)
            if not self._watched[folder]:
                self._times[file] = time_of(file)
            if since is not None and has_changed(file, since):
                changed = file
        return changed

    def watch_anew(self):
        """In a fork: watches for itself. Which file or folder had changed before."""
        earlier, self._folders = self._folders, FolderWatch()
        self._watched.clear()
        self._seen.clear()
        self.watch_files()
        changed = earlier.change()
        earlier.close()
        return changed

    def change(self):
        """Which file or folder has changed since; None: all are as they were."""
        for path, known in self._times.items():
            now = time_of(path)
            if now != known:
                if path not in self._installed or listing(path) != self._installed[path]:
                    return path
                self._times[path] = now
        return self._folders.change()

    def stop_watching(self):
        self._folders.close()
