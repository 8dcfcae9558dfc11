"""With another project's files over ours, as its installation leaves them."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def overwritten(tmp_path: Path, tool: Path) -> Run:
    """Runs the tool where `ellar` 0.8.0 comes before ours."""
    site = tmp_path / "site"
    (site / "ellar" / "core").mkdir(parents=True)
    for package in (site / "ellar", site / "ellar" / "core"):
        (package / "__init__.py").touch()
    (site / "ellar-0.8.0.dist-info").mkdir()
    (site / "ellar-0.8.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: ellar\nVersion: 0.8.0\n")

    def run(*arguments: str, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(site)}
        return subprocess.run([tool, *arguments], cwd=cwd, env=environment, capture_output=True, text=True)

    return run


def test_new_warns_in_one_line_with_what_mends_it(overwritten: Run) -> None:
    run = overwritten("new", "project")
    assert run.returncode == 0
    assert run.stderr.startswith("warning: ellar, another project, overwrites files of ellar-kit here: ")
    assert "-m pip uninstall --yes ellar && " in run.stderr
    assert "-m pip install --force-reinstall --no-deps " in run.stderr
    assert run.stderr.count("\n") == 1


def test_runserver_warns_and_says_that_the_runtime_does_not_load(overwritten: Run, tmp_path: Path) -> None:
    overwritten("new", "project")
    run = overwritten("runserver", "--port", "0", cwd=tmp_path / "project")
    assert run.returncode == 1
    assert run.stderr.splitlines()[0].startswith("warning: ellar, another project")
    assert run.stderr.splitlines()[1].startswith("error: the runtime does not load: ")
    assert run.stderr.count("\n") == 2
