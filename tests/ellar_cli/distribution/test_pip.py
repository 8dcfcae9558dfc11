import sys
from pathlib import Path

import pytest

from ellar_cli.distribution.pip import pip


def test_line_is_that_of_the_pip_of_this_python() -> None:
    assert pip("install", "left-pad>=1") == f"{sys.executable} -m pip install 'left-pad>=1'"


def test_line_for_an_environment_without_pip_is_uvs_or_gets_pip_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    expected = "/venv/bin/python -m ensurepip && /venv/bin/python -m pip uninstall --yes ellar"
    assert pip("uninstall", "--yes", "ellar", python="/venv/bin/python", has_pip=False) == expected
    (tmp_path / "uv").touch(mode=0o755)
    expected = "uv pip uninstall --python /venv/bin/python --yes ellar"
    assert pip("uninstall", "--yes", "ellar", python="/venv/bin/python", has_pip=False) == expected
