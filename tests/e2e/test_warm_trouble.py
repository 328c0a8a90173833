"""Warm starts that go wrong, and modules that must not be imported ahead."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.ends import ends_of, output_of, warm_commands
from support.waiting import wait_until

IN_FORK_SERVER = "import os, sys, time\nif sys.argv[0].startswith('/proc/self/fd/'):\n    "
IMPORTING = "import sys, {}\nprint('ran', {}.__name__, *sys.argv[1:])\n"


class OwnPython:
    """A virtual environment to put modules into."""

    def __init__(self, folder: Path):
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        self.program = str(folder / "bin/python")
        (self._packages,) = folder.glob("lib/python3*/site-packages")

    def module(self, name: str, text: str) -> Path:
        path = self._packages / f"{name}.py"
        path.write_text(text)
        return path


@pytest.fixture
def python(tmp_path) -> OwnPython:
    return OwnPython(tmp_path / "venv")


def fork_servers(project) -> list[int]:
    return [pid for pid, command in project.processes().items() if " /proc/self/fd/" in command]


def use(project, python: OwnPython, module: str, times: int) -> None:
    project.write("use.py", IMPORTING.format(module, module))
    project.jobs("".join(f"{python.program} use.py {n}\n" for n in range(times)))


def knowledge(project) -> list[str]:
    (file,) = project.folder.glob(".shoal/warm/*.modules")
    return file.read_text().split()


def outputs(project) -> list[str]:
    return [output_of(project, end) for _, end in sorted(ends_of(project).items())]


@pytest.mark.parametrize("doing", ["os.abort()", "os._exit(0)", "os.close(int(sys.argv[1]))", "time.sleep(1000)"])
def test_a_module_that_breaks_its_process_breaks_no_command(project, python, doing):
    python.module("bad", IN_FORK_SERVER + doing + "\n")
    python.module("user_of_bad", "import bad\n")
    use(project, python, "user_of_bad", 4)
    result = project.run("--warm=auto", "-j1", timeout=120)
    assert result.code == 0, str(result)
    assert outputs(project) == [f"ran user_of_bad {n}\n" for n in range(4)]
    assert warm_commands(project) == {1, 2, 3, 4} and "started cold" not in result.err, str(result)
    assert project.processes() == {}
    if "sleep" not in doing:  # which is found out only after a while
        assert "-bad" in knowledge(project)


def test_a_fork_server_that_is_killed_again_and_again_breaks_no_command(project, python):
    python.module("good", "")
    use(project, python, "good", 60)
    running = project.start_run("--warm=auto", "-j2")
    killed = set()
    while running.alive() and len(killed) < 6:
        for pid in set(fork_servers(project)) - killed:
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
    result = running.wait()
    assert result.code == 0 and killed, str(result)
    assert sorted(outputs(project)) == sorted(f"ran good {n}\n" for n in range(60))


def test_a_running_command_outlives_its_fork_server(project, python):
    gate = project.gate("middle")
    python.module("good", "")
    project.write("wait.py", "import good, subprocess\nsubprocess.run(['wait-at', 'middle'], check=True)\nprint('ended well')\n")
    project.jobs(f"{python.program} wait.py\n")
    running = project.start_run("--warm=auto", "-j1")
    gate.await_arrival()
    (server,) = fork_servers(project)
    os.kill(server, signal.SIGKILL)
    wait_until(lambda: not fork_servers(project), "the fork server is gone")
    gate.open()
    assert running.wait().code == 0
    assert outputs(project) == ["ended well\n"] and warm_commands(project) == {1}


def test_a_killed_shoal_leaves_no_fork_server_and_no_command(project, python):
    gate = project.gate("middle")
    python.module("good", "")
    project.write("wait.py", "import good, subprocess\nsubprocess.run(['wait-at', 'middle'], check=True)\n")
    project.jobs(f"{python.program} wait.py\n")
    running = project.start_run("--warm=auto", "-j1")
    gate.await_arrival()
    assert fork_servers(project)
    running.kill()
    project.await_quiet()


def test_no_fork_server_is_left_when_all_is_done(project, python):
    python.module("good", "")
    use(project, python, "good", 2)
    assert project.run("--warm=auto", "-j1").code == 0
    assert warm_commands(project) == {1, 2} and project.processes() == {}


def test_a_warm_command_that_takes_too_long_is_stopped_with_all_it_started(project, python):
    project.gate("never")
    project.write("slow.py", "import signal, subprocess\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                             "subprocess.Popen(['wait-at', 'never'], start_new_session=True)\n"
                             "subprocess.run(['wait-at', 'never'])\n")
    project.jobs(f"{python.program} slow.py\n")
    result = project.run("--warm=auto", "-j1", "--timeout=1s", "--grace=1s")
    assert result.code == 1 and "over its time limit" in result.err, str(result)
    assert warm_commands(project) == {1}
    project.await_quiet()


@pytest.mark.parametrize("effect", ["sys.setrecursionlimit(5000)", "open('left', 'w').close()"])
def test_what_had_no_effects_before_and_has_some_now_is_found_out(project, python, effect):
    module = python.module("changing", "")
    python.module("steady", "")
    project.write("all.py", "import changing, steady\n")
    project.write("one.py", "import os, steady, sys\nprint(sys.getrecursionlimit(), os.path.exists('left'))\n")
    project.jobs(f"{python.program} all.py 1\n{python.program} all.py 2\n{python.program} all.py 3\n")
    assert project.run("--warm=auto", "-j1").code == 0
    assert "=" in knowledge(project) and "-changing" not in knowledge(project)

    module.write_text(f"import sys\n{effect}\n")
    project.jobs(f"{python.program} one.py 1\n{python.program} one.py 2\n{python.program} one.py 3\n")
    result = project.run("--warm=auto", "-j1")
    assert result.code == 0, str(result)
    assert outputs(project) == ["1000 False\n"] * 3 and warm_commands(project) == {1, 2, 3}
    assert "-changing" in knowledge(project) and "-steady" not in knowledge(project)


def test_a_module_that_changes_is_imported_anew(project, python):
    module = python.module("versioned", "VERSION = 1\n")
    project.write("show.py", "import versioned\nprint(versioned.VERSION)\n")
    show = f"{python.program} show.py\n"
    project.jobs(show * 3 + f"echo 'VERSION = 22' > {module}\n" + show * 3)
    assert project.run("--warm=auto", "-j1", "--mode=serial").code == 0
    assert outputs(project) == ["1\n"] * 3 + [""] + ["22\n"] * 3
    assert warm_commands(project) == {1, 2, 3, 5, 6, 7}


def test_a_package_that_is_installed_meanwhile_is_seen(project, python):
    project.write("show.py", "try:\n    import later\n    print('there')\nexcept ImportError:\n    print('absent')\nimport colorsys\n")
    show = f"{python.program} show.py\n"
    target = python.module("later", "")
    target.unlink()
    project.jobs(show * 2 + f"touch {target}\n" + show * 2)
    assert project.run("--warm=auto", "-j1", "--mode=serial").code == 0
    assert [text for text in outputs(project) if text] == ["absent\n"] * 2 + ["there\n"] * 2


@pytest.mark.parametrize("doing", [
    "open('made.txt', 'a').write('x')",
    "os.makedirs('made', exist_ok=True)\nopen('made/made.txt', 'a').write('x')",
    "import sqlite3\nsqlite3.connect('made.sqlite').execute('create table if not exists t (n)')",
    "print('hello')",
    "sys.stderr.write('hello')",
    "import warnings\nwarnings.warn('imported')",
    "import threading\nthreading.Thread(target=time.sleep, args=(0.2,)).start()",
    "import signal\nsignal.signal(signal.SIGTERM, lambda *_: None)",
    "KEPT = open(__file__)",
    "import subprocess\nsubprocess.run(['touch', 'made.txt'])",
    "import random\nNUMBERS = random.Random()",
    "sys.setrecursionlimit(3000)",
    "import builtins\nbuiltins.extra = 1",
    "import locale\nlocale.setlocale(locale.LC_ALL, 'C')",
    "import socket\nsocket.setdefaulttimeout(3)",
    "import gc\ngc.callbacks.append(lambda *_: None)",
    "os.chdir('.')",
])  # fmt: skip
def test_a_module_with_effects_is_imported_by_each_command(make_project, python, doing):
    python.module("effect", f"import os, sys, time\n{doing}\n")
    python.module("user_of_effect", "import colorsys, effect\n")
    left = []
    for warm in ("off", "auto"):
        project = make_project(warm)
        use(project, python, "user_of_effect", 4)
        assert project.run(f"--warm={warm}", "-j1").code == 0
        left.append((outputs(project), {path.name: path.stat().st_size for path in project.folder.rglob("made*")}))
    assert left[0] == left[1]
    assert warm_commands(project) == {1, 2, 3, 4}
    assert {"-effect", "-user_of_effect", "+colorsys"} <= set(knowledge(project))


def test_a_program_does_not_see_what_others_imported(project, python):
    python.module("changer", "import os, sys, warnings\nos.environ['CHANGED'] = 'yes'\nsys.path.append('/changed')\n"
                             "warnings.filterwarnings('ignore', 'changed')\n")
    python.module("user_of_changer", "import changer\n")
    seeing = ("print('changer' in sys.modules, os.environ.get('CHANGED'), '/changed' in sys.path, "
              "any('changed' in str(each) for each in warnings.filters))\n")
    project.write("one.py", "import os, sys, warnings\nimport user_of_changer\n" + seeing)
    project.write("other.py", "import os, sys, warnings\n" + seeing)
    project.jobs(f"{python.program} one.py\n{python.program} other.py\n" * 3)
    assert project.run("--warm=auto", "-j1", "--mode=serial").code == 0
    assert outputs(project) == ["True yes True True\n", "False None False False\n"] * 3
    assert warm_commands(project) == set(range(1, 7))


def test_modules_stand_in_the_order_in_which_their_imports_ended(project, python):
    """The interpreter takes them apart in the reverse order at its end."""
    for number in range(8):
        python.module(f"chain{number}", f"import chain{number + 1}\n" if number < 7 else "")
    project.write("order.py", "import sys, chain0\nprint(*[name for name in sys.modules if name.startswith('chain')])\n")
    project.jobs(f"{python.program} order.py\n" * 3)
    assert project.run("--warm=auto", "-j1").code == 0
    assert outputs(project) == [" ".join(f"chain{number}" for number in range(7, -1, -1)) + "\n"] * 3
    assert warm_commands(project) == {1, 2, 3}


def what_user_and_other_print(project, python, user):
    """Of a program that uses a module, and of one that does not, three times in turn."""
    project.write("user.py", user)
    project.write("other.py", "import colorsys\nprint('other')\n")
    project.jobs(f"{python.program} user.py\n{python.program} other.py\n" * 3)
    assert project.run("--warm=auto", "-j1", "--mode=serial").code == 0
    assert warm_commands(project) == set(range(1, 7))
    return outputs(project)


def test_only_programs_that_import_a_module_run_what_it_does_at_the_end(project, python):
    python.module("goodbye", "import atexit, logging\natexit.register(print, 'bye')\n"
                             "@atexit.register\ndef last():\n    print('last')\n")
    python.module("user_of_goodbye", "import goodbye\n")
    user = "import atexit\natexit.register(print, 'own')\nimport user_of_goodbye\n"
    assert what_user_and_other_print(project, python, user) == ["last\nbye\nown\n", "other\n"] * 3


def test_only_programs_that_import_a_module_see_the_end_of_its_objects(project, python):
    python.module("mortal", "class Mortal:\n    def __del__(self):\n        print('dying')\n\n\nkept = Mortal()\n")
    python.module("user_of_mortal", "import mortal\n")
    user = "import user_of_mortal\nprint('user')\n"
    assert what_user_and_other_print(project, python, user) == ["user\ndying\n", "other\n"] * 3


@pytest.mark.parametrize("where", ["beside the script", "in a folder of the path", "in the working folder"])
def test_a_local_module_goes_before_an_installed_one(project, python, where):
    """colorsys is imported ahead by then."""
    python.module("user", "import colorsys\n")
    project.write("elsewhere/first.py", "import user\n")
    local = {"beside the script": "scripts", "in the working folder": "."}.get(where, "scripts/own")
    project.write(f"{local}/colorsys.py", "LOCAL = True\n")
    project.write("scripts/second.py", "import sys\nsys.path.insert(0, 'scripts/own')\nimport user, colorsys\n"
                                       "print(hasattr(colorsys, 'LOCAL'), user.colorsys is colorsys)\n")
    second = "-m scripts.second" if where == "in the working folder" else "scripts/second.py"
    project.jobs(f"{python.program} elsewhere/first.py\n" * 2 + f"{python.program} {second}\n" * 2)
    assert project.run("--warm=auto", "-j1", "--mode=serial").code == 0
    assert outputs(project) == ["", "", "True True\n", "True True\n"]


def test_where_the_memory_of_each_process_is_limited_commands_start_cold(project, python):
    """Each module fits into the limit, and both together do not."""
    for name in ("large", "larger"):
        python.module(name, "KEPT = bytearray(200 << 20)\n")
    project.write("use.py", "import importlib, sys\nprint(importlib.import_module(sys.argv[1]).__name__)\n")
    project.jobs(f"{python.program} use.py large\n{python.program} use.py larger\n" * 3)
    running = project.start_run("--warm=auto", "-j1", under=["prlimit", f"--as={300 << 20}"])
    result = running.wait(100)
    assert result.code == 0, str(result)
    assert outputs(project) == ["large\n", "larger\n"] * 3 and warm_commands(project) == set()
    assert result.err.count("the memory of each process is limited (ulimit)") == 1, str(result)


def test_what_was_learnt_is_kept_for_the_next_run(project, python):
    python.module("good", "")
    use(project, python, "good", 2)
    assert project.run("--warm=auto", "-j1").code == 0
    assert project.run("--warm=auto", "-j1", "--fresh").code == 0
    records = ends_of(project)
    assert all("warm" in end for end in records.values())
    assert knowledge(project).count("+good") == 1


def test_an_unknown_value_of_warm_is_refused(project):
    project.jobs("true\n")
    result = project.run("--warm=perhaps")
    assert result.code == 2 and "--warm: there is no 'perhaps'. Use auto or off." in result.err, str(result)
