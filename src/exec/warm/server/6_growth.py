# Importing ahead, off the path of those who wait



GROWN, TROUBLE, GIVEN_UP = 0, 3, 4  # exit codes of a process that grows
BATCH = 0.2  # seconds of imports that are lost at most when one of them goes wrong
PATIENCE = 15.0  # seconds, with a module whose import does not end
MOST_TROUBLE = 50


def in_order(names):
    """The packages that were imported last come first: they are used by the others. So
    a package that must not be imported ahead is met by itself, not from deep within an
    import of those that use it."""
    packages = {}
    for name in names:
        packages.setdefault(name.partition(".")[0], []).append(name)
    return [name for package in reversed(list(packages.values())) for name in package]


def names_to_import():
    """What was learnt since the last time."""
    wanted, unwanted = KNOWN.news()
    PRELOADER.unwanted.update(unwanted)
    new = [name for name in dict.fromkeys(wanted) if name not in PRELOADER.wanted]
    PRELOADER.wanted.update(new)
    return in_order([name for name in new if not PRELOADER.is_unwanted(name)])


def grow(control, names):
    """In a fork of the server, which serves on meanwhile: imports the names and becomes
    the server that follows. Does not return where that cannot be.

    Before each batch of imports the process forks. The child goes on; the parent stays
    as it was before the batch, and takes over when that goes wrong. What a server has
    imported before is one batch, since forks and a look at everything after each module
    take longer than the imports; if that goes wrong, the parent begins again in small
    ones."""
    began = time.time_ns()
    changed = KNOWN.watch_anew()
    rest = names
    proven = KNOWN.proven
    while rest and not changed:
        if is_tried_by_child():
            at_once = [name for name in rest if name in proven]
            others = [name for name in rest if name not in proven]
            if at_once:
                rest = PRELOADER.preload(at_once, PATIENCE, False)
            else:
                rest, others = PRELOADER.preload(others, BATCH, True), []
            if rest is None:
                KNOWN.add("-", sorted(PRELOADER.newly_unwanted - PRELOADER.unwanted))
                os._exit(TROUBLE)
            rest += others
        else:
            PRELOADER.unwanted.update(KNOWN.news()[1])
            proven = set()
        rest = [name for name in rest if name not in SHELF.modules and not PRELOADER.is_unwanted(name)]
    if proven.issuperset(names):
        ENDING.expect_lasting(KNOWN.lasting)
    else:
        gc.collect()
        KNOWN.add("~", ENDING.note_lasting())
        KNOWN.add("=", [""])
    gc.freeze()
    changed = changed or KNOWN.watch_files(began) or KNOWN.change()
    if changed:
        os.write(2, os.fsencode(changed + " has changed\n"))
        control.send(b"stale")
        os._exit(GIVEN_UP)
    control.send(b"grown")
    if control.recv(8) != b"fork":
        os._exit(GIVEN_UP)
    _, parent = fork_twice()
    if parent is None:
        os._exit(GROWN)
    enroll(parent, control)
    control.close()


def is_tried_by_child():
    """Forks. True in the child; in the parent False, when the child has met with trouble
    that is known now. The parent ends when there is nothing left to do."""
    parent = os.getpid()
    _signal.pthread_sigmask(_signal.SIG_BLOCK, [_signal.SIGCHLD])
    child = os.fork()
    if child == 0:
        _signal.pthread_sigmask(_signal.SIG_UNBLOCK, [_signal.SIGCHLD])
        die_with_parent(parent)
        return True
    code = wait_patiently(child)
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, [_signal.SIGCHLD])
    module = imported_by(child)
    if module:  # it ended the process, or did not end
        KNOWN.add("-", [module])
    elif code in (GROWN, GIVEN_UP):
        os._exit(code)
    PRELOADER.troubles += 1
    if PRELOADER.troubles > MOST_TROUBLE or not (module or code == TROUBLE):
        os._exit(GIVEN_UP)
    return False


def die_with_parent(parent):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, _signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(GIVEN_UP)


def wait_patiently(child):
    """The exit code of a process that imports; it is killed if it imports the same module
    for too long."""
    module, since = "", time.monotonic()
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid != 0:
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        now = imported_by(child)
        if now != module or not now:
            module, since = now, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            os.kill(child, _signal.SIGKILL)
        _signal.sigtimedwait([_signal.SIGCHLD], 1.0)


def imported_by(process):
    """The module that the process itself imports right now; "": none."""
    owner, _, name = os.pread(PROGRESS, 256, 0).rstrip(b"\0").partition(b" ")
    return os.fsdecode(name) if owner == b"%d" % process else ""
