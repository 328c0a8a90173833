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


class Knowledge:
    """The names in a file, one a line: `+name` is worth importing ahead, `-name` must
    not be. Of the interpreter and its packages as they are now; several processes add
    to it."""

    def __init__(self, folder):
        packages = [(entry, time_of(entry) if entry in INSTALLED else None) for entry in PATH_AT_START]
        self.path = os.path.join(folder, fnv1a(repr((sys.version, sys.executable, packages))) + ".modules")
        self._read = 0
        self._seen = {}  # file -> its time; of all whose content is in this process

    def news(self):
        """Names that were added since the last time: wanted, unwanted."""
        names = {"+": [], "-": []}
        try:
            with open(self.path, "rb") as file:
                file.seek(self._read)
                text = file.read()
        except OSError:
            return names["+"], names["-"]
        text = text[: text.rfind(b"\n") + 1]
        self._read += len(text)
        for line in text.decode("utf-8", "replace").splitlines():
            if line[:1] in names and all(part.isidentifier() for part in line[1:].split(".")):
                names[line[0]].append(line[1:])
        return names["+"], names["-"]

    def add(self, sign, names):
        text = "".join(sign + name + "\n" for name in names)
        if text:
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
            os.write(file, text.encode())
            os.close(file)

    def watch_files(self):
        for name, module in list(SHELF.modules.items()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and file not in self._seen:
                self._seen[file] = time_of(file)
        for entry in INSTALLED:
            self._seen.setdefault(entry, time_of(entry))

    def changed_file(self):
        """One of those whose content is in this process; None: all are as they were."""
        return next((file for file, known in self._seen.items() if time_of(file) != known), None)
