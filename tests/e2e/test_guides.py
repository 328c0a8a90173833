"""The commands of guides, as they stand there. support/guides.py names the blocks of each test."""

import shutil
from pathlib import Path

import pytest

from support.broker import Broker
from support.guides import ROOT, of_test
from support.makita import EXAMPLES, SMALL_STUDIES, TOOLS
from support.project import Project
from support.reader import Reader, filled_in
from support.s3 import KEY, SECRET, S3Server

LINES = "".join(f"echo said by $(({number}))\n" for number in range(1, 21))


def reader_of(project: Project, binary: Path, **variables: str) -> Reader:
    reader = Reader(project.folder, project.folder.with_name(f"{project.folder.name}-programs"), TOOLS,
                    OMP_NUM_THREADS="1", MPLBACKEND="Agg", **variables)
    reader.has(binary)
    return reader


@pytest.mark.asreview
def test_many_settings(tmp_path: Path, binary: Path) -> None:
    blocks = of_test(__file__, "test_many_settings")
    reader = Reader(tmp_path, tmp_path / "bin", TOOLS)
    reader.has(binary)
    shutil.copytree(EXAMPLES, tmp_path / "examples/data")
    said = reader.type("\n".join(block.text for block in blocks))  # one of them changes the folder
    for setting in ("--ai_elas_u4", "--ai_elas_u3"):
        assert (tmp_path / "sweep" / setting / "output/tables/metrics_sim_all.csv").stat().st_size > 0
    assert "0 of them made now" not in said and "sweep.sh holds 2 projects" in said


def copy_of_repository(folder: Path) -> Path:
    """What quickstart takes of it, with what is built already, and ASReview in its place."""
    for name in ("scripts", "examples/data"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("CMakePresets.json", "build"):
        (folder / name).symlink_to(ROOT / name)
    environment = folder / ".venv"
    environment.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (environment / name).symlink_to(TOOLS.parent / name)
    (environment / "requirements").write_text("asreview>=2,<3\nasreview-makita==1.1\nasreview-insights==1.6.1\n")
    return folder


@pytest.mark.asreview
def test_getting_started(tmp_path: Path) -> None:
    if not (ROOT / "build/release/build.ninja").exists():
        pytest.skip("quickstart would build it all: there is no build/release")
    root = copy_of_repository(tmp_path / "shoal")
    reader = Reader(root, tmp_path / "bin", MPLBACKEND="Agg")
    study = tmp_path / "study"
    (study / "data").mkdir(parents=True)
    shutil.copy(EXAMPLES / "Night_Pollinators.csv", study / "data")
    for block in of_test(__file__, "test_getting_started"):
        reader.folder = root / "examples/project" if block.text.startswith("shoal ") else root
        said = reader.type(block.text.replace("sudo ", "").replace("/usr/local/bin", str(reader.programs))
                           .replace("MY/STUDY", str(study)))
        if "quickstart" in block.text:
            # For the guide's next lines, which the first guide has only in words.
            (reader.programs / "shoal").unlink(missing_ok=True)
            shutil.copy(root / "build/release/shoal", reader.programs)
            assert "examples/project/output/tables/metrics_sim_all.csv" in said
    assert list(study.glob("output/tables/*.csv"))


def test_looking_at_a_run(project: Project, binary: Path) -> None:
    if not shutil.which("jq"):
        pytest.skip("there is no jq")
    project.jobs(LINES + "sh -c 'exit 7'\n")
    assert project.run().code == 1
    run = next((project.folder / ".shoal/runs").iterdir()).name
    reader = reader_of(project, binary)
    said = {block.text: reader.type(block.text.replace("RUN", run)) for block in of_test(__file__, "test_looking_at_a_run")}
    (looked,) = [text for block, text in said.items() if "joblog" in block]
    assert "\nsaid by 17\n" in looked and "exit 7" in looked and "Exitval" in looked and '"traceEvents"' in looked, looked
    (plan,) = [text for block, text in said.items() if "plan" in block]
    assert "digraph" in plan
    (by_jq,) = [text for block, text in said.items() if "jq" in block]
    assert '[21,"failed",7]' in by_jq and '"ok": 20' in by_jq, by_jq


def test_several_machines(project: Project, binary: Path, make_broker) -> None:
    broker: Broker = make_broker()
    project.jobs(LINES)
    reader = reader_of(project, binary, RABBITMQ_PORT=str(broker.port))
    runs = 0

    def runs_on_a_worker(settings: str, start_worker: str, start_run: str) -> None:
        nonlocal runs
        worker = reader.begin(f"{settings}\n{start_worker}")
        said = reader.type(f"{settings}\n{start_run}{' --fresh' if runs else ''}")
        assert "All 20 commands done" in said, said
        reader.end(worker)
        runs += 1

    lines: list[str] = []
    for block in of_test(__file__, "test_several_machines"):
        # `me` is there already, and has another password.
        text = filled_in(block.text.replace("sudo ", ""), me="them", USER="them", MQ="127.0.0.1").replace(
            "/shared/study", str(project.folder))
        if "add_user" in text:
            # The first line installs a broker into the machine; the tests have one of their own.
            install, permit, *lines = [line.partition("#")[0].strip() for line in text.splitlines()]
            assert install == "apt-get install rabbitmq-server"
        else:
            permit = text
        broker.type(permit)
        runs_on_a_worker(*lines)
    assert runs == 2


@pytest.mark.asreview
def test_results_to_s3(shelf, binary: Path, s3: S3Server) -> None:
    for number, block in enumerate(of_test(__file__, "test_results_to_s3")):
        project = shelf.copy(SMALL_STUDIES, "arfi", f"guide-{number}")
        given = s3.environment() if "export" not in block.text else {}
        reader = reader_of(project, binary, **given)
        text = (block.text.replace("https://s3.example.org", f"http://127.0.0.1:{s3.port}")
                .replace("KEY_ID=...", f"KEY_ID={KEY}").replace("SECRET_ACCESS_KEY=...", f"SECRET_ACCESS_KEY={SECRET}"))
        before = set(s3.keys())
        reader.type(text)
        keys = set(s3.keys()) - before
        made = {str(path.relative_to(project.folder)) for path in project.folder.glob("output/simulation/*/metrics/*.json")}
        assert made and made <= {key.partition("/")[2] for key in keys}
        has_tables = any("/output/tables/" in key for key in keys)
        assert has_tables == ("upload --glob" in text)
