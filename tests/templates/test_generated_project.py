"""One project with modules of every kind, and odd names among them, held to its own checks."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.project import new_project
from tests.server import clean_environment

LONG = "m" * 64
MODULES = [
    "car",
    "chat_room",
    "x",
    "client",
    "match_making",
    "message",
    "module",
    LONG,
    "orders --no-websocket",
    "controller --no-websocket",
    f"{LONG[1:]}n --no-websocket",
]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_project(tmp_path_factory.mktemp("generated") / "my-project", *MODULES)


def run(folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Runs a tool of this environment in the project, without the options that this run was given."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["pytest", "ruff check .", "ruff format --check .", "mypy"])
def test_its_own_checks_pass(project: Path, command: str) -> None:
    result = run(project, *command.split())
    assert result.returncode == 0, result.stdout + result.stderr


def test_its_tests_are_those_of_the_application_and_of_every_module(project: Path) -> None:
    listed = run(project, "pytest", "--collect-only", "-q").stdout
    files = set(re.findall(r"^(\S+\.py)::", listed, re.MULTILINE))
    modules = {f"my_project/apps/{module.split()[0]}/tests/test_controllers.py" for module in MODULES}
    assert files == modules | {"tests/test_application.py"}


def test_its_dev_extra_and_its_dev_group_are_the_same(project: Path) -> None:
    settings = tomllib.loads((project / "pyproject.toml").read_text())
    assert settings["project"]["optional-dependencies"]["dev"] == settings["dependency-groups"]["dev"]


def test_its_wheel_holds_the_pages(project: Path, tmp_path: Path) -> None:
    built = run(project, "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), ".")
    assert built.returncode == 0, built.stdout + built.stderr
    with zipfile.ZipFile(tmp_path / "my_project-0.1.0-py3-none-any.whl") as wheel:
        assert "my_project/apps/car/templates/ws-index.html" in wheel.namelist()


def test_its_files_are_text_that_ends_in_one_newline(project: Path) -> None:
    kinds = {".py", ".toml", ".md", ".html"}
    texts = {path: path.read_text() for path in project.rglob("*") if path.suffix in kinds}
    assert [path for path, text in texts.items() if text and not re.search(r"\S\n\Z", text)] == []
    assert [path for path, text in texts.items() if re.search(r"[ \t]$", text, re.MULTILINE)] == []
