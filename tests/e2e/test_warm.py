"""Commands that start warm: they see and leave what they would after a start of their own.

SHOAL_TEST_PYTHONS names further interpreters to test, separated by colons.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.ends import ends_of, output_of, warm_commands
from support.processes import MARK_VARIABLE
from support.project import Project

PROGRAMS = Path(__file__).parent / "programs"
PYTHONS = [sys.executable, *filter(None, os.environ.get("SHOAL_TEST_PYTHONS", "").split(":"))]
sys.path.insert(0, str(PROGRAMS))
from ends import ENDS  # noqa: E402

# The first of these runs in a fork server that knows nothing, the last in one
# that has imported all that the first needed.
REPEAT = 3


@pytest.fixture(params=PYTHONS)
def python(request) -> str:
    return request.param


@pytest.fixture
def twins(make_project):
    """Two equal projects, for a run with cold and one with warm starts."""

    def make(*programs: str) -> tuple[Project, Project]:
        pair = make_project("cold"), make_project("warm")
        for project in pair:
            for program in programs:
                shutil.copy(PROGRAMS / program, project.folder)
        return pair

    return make


def run_both(twins: tuple[Project, Project], jobs: str, *arguments: str, shell: str = "") -> None:
    for project, warm in zip(twins, ("off", "auto")):
        project.jobs(shell + jobs)
        result = project.run("-j1", "--mode=serial", f"--warm={warm}", *arguments, timeout=100)
        assert result.code in (0, 1), str(result)
    assert warm_commands(twins[0]) == set()


def assert_warm(project: Project, commands: set[int]) -> None:
    assert warm_commands(project) == commands, list((project.folder / ".shoal/runs").rglob("server-*.log"))


def normal(text: str, project: Project) -> str:
    """Without what differs between any two runs."""
    text = text.replace(str(project.folder), "PROJECT").replace(project.environment[MARK_VARIABLE], "MARK")
    # The program has one or two frames less before it reaches the limit of recursion.
    return re.sub(r"0x[0-9a-f]+|(?<=Thread-)\d+|(?<=line repeated )\d+", "#", text)


def seen(project: Project, name: str) -> dict:
    return json.loads(normal(project.read(name), project))


def differing(cold: dict, warm: dict, path: str = "") -> list[str]:
    found = []
    for key in sorted(cold.keys() | warm.keys()):
        one, other = cold.get(key), warm.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            found += differing(one, other, f"{path}{key}/")
        elif one != other:
            found.append(f"{path}{key}: {one!r} became {other!r}")
    return found


@pytest.mark.parametrize("form", ["{} probe.py {}.json a 'b c'", "{} ./probe.py {}.json", "{} -m probe {}.json -x",
                                  "{} -m pack.probe {}.json", "./tool {1}.json a", "{} pack/probe.py {}.json \u00e4",
                                  "{} link.py {}.json"])
def test_a_program_sees_the_same(twins, python, form):
    pair = twins("probe.py")
    for project in pair:
        project.write("pack/__init__.py", "")
        shutil.copy(PROGRAMS / "probe.py", project.folder / "pack")
        tool = project.write("tool", f"#!{python}\n" + project.read("probe.py"))
        tool.chmod(0o755)
        (project.folder / "link.py").symlink_to("pack/probe.py")
    jobs = "".join(form.format(python, f"seen-{n}") + "\n" for n in range(REPEAT))
    run_both(pair, jobs)
    assert_warm(pair[1], set(range(1, REPEAT + 1)))
    cold, warm = pair
    chances = []
    for n in range(REPEAT):
        expected, actual = seen(cold, f"seen-{n}.json"), seen(warm, f"seen-{n}.json")
        expected.pop("chance")
        chances.append(actual.pop("chance"))
        assert differing(expected, actual) == [], f"number {n}"
        assert output_of(cold, ends_of(cold)[n + 1]) == output_of(warm, ends_of(warm)[n + 1])
    for position in (0, *range(2, len(chances[0]))):  # a fork server's children share the secret of hash()
        values = [chance[position] for chance in chances]
        assert len(set(values)) == REPEAT, f"numbers of chance repeat: {values}"


def test_what_shoal_was_given_reaches_programs(twins):
    """umask, niceness, ignored signals, limits, a folder that is reached by a link."""
    pair = twins("probe.py")
    given = ["sh", "-c", 'trap "" HUP INT USR1; umask 027; ulimit -c 0 -n 500; exec nice -n 3 "$@"', "sh"]
    for project, warm in zip(pair, ("off", "auto")):
        project.jobs("".join(f"{sys.executable} probe.py seen-{n}.json\n" for n in range(REPEAT)))
        result = project.start_run("-j1", f"--warm={warm}", under=given).wait(100)
        assert result.code == 0, str(result)
    assert_warm(pair[1], set(range(1, REPEAT + 1)))
    for n in range(REPEAT):
        expected, actual = (seen(project, f"seen-{n}.json") for project in pair)
        del expected["chance"], actual["chance"]
        assert differing(expected, actual) == [], f"number {n}"
        assert actual["process"]["umask"] == 0o27 and actual["process"]["nice"] >= 3
        modes = [(project.folder / f"seen-{n}.json").stat().st_mode for project in pair]
        assert modes[0] == modes[1]


SOURCES = {
    "empty.py": b"",
    "syntax.py": b"print(1)\ndef f(:\n    pass\n",
    "indent.py": b"if True:\nprint(1)\n",
    "mark.py": b"\xef\xbb\xbfprint('mark')\n",
    "latin.py": b"# coding: latin-1\nprint(ascii('\xe4'))\n",
    "bad-bytes.py": b"print('\xe4')\n",
    "unknown-coding.py": b"# coding: nonsense\n",
    "lines.py": b"print(1)\r\nprint(2)\r\n",
    "no-end.py": b"print(1)",
    "future.py": b"from __future__ import annotations\ndef f(x: unknown): pass\nprint(f.__annotations__)\n",
    "document.py": b'"""What it is."""\nprint(__doc__, __name__, __package__, __file__)\n',
    "inspect_me.py": b"import inspect, sys\nprint(inspect.getsource(sys.modules['__main__']))\n",
    "no_suffix": b"import no_suffix\n",
    "itself.py": b"import itself\nprint(itself.__name__, __name__)\n",
    "pickled.py": b"import pickle\nclass A: pass\nprint(pickle.dumps(A), type(pickle.loads(pickle.dumps(A()))))\n",
    "exit_in_import.py": b"import leaver\n",
    "leaver.py": b"import sys\nprint('leaving')\nsys.exit(5)\n",
}  # fmt: skip


def test_every_source_means_the_same(twins, python):
    pair = twins()
    lines = [f"{python} {name}" for name in SOURCES]
    lines += [f"{python} -m {name[:-3]}" for name in SOURCES if name.endswith(".py") and "-" not in name]
    for project in pair:
        for name, text in SOURCES.items():
            project.write(name, text)
    run_both(pair, "".join(line + "\n" for line in lines for _ in range(2)))
    cold, warm = pair
    started = warm_commands(warm)
    assert len(started) > len(SOURCES), "some start cold, where there is doubt"
    for number, expected in ends_of(cold).items():
        actual = ends_of(warm)[number]
        line = lines[(number - 1) // 2]
        assert actual.get("exit") == expected.get("exit"), line
        assert normal(output_of(warm, actual), warm) == normal(output_of(cold, expected), cold), line


def files_in(project: Project) -> dict[str, bytes]:
    """But a database, which holds a version of its library."""
    files = (path for path in project.folder.iterdir() if path.is_file())
    return {path.name: b"" if path.suffix == ".db" else path.read_bytes() for path in files}


@pytest.mark.parametrize("form", ["ends.py", "-m ends"])
def test_every_end_is_the_same(twins, python, form):
    pair = twins("ends.py")
    endings = list(ENDS)
    jobs = "".join(f"{python} {form} {end}\n" for end in endings for _ in range(2))
    run_both(pair, jobs)
    cold, warm = pair
    assert_warm(warm, set(range(1, 2 * len(endings) + 1)))
    for number, expected in ends_of(cold).items():
        actual = ends_of(warm)[number]
        which = endings[(number - 1) // 2]
        for key in ("class", "exit", "signal", "detail"):
            assert actual.get(key) == expected.get(key), f"{which}: {key}"
        assert normal(output_of(warm, actual), warm) == normal(output_of(cold, expected), cold), which
    assert warm.read("unclosed.txt") == "kept"
    assert warm.read("held.txt") == "held by a package"
    assert warm.read("unflushed.txt") == cold.read("unflushed.txt") == ""
    assert warm.read("written.txt") == "the last line"
    assert files_in(warm) == files_in(cold)


ABORTS_AT_THE_VERY_END = """
import ctypes
ctypes.pythonapi.Py_AtExit(ctypes.cast(ctypes.CDLL(None).abort, ctypes.c_void_p))
"""


def test_it_ends_before_the_interpreter_takes_itself_apart(twins, python):
    pair = twins()
    for project in pair:
        project.write("late.py", ABORTS_AT_THE_VERY_END)
    run_both(pair, f"{python} late.py\n")
    cold, warm = pair
    assert_warm(warm, {1})
    assert ends_of(cold)[1].get("signal") == signal.SIGABRT
    assert ends_of(warm)[1]["class"] == "ok"


@pytest.mark.parametrize("variables", [
    {"PYTHONUNBUFFERED": "1"}, {"PYTHONIOENCODING": "latin-1:replace"}, {"PYTHONUTF8": "1"}, {"LC_ALL": "C"},
    {"LC_ALL": "", "LANG": "C.UTF-8"}, {"PYTHONHASHSEED": "7"}, {"PYTHONDONTWRITEBYTECODE": "1"},
    {"TZ": "Asia/Tokyo"}, {"TMPDIR": "/var/tmp"}, {"OMP_NUM_THREADS": "3", "MPLBACKEND": "Agg"},
], ids=lambda variables: " ".join(variables))  # fmt: skip
def test_variables_mean_the_same(twins, variables):
    pair = twins("probe.py")
    for project in pair:
        project.environment |= variables
    run_both(pair, "".join(f"{sys.executable} probe.py seen-{n}.json\n" for n in range(REPEAT)))
    assert_warm(pair[1], set(range(1, REPEAT + 1)))
    for n in range(REPEAT):
        expected, actual = (seen(project, f"seen-{n}.json") for project in pair)
        chances = expected.pop("chance"), actual.pop("chance")
        assert (chances[0][1] == chances[1][1]) == ("PYTHONHASHSEED" in variables)
        assert differing(expected, actual) == [], f"number {n}"


LINES = [
    "{} words.py a > one.txt",
    "{} words.py a >> one.txt 2>> two.txt",
    "{} words.py a > both.txt 2>&1",
    "{} words.py a 2>&1 > split.txt",
    "{} words.py < one.txt > three.txt",
    "{} words.py a > absent/x.txt",
    "FIRST=1 SECOND='x y' {} words.py a > four.txt",
    "{} words.py a && {} words.py b > five.txt && rm -f one.txt",
    "{} words.py 3 && {} words.py never",
    "{} words.py a && {} words.py 4",
    "rm absent.txt && {} words.py never",
    "mkdir made && {} words.py a > made/six.txt",
    "{} words.py kill && {} words.py never",
    "{} words.py a # > comment.txt",
    "{} words.py 'a b' \"c  d\" '' $'",
]

WORDS = """
import os, signal, sys
words = sys.argv[1:]
print(words, os.environ.get("FIRST"), os.environ.get("SECOND"), os.environ.get("SHLVL"), os.environ.get("_"))
print("to stderr", file=sys.stderr)
if not words:
    print(sys.stdin.read())
elif words[0] == "kill":
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)
elif words[0].isdigit():
    sys.exit(int(words[0]))
"""


@pytest.mark.parametrize("shell", ["", "#!/bin/sh\n", "#!/bin/bash\n"])
def test_lines_mean_what_they_mean_to_the_shell(twins, python, shell):
    pair = twins()
    for project in pair:
        project.write("words.py", WORDS)
        project.environment["SHLVL"] = "4"
    lines = [line.replace("{}", python) for line in LINES[:-1]]
    run_both(pair, "\n".join(lines) + "\n", shell=shell)
    cold, warm = pair
    assert len(warm_commands(warm)) >= (len(lines) if shell != "#!/bin/sh\n" else 5)
    said = re.compile(r"^.*(Killed|Terminated).*\n", re.MULTILINE)  # a shell tells of it in its own words
    for number, expected in ends_of(cold).items():
        actual = ends_of(warm)[number]
        for key in ("class", "exit", "signal"):
            assert actual.get(key) == expected.get(key), f"{lines[number - 1]}: {key}"
        outputs = [said.sub("", normal(output_of(project, end), project)) for project, end in ((cold, expected), (warm, actual))]
        assert outputs[0] == outputs[1], lines[number - 1]
    for name in ("one.txt", "two.txt", "both.txt", "split.txt", "three.txt", "four.txt", "five.txt", "made/six.txt"):
        assert cold.has(name) == warm.has(name), name
        if cold.has(name):
            assert warm.read(name).replace("/warm/", "/cold/") == cold.read(name), name


def test_time_tells_the_times(make_project, python):
    project = make_project()
    project.write("words.py", WORDS)
    project.jobs(f"time {python} words.py a\n")
    assert project.run("--warm=auto", "-j1").code == 0
    assert_warm(project, {1})
    assert re.search(r"\nreal\t0m0\.\d{3}s\nuser\t0m0\.\d{3}s\nsys\t0m0\.\d{3}s\n$", output_of(project, ends_of(project)[1]))


@pytest.mark.parametrize("line", [
    "{} -c 'print(1)'", "{} -E words.py", "{} words.py | cat", "cd . && {} words.py", "{} words.py; true",
    "{} words.py $HOME", "X=$(pwd) {} words.py", "PYTHONPATH=. {} words.py", "{} words.py &", "{} .", "{} absent.py",
    "{} archive.zip", "{} -m absent", "{} words.py > *.txt",
])  # fmt: skip
def test_where_there_is_doubt_it_starts_cold(twins, python, line):
    pair = twins()
    for project in pair:
        project.write("words.py", WORDS)
        subprocess.run([sys.executable, "-m", "zipfile", "-c", "archive.zip", "words.py"], cwd=project.folder, check=True)
    run_both(pair, line.replace("{}", python) + "\n")
    cold, warm = pair
    if "-m absent" not in line:
        assert_warm(warm, set())
    assert normal(output_of(warm, ends_of(warm)[1]), warm) == normal(output_of(cold, ends_of(cold)[1]), cold)
    assert ends_of(warm)[1].get("exit") == ends_of(cold)[1].get("exit")
