"""Real ASReview: projects of every template of Makita, run by bash and by shoal.

Undisturbed at several numbers of slots, and with kill -9 again and again.
"""

import itertools
import os
import random
import re

import pytest

from support.makita import SMALL_STUDIES, STUDIES
from support.processes import kill_hard
from support.project import Project
from support.studies import expected_codes
from support.trees import study_differences

pytestmark = pytest.mark.asreview

ROUNDS = int(os.environ.get("SHOAL_TEST_ROUNDS", "1"))
CHAOS_ROUNDS = 4 * ROUNDS  # one for each template
KILLS_EACH = 3


@pytest.mark.parametrize("template", STUDIES)
@pytest.mark.parametrize("slots", [1, 2, 4])
def test_a_study_comes_out_as_from_bash(shelf, stable_listing, template, slots):
    serial = shelf.finished_by_bash(STUDIES, template)
    project = shelf.copy(STUDIES, template, f"j{slots}")
    first_code, later_code = expected_codes(template)
    result = project.run(f"-j{slots}", timeout=300)
    assert result.code == first_code, str(result)
    assert study_differences(serial.folder, project.folder, stable_listing) == [], str(result)
    if template == "modelmatrix":
        assert re.search(r"2 of 4", result.err), f"the tables hold 2 of 4 runs: {result}"
        assert "-b None" in result.err, str(result)

    again = project.run(f"-j{slots}", timeout=300)
    assert again.code == later_code, str(again)
    if first_code == 0:
        assert "nothing" in again.err.lower(), str(again)
    assert study_differences(serial.folder, project.folder, stable_listing) == [], str(again)


def disturb(project: Project, choose: random.Random) -> str:
    """Starts a run and kills shoal or one of its children at a random moment."""
    slots = choose.choice([1, 2, 4])
    running = project.start_run(f"-j{slots}")
    after = choose.uniform(0.2, 6)
    whom = choose.choice(["shoal", "child"])
    if running.ends_within(after):
        return f"-j{slots} ended with {running.wait().code} before it was killed"
    if whom == "shoal":
        running.kill()
        return f"-j{slots}, shoal killed after {after:.2f} s"
    children = sorted(pid for pid in project.processes() if pid != running.pid)
    # Commands, and the processes in which they start warm.
    victims = [pid for pid in children
               if any(part in project.processes().get(pid, "") for part in ("asreview", "scripts/", "/proc/self/fd/"))]
    killed = bool(victims) and kill_hard(choose.choice(victims))
    result = running.wait(300)
    assert result.code in (0, 1), str(result)
    return f"-j{slots}, {'a child' if killed else 'nobody'} killed after {after:.2f} s, ended with {result.code}"


@pytest.mark.parametrize("seed, template", list(zip(range(CHAOS_ROUNDS), itertools.cycle(SMALL_STUDIES))))
def test_a_study_that_is_killed_again_and_again_comes_out_as_from_bash(shelf, stable_listing, seed, template):
    print(f"seed {seed}, {template}")
    choose = random.Random(seed)
    serial = shelf.finished_by_bash(SMALL_STUDIES, template)
    project = shelf.copy(SMALL_STUDIES, template, f"chaos-{seed}")
    try:
        for _ in range(KILLS_EACH):
            print(disturb(project, choose))
        result = project.run("-j2", timeout=300)
        project.await_quiet()
    finally:
        project.end_everything()
    assert result.code in expected_codes(template), str(result)
    assert study_differences(serial.folder, project.folder, stable_listing) == [], str(result)
