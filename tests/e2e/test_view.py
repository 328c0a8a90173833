"""What a person sees while a run goes on, and at its end."""

import re

from support.terminal import Terminal

COLOR = re.compile(r"\x1b\[[0-9;]*m")
CURSOR = re.compile(r"\x1b\[[0-9;?]*[A-HJKlh]|\r")


def watch(project, binary, *arguments: str, **environment: str) -> Terminal:
    return Terminal([str(binary), "run", "jobs.sh", *arguments], project.folder,
                    project.environment | environment)


def test_a_terminal_shows_a_live_block_with_what_runs(project, binary):
    gate = project.gate("middle")
    project.jobs("true\nwait-at middle\ntrue\n")
    terminal = watch(project, binary, "-j1")
    gate.await_arrival()
    terminal.await_text("wait-at middle")
    live = terminal.shown
    assert re.search(r"\b1\b[^\n]*\b3\b", live), f"1 of 3 are done: {live!r}"
    assert CURSOR.search(live), "the block is drawn in place"
    gate.open()
    assert terminal.wait() == 0
    assert len(terminal.shown) > len(live)
    hidden = terminal.shown.count("\x1b[?25l")
    assert hidden == terminal.shown.count("\x1b[?25h"), "the cursor is back"


def test_no_color_means_no_color(project, binary):
    project.jobs("true\nfalse\n")
    colored = watch(project, binary)
    assert colored.wait() == 1
    assert COLOR.search(colored.shown), repr(colored.shown)
    plain = watch(project, binary, "--fresh", NO_COLOR="1")
    assert plain.wait() == 1
    assert not COLOR.search(plain.shown), repr(plain.shown)


def test_a_pipe_gets_plain_lines(project):
    project.jobs("true\nfalse\n")
    result = project.run()
    assert "\x1b" not in result.err and "\r" not in result.err, repr(result.err)


def test_quiet_shows_failures_and_the_summary_only(project):
    project.jobs("true\nsh -c 'exit 5'\n")
    quiet = project.run("-q")
    assert "5" in quiet.err and "shoal logs 2" in quiet.err, str(quiet)
    verbose = project.run("-v", "--fresh")
    assert len(verbose.err) > len(quiet.err)
    assert "true" in verbose.err


def test_a_summary_of_many_failures_stays_short(project):
    project.jobs("".join(f"sh -c 'exit 9' failing-{number}\n" for number in range(300)))
    result = project.run("-q")
    assert result.code == 1
    summary = result.err[result.err.index("Ended after"):]
    assert len(summary.splitlines()) <= 40, summary
    assert "300" in summary


def test_a_flood_of_failures_takes_few_lines_of_a_log(project):
    project.jobs("".join(f"sh -c 'exit 9' failing-{number}\n" for number in range(300)))
    result = project.run()
    assert result.code == 1
    assert len(result.err.splitlines()) <= 70, str(result)
    assert "300 failed" in result.err
    verbose = project.run("-v")
    assert len([line for line in verbose.err.splitlines() if "failing-" in line]) >= 300, str(verbose)


def test_a_second_start_with_nothing_to_do_says_only_that(project, binary):
    project.jobs("true\ntrue one\ntrue two\n")
    assert project.run().code == 0
    again = project.run()
    assert again.code == 0
    assert again.err == "✓ Nothing to do: all 3 commands were done already.\n"
    terminal = watch(project, binary, NO_COLOR="1")
    assert terminal.wait() == 0
    assert terminal.shown == "✓ Nothing to do: all 3 commands were done already.\r\n"
