"""ASReview projects as Makita writes them, small enough to run many times."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

TOOLS = Path(sys.executable).parent  # of the environment that runs the tests
EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "data"

# Name of the small data set, the example that it is cut from, records, relevant ones.
CORAL = ("Coral", "Coral_Recovery.csv", 60, 4)
MOTHS = ("Moths", "Night_Pollinators.csv", 40, 2)
PRIOR = ("prior_Moths", "Night_Pollinators.csv", 40, 3)
FEW = ("Few", "Coral_Recovery.csv", 40, 2)

# modelmatrix: its `-b None` is refused by ASReview 2, so half of these fail, in
# bash as in shoal.
MODELS = ["--classifiers", "nb", "svm", "--feature-extractors", "tfidf"]
ONE_MODEL = ["--classifiers", "nb", "--feature-extractors", "tfidf"]

# template: (data sets, further options of Makita)
STUDIES = {
    "basic": ([CORAL, MOTHS], []),
    "arfi": ([CORAL], []),
    "prior": ([CORAL, PRIOR], []),
    "modelmatrix": ([CORAL], MODELS),
}
# The same, with as few commands as a template has, to be killed again and again.
SMALL_STUDIES = {
    "basic": ([FEW], ["--n-runs", "2"]),
    "arfi": ([FEW], []),
    "prior": ([FEW, PRIOR], []),
    "modelmatrix": ([FEW], ONE_MODEL),
}


def cut_data_set(source: Path, target: Path, records: int, relevant: int) -> None:
    """The first `relevant` relevant records and as many others as make `records`, in file order."""
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    included = [row for row in rows if row["label_included"] == "1"][:relevant]
    excluded = [row for row in rows if row["label_included"] == "0"][: records - relevant]
    chosen = sorted(included + excluded, key=lambda row: int(row["record_id"]))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        for number, row in enumerate(chosen):
            writer.writerow(row | {"record_id": number})


def write_study(folder: Path, template: str, data_sets: list, options: list[str]) -> None:
    """Lets Makita write a project into `folder`."""
    data = folder / "data"
    data.mkdir(parents=True)
    for name, example, records, relevant in data_sets:
        cut_data_set(EXAMPLES / example, data / f"{name}.csv", records, relevant)
    done = subprocess.run(
        [TOOLS / "asreview", "makita", "template", template, "--job-file", "jobs.sh",
         "--platform", "Linux", *options],
        cwd=folder, capture_output=True, text=True, check=False,
    )
    # Makita ends with 0 even where it fails.
    assert (folder / "jobs.sh").exists(), done.stdout + done.stderr


def copy_study(source: Path, target: Path) -> None:
    shutil.copytree(source, target, dirs_exist_ok=True)
