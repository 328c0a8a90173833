"""The guides: what they name exists, their commands are sound shell, and a test
runs each of them."""

import re
import subprocess

import pytest
import yaml

from support.guides import NOT_RUN, ROOT, RUN_BY, is_run, typed
from support.guides import blocks as blocks_to_type

GUIDES = [
    "kubernetes.md", "kubernetes-single-computer.md", "kubernetes-cloud.md", "kubernetes-s3.md",
    "images.md", "sweeps.md", "troubleshooting.md", "moving-from-the-python-scripts.md",
]  # fmt: skip
TEXTS = {name: (ROOT / "docs" / name).read_text() for name in GUIDES}
TEXTS["../README.md"] = (ROOT / "README.md").read_text()


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def commands(text):
    """Every command of a guide: of blocks, and in the text."""
    found = blocks(text, "sh") + [typed(each) for each in blocks(text, "console")]
    found += re.findall(r"`(kubectl [^`]+|\S*build-and-push\.sh [^`]+)`", text)
    found = [each for each in found if ".yml" not in each]  # of the old guide
    return [re.sub(r"\\\n\s*", "", each).replace("\\|", "|") for each in found]


def slug(heading):
    words = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return words.replace(" ", "-")


@pytest.mark.parametrize("guide", TEXTS)
def test_links_lead_somewhere(guide):
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[guide]):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / "docs" / guide).parent / path if path else ROOT / "docs" / guide
        assert file.resolve().exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(), re.M)
            assert anchor in {slug(each) for each in headings}, target


@pytest.mark.parametrize("guide", TEXTS)
def test_paths_of_the_repository_exist(guide):
    for path in re.findall(r"(?<![\w/.-])((?:deploy|docker|examples/data|scripts)/[\w./-]*\w)", TEXTS[guide]):
        if "my_template" not in path and path != "docker/data/MY":
            assert (ROOT / path).exists(), path
    for component in re.findall(r"components/([\w-]+)", TEXTS[guide]):
        assert (ROOT / "deploy" / "components" / component).is_dir(), component


@pytest.mark.parametrize("guide", TEXTS)
def test_commands_are_sound_shell(guide):
    for each in commands(TEXTS[guide]):
        done = subprocess.run(["bash", "-n"], input=each, capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, each + done.stderr


@pytest.mark.parametrize("guide", TEXTS)
def test_each_console_block_has_a_prompt(guide):
    for block in blocks(TEXTS[guide], "console"):
        assert block.startswith("$ "), block


def names_in_deploy():
    names = {}
    for file in (ROOT / "deploy").rglob("*.yaml"):
        for each in yaml.safe_load_all(file.read_text()):
            if each and each.get("kind") not in (None, "Kustomization", "Component"):
                names.setdefault(each["kind"].lower(), set()).add(each["metadata"]["name"])
    names["pod"] = {f"{name}-0" for name in names["statefulset"]}
    names["secret"] = {"rabbitmq-default-user", "s3-secret"}
    names["persistentvolume"].add("asreview-storage-asreview-cloud")  # by deploy/nfs-volume
    return names


SHORT = {"pvc": "persistentvolumeclaim", "pv": "persistentvolume"}


@pytest.mark.parametrize("guide", TEXTS)
def test_what_kubectl_is_asked_for_exists(guide):
    known = names_in_deploy()
    for text in commands(TEXTS[guide]):
        asked = re.findall(r"\b(job|deployment|statefulset|pvc|pv)/([a-z][a-z0-9-]*)", text)
        asked += [("job", n) for m in re.findall(r"\bdelete job ((?:[a-z]+ ?)+)", text) for n in m.split()]
        asked += re.findall(r"\b(?:patch|scale|delete|get) (job|deployment|pvc|secret|persistentvolume) ([a-z][\w-]*)", text)
        asked += [("pod", n) for n in re.findall(r"\bexec (?:-i )?([a-z][\w-]*-\d)", text)]
        for kind, name in asked:
            kind = SHORT.get(kind, kind)
            assert name in known[kind], f"{kind}/{name} in: {text}"


@pytest.mark.parametrize("guide", TEXTS)
def test_kubectl_is_told_the_namespace(guide):
    for text in commands(TEXTS[guide]):
        for command in re.findall(r"kubectl ([^|;&\n]*)", text):
            free = re.match(r"apply -k|delete -k|create namespace|get nodes|get storageclass|get pods?$|create secret$|cp$|delete persistentvolume |apply$", command.strip())
            assert free or "-n asreview-cloud" in command, command


PAGES = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True).stdout.split()


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_commands_is_run_by_a_test(page):
    for block in blocks_to_type(page):
        assert not is_run(block) or block.heading in RUN_BY.get(page, {}), (
            f"{block}: name the test that runs it in tests/e2e/support/guides.py")


def test_the_tests_that_run_commands_exist_and_have_some():
    for page, headings in RUN_BY.items():
        with_commands = {block.heading for block in blocks_to_type(page)}
        assert with_commands >= headings.keys(), page
        for test in headings.values():
            file, name = test.split("::")
            text = (ROOT / file).read_text()
            assert f"def {name}(" in text and f'"{name}")' in text, test  # it asks for its blocks by its name


def test_no_reason_for_leaving_out_a_block_is_left_over():
    texts = [block.text for page in PAGES for block in blocks_to_type(page)]
    for beginning in NOT_RUN:
        assert any(text.startswith(beginning) for text in texts), beginning


def test_every_page_is_reached_from_the_first():
    for guide in GUIDES:
        assert f"docs/{guide}" in TEXTS["../README.md"]
