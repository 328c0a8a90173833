"""Running jobs files: order, failures, exit codes, limits, exports."""

import csv
import io
import json
import re

import pytest

from support.trees import differences
from support.waiting import wait_until


def test_all_done_is_0(project):
    project.jobs("echo one > one.txt\ncat one.txt one.txt > two.txt\n")
    result = project.run()
    assert result.code == 0, str(result)
    assert project.read("two.txt") == "one\none\n"


def test_nothing_goes_to_stdout(project):
    project.jobs("echo loud\n")
    result = project.run()
    assert result.code == 0 and result.out == "", str(result)


def test_a_failure_is_1_and_the_others_still_run(project):
    project.jobs("tick A\nsh -c 'echo told you so; exit 7'\ntick C\n")
    result = project.run()
    assert result.code == 1, str(result)
    assert sorted(project.ticks()) == ["A", "C"]
    assert "7" in result.err and "told you so" in result.err, str(result)
    assert "shoal logs 2" in result.err, str(result)


def test_a_dependent_of_a_failure_is_skipped_when_its_input_is_absent(project):
    project.jobs("cp absent.txt made.txt\ncp made.txt copy.txt\ntick C\n")
    result = project.run()
    assert result.code == 1, str(result)
    assert project.ticks() == ["C"]
    assert "skipped" in result.err and "made.txt" in result.err, str(result)


def test_a_dependent_of_a_failure_runs_when_its_input_is_there(project):
    """As bash would go on."""
    project.write("made.txt", "from before")
    project.jobs("false && cp a.txt made.txt\ncp made.txt copy.txt\n")
    project.write("a.txt", "a")
    assert project.run().code == 1
    assert project.read("copy.txt") == "from before"


def test_a_reader_of_a_folder_runs_incomplete_and_the_summary_says_of_how_many(project):
    lines = ["mkdir -p parts"] + [f"cp in{n}.txt parts/p{n}.txt" for n in range(4)]
    lines += ["cat parts/*.txt > all.txt"]
    for n in (0, 1, 3):
        project.write(f"in{n}.txt", f"{n}\n")
    project.jobs("\n".join(lines) + "\n")
    result = project.run()
    assert result.code == 1
    assert project.read("all.txt") == "0\n1\n3\n"
    assert re.search(r"3 of 4", result.err), str(result)

    project.write("in2.txt", "2\n")
    assert project.run().code == 0, "the missing part comes, and the reader runs again"
    assert project.read("all.txt") == "0\n1\n2\n3\n"


def test_strict_holds_a_reader_of_a_folder_whose_sources_failed(project):
    project.write("in0.txt", "0\n")
    project.jobs("mkdir -p parts\ncp in0.txt parts/p0.txt\ncp in1.txt parts/p1.txt\ncat parts/*.txt > all.txt\n")
    result = project.run("--strict")
    assert result.code == 1 and not project.has("all.txt"), str(result)
    assert "held" in result.err, str(result)

    project.write("in1.txt", "1\n")
    assert project.run("--strict").code == 0
    assert project.read("all.txt") == "0\n1\n"


def test_a_mkdir_of_a_folder_that_exists_is_no_failure(project):
    (project.folder / "output").mkdir()
    project.jobs("mkdir output\nmkdir output/tables\necho x > output/tables/x.txt\n")
    assert project.run().code == 0


def test_retries_try_again(project):
    project.jobs("tick A && test -e flag.txt || { touch flag.txt; false; }\n")
    assert project.run("--retries", "2").code == 0
    assert project.ticks() == ["A", "A"]


def test_a_timeout_stops_a_command(project):
    project.gate("never")
    project.jobs("wait-at never\ntick B\n")
    result = project.run("--timeout", "1s")
    assert result.code == 1, str(result)
    assert "over its time limit" in result.err, str(result)
    assert project.ticks() == ["B"]
    project.await_quiet()


def test_a_timeout_directive_is_for_its_command_only(project):
    project.gate("never")
    project.jobs("#shoal: timeout=1s\nwait-at never\ntick B\n")
    result = project.run()
    assert result.code == 1 and project.ticks() == ["B"], str(result)


def test_halt_starts_nothing_after_so_many_failures(project):
    project.jobs("false\ntick A\nfalse\ntick B\n")
    result = project.run("-j1", "--mode", "serial", "--halt", "2")
    assert result.code == 1, str(result)
    assert project.ticks() == ["A"]


@pytest.mark.parametrize("first_line", ["set -e", "#!/bin/bash -e", "cd . && set -o errexit"])
@pytest.mark.parametrize("mode", ["auto", "serial"])
def test_set_e_stops_at_the_first_failure(project, first_line, mode):
    project.jobs(f"{first_line}\necho a > a.txt\nfalse\necho b > b.txt\n")
    result = project.run("-j4", "--mode", mode)
    assert result.code == 1, str(result)
    assert project.read("a.txt") == "a\n" and not project.has("b.txt"), str(result)


def test_set_e_says_what_it_costs(project):
    project.jobs("set -e\necho a > a.txt\necho b > b.txt\n")
    result = project.run()
    assert "jobs.sh:1: set -e: 2 lines run one after another" in result.err, str(result)


def test_exit_ends_the_file(project):
    project.jobs("echo a > a.txt\nexit 0\necho b > b.txt\n")
    assert project.run().code == 0
    assert project.has("a.txt") and not project.has("b.txt")


def test_stdin_is_empty(project):
    project.jobs("cat > stdin.txt\n")
    assert project.run(timeout=60).code == 0
    assert project.read("stdin.txt") == ""


def test_thread_pools_get_one_thread_unless_told_otherwise(project):
    project.jobs('echo "$OMP_NUM_THREADS" > threads.txt\n')
    assert project.run().code == 0
    assert project.read("threads.txt") == "1\n"

    project.environment["OMP_NUM_THREADS"] = "3"
    assert project.run("--fresh").code == 0
    assert project.read("threads.txt") == "3\n", "what the user set stays"

    del project.environment["OMP_NUM_THREADS"]
    assert project.run("--fresh", "--threads=inherit").code == 0
    assert project.read("threads.txt") == "\n"


@pytest.mark.parametrize("mode", ["auto", "serial", "stages"])
def test_every_ordering_mode_gives_the_serial_result(make_project, mode):
    text = "mkdir out\n" + "".join(f"echo {n} > out/{n}.txt\ncat out/{n}.txt >> out/all.txt\n" for n in range(9))
    serial, mine = make_project("serial"), make_project("mine")
    serial.jobs(text)
    serial.bash()
    mine.jobs(text)
    assert mine.run("-j4", "--mode", mode).code == 0
    assert differences(serial.folder, mine.folder) == []


def test_independent_commands_run_at_once(project):
    """Each of two commands ends only after the other has begun."""
    gates = [project.gate("one"), project.gate("two")]
    project.jobs("wait-at one && echo 1 > one.txt\nwait-at two && echo 2 > two.txt\n")
    running = project.start_run("-j2")
    for gate in gates:
        gate.await_arrival()
    for gate in gates:
        gate.open()
    assert running.wait().code == 0


def test_a_jobs_file_is_run_from_another_folder_as_bash_would(make_project):
    """Commands run in the folder where shoal is started."""
    project = make_project()
    project.write("lists/today.sh", "echo here > here.txt\n")
    assert project.shoal("run", "lists/today.sh").code == 0
    assert project.has("here.txt") and not project.has("lists/here.txt")
    assert project.has("lists/.shoal")


def test_the_joblog_has_a_row_for_each_attempt(project):
    project.jobs("true\nsh -c 'exit 3'\nsh -c 'kill -9 $$'\n")
    assert project.run().code == 1
    result = project.shoal("report", "--joblog")
    assert result.code == 0, str(result)
    rows = list(csv.DictReader(io.StringIO(result.out), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert list(rows[0]) == ["Seq", "Host", "Starttime", "JobRuntime", "Send", "Receive", "Exitval", "Signal", "Command"]
    ends = {row["Seq"]: (row["Exitval"], row["Signal"], row["Command"]) for row in rows}
    assert ends["1"] == ("0", "0", "true")
    assert ends["2"] == ("3", "0", "sh -c 'exit 3'")
    assert ends["3"][1] == "9"


def test_the_trace_is_json_with_an_event_for_each_attempt(project):
    project.jobs("echo a\necho 'quotes \" and\ttabs'\nfalse\n")
    project.run()
    result = project.shoal("report", "--trace")
    assert result.code == 0, str(result)
    trace = json.loads(result.out)
    events = trace["traceEvents"] if isinstance(trace, dict) else trace
    complete = [event for event in events if event["ph"] == "X"]
    assert len(complete) == 3
    assert all(event["dur"] >= 0 and event["ts"] > 0 for event in complete)


def test_the_journal_is_json_lines_with_a_version(project):
    project.jobs("echo a\nfalse\n")
    project.run()
    (journal,) = project.folder.glob(".shoal/runs/*/journal.jsonl")
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    assert "version" in records[0] or "v" in records[0], records[0]
    assert len(records) >= 2 + 2 * 2


def test_logs_show_what_a_command_printed(project):
    project.jobs("echo to stdout; echo to stderr >&2\necho other\n")
    project.run()
    result = project.shoal("logs", "1")
    assert result.code == 0
    assert "to stdout" in result.out and "to stderr" in result.out and "other" not in result.out


def as_if_a_worker_had_run_it(project, worker: str) -> None:
    """Changes the run's folder to what it would be had a worker run its commands."""
    (journal,) = project.folder.glob(".shoal/runs/*/journal.jsonl")
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    for record in records:
        if record["e"] in ("end", "log"):
            record["worker"] = worker
    journal.write_text("".join(json.dumps(record) + "\n" for record in records))
    logs = journal.parent / "logs"
    (logs / worker).mkdir()
    for log in logs.glob("*.log"):
        log.rename(logs / worker / log.name)


def test_what_a_worker_ran_is_found_in_the_workers_logs(project):
    project.jobs("echo from afar\necho last words; exit 3\n")
    project.run()
    as_if_a_worker_had_run_it(project, "node-3")
    assert project.shoal("logs", "1").out == "from afar\n"
    assert project.shoal("logs", "-f", "1").out == "from afar\n"
    assert "last words" in project.shoal("status").out
    rows = project.shoal("report", "--joblog").out.splitlines()[1:]
    assert [row.split("\t")[1] for row in rows] == ["node-3", "node-3"]


def test_logs_follow_until_the_command_ends(project):
    gate = project.gate("middle")
    project.jobs("echo before; wait-at middle; echo after\n")
    running = project.start_run()
    gate.await_arrival()
    following = project.start("logs", "-f", "1")
    gate.open()
    assert running.wait().code == 0
    result = following.wait()
    assert result.code == 0 and "before" in result.out and "after" in result.out, str(result)


def test_logs_follow_shows_nothing_of_the_commands_before_in_the_same_slot(project):
    gate = project.gate("middle")
    project.jobs("echo noise\necho mine; wait-at middle; echo last\n")
    running = project.start_run("-j1")
    gate.await_arrival()
    following = project.start("logs", "-f", "2")
    gate.open()
    assert running.wait().code == 0
    assert following.wait().out == "mine\nlast\n"


def test_logs_follow_ends_with_a_run_that_is_killed(project):
    gate = project.gate("middle")
    project.jobs("echo before; wait-at middle; echo after\n")
    running = project.start_run()
    gate.await_arrival()
    following = project.start("logs", "-f", "1")
    wait_until(lambda: "before" in following.out, "the output so far is shown")
    running.kill()
    assert following.wait().out == "before\n"
    gate.abandon()


def test_status_and_runs_tell_of_the_run(project):
    project.jobs("true\nfalse\n")
    project.run()
    status = project.shoal("status")
    assert status.code == 0 and "1" in status.out, str(status)
    runs = project.shoal("runs")
    (folder,) = (project.folder / ".shoal/runs").iterdir()
    assert folder.name in runs.out, str(runs)


def test_the_plan_in_json_keeps_its_contract(project):
    project.write("data.csv", "x\n")
    project.jobs("# first\nmkdir output\ncp data.csv output/a.csv\ncp output/a.csv output/b.csv\n")
    result = project.shoal("plan", "jobs.sh", "--format", "json")
    assert result.code == 0, str(result)
    plan = json.loads(result.out)
    assert plan["version"] == 1
    assert [command["line"] for command in plan["commands"]] == [2, 3, 4]
    for command in plan["commands"]:
        assert {"id", "line", "text", "kind", "reads", "writes", "makes", "after", "barrier"} <= command.keys()
    assert plan["commands"][2]["reads"] == ["output/a.csv"]
    assert plan["commands"][2]["writes"] == ["output/b.csv"]
    assert 2 in plan["commands"][2]["after"]
    assert all(command["barrier"] is None for command in plan["commands"])
    assert plan["modes"]["depth"] == 3
    assert isinstance(plan["findings"], list)
    assert not project.has(".shoal/runs") and not project.has("output"), "a plan changes nothing"


def test_the_plan_names_barriers_and_missing_inputs(project):
    project.jobs("cp nowhere.csv a.csv\nfor f in a b; do echo $f > $f.txt; done\n")
    result = project.shoal("plan", "jobs.sh")
    assert result.code == 0, str(result)
    assert "nowhere.csv" in result.out + result.err, str(result)
    assert re.search(r"line 2 waits for all lines before.*compound", result.out), str(result)
    dot = project.shoal("plan", "jobs.sh", "--format", "dot")
    assert dot.out.startswith("digraph"), str(dot)


def test_version_man_page_and_completion_are_there(project):
    assert re.match(r"shoal \d+\.\d+\.\d+", project.shoal("--version").out)
    assert project.shoal("man").out.lstrip().startswith((".TH", ".\\\""))
    completion = project.shoal("completion", "bash").out
    assert "complete " in completion and "--strict" in completion
    assert "--retries" in project.shoal("run", "--help").out
