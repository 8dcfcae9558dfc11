"""The checkout as a whole: linted, formatted, typed, and without what belongs in no commit."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]],
    ids=" ".join,
)
def test_it_is_clean(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_lock_file_registry_address_or_path_of_a_machine_is_committed() -> None:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    forbidden = re.compile(rf"https?://[^\s\"]+/simple|{re.escape(str(ROOT.parent))}/|{re.escape(str(Path.home()))}/")

    assert not [name for name in names if name.endswith(".lock") or Path(name).name == "package-lock.json"]
    assert not [name for name in names if forbidden.search((ROOT / name).read_text(encoding="utf-8", errors="ignore"))]
