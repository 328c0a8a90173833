"""Somebody who types a guide's commands into a shell."""

import os
import re
import subprocess
from pathlib import Path


def filled_in(text: str, **words: str) -> str:
    """With a reader's own words in the place of the guide's."""
    for word, own in words.items():
        text = re.sub(rf"\b{word}\b", lambda found, own=own: own, text)
    return text


class Reader:
    def __init__(self, folder: Path, programs: Path, *more_programs: Path, **variables: str):
        """Types in `folder`; finds the programs in these folders before all others."""
        self.folder = folder
        self.programs = programs
        self.variables = {"PATH": ":".join(map(str, [programs, *more_programs, os.environ["PATH"]])), **variables}
        programs.mkdir(parents=True, exist_ok=True)

    def has(self, program: Path) -> None:
        (self.programs / program.name).symlink_to(program)

    def begin(self, text: str) -> subprocess.Popen:
        return subprocess.Popen(["bash", "-euo", "pipefail", "-c", text], cwd=self.folder, text=True,
                                env=os.environ | self.variables, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    @staticmethod
    def end(process: subprocess.Popen, timeout: float = 900) -> str:
        said = process.communicate(timeout=timeout)[0]
        assert process.returncode == 0, f"exit code {process.returncode} of\n{process.args[-1]}\n{said}"
        return said

    def type(self, text: str) -> str:
        return self.end(self.begin(text))
