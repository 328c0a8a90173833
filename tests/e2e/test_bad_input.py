"""Bad input gets a sentence with the place and the cure, and nothing starts."""

import re

import pytest

NOTHING_DONE, SOME_FAILED, BAD_INPUT, INFRASTRUCTURE = 0, 1, 2, 3


def assert_refused(result, code: int, *parts: str) -> None:
    assert result.code == code, str(result)
    for part in parts:
        assert part in result.err, str(result)
    last = result.err.strip().splitlines()[-1]
    assert re.search(r"[.!?]$", last) and " " in last, f"not a sentence: {last}"


def test_a_missing_jobs_file_is_named(project):
    assert_refused(project.run(), BAD_INPUT, "jobs.sh")
    assert not project.has(".shoal/runs")


def test_an_empty_jobs_file_is_refused(project):
    project.jobs("")
    assert_refused(project.run(), BAD_INPUT, "jobs.sh", "empty")


def test_a_jobs_file_of_comments_only_is_refused_or_has_nothing_to_do(project):
    project.jobs("# nothing here\n\n   \n")
    result = project.run()
    assert result.code in (NOTHING_DONE, BAD_INPUT), str(result)
    assert result.err.strip(), "it must say so"


def test_a_folder_is_no_jobs_file(project):
    (project.folder / "jobs.sh").mkdir()
    assert_refused(project.run(), BAD_INPUT, "jobs.sh", "folder")


def test_a_binary_file_is_no_jobs_file(project):
    project.jobs(b"\x7fELF\x02\x01\x01\x00\x00\x00\x00echo hello > hello\n")
    assert_refused(project.run(), BAD_INPUT, "jobs.sh")
    assert not project.has("hello")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--mode", "fast"],
        ["--threads", "many"],
        ["--timeout", "soon"],
        ["--memory", "lots"],
        ["-j", "0"],
        ["-j", "some"],
        ["--retries", "-1"],
        ["--no-such-option"],
    ],
    ids=" ".join,
)
def test_an_option_that_cannot_be_used_is_named(project, arguments):
    project.jobs("tick A\n")
    result = project.run(*arguments)
    assert result.code == BAD_INPUT, str(result)
    assert arguments[0].lstrip("-") in result.err or arguments[-1] in result.err, str(result)
    assert project.ticks() == []


def test_an_unknown_mode_gets_the_known_ones_told(project):
    project.jobs("tick A\n")
    assert_refused(project.run("--mode", "fast"), BAD_INPUT, "fast", "auto", "serial", "stages", "independent")


def test_no_subcommand_and_an_unknown_one_are_bad_usage(project):
    alone = project.shoal()
    assert alone.code == BAD_INPUT and "Usage" in alone.err and "status" in alone.err, str(alone)
    unknown = project.shoal("swim")
    assert unknown.code == BAD_INPUT and "swim" in unknown.err, str(unknown)


@pytest.mark.parametrize(
    "directive", ["mem=lots", "cpus=", "timeout=never", "retries=x", "speed=high", "after=x"]
)
def test_a_directive_that_cannot_be_read_is_named_with_its_line(project, directive):
    project.jobs(f"tick A\n\n#shoal: {directive}\ntick B\n")
    assert_refused(project.run(), BAD_INPUT, "jobs.sh:3", directive.partition("=")[0])
    assert project.ticks() == []


def test_a_cycle_of_after_is_refused(project):
    project.jobs("#shoal: after=2\ntick A > a.txt\ntick B < a.txt\n")
    assert_refused(project.run(), BAD_INPUT, "jobs.sh", "after")
    assert project.ticks() == []


def test_an_after_that_names_no_command_is_refused(project):
    project.jobs("tick A\n#shoal: after=17\ntick B\n")
    assert_refused(project.run(), BAD_INPUT, "jobs.sh:", "after=17")
    assert project.ticks() == []


def test_a_command_table_that_cannot_be_read_is_named(project):
    project.jobs("tick A\n")
    project.write("mine.toml", "[[command]\nnonsense")
    assert_refused(project.run("--commands", "mine.toml"), BAD_INPUT, "mine.toml")
    assert project.run("--commands", "absent.toml").code == BAD_INPUT
    assert project.ticks() == []


@pytest.mark.parametrize("subcommand", [["status"], ["runs"], ["logs", "1"], ["report"]], ids=" ".join)
def test_looking_at_a_folder_without_runs_says_so(make_project, subcommand):
    assert_refused(make_project().shoal(*subcommand), BAD_INPUT, ".shoal")


def test_looking_at_an_unknown_run_or_command_says_so(project):
    project.jobs("echo hello\n")
    assert project.run().code == 0
    assert_refused(project.shoal("status", "NO-SUCH-RUN"), BAD_INPUT, "NO-SUCH-RUN")
    assert_refused(project.shoal("logs", "99"), BAD_INPUT, "99")


def test_a_second_shoal_at_the_same_run_is_turned_away(project):
    gate = project.gate("middle")
    project.jobs("wait-at middle\necho done > done.txt\n")
    first = project.start_run()
    gate.await_arrival()

    assert_refused(project.run(), INFRASTRUCTURE, str(first.pid))

    gate.open()
    assert first.wait().code == 0
    assert project.read("done.txt") == "done\n"
