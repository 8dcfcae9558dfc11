"""The checkout as a whole: linted, formatted, typed, and without what belongs in no commit."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.early import Early

ROOT = Path(__file__).parent.parent


CHECKS = ["ruff check .", "ruff format --check .", "mypy"]


def said(_: Path) -> dict[str, tuple[int, str]]:
    """What each tool says of the checkout, with its exit code."""
    runs = {check: [sys.executable, "-m", *check.split()] for check in CHECKS}
    done = {check: subprocess.run(run, cwd=ROOT, capture_output=True, text=True) for check, run in runs.items()}
    return {check: (result.returncode, result.stdout + result.stderr) for check, result in done.items()}


SAID = Early(said)


@pytest.mark.parametrize("check", CHECKS)
def test_it_is_clean(check: str) -> None:
    exit_code, output = SAID.result()[check]

    assert exit_code == 0, output


def test_no_lock_file_registry_address_or_path_of_a_machine_is_committed() -> None:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    forbidden = re.compile(rf"https?://[^\s\"]+/simple|{re.escape(str(ROOT.parent))}/|{re.escape(str(Path.home()))}/")

    assert not [name for name in names if name.endswith(".lock") or Path(name).name == "package-lock.json"]
    assert not [name for name in names if forbidden.search((ROOT / name).read_text(encoding="utf-8", errors="ignore"))]
