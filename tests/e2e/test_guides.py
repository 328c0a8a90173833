"""The commands of guides, as they stand there, on real ASReview."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.makita import TOOLS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.asreview
def test_the_guide_for_many_settings(tmp_path: Path, binary: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs/sweeps.md").read_text(), re.M | re.S)
    assert len(blocks) >= 4
    shutil.copytree(ROOT / "examples/data", tmp_path / "examples/data")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/shoal").symlink_to(binary)
    environment = os.environ | {"PATH": f"{tmp_path / 'bin'}:{TOOLS}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", "\n".join(blocks)], cwd=tmp_path, env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for setting in ("--ai_elas_u4", "--ai_elas_u3"):
        assert (tmp_path / "sweep" / setting / "output/tables/metrics_sim_all.csv").stat().st_size > 0
    assert "0 of them made now" not in done.stdout and "sweep.sh holds 2 projects" in done.stdout
