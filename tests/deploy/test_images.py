"""What docker/*.Dockerfile rest on. tests/cluster builds them."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = ["worker", "tasker"]


def instructions(name):
    text = (ROOT / "docker" / f"{name}.Dockerfile").read_text()
    return re.sub(r"\\\n", " ", text)


def stages(name):
    return re.split(r"^FROM ", instructions(name), flags=re.M)


@pytest.mark.parametrize("name", FILES)
def test_what_is_copied_exists_and_reaches_the_build(name):
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"]
    sources = []
    for line in re.findall(r"^COPY (?!--from)(.*)$", instructions(name), re.M):
        sources += line.split()[:-1]
    assert len(sources) > 7
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(source == each or fnmatch(source, f"{each}/*") for each in kept), source


def test_both_build_shoal_in_the_same_way():
    worker, tasker = (stages(name)[1] for name in FILES)
    assert worker == tasker  # so the second build takes it from the cache
    assert "RUN ./scripts/portable\n" in worker


@pytest.mark.parametrize("name", FILES)
def test_no_base_floats(name):
    bases = re.findall(r"^ARG (?:BASE|BUILDER)=(\S+)$", instructions(name), re.M)
    assert len(bases) == 2
    for base in bases:
        assert ":" in base and "latest" not in base


@pytest.mark.parametrize("name", FILES)
def test_there_is_one_place_for_changes(name):
    text = instructions(name)
    assert len(re.findall(r"^#### Your .*: between these two lines #+$", text, re.M)) == 1
    assert text.index("#### Your ") < text.index("#### Nothing to change below")


@pytest.mark.parametrize("name", FILES)
def test_it_ends_as_the_user_of_the_pods_and_tries_itself(name):
    last = stages(name)[-1]
    assert re.findall(r"^USER (.*)$", last, re.M) == ["root", "1000:1000"]
    tried = last[last.index("USER 1000:1000") :]
    assert "RUN shoal --version && asreview --version" in tried
    assert "WORKDIR /app/workdir" in tried


def test_the_example_of_settings_has_none():
    lines = (ROOT / "docker/makita-args.txt").read_text().splitlines()
    assert lines and all(line.startswith("#") for line in lines)
