"""Programs that use large packages, started warm and cold."""

import re
import sys
from pathlib import Path

import pytest

from support.ends import ends_of, output_of, warm_commands
from support.trees import differences

pytestmark = pytest.mark.asreview  # which brings these packages

TOOLS = Path(sys.executable).parent

FIT = """
import sys
import numpy, pandas
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
X, y = make_classification(200, random_state=int(sys.argv[1]))
scores = {type(model).__name__: cross_val_score(model, X, y) for model in
          (LogisticRegression(), RandomForestClassifier(20, random_state=1, n_jobs=2))}
pandas.DataFrame(scores).describe().to_csv(sys.argv[2])
print(numpy.linalg.norm(X), len(sys.modules) > 0)
"""

POOL = """
from joblib import Parallel, delayed
def square(n):
    return n * n
if __name__ == "__main__":
    print(Parallel(n_jobs=2)(delayed(square)(n) for n in range(4)))
"""

DRAW = """
import sys
import matplotlib
import matplotlib.pyplot as plt
import pandas
table = pandas.read_csv(sys.argv[1], index_col=0)
table.plot.bar()
plt.savefig(sys.argv[2], metadata={"Software": None})
print(matplotlib.get_backend())
"""

TESTS = """
import pytest
def test_one(tmp_path):
    assert tmp_path.exists()
@pytest.mark.parametrize("n", range(3))
def test_two(n):
    assert n != 1
"""

LINES = [
    "python fit.py {n} fit-{n}.csv",
    "python draw.py fit-{n}.csv draw-{n}.png",
    "python pool.py",
    "python -m pytest -q -p no:cacheprovider some_test.py",
    "pytest -q -p no:cacheprovider some_test.py",
    "python -m json.tool in.json out-{n}.json",
    "tabulate in.txt",
    "asreview --version",
    "python -m this > zen-{n}.txt",
    "python fit.py {n} chain-{n}.csv && python draw.py chain-{n}.csv chain-{n}.png && rm -f chain-{n}.csv",
]


def test_programs_of_many_packages_leave_the_same(make_project):
    folders, outputs = [], []
    for warm in ("off", "auto"):
        project = make_project(warm)
        project.environment |= {"PATH": f"{TOOLS}:{project.environment['PATH']}", "MPLBACKEND": "Agg"}
        for name, text in (("fit.py", FIT), ("draw.py", DRAW), ("pool.py", POOL), ("some_test.py", TESTS), ("in.json", '{"b":1,"a":[2]}'),
                           ("in.txt", "a b\n1 2\n")):
            project.write(name, text)
        jobs = [line.replace("{n}", str(n)) for n in range(3) for line in LINES]
        project.jobs("\n".join(jobs) + "\n")
        result = project.run("-j1", "--mode=serial", f"--warm={warm}", timeout=300)
        assert result.code == 1, str(result)  # one test of pytest's fails
        folders.append(project.folder)
        texts = [output_of(project, end).replace(str(project.folder), "") for _, end in sorted(ends_of(project).items())]
        outputs.append([re.sub(r"[\d.]+s\b", "TIME", text) for text in texts])
        exits = [end.get("exit", 0) for _, end in sorted(ends_of(project).items())]
        assert exits == [0, 0, 0, 1, 1, 0, 0, 0, 0, 0] * 3
    assert outputs[0] == outputs[1]
    assert differences(*folders) == []
    assert warm_commands(project) == set(range(1, len(jobs) + 1))
