"""Random jobs files: whatever the number of slots, the files are those of bash.

A failing seed is in the test's name; SHOAL_TEST_ROUNDS=10 tries ten times as many.
"""

import os
import random

import pytest

from support.trees import differences

ROUNDS = int(os.environ.get("SHOAL_TEST_ROUNDS", "1"))
SEEDS = range(12 * ROUNDS)
COMMANDS_EACH = 30


class ProgramWriter:
    """Writes jobs files over a small world of folders and files.

    `sound` programs never read what nobody made; the others do, and fail here
    and there, as jobs files do.
    """

    FOLDERS = ("", "a/", "b/", "a/deep/")
    NAMES = ("p.txt", "q.txt", "r.dat")

    def __init__(self, seed: int, sound: bool):
        self._random = random.Random(seed)
        self._sound = sound
        self._made: set[str] = set()

    def write(self) -> str:
        lines = ["mkdir -p a/deep b"]
        lines += [self._line() for _ in range(COMMANDS_EACH)]
        return "\n".join(lines) + "\n"

    def _any(self) -> str:
        return self._random.choice(self.FOLDERS) + self._random.choice(self.NAMES)

    def _source(self) -> str:
        if self._sound and self._made:
            return self._random.choice(sorted(self._made))
        return self._any()

    def _target(self) -> str:
        target = self._any()
        self._made.add(target)
        return target

    def _line(self) -> str:
        if self._sound and not self._made:
            return self._fresh()
        kinds = [
            self._fresh, self._fresh, self._copy, self._copy, self._append, self._join, self._filter,
            self._glob, self._tree, self._chain, self._variable, self._loop, self._group, self._move,
            self._remove, self._folder_change, self._in_folder, self._in_folder,
        ]
        return self._random.choice(kinds)()

    def _number(self) -> int:
        return self._random.randrange(1000)

    def _fresh(self) -> str:
        return f"echo {self._number()} > {self._target()}"

    def _copy(self) -> str:
        source = self._source()
        target = self._any()
        if target == source:
            return self._fresh()
        self._made.add(target)
        return f"cp {source} {target}"

    def _append(self) -> str:
        return f"echo {self._number()} >> {self._target()}"

    def _join(self) -> str:
        one, two = self._source(), self._source()
        target = self._any()
        if target in (one, two):
            return self._fresh()
        self._made.add(target)
        return f"cat {one} {two} > {target}"

    def _filter(self) -> str:
        source = self._source()
        return f"sort -n {source} -o {source}"

    def _glob(self) -> str:
        return f"cat a/*.txt b/*.txt > {self._target_outside()} 2>/dev/null"

    def _tree(self) -> str:
        return f"find a -name '*.txt' -exec cat {{}} + | sort > {self._target_outside()}"

    def _target_outside(self) -> str:
        target = f"sum{self._random.randrange(3)}.txt"
        self._made.add(target)
        return target

    def _chain(self) -> str:
        return f"{self._fresh()} && {self._copy()} || {self._append()}"

    def _variable(self) -> str:
        return f"V{self._random.randrange(3)}={self._number()}\necho $V0-$V1-$V2 > {self._target()}"

    def _loop(self) -> str:
        return f"for i in 1 2 3; do echo $i $V0 >> {self._target()}; done"

    def _group(self) -> str:
        return f"{{ echo {self._number()}; cat {self._source()}; }} >> {self._target_outside()}"

    def _move(self) -> str:
        source = self._source()
        target = self._any()
        if target == source:
            return self._fresh()
        self._made.discard(source)
        self._made.add(target)
        return f"mv {source} {target}"

    def _remove(self) -> str:
        victim = self._source()
        self._made.discard(victim)
        return f"rm {'-f ' if self._sound else ''}{victim}"

    def _folder_change(self) -> str:
        return f"cd a\necho {self._number()} > p.txt\ncd .."


    def _in_folder(self) -> str:
        return self._random.choice(["(cd ./a && {} && cat p.txt)", "(cd ./a && {{ {}; ls; }}) >/dev/null",
                                    "(cd ./missing && {})", "(cd a/deep && {}; echo 1 > p.txt)"]).format(
            f"echo {self._number()} > {self._random.choice(self.NAMES)}")


def compare(make_project, text: str) -> None:
    serial = make_project("serial")
    serial.jobs(text)
    serial.bash()
    for slots in (1, 2, 4):
        mine = make_project(f"mine-{slots}")
        mine.jobs(text)
        result = mine.run(f"-j{slots}")
        assert result.code in (0, 1), str(result)
        assert differences(serial.folder, mine.folder) == [], f"at -j{slots}:\n{text}\n{result}"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sound_program_leaves_the_files_of_bash(make_project, seed):
    compare(make_project, ProgramWriter(seed, sound=True).write())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_program_with_failures_leaves_the_files_of_bash(make_project, seed):
    compare(make_project, ProgramWriter(seed, sound=False).write())
