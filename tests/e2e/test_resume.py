"""A run that was stopped, killed or changed goes on; what is done stays done."""

import os
import random
import signal

import pytest

from support.processes import kill_hard
from support.trees import differences, tree


def test_a_second_run_has_nothing_to_do(project):
    project.jobs("tick A\ntick B && echo b > b.txt\n")
    assert project.run().code == 0
    result = project.run()
    assert result.code == 0
    assert sorted(project.ticks()) == ["A", "B"]
    assert "nothing" in result.err.lower(), str(result)


def test_a_failed_command_runs_again_and_the_done_ones_do_not(project):
    project.jobs("tick A\ntick B && cat in.txt > out.txt\ntick C && cp out.txt copy.txt\n")
    assert project.run().code == 1
    project.write("in.txt", "now\n")
    assert project.run().code == 0
    assert project.ticks().count("A") == 1
    assert project.read("copy.txt") == "now\n"


def test_a_line_that_asked_for_a_status_follows_it(project):
    project.jobs("source ./settings\necho $? > status.txt\ntick A\n")
    assert project.run().code == 1
    assert project.read("status.txt") == "1\n"
    project.write("settings", "X=1\n")
    result = project.run()
    assert result.code == 0, str(result)
    assert project.read("status.txt") == "0\n"


def test_a_status_is_known_to_a_later_session(project):
    gate = project.gate("middle")
    project.jobs("sh -c 'exit 7'\necho $? > status.txt; wait-at middle\ntrue\necho $? > last.txt\n")
    running = project.start_run()
    gate.await_arrival()
    running.kill()
    project.await_quiet()
    gate.abandon()
    project.jobs("true\n" + project.read("jobs.sh"))
    gate.open()
    assert project.run().code == 1
    assert project.read("status.txt") == "7\n"
    assert project.read("last.txt") == "0\n"


def test_a_killed_shoal_leaves_no_process_and_goes_on(project):
    gate = project.gate("middle")
    project.jobs("tick A && echo a > a.txt\nwait-at middle && tick B && echo b > b.txt\ncat a.txt b.txt > c.txt\n")
    running = project.start_run("-j1")
    gate.await_arrival()
    running.kill()
    project.await_quiet()
    gate.abandon()
    assert not project.has("b.txt")

    gate.open()
    result = project.run()
    assert result.code == 0, str(result)
    assert project.ticks() == ["A", "B"]
    assert project.read("c.txt") == "a\nb\n"


def test_a_killed_shoal_takes_grandchildren_along(project):
    gate = project.gate("deep")
    project.jobs("sh -c 'sh -c \"wait-at deep\" & wait' && echo never > never.txt\n")
    running = project.start_run()
    gate.await_arrival()
    running.kill()
    project.await_quiet()
    gate.abandon()
    assert not project.has("never.txt")


def test_a_run_may_be_taken_up_at_once_after_a_kill(project):
    """The new shoal waits for the old one's children to be gone."""
    gate = project.gate("middle")
    project.jobs("wait-at middle; echo x >> x.txt\n")
    for _ in range(3):
        running = project.start_run()
        gate.await_arrival()
        running.kill()
        gate.abandon()
    gate.open()
    result = project.run()
    assert result.code == 0, str(result)
    assert project.read("x.txt") == "x\n"


def test_a_killed_command_is_reported_and_runs_again(project):
    gate = project.gate("middle")
    project.jobs("wait-at middle && echo x > x.txt\ntick B\n")
    running = project.start_run("-j2")
    gate.await_arrival()
    victims = [pid for pid, command in project.processes().items() if "wait-at" in command]
    assert victims
    for pid in victims:
        kill_hard(pid)
    result = running.wait()
    assert result.code == 1, str(result)
    assert "kill" in result.err.lower(), str(result)
    gate.abandon()

    gate.open()
    assert project.run().code == 0
    assert project.read("x.txt") == "x\n" and project.ticks() == ["B"]


def test_an_interrupted_append_is_not_doubled(project):
    gate = project.gate("middle")
    project.write("sum.txt", "before\n")
    project.jobs("{ echo one; wait-at middle; echo two; } >> sum.txt\n")
    running = project.start_run()
    gate.await_arrival()
    assert project.read("sum.txt") == "before\none\n"
    running.kill()
    project.await_quiet()
    gate.abandon()
    gate.open()
    assert project.run().code == 0
    assert project.read("sum.txt") == "before\none\ntwo\n"
    saved = list(project.folder.glob(".shoal/runs/*/replaced/sum.txt.from-7"))
    assert [path.read_text() for path in saved] == ["one\n"], "what was cut off is kept"


CHAIN = "tick A && cp in.txt a.txt\ntick B && cp a.txt b.txt\ntick C && echo c > c.txt\n"


def test_a_changed_input_runs_its_readers_and_their_dependents_again(project):
    project.write("in.txt", "old\n")
    project.jobs(CHAIN)
    assert project.run().code == 0
    project.write("in.txt", "newer\n")
    result = project.run()
    assert result.code == 0, str(result)
    assert project.read("b.txt") == "newer\n"
    assert sorted(project.ticks()) == ["A", "A", "B", "B", "C"]
    assert "in.txt" in result.err, str(result)


def test_a_changed_command_runs_again_with_its_dependents(project):
    project.write("in.txt", "in\n")
    project.jobs("echo zero > z.txt\n" + CHAIN)
    assert project.run().code == 0
    project.jobs("echo zero > z.txt\n" + CHAIN.replace("cp in.txt a.txt", "cp z.txt a.txt"))
    assert project.run().code == 0
    assert project.read("b.txt") == "zero\n"
    assert sorted(project.ticks()) == ["A", "A", "B", "B", "C"]


def test_an_output_that_was_removed_is_made_again(project):
    project.write("in.txt", "in\n")
    project.jobs(CHAIN)
    assert project.run().code == 0
    (project.folder / "b.txt").unlink()
    assert project.run().code == 0
    assert project.read("b.txt") == "in\n"
    assert project.ticks().count("A") == 1 and project.ticks().count("C") == 1


def test_lines_added_before_and_behind_leave_the_old_ones_done(project):
    project.jobs("tick A\ntick B\n")
    assert project.run().code == 0
    project.jobs("# new\ntick X\ntick A\ntick B\ntick Y\n")
    assert project.run().code == 0
    assert sorted(project.ticks()) == ["A", "B", "X", "Y"]


def test_a_changed_variable_runs_its_commands_again(project):
    text = "WHO={}\ntick A\necho $WHO > who.txt\n"
    project.jobs(text.format("me"))
    assert project.run().code == 0
    project.jobs(text.format("you"))
    assert project.run().code == 0
    assert project.read("who.txt") == "you\n"


def test_a_touched_input_is_believed_changed_unless_verified(project):
    path = project.write("in.txt", "same\n")
    project.jobs(CHAIN)
    assert project.run("--verify").code == 0
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert project.run("--verify").code == 0
    assert project.ticks().count("A") == 1, "the content is what it was"
    os.utime(path, (1_100_000_000, 1_100_000_000))
    assert project.run().code == 0
    assert project.ticks().count("A") == 2


def test_fresh_starts_anew_and_deletes_nothing(project):
    project.write("in.txt", "in\n")
    project.write("mine/notes.txt", "my own\n")
    project.jobs(CHAIN)
    assert project.run().code == 0
    before = tree(project.folder)
    (old_run,) = (project.folder / ".shoal/runs").iterdir()
    old_journal = (old_run / "journal.jsonl").read_bytes()

    assert project.run("--fresh").code == 0
    assert sorted(project.ticks()) == ["A", "A", "B", "B", "C", "C"]
    assert tree(project.folder) == before
    assert (old_run / "journal.jsonl").read_bytes() == old_journal
    assert len(list((project.folder / ".shoal/runs").iterdir())) == 2


def test_a_torn_last_line_of_the_journal_is_cut(project):
    project.jobs("tick A\ntick B\n")
    assert project.run().code == 0
    (journal,) = project.folder.glob(".shoal/runs/*/journal.jsonl")
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"type":"end","comm')
    result = project.run()
    assert result.code == 0, str(result)
    assert sorted(project.ticks()) == ["A", "B"]


def test_a_journal_broken_in_the_middle_is_named_with_its_line(project):
    project.jobs("tick A\ntick B\n")
    assert project.run().code == 0
    (journal,) = project.folder.glob(".shoal/runs/*/journal.jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([lines[0], b"nonsense\n", *lines[1:]]))
    result = project.run()
    assert result.code in (2, 3), str(result)
    assert "journal.jsonl" in result.err and "2" in result.err, str(result)
    assert sorted(project.ticks()) == ["A", "B"]


def test_ctrl_c_lets_running_commands_finish_and_starts_no_more(project):
    gate = project.gate("middle")
    project.jobs("wait-at middle && tick A\ntick B\ntick C\n")
    running = project.start_run("-j1", "--mode", "serial")
    gate.await_arrival()
    running.interrupt()
    assert running.alive()
    gate.open()
    result = running.wait()
    assert result.code == 130, str(result)
    assert project.ticks() == ["A"]
    assert "shoal run jobs.sh" in result.err, str(result)

    assert project.run().code == 0
    assert sorted(project.ticks()) == ["A", "B", "C"]


def test_ctrl_c_twice_stops_running_commands(project):
    gate = project.gate("middle")
    project.jobs("wait-at middle && tick A\ntick B\n")
    running = project.start_run("-j1")
    gate.await_arrival()
    running.interrupt()
    running.interrupt()
    result = running.wait()
    assert result.code == 130, str(result)
    project.await_quiet()
    gate.abandon()
    assert "A" not in project.ticks()

    gate.open()
    assert project.run().code == 0
    assert sorted(project.ticks()) == ["A", "B"]


def test_a_term_signal_stops_shoal_and_its_commands(project):
    gate = project.gate("middle")
    project.jobs("wait-at middle && tick A\n")
    running = project.start_run()
    gate.await_arrival()
    os.kill(running.pid, signal.SIGTERM)
    result = running.wait()
    assert result.code != 0, str(result)
    project.await_quiet()
    gate.abandon()
    gate.open()
    assert project.run().code == 0


@pytest.mark.parametrize("seed", range(6))
def test_random_kills_of_shoal_leave_the_serial_result(make_project, seed):
    print(f"seed {seed}")
    choose = random.Random(seed)
    lines = ["mkdir -p out", "echo 0 > out/sum.txt"]
    for number in range(40):
        lines.append(f"echo {number} > out/{number}.txt && sleep 0.01")
        if number % 4 == 3:
            lines.append(f"cat out/{number}.txt out/{number - 1}.txt >> out/sum.txt")
    lines.append("cat out/*.txt > all.txt")
    text = "\n".join(lines) + "\n"
    serial, mine = make_project("serial"), make_project("mine")
    for project in (serial, mine):
        project.jobs(text)
    serial.bash()

    for _ in range(5):
        running = mine.start_run(f"-j{choose.choice([1, 2, 4])}")
        running.wait_or_kill(after=choose.uniform(0.02, 0.25))
    result = mine.run("-j2")
    assert result.code == 0, str(result)
    assert differences(serial.folder, mine.folder) == []
