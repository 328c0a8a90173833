"""The commands of the guides, and which test runs each of them.

A test asks for the blocks that are named as its own and runs them all, in the
guide's order, as a reader would: `of_test`. tests/deploy/test_guides.py fails
where a block belongs to no test.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

SINGLE = "tests/cluster/test_guides.py::test_the_guide_for_a_single_computer"
CLOUD = "tests/cluster/test_guides.py::test_the_guide_for_a_cloud"
NFS = "tests/cluster/test_guides.py::test_the_volume_of_the_nfs_server"
S3 = "tests/cluster/test_guides.py::test_the_guide_for_results_to_s3"
DAYS = "tests/cluster/test_guides.py::test_the_commands_of_every_day"
TROUBLE = "tests/cluster/test_guides.py::test_the_commands_of_troubleshooting"
QUICKSTART = "tests/e2e/test_guides.py::test_getting_started"
LOOKING = "tests/e2e/test_guides.py::test_looking_at_a_run"
MACHINES = "tests/e2e/test_guides.py::test_several_machines"
UPLOADS = "tests/e2e/test_guides.py::test_results_to_s3"
SWEEPS = "tests/e2e/test_guides.py::test_many_settings"

# page: {heading: the test that runs what stands below it}
RUN_BY = {
    "README.md": {
        "Two commands": QUICKSTART,
        "How to use it": LOOKING,
        "On several machines": MACHINES,
        "Results to S3": UPLOADS,
        "On Kubernetes": NFS,
        "How it decides the order": LOOKING,
    },
    "docker/data/README.md": {"": SINGLE},
    "docs/getting-started.md": {
        "1. Run the example": QUICKSTART,
        "2. Look at the results": QUICKSTART,
        "4. Your own study": QUICKSTART,
    },
    "docs/images.md": {
        "Data": DAYS,
        "Building": CLOUD,
    },
    "docs/journal.md": {"With jq": LOOKING},
    "docs/kubernetes.md": {
        "Settings": CLOUD,
        "Day by day": DAYS,
        "More than the basics": DAYS,
    },
    "docs/kubernetes-cloud.md": {
        "1. Which storage?": CLOUD,
        "2. Images": CLOUD,
        "4. A password for the broker": CLOUD,
        "With cloud-rwx": CLOUD,
        "With cloud-nfs": NFS,
        "6. Watch, fetch, go on": CLOUD,
        "7. Clean up": CLOUD,
        "After cloud-nfs": NFS,
    },
    "docs/kubernetes-s3.md": {
        "1. The secret": S3,
        "2. Switch it on": S3,
        "3. Does it work?": S3,
    },
    "docs/kubernetes-single-computer.md": {
        "2. The images": SINGLE,
        "4. A password for the broker": SINGLE,
        "5. Start": SINGLE,
        "6. Watch": SINGLE,
        "7. Results": SINGLE,
        "8. Again": SINGLE,
        "9. Clean up": SINGLE,
    },
    "docs/protocol.md": {"What stands at the broker": MACHINES},
    "docs/s3.md": {"Setting it up": UPLOADS},
    "docs/sweeps.md": {"On one computer": SWEEPS},
    "docs/troubleshooting.md": {
        "": TROUBLE,
        "What the log of the tasker or a worker ends with": TROUBLE,
        "The volume": TROUBLE,
        "The broker": TROUBLE,
        "Questions of the old guide": TROUBLE,
    },
}

# What no test runs: the beginning of the block, and why.
NOT_RUN = {
    "./scripts/test ": "the tests themselves",
    "build/release/tests/plan/plan_test ": "the tests themselves",
    "make-state -o x.state": "an example of a jobs file",
    "#shoal: after=3,4": "an example of a jobs file",
}


@dataclass(frozen=True)
class Block:
    guide: str  # from the repository's folder
    heading: str
    text: str  # what is typed


def typed(block: str) -> str:
    """What is typed of a block with prompts: lines behind `$ `, and what continues them."""
    lines, goes_on = [], False
    for line in block.splitlines():
        if line.startswith("$ ") or goes_on:
            lines.append(line.removeprefix("$ "))
            goes_on = line.endswith("\\")
    return "\n".join(lines) + "\n"


# Of commands within the text, those of kubectl that can be typed as they are.
ITEM = re.compile(
    r"^##+ (?P<heading>[^\n]*)$"
    r"|^```sh\n(?P<sh>.*?)^```"
    r"|^```console\n(?P<console>.*?)^```"
    r"|^```\w*\n.*?^```"
    r"|`(?P<inline>kubectl [^`\n]* [^`\n]* [^`\n]*)`",
    re.M | re.S,
)


def blocks(guide: str) -> list[Block]:
    """In their order. A command within the text that stands in a block, too, is left out."""
    found, inline, heading = [], [], ""
    for item in ITEM.finditer((ROOT / guide).read_text()):
        if item["heading"] is not None:
            heading = item["heading"]
        elif item["sh"] is not None:
            found.append(Block(guide, heading, item["sh"]))
        elif item["console"] is not None:
            found.append(Block(guide, heading, typed(item["console"])))
        elif item["inline"] and "..." not in item["inline"] and ".yml" not in item["inline"]:  # .yml: the old guide's
            inline.append(Block(guide, heading, item["inline"].replace("\\|", "|") + "\n"))
            found.append(inline[-1])
    of_blocks = "".join(each.text for each in found if each not in inline)
    return [each for each in dict.fromkeys(found) if each not in inline or each.text not in of_blocks]


def is_run(block: Block) -> bool:
    return not any(block.text.startswith(beginning) for beginning in NOT_RUN)


def of_test(file: str, name: str) -> list[Block]:
    """The blocks that a test has to run; `file` is its __file__."""
    test = f"{Path(file).resolve().relative_to(ROOT)}::{name}"
    return [block for guide, headings in RUN_BY.items() for block in blocks(guide)
            if headings.get(block.heading) == test and is_run(block)]
