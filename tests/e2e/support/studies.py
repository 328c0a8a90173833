"""Studies for several tests: as Makita wrote them, and as bash finished them."""

import os
from pathlib import Path

from support.makita import SMALL_STUDIES, TOOLS, copy_study, write_study
from support.project import Project


class StudyShelf:
    """Projects as Makita wrote them and as bash finished them, each made once."""

    def __init__(self, folder: Path, binary: Path):
        self._folder = folder
        self._binary = binary
        self._finished: dict[str, Project] = {}

    def _project(self, name: str) -> Project:
        project = Project(self._folder / name, self._folder / f"{name}-outside", self._binary,
                          path=f"{TOOLS}:{os.environ['PATH']}")
        # One thread each, in bash too: several change how long it takes, not what comes out.
        project.environment |= {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
        return project

    def finished_by_bash(self, studies: dict, template: str) -> Project:
        kind = "small" if studies is SMALL_STUDIES else "full"
        name = f"{template}-{kind}"
        if name not in self._finished:
            written = self._folder / f"{name}-written"
            write_study(written, template, *studies[template])
            project = self._project(name)
            copy_study(written, project.folder)
            project.bash()
            self._finished[name] = project
        return self._finished[name]

    def copy(self, studies: dict, template: str, label: str) -> Project:
        """The project as Makita wrote it."""
        finished = self.finished_by_bash(studies, template)
        project = self._project(f"{finished.folder.name}-{label}")
        copy_study(finished.folder.with_name(f"{finished.folder.name}-written"), project.folder)
        return project


def expected_codes(template: str) -> list[int]:
    """What `shoal run` ends with, the first time and from then on.

    modelmatrix: see MODELS of support.makita. prior makes two folders whose parent is not there
    before its tables are, in bash as in shoal; the second time it is.
    """
    return {"modelmatrix": [1, 1], "prior": [1, 0]}.get(template, [0, 0])
