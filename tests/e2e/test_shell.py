"""What bash does with a file, shoal does: the files left are the same."""

import subprocess

import pytest

from support.trees import differences

LONG = "x" * 200_000

JOBS = {
    "assignments are seen by later lines": "A=1\nB=$A-2\necho $A $B > ab.txt\n",
    "exports reach programs": "export GREETING=hello\nsh -c 'echo $GREETING' > out.txt\n",
    "a later value does not reach back": "A=1\necho $A > one.txt\nA=2\necho $A > two.txt\n",
    "unset forgets": "A=1\nunset A\necho \"${A:-nothing}\" > out.txt\n",
    "cd holds for later lines": "mkdir -p a/b\ncd a\necho x > x.txt\ncd b\necho y > y.txt\ncd ../..\ncat a/x.txt a/b/y.txt > z.txt\n",
    "a failed cd changes nothing": "cd nowhere\necho x > x.txt\n",
    "a cd in parentheses is over with them": "mkdir -p sub\n(cd sub && echo x > x.txt)\necho y > y.txt\n",
    "source brings variables": "echo 'COLOR=blue' > settings\nsource ./settings\necho $COLOR > color.txt\n",
    "dot brings variables": "echo 'COLOR=green' > settings\n. ./settings\necho $COLOR > color.txt\n",
    "umask holds": "umask 077\necho x > x.txt\nstat -c %a x.txt > mode.txt\n",
    "aliases need no understanding": "alias say=echo\nsay x > x.txt\necho y > y.txt\n",
    "functions are known later": "greet() { echo \"hello $1\"; }\ngreet you > you.txt\ngreet me > me.txt\n",
    "a for loop leaves its variables": "for name in a b c; do echo $name > $name.txt; done\necho last $name > last.txt\n",
    "a while loop leaves its variables": "n=0\nwhile [ $n -lt 5 ]; do echo $n >> n.txt; n=$((n+1)); done\necho $n > end.txt\n",
    "an if leaves its variables": "if [ -e absent ]; then X=there; else X=not; fi\necho $X > x.txt\n",
    "read leaves its variables": "echo 'a b' > ab.txt\nread FIRST REST < ab.txt\necho $REST $FIRST > ba.txt\n",
    "eval leaves its variables": "eval 'Z=26'\necho $Z > z.txt\n",
    "arrays": "LIST=(one two three)\necho ${LIST[1]} > second.txt\nfor i in \"${LIST[@]}\"; do echo $i; done > list.txt\n",
    "command substitution": "echo 5 > five.txt\nX=$(cat five.txt)\necho $X$(cat five.txt) > out.txt\n",
    "arithmetic": "echo $((2 + 3)) > five.txt\n",
    "a conditional cd": "mkdir -p maybe\n[ -d maybe ] && cd maybe\necho x > x.txt\n",
    "here-document": "cat > poem.txt <<END\nroses $HOME\n\nare 'red'\nEND\ncp poem.txt copy.txt\n",
    "quoted here-document": "cat > poem.txt <<'END'\nroses $HOME `id`\nEND\ncp poem.txt copy.txt\n",
    "here-string": "cat <<< 'one line' > line.txt\n",
    "continued lines": "echo one \\\n  two \\\n  three > out.txt\ncat \\\n  out.txt > copy.txt\n",
    "a quote over lines": "echo 'one\ntwo' > out.txt\ncp out.txt copy.txt\n",
    "chains": "echo a > a.txt && cp a.txt b.txt || echo never > c.txt; cp b.txt d.txt\n",
    "a failing chain": "false && echo never > a.txt || echo other > b.txt\n",
    "pipes": "printf 'b\\na\\n' | sort | tee sorted.txt | head -n1 > first.txt\ncat sorted.txt first.txt > both.txt\n",
    "groups with redirections": "{ echo a; echo b >&2; } > out.txt 2> err.txt\ncat out.txt err.txt > both.txt\n",
    "appends keep their order": "echo 1 > n.txt\necho 2 >> n.txt\necho 3 >> n.txt\ncat n.txt > m.txt\necho 4 >> n.txt\n",
    "overwriting keeps its order": "echo old > a.txt\ncp a.txt b.txt\necho new > a.txt\ncp a.txt c.txt\n",
    "removing keeps its order": "echo x > a.txt\ncp a.txt b.txt\nrm a.txt\necho y > a.txt\n",
    "moving": "echo x > a.txt\nmv a.txt b.txt\necho y > a.txt\ncat a.txt b.txt > c.txt\n",
    "unquoted globs": "mkdir -p d\necho 1 > d/1.txt\necho 2 > d/2.txt\ncat d/*.txt > all.txt\nrm -f d/*.txt\necho 3 > d/3.txt\ncat d/* > later.txt\n",
    "braces": "touch {a,b,c}.txt\nls *.txt > list.out\n",
    "prose is a failing command": "This line is prose, not a command\necho x > x.txt\n",
    "comments and blank lines": "\n\n# echo no > no.txt\n   # indented\necho x > x.txt # mkdir y\necho '# z' > z.txt\n",
    "no final newline": "echo a > a.txt\necho b > b.txt",
    "leading spaces and tabs": "   echo a > a.txt\n\techo b > b.txt\n",
    "UTF-8 names": "mkdir -p 'données é'\necho ü > 'données é/ñ.txt'\ncat 'données é/ñ.txt' > copie.txt\n",
    "paths that mislead": "mkdir -p ./-m_nb_-e_tfidf a+++b\necho x > ./-m_nb_-e_tfidf/A\ncat ./-m_nb_-e_tfidf/A > a+++b/simulate.txt\ncp a+++b/../a+++b//simulate.txt describe.txt\n",
    "links": "echo x > real.txt\nln -s real.txt link.txt\necho y >> link.txt\ncat real.txt > copy.txt\n",
    "background jobs": "echo x > x.txt &\nwait\ncp x.txt y.txt\n",
    "a syntax error stops the file": "echo a > a.txt\nif then fi\necho b > b.txt\n",
    "exit in a condition": "echo a > a.txt\n[ -e a.txt ] && exit 3\necho b > b.txt\n",
    "set -e with a tolerated failure": "set -e\nfalse || echo ok > ok.txt\necho a > a.txt\n",
    "set -u": "set -u\necho $NOT_SET > a.txt\necho b > b.txt\n",
    "set -u, where the variable is set": "set -u\nX=1\necho $X ${Y:-2} > a.txt\nY=$(cat a.txt)\necho $Y $X > b.txt\n",
    "set -u in a list": "set -u\ntrue && echo \"$NOT_SET\" > a.txt || echo c > c.txt\necho b > b.txt\n",
    "set -u in subshells": "set -u\n(echo $NOT_SET > a.txt)\necho $NOT_SET | cat > b.txt\necho $(echo $NOT_SET) > c.txt\necho d > d.txt\n",
    "set -u and a redirection": "set -u\ncat > $NOT_SET\ncat > h.txt <<E\n$NOT_SET\nE\ncat <<< $NOT_SET > s.txt\necho b > b.txt\n",
    "set -u and positional parameters": "set -u\necho $@ $# > a.txt\necho $1 > b.txt\necho c > c.txt\n",
    "set -u and arithmetic": "set -u\necho $((1 + 1)) > a.txt\necho $((x + 1)) > b.txt\necho c > c.txt\n",
    "set -u and an assignment": "set -u\nA=$NOT_SET\necho b > b.txt\n",
    "set -u and a loop": "set -u\nfor x in a $NOT_SET; do echo $x > $x.txt; done\necho b > b.txt\n",
    "set -u is switched off": "set -u\nset +u\necho $NOT_SET > a.txt\necho b > b.txt\n",
    "a variable that must be set": "echo a > a.txt\necho ${NOT_SET?is not set} > b.txt\necho c > c.txt\n",
    "an exit that is not taken": "X=1\n[ -e . ] || exit 3\necho $X > a.txt\n",
    "set -e at a failure": "echo a > a.txt\nset -e\necho b > b.txt\nfalse\necho c > c.txt\n",
    "set -e and lines before it": "sleep 0.2; echo a > a.txt\nset -e\nfalse\necho c > c.txt\n",
    "set -e and lines behind set +e": "set -e\nfalse\nset +e\necho c > c.txt\n",
    "set -e and conditions": "set -e\nfalse && echo no > no.txt\n! true\n{ false && true; }\nif false; then :; fi\n[ -e absent ] && X=1\necho a > a.txt\n",
    "set -e and a failing list": "set -e\ntrue && false\necho a > a.txt\n",
    "set -e and a failing subshell": "set -e\n(false && true)\necho a > a.txt\n",
    "set -e and a pipeline": "set -e\nfalse | true\necho a > a.txt\ntrue | false\necho b > b.txt\n",
    "set -e and a failing cd": "set -e\ncd nowhere\necho a > a.txt\n",
    "set -e and a substitution": "set -e\necho $(false) > a.txt\nX=$(false)\necho b > b.txt\n",
    "set -e and a second mkdir": "set -e\nmkdir d\nmkdir d\necho a > a.txt\n",
    "set -e in a condition that holds": "if true; then set -e; fi\necho a > a.txt\nfalse\necho b > b.txt\n",
    "set -e in a condition that does not": "if false; then set -e; fi\necho a > a.txt\nfalse\necho b > b.txt\n",
    "set -e in a function": "strict() { set -e; }\nfalse\nstrict\necho a > a.txt\nfalse\necho b > b.txt\n",
    "set -e switched off in a condition": "set -e\nif true; then set +e; fi\nfalse\necho a > a.txt\n",
    "set -e can be switched off": "set -e\nset +e\nfalse\necho a > a.txt\n",
    "set with arguments": "set -- one two\necho $2 $1 > out.txt\n",
    "positional parameters are empty": "echo \"[$#]\" > out.txt\n",
    "process substitution": "cat <(echo a) <(echo b) > ab.txt\n",
    "case": "X=b\ncase $X in a) echo a > a.txt;; b) echo b > b.txt;; esac\n",
    "time and negation": "! false\ntime echo x > x.txt\n! test -e x.txt || echo y > y.txt\n",
    "a variable as the program": "RUN=echo\n$RUN x > x.txt\n",
    "tilde": "echo x > ~/shoal-tilde.txt && cp ~/shoal-tilde.txt here.txt\n",
    "a line over the argument limit": f"echo {LONG} > long.txt\nwc -c < long.txt > size.txt\n",
    "a quoted line over the argument limit": f"X=1\nprintf '%s\\n' '{LONG}' \"$X\" > long.txt\n",
    "trap at the end of the shell": "trap 'echo bye > bye.txt' EXIT\necho a > a.txt\n",
    "trap on 0 and several signals": "trap 'echo bye >> bye.txt' INT 0 TERM\necho a > a.txt\n",
    "trap sees what the file left": "X=1\ntrap 'echo $X $? > bye.txt; ls *.txt > list' EXIT\nmkdir d\ncd d\nX=2\necho a > a.txt\nfalse\n",
    "trap and exit": "trap 'echo bye $? > bye.txt' EXIT\necho a > a.txt\nexit 4\necho b > b.txt\n",
    "trap and an exit in a condition": "trap 'echo bye $? > bye.txt' EXIT\nX=1\n[ -e . ] && X=2 && exit 3\necho b > b.txt\n",
    "trap and set -e": "trap 'echo bye $? > bye.txt' EXIT\nset -e\necho a > a.txt\nsh -c 'exit 7'\necho b > b.txt\n",
    "trap and set -e at a cd": "trap 'echo bye $? > bye.txt' EXIT\nset -e\ncd nowhere\necho b > b.txt\n",
    "trap and set -e without a failure": "trap 'echo bye $? >> bye.txt' EXIT\nset -e\necho a > a.txt\ntrue && false || true\n",
    "trap and set -u": "trap 'echo bye > bye.txt' EXIT\nset -u\necho $NOT_SET > a.txt\necho b > b.txt\n",
    "trap and a syntax error": "trap 'echo bye $? >> bye.txt' EXIT\necho a > a.txt\nif then fi\necho b > b.txt\n",
    "trap and exec": "trap 'echo bye > bye.txt' EXIT\necho a > a.txt\nexec true\n",
    "trap of a function": "clean() { rm -f *.tmp; echo clean >> log.txt; }\nsetup() { trap clean EXIT; }\nsetup\necho a > a.tmp\ncp a.tmp a.txt\n",
    "trap taken back": "trap 'echo bye > bye.txt' EXIT\necho a > a.txt\ntrap - EXIT\necho b > b.txt\n",
    "trap set anew": "trap 'echo one >> bye.txt' EXIT\ntrap 'echo two >> bye.txt' EXIT\necho a > a.txt\n",
    "trap in a subshell": "(trap 'echo sub >> bye.txt' EXIT; echo a > a.txt)\necho b > b.txt\n",
    "trap of a temporary folder": "T=$(mktemp -d)\ntrap 'rm -rf \"$T\"' EXIT\necho x > \"$T/x\"\ncp \"$T/x\" x.txt\n[ -d \"$T\" ] && echo there > there.txt\n",
    "trap that exits": "trap 'echo bye > bye.txt; exit 5' EXIT\necho a > a.txt\n",
    "trap on ERR": "trap 'echo error >> log.txt' ERR\nfalse\ntrue\nsh -c 'exit 3'\necho a > a.txt\n",
    "ulimit": "ulimit -n 100\nulimit -n > limit.txt\n",
    "setsid is waited for": "setsid sh -c 'sleep 0.3; echo x > x.txt'\ncp x.txt y.txt\n",
    "last status": "false\necho $? > status.txt\n",
    "last status of a failed cd": "cd nowhere\necho $? > status.txt\n",
    "last status of a success": "false\ntrue\necho \"${?}\" > status.txt\n",
    "last status of a program": "sh -c 'exit 7'\necho $? > status.txt\necho $? > again.txt\n",
    "last status over comments and state": "false\n# a comment\n\necho $? > a.txt\nfalse\nX=1\necho $? > b.txt\n",
    "last status of a mkdir that need not fail": "mkdir d\nmkdir d\nif [ $? -ne 0 ]; then echo failed > f.txt; fi\n",
    "last status in a test": "true\ntest $? = 0 && echo ok > ok.txt\nfalse\n[ $? -ne 0 ] && echo not > not.txt\n",
    "last status kept": "sh -c 'exit 9'\ncode=$?\necho $code > code.txt\n",
    "last status in a function": "check() { echo $? >> log.txt; }\nfalse\ncheck\ntrue\ncheck\n",
    "last status of a killed program": "sh -c 'kill -9 $$'\necho $? > status.txt\n",
    "last status of a line in the background": "sleep 0 &\necho $? > status.txt\n",
    "last status of a tolerated failure": "set -e\nfalse && true\necho $? > status.txt\necho ok > ok.txt\n",
    "last status of a missing program": "no-such-program\necho $? > status.txt\n",
    "last status of a reader without its file": "rm -f made.txt\nfalse && echo x > made.txt\ncat made.txt > copy.txt\necho $? > status.txt\n",
    "last status at the beginning": "echo $? > status.txt\n",
    "subshell variables do not leak": "(X=inner; echo $X > in.txt)\necho \"[$X]\" > out.txt\n",
    "pushd": "mkdir -p p\npushd p > /dev/null\necho x > x.txt\npopd > /dev/null\necho y > y.txt\n",
    "pushd twice, and dirs": "mkdir -p 'p q' r\npushd 'p q' > /dev/null\npushd ../r > /dev/null\necho x > x.txt\ndirs +1 | sed 's,.*/,,' > d.txt\npopd > /dev/null\necho y > y.txt\npopd > /dev/null\npwd | sed 's,.*/,,' | wc -l > z.txt\npopd || echo empty > w.txt\n",
    "pushd and a folder that goes": "mkdir p q\npushd p > /dev/null\npushd ../q > /dev/null\nrmdir ../p\npopd\necho x > x.txt\n",
    "shopt": "shopt -s nullglob\necho *.none > none.txt\n",
    "line by line state in a long file": "".join(f"N{n}={n}\necho $N{n} > {n}.txt\n" for n in range(50)),
}


@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("slots", ["-j1", "-j4"])
def test_the_files_are_those_of_bash(make_project, name, slots):
    serial, mine = make_project("serial"), make_project("mine")
    for project in (serial, mine):
        project.jobs(JOBS[name])
    serial.bash()
    result = mine.run(slots)
    assert differences(serial.folder, mine.folder) == [], f"{JOBS[name]:.600}\n{result}"


def test_the_name_of_the_script_is_that_of_the_jobs_file(make_project):
    serial, mine = make_project("serial"), make_project("mine")
    for project in (serial, mine):
        project.write("sub/jobs.sh", 'cd "$(dirname "$0")"\necho "$0" > name.txt\n')
    serial.bash("sub/jobs.sh")
    assert mine.shoal("run", "sub/jobs.sh").code == 0
    assert mine.read("sub/name.txt") == "sub/jobs.sh\n"
    assert differences(serial.folder, mine.folder) == []


@pytest.mark.parametrize("text", [
    "echo a > a.txt\r\nmkdir d\r\necho b > d/b.txt\r\n",
    "\ufeffecho a > a.txt\nmkdir d\necho b > d/b.txt\n",
], ids=["carriage returns", "a byte order mark"])
def test_windows_habits_do_not_matter(project, text):
    project.jobs(text.encode())
    assert project.run().code == 0
    assert project.read("a.txt") == "a\n" and project.read("d/b.txt") == "b\n"


def test_invalid_utf8_goes_through_unchanged(make_project):
    text = b"echo x > caf\xe9.txt\ncp caf\xe9.txt copy.txt\n"
    serial, mine = make_project("serial"), make_project("mine")
    for project in (serial, mine):
        project.jobs(text)
    serial.bash()
    assert mine.run().code == 0
    assert differences(serial.folder, mine.folder) == []


def test_the_shell_that_the_file_names_runs_it(project):
    project.jobs("#!/bin/dash\necho 'a\\tb' > out.txt\n")
    assert project.run().code == 0
    assert project.read("out.txt") == "a\tb\n", "dash's echo knows \\t, bash's does not"


def test_a_file_for_dash_may_change_its_shell(make_project):
    text = (
        "#!/bin/dash\nset -e\nsay() { echo \"$1\\t$2\"; }\nfor i in a b; do say $i x > $i.txt; done\n"
        "false || echo 'c\\td' > c.txt\ntrap 'say e $i > e.txt' EXIT\n[ -e a.txt ] && echo \"$i\" > i.txt\n"
        "echo -n no newline > n.txt\nfalse\necho f > f.txt\n"
    )
    serial, mine = make_project("serial"), make_project("mine")
    for project in (serial, mine):
        project.jobs(text)
    subprocess.run(["dash", "jobs.sh"], cwd=serial.folder, check=False)
    result = mine.run("-j4")
    assert differences(serial.folder, mine.folder) == [], str(result)


def test_a_batch_file_of_makita_runs(project):
    project.write("jobs.bat", "@ echo off\nCOLOR E0\n:: version 1.1\n\nmkdir output\nmkdir output\\tables\ncp in.txt output\\tables\\a.txt\n")
    project.write("in.txt", "x\n")
    project.shoal("run", "jobs.bat")
    assert project.read("output/tables/a.txt") == "x\n"
