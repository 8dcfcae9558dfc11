"""One project with modules and websockets of every kind, and odd names among them, held to its own checks."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import get_args

import pytest

from ellar_cli.changes.plan import Show
from ellar_cli.commands.create_module import ModuleOptions, create_module
from ellar_cli.commands.create_websocket import WebsocketOptions, create_websocket
from ellar_cli.templates.rendering import render
from ellar_cli.templates.websocket_options import Encoding, Socket, Style
from tests.early import Early
from tests.project import new_project
from tests.server import clean_environment
from tests.templates.combinations import SOCKETS, named, variables

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
SHIFT = 31  # so that a module's two websockets differ in all


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


CHECKS = [
    "pytest",
    "ruff check .",
    "ruff format --check .",
    "mypy",
    f"pyright --project ../pyrightconfig.json --pythonpath {sys.executable}",
]
COLLECT = "pytest --collect-only -q"


def checked_project(folder: Path) -> tuple[Path, dict[str, tuple[int, str]]]:
    """The project, and what each tool says of it, with its exit code."""
    project = new_project(folder / "my-project", *MODULES)
    for number, socket in enumerate(SOCKETS):
        create_module(named(socket), project, ModuleOptions(socket=socket))
        below = SOCKETS[(number + SHIFT) % len(SOCKETS)]
        create_websocket("chat" if number % 2 else LONG, named(socket), project, WebsocketOptions(below), Show())
    settings = {"include": [str(project / "my_project"), str(project / "tests")], "typeCheckingMode": "strict"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    done = {check: run(project, *check.split()) for check in [*CHECKS, COLLECT]}
    return project, {check: (result.returncode, result.stdout + result.stderr) for check, result in done.items()}


CHECKED = Early(checked_project)


@pytest.fixture(scope="session")
def project() -> Path:
    return CHECKED.result()[0]


@pytest.mark.parametrize("check", CHECKS, ids=[check.split(" -")[0] for check in CHECKS])
def test_its_checks_pass(check: str) -> None:
    exit_code, output = CHECKED.result()[1][check]
    assert exit_code == 0, output


@pytest.mark.parametrize("style", get_args(Style))
@pytest.mark.parametrize("encoding", get_args(Encoding))
def test_names_of_any_length_leave_its_lines_as_the_formatter_has_them(
    style: Style, encoding: Encoding, project: Path, tmp_path: Path
) -> None:
    shutil.copy(project / "pyproject.toml", tmp_path)
    for length in range(1, 65):
        name = "n" * length
        socket = Socket(style, encoding, guard=True, query=name)
        place = {"path": f"{LONG}/{name}", "topic": name, "module_import": "...module"}
        for path, text in render("websocket", variables(name, socket, **place)).items():
            file = tmp_path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    for command in ("check", "format --check"):
        result = run(tmp_path, "ruff", *command.split(), ".")
        assert result.returncode == 0, result.stdout + result.stderr


def test_its_tests_are_those_of_the_application_and_of_every_module() -> None:
    _, listed = CHECKED.result()[1][COLLECT]
    files = set(re.findall(r"^(\S+\.py)::", listed, re.MULTILINE))
    modules = [module.split()[0] for module in MODULES] + [named(socket) for socket in SOCKETS]
    websockets = [f"{named(socket)}/{'chat' if number % 2 else LONG}" for number, socket in enumerate(SOCKETS)]
    expected = {f"my_project/apps/{place}/tests/test_controllers.py" for place in modules + websockets}
    assert files == expected | {"tests/test_application.py"}


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
