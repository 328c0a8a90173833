#!/usr/bin/env python3
"""Compares what shoal claims to understand with bashlex, bash and dash.

usage: bashlex_differential.py PARSE_DUMP CORPUS_FOLDER [SEED]

Exit code 77 when something to compare with is missing, 1 at the first kind of
disagreement, 0 when all agree.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77

try:
    import bashlex
    import bashlex.errors
except ImportError:
    bashlex = None

from line_generator import LineGenerator

ENVIRONMENT = {
    "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
    "HOME": "/home/somebody",
    "LC_ALL": "C.UTF-8",
    "KNOWN": "value",
    "TWO": "two words",
    "EMPTY": "",
    "STAR": "*",
}


class Disagreement(Exception):
    pass


class Comparison:
    def __init__(self, parse_dump, folder):
        self.parse_dump = parse_dump
        self.folder = folder

    def read(self, text):
        """What shoal makes of a jobs file: a list of commands."""
        path = self.folder / "jobs.sh"
        path.write_bytes(text.encode())
        result = subprocess.run(
            [self.parse_dump, path], env=ENVIRONMENT, capture_output=True, timeout=60
        )
        if result.returncode != 0:
            raise Disagreement(f"parse_dump failed on {text!r}: {result.stderr.decode()}")
        return [json.loads(line) for line in result.stdout.splitlines()]

    def read_lines(self, lines):
        """Reads lines that have nothing to do with each other; yields (line,
        command) for those that shoal takes as one logical line."""
        path = self.folder / "lines"
        path.write_bytes("".join(line + "\0" for line in lines).encode())
        result = subprocess.run(
            [self.parse_dump, "--each", path], env=ENVIRONMENT, capture_output=True, timeout=60
        )
        answers = result.stdout.splitlines()
        if result.returncode != 0 or len(answers) != len(lines):
            raise Disagreement(f"parse_dump read {len(answers)} of {len(lines)} lines")
        for line, answer in zip(lines, answers):
            commands = json.loads(answer)
            if len(commands) == 1 and commands[0]["text"] == line.lstrip(" \t").rstrip("\n"):
                yield line, commands[0]

    def run(self, shell, line):
        work = self.folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        result = subprocess.run(
            [shell, "-c", line], env=ENVIRONMENT, cwd=work, capture_output=True,
            stdin=subprocess.DEVNULL, timeout=20,
        )
        return result.stdout, result.returncode

    def bash_accepts(self, text):
        return subprocess.run(
            ["bash", "-n", "-c", text], env=ENVIRONMENT, capture_output=True
        ).returncode == 0


def unescaped(word):
    """A shoal word as a shell would pass it when no file matches."""
    if not word["glob"]:
        return word["text"]
    text, out, i = word["text"], "", 0
    while i < len(text):
        i += text[i] == "\\" and i + 1 < len(text)
        out += text[i]
        i += 1
    return out


def bashlex_commands(text):
    """The words of every simple command, in order, each with how it is written;
    a word that has expansions in it is None, because bashlex does not expand."""
    commands = []

    def is_simple(node):
        return not any(
            part.kind in ("parameter", "commandsubstitution", "processsubstitution", "tilde")
            for part in node.parts
        ) and "$((" not in text[node.pos[0]:node.pos[1]]

    def visit(node):
        if node.kind == "command":
            words = list(node.parts)
            while words and words[0].kind != "word":  # leading assignments, redirections
                words.pop(0)
            words = [part for part in words if part.kind in ("word", "assignment")]
            commands.append([
                (part.word, text[part.pos[0]:part.pos[1]]) if is_simple(part) else None
                for part in words
            ])
        elif node.kind == "compound":
            for part in node.list:
                visit(part)
        elif hasattr(node, "parts"):
            for part in node.parts:
                visit(part)

    for tree in bashlex.parse(text):
        visit(tree)
    return commands


def compare_with_bashlex(comparison, commands):
    compared = rejected = 0
    for command in commands:
        if command["kind"] == "opaque":
            continue
        text = command["text"]
        try:
            theirs = bashlex_commands(text)
        except (bashlex.errors.ParsingError, NotImplementedError, AttributeError, TypeError,
                IndexError, AssertionError, ValueError):
            rejected += 1
            if not comparison.bash_accepts(text):
                raise Disagreement(f"bash and bashlex refuse what shoal claims: {text!r}")
            continue
        ours = [[unescaped(word) for word in one["words"]] for one in command["commands"]]
        if command["folder"]:
            ours.insert(0, ["cd", command["folder"]])
        if len(ours) != len(theirs) and "<<" in text:
            continue  # bashlex takes the body of a here-document in a group for commands
        if len(ours) != len(theirs):
            raise Disagreement(f"number of commands: shoal {ours}, bashlex {theirs}: {text!r}")
        for mine, other in zip(ours, theirs):
            if len(mine) != len(other):
                raise Disagreement(f"words: shoal {mine}, bashlex {other}: {text!r}")
            for a, b in zip(mine, other):
                if b is None:
                    continue
                compared += 1
                if a != b[0] and not bash_decides(comparison, b[1], a):
                    raise Disagreement(f"word: shoal {a!r}, bashlex {b[0]!r}: {text!r}")
    return compared, rejected


def bash_decides(comparison, raw, ours):
    """bashlex is not always right: what does bash make of the word as written?"""
    shown, _ = comparison.run("bash", "printf '%s\\0' " + raw)
    return shown.decode() == ours + "\0"


RUN_EACH = r"""
prog() { printf '%s\0' "$@"; }
while IFS= read -r -d '' line; do
  eval "$line"
  printf '\2\0'
done
"""


def compare_words_with_bash(comparison, generator, count):
    """`prog WORDS`: the words that shoal reads are those that bash passes."""
    lines = [f"prog {generator.words()}" for _ in range(count)]
    claimed = [
        (line, command) for line, command in comparison.read_lines(lines)
        if command["kind"] == "ordinary" and len(command["commands"]) == 1
        and not command["commands"][0]["redirects"]
    ]
    work = comparison.folder / "empty"
    work.mkdir(exist_ok=True)
    result = subprocess.run(
        ["bash", "-c", RUN_EACH], env=ENVIRONMENT, cwd=work, capture_output=True,
        input="".join(line + "\0" for line, _ in claimed).encode(),
    )
    blocks = result.stdout.decode().split("\2\0")[:-1]
    if len(blocks) != len(claimed):
        raise Disagreement(f"bash ran {len(blocks)} of {len(claimed)} lines: {result.stderr.decode()}")
    for (line, command), block in zip(claimed, blocks):
        theirs = block.split("\0")[:-1]
        ours = [unescaped(word) for word in command["commands"][0]["words"]][1:]
        if ours == [] and theirs == [""]:
            continue  # printf prints one empty word when it has none
        if ours != theirs:
            raise Disagreement(f"shoal {ours}, bash {theirs}: {line!r}")
        if not command["needs_shell"] and command["direct"][1:] != theirs:
            raise Disagreement(f"direct {command['direct']}, bash {theirs}: {line!r}")
    return len(claimed)


def compare_values_with_bash(comparison, generator, count):
    """State lines, then `prog` with the variables: the values are bash's."""
    compared = 0
    for _ in range(count):
        script = generator.state_script()
        commands = comparison.read(script)
        last = commands[-1]
        if last["kind"] != "ordinary" or last["text"] != script.splitlines()[-1]:
            continue
        shown, _ = comparison.run("bash", "prog() { printf '%s\\0' \"$@\"; }\n" + script)
        ours = [unescaped(word) for word in last["commands"][0]["words"]][1:]
        theirs = shown.decode().split("\0")[:-1]
        compared += 1
        if ours != theirs:
            raise Disagreement(f"values: shoal {ours}, bash {theirs}: {script!r}")
    return compared


def compare_grouping_with_bash(comparison, generator, count):
    """Whole scripts: run slice by slice in one shell, they do what they do whole."""
    slices = 0
    for _ in range(count):
        script = generator.script()
        if not comparison.bash_accepts(script):
            continue
        commands = comparison.read(script)
        whole = comparison.run("bash", script)
        separately = "".join(
            "eval " + quoted(command["text"]) + "\n" for command in commands
        )
        if whole != comparison.run("bash", separately):
            raise Disagreement(
                f"grouping: {[c['text'] for c in commands]} of {script!r}: whole {whole}, "
                f"separately {comparison.run('bash', separately)}"
            )
        for command in commands:
            slices += 1
            if command["kind"] != "opaque" and not comparison.bash_accepts(command["text"]):
                raise Disagreement(f"bash refuses the slice {command['text']!r} of {script!r}")
    return slices


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def compare_bash_with_dash(comparison, generator, count):
    """Lines that shoal calls portable do the same in both shells."""
    lines = [generator.harmless_line() for _ in range(count)]
    portable = 0
    for line, command in comparison.read_lines(lines):
        if not command["portable"]:
            continue
        portable += 1
        bash, dash = comparison.run("bash", line), comparison.run("dash", line)
        if bash != dash:
            raise Disagreement(f"portable, but bash {bash}, dash {dash}: {line!r}")
    return portable


def at_least(number, least, what):
    if number < least:
        raise Disagreement(f"only {number} {what} were compared, too few to mean anything")
    print(f"{number} {what} agree")


def main():
    missing = [tool for tool in ("bash", "dash") if shutil.which(tool) is None]
    if bashlex is None:
        missing.append("the Python module bashlex")
    if missing:
        print("SKIPPED: NOTHING WAS COMPARED. Missing: " + ", ".join(missing), file=sys.stderr)
        return SKIPPED
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(sys.argv[1], pathlib.Path(folder))
        try:
            compare_all(comparison, pathlib.Path(sys.argv[2]), random.Random(seed))
        except Disagreement as disagreement:
            print(f"DISAGREEMENT (seed {seed}): {disagreement}", file=sys.stderr)
            return 1
    return 0


def compare_all(comparison, corpus, rng):
    compared = 0
    for path in sorted(corpus.glob("*.sh")):
        words, _ = compare_with_bashlex(comparison, comparison.read(path.read_text()))
        compared += words
    at_least(compared, 150, "words of the corpus with bashlex")
    generator = LineGenerator(rng)
    lines = [generator.line() for _ in range(9000)]
    words, _ = compare_with_bashlex(comparison, [c for _, c in comparison.read_lines(lines)])
    at_least(words, 2500, "words of generated lines with bashlex")
    at_least(compare_words_with_bash(comparison, generator, 4000), 1000, "lines of words with bash")
    at_least(compare_values_with_bash(comparison, generator, 150), 30, "scripts of state lines with bash")
    at_least(compare_grouping_with_bash(comparison, generator, 150), 300, "slices of scripts with bash")
    at_least(compare_bash_with_dash(comparison, generator, 700), 130, "portable lines with dash")


if __name__ == "__main__":
    sys.exit(main())
