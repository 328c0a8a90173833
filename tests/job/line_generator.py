"""Random lines and scripts of the shell's language, many of them nasty."""


class LineGenerator:
    PIECES = [
        "a", "b1", "out/x.csv", "-o", "--seed=1", "-m_nb_-e_tfidf/A", "benchmark:x", "+++", "é", "x=y",
        "%", "@", "a~b", "#", "a#b", "!", "{", "}", "{}", "{a}", "{a,b}", "{1..3}", "[", "]", "[a]", "[!b]*",
        "*", "?", "*.csv", "~", "~/x", "~root", "~+", "=~", "p=~/x", ":~", "\\a", "\\ ", "\\*", "\\\\", "\\$x",
        "'q r'", "'*'", "''", "'a\"b'", "'\\n'", '"d e"', '"a\'b"', '""', '"\\a\\$\\"\\\\"', '"$KNOWN"',
        '"*"', '"${KNOWN}x"', "$KNOWN", "${KNOWN}", "$TWO", '"$TWO"', "$EMPTY", '"$EMPTY"', "$STAR", '"$STAR"',
        "$UNSET", "$", "$%", '"$"', "$1", "$?", "$((1+2))", "$(( 7 / 2 * 3 ))", "$((-(4-9)%3))", "$((08))",
        "$((1--1))", '"$((2*3))"', "$((1/0))", "$((x))", "$(echo s)", "`echo t`", "${KNOWN%e}", "${X:-d}",
        "$'e\\n'", '$"l"', "<(echo p)", "\\\n", "a\\\nb", '"x\\\ny"', "1", "22", "-", "--", "in", "if", "done",
        "time", "function", "^", "a^b", ",", ".", "..", "\t", "'\n'", "$KNOWN'x'\"y\"", "a\"b c\"d",
    ]
    OPERATORS = [" ; ", " && ", " || ", " | ", " & ", ";", "&&", "\n", " |& ", ";; "]
    REDIRECTS = [
        " > f", " >> f", " 2> f", " 2>&1", " >&2", " &> f", " &>> f", " < /dev/null", " <> f", " >| f",
        " > 'a b'", " > $KNOWN", " > *", " >&-", " <<< w", " > /dev/null", " 10> f", " > ", " >& f",
        " <<E\nbody\nE\n", " <<'E'\n$body\nE\n", " <<-E\n\tbody\n\tE\n", " <<E\n$body\nE\n", " {x}> f",
    ]
    PROGRAMS = [
        "prog", "echo", "true", "mkdir", "printf", "A=1 prog", "A=1", "A='x y' B=$KNOWN prog", "export Q=1",
        "cd", "eval", "time prog", "! prog", "if", "exit", "'prog'", "pr\\og", "[", "test", "read", "set -e",
        "a+=1", "a[0]=1", "a=(1 2)", "function", "foo()", "[[", "((", "case", "%1", "wait",
    ]

    def __init__(self, rng):
        self.rng = rng

    def maybe(self, probability):
        return self.rng.random() < probability

    def word(self):
        pieces = 1 + (self.maybe(0.4)) + (self.maybe(0.2))
        return "".join(self.rng.choice(self.PIECES) for _ in range(pieces))

    def words(self):
        return " ".join(self.word() for _ in range(self.rng.randint(1, 4)))

    def simple(self):
        program = self.rng.choice(self.PROGRAMS) if self.maybe(0.6) else "prog"
        text = program
        if self.maybe(0.85):
            text += " " + self.words()
        if self.maybe(0.3):
            text += self.rng.choice(self.REDIRECTS)
        return text

    def line(self):
        text = self.simple()
        while self.maybe(0.35):
            text += self.rng.choice(self.OPERATORS) + self.simple()
        if self.maybe(0.15):
            text = self.rng.choice(["{ %s; }", "( %s )", "{ %s\n}", "{ %s; } > g", "(%s) 2>&1", "{ %s }"]) % text
        if self.maybe(0.1):
            text = self.rng.choice(["(cd ./d && %s)", "(cd 'a b' && %s ) # c", "( cd .. && { %s\n} )"]) % text
        if self.maybe(0.1):
            text += self.rng.choice([" # comment", " #shoal", " # don't", ";", " &", " )", "'"])
        return text

    # Scripts that print what they do.
    def step(self, depth):
        rng = self.rng
        leaf = [
            "echo %d" % rng.randint(0, 99), "echo 'a\nb'", 'echo "x\n$X" # it\'s', "X=%d" % rng.randint(0, 9),
            "cat <<E\n$X if then\nE", "cat <<'E' # c\ndon't $X `\nE", "cat <<-A <<B\n\tone\n\tA\ntwo\nB",
            "echo a \\\n b", "echo $(echo s) `echo t`", "echo $((1+2)) $(( (3) ))", "echo done fi esac }",
            "true &&\n\n echo and", "false ||\n# c\necho or", "echo p |\n cat", "! false", ": ${Y:=5}",
            "echo ${X:-'}'} \"${X:-\"}\"}\"", "a=(1 2\n # c )\n 3)", "echo ${a[1]}", "(( X++ ))", "((X < 3)) && echo lt",
            "[[ -n $X && ( a == a ) ]] && echo yes", "[[ ab =~ ^(a|b)+$ ]] && echo re", "echo $(( $(echo 2) * 2 ))",
            "echo a;echo b", "echo a # b; if", "echo a#b 'if'", "\\echo if", "echo $'it\\'s'", "echo \"$(echo \"in $(echo deep)\")\"",
            "echo $(case a in a) echo c;; esac)", "echo $(cat <<E\nh )\nE\n)", "((echo sub); echo sub2)", "echo $((echo x); echo y)",
            "cat <<E | tr a b\naaa\nE", "cat < <(echo ps)", "echo `echo \\`echo n\\``", "echo ${#X} $# $$ >/dev/null", "echo {a,b}",
            "i\\\nf true; then echo cont; fi", "{ time -p true; } 2>/dev/null", "echo a && { echo b; }", "echo if; echo then",
        ]
        if depth == 0 or self.maybe(0.5):
            return rng.choice(leaf)
        body = self.body(depth - 1)
        other = self.body(depth - 1)
        return rng.choice([
            f"if true; then\n{body}\nelse\n{other}\nfi",
            f"if false\nthen {body}\nelif true; then {other}\nfi",
            f"for i in 1 2; do\n{body}\ndone",
            f"for i in a; do {body}\ndone | cat",
            f"for i\ndo\n{body}\ndone",
            f"for ((j=0;j<2;j++)); do\n{body}\ndone",
            f"for ((j=0;j<1;j++)) {{\n{body}\n}}",
            f"n=0; while [ $n -lt 2 ]; do n=$((n+1))\n{body}\ndone",
            f"until true\ndo\n{body}\ndone",
            f"case x in\n a|b) {body}\n;;\n # c )\n (x) {other}\n;;\n esac",
            f"case $X in *) {body}\n esac",
            f"case esac in 'esac') {body}\n;& b) {other}\n;;& esac",
            f"{{\n{body}\n}} 2>&1",
            f"(\n{body}\n)",
            f"f() {{\n{body}\n}}; f",
            f"function g\n{{\n{body}\n}}\ng",
            f"h ()\n(\n{body}\n)\nh",
            f"echo $(\n{body}\n)",
            f"echo \"$(\n{body}\n)\"",
            f"true && if true; then {body}\nfi",
            f"! {{ {body}\n}} || (\n{other}\n)",
        ])

    def body(self, depth):
        return "\n".join(self.step(depth) for _ in range(self.rng.randint(1, 3)))

    def script(self):
        separators = ["\n", "\n\n", "\n# if don't\n", "\n  "]
        text = ""
        for _ in range(self.rng.randint(2, 5)):
            text += self.step(3) + self.rng.choice(separators)
        return text

    # State lines, then the values of two variables.
    VALUES = [
        "a", "'b c'", '"d  e"', "$A", "$B", "${A}x", '"$A $B"', "~", "~/x", "a:~/b", "x~", "$KNOWN", "$TWO", "*", "[a]", "{q,r}",
        "\\*", "$((3*4))", "", "''", "a=b", "$UNSET", "$PWD", "'$A'", '"\\$A"', "é", "$HOME/y", "\\\n", "%", "b#c", "$A$B",
    ]

    def value(self):
        return "".join(self.rng.choice(self.VALUES) for _ in range(1 + self.maybe(0.3)))

    def state_line(self):
        rng, name, other = self.rng, self.rng.choice("AB"), self.rng.choice("AB")
        return rng.choice([
            f"{name}={self.value()}", f"{name}={self.value()}", f"export {name}={self.value()}",
            f"export {name}={self.value()} {other}={self.value()}", f"{name}={self.value()} {other}={self.value()}",
            f"{name}={self.value()}; {other}={self.value()}", f"declare -x {name}={self.value()}", f"export {name}",
            f"readonly {name}={self.value()} 2>/dev/null", f"{name}={self.value()} true", f"unset {name}", "cd /", "cd .",
            f"({name}={self.value()})", f"{name}={self.value()} | cat", f"true && {name}={self.value()}", f"{name}={self.value()} &",
            f"declare {name}={self.value()}", f"set -e", "umask 022", f"alias {name}=x", f"{name}+={self.value()}",
        ])

    def state_script(self):
        lines = [f"A={self.value()}", f"B={self.value()}"]
        lines += [self.state_line() for _ in range(self.rng.randint(0, 3))]
        return "\n".join(lines) + "\n" + self.rng.choice(['prog "$A" "$B"', 'prog "x$A"', "prog $A $B", 'prog ${B}/y "$A"'])

    # Lines that do no harm in a scratch folder.
    HARMLESS_PROGRAMS = [
        "echo", "echo", "printf '%s\\n'", "printf", "true", "false", ":", "test", "[", "cat /dev/null", "seq 2", "nosuch",
        "expr", "env -i", "basename", "A=1 env -i", "dirname", "pwd", "! true", "! false", "type", "X=1",
    ]

    def harmless_simple(self):
        program = self.rng.choice(self.HARMLESS_PROGRAMS)
        if program in ("test", "["):
            text = program + " " + self.rng.choice(
                ["-n a", "-z ''", "a = a", "a != b", "1 -eq 1", "2 -lt 1", "-d .", "-f x", "a == a", "x", "", "01 -eq 1", "-e *", "! a"])
            return text + (" ]" if program == "[" else "")
        count = self.rng.randint(0, 3)
        text = program + "".join(" " + self.word() for _ in range(count))
        if self.maybe(0.3):
            text += self.rng.choice([" > /dev/null", " >&2", " > f", " 2>/dev/null", " &> f", " > /nowhere/f",
                                     " <<E\nbody\nE", " <<'E'\n$b\nE", " <<< a", " < /dev/null", " |& cat", " > /dev/null 2>&1"])
        return text

    def harmless_line(self):
        text = self.harmless_simple()
        while self.maybe(0.3):
            text += self.rng.choice([" ; ", " && ", " || ", " | ", "\n"]) + self.harmless_simple()
        if self.maybe(0.15):
            text = self.rng.choice(["{ %s; }", "( %s )", "{ %s\n} > /dev/null", "(%s\n)"]) % text
        return text
