"""What is offered for the word that is being typed."""

from pathlib import Path

import pytest

from ellar_cli.commands.create_module import create_module
from ellar_cli.commands.create_websocket import create_websocket
from ellar_cli.commands.new import new
from ellar_cli.completion.candidates import candidates
from ellar_cli.completion.values import FILES
from ellar_cli.help import COMMANDS


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a module, one inside another, and a websocket more."""
    folder = tmp_path_factory.mktemp("completion")
    new("project", folder)
    create_module("car", folder / "project")
    create_module("fleet/bus", folder / "project")
    create_websocket("chat", "car", folder / "project")
    return folder / "project"


def offered(line: str, folder: Path) -> list[str]:
    """The words for what stands behind the last space of a line."""
    return [candidate.word for candidate in candidates(line.split(" "), folder)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cre", ["create-module", "create-websocket"]),
        ("-", ["--version", "--help"]),
        ("create-module car --no-w", ["--no-websocket"]),
        ("create-module car --style ", ["route", "session", "message"]),
        ("create-module car --style=s", ["--style=session"]),
        ("create-module car --style='s", ["--style=session"]),
        ("create-module car --style='session'", ["--style=session"]),
        ('create-module car --style "', ["route", "session", "message"]),
        ('create-module car --style ""', ["route", "session", "message"]),
        ("create-module car --style=", ["--style=route", "--style=session", "--style=message"]),
        ("create-module car --no-tests --no-", ["--no-websocket", "--no-page", "--no-register"]),
        ("new shop --module car --mod", ["--module"]),
        ("new shop --no-git --g", []),
        ("create-module --hel", ["--help"]),
        ("create-module ", []),
        ("destroy ", ["module", "websocket"]),
        ("destroy --dry-run mod", ["module"]),
        ("completion f", ["fish"]),
        ("frobnicate ", []),
        ("config --config ", []),
        ("doctor --ignore E50", ["E501", "E502", "E503"]),
    ],
)
def test_commands_options_and_choices_are_offered(line: str, words: list[str], tmp_path: Path) -> None:
    assert offered(line, tmp_path) == words


def test_every_command_is_offered_with_what_it_does(tmp_path: Path) -> None:
    assert dict(candidates([""], tmp_path)) == {name: entry.summary for name, entry in COMMANDS.items()}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("create-websocket live --module ", ["car", "fleet/bus"]),
        ("config DEB", ["DEBUG"]),
        ("config SESSION_COOKIE_A", ["SESSION_COOKIE_AGE"]),
        (
            "doctor --config ",
            [f"project.config:{name}Config" for name in ("Base", "Development", "Production")],
        ),
        ("create-websocket live --module=f", ["--module=fleet/bus"]),
        ("create-websocket live --module 'c", ["car"]),
        ("create-module van --parent fl", ["fleet/bus"]),
        ("destroy module ", ["car", "fleet/bus"]),
        ("destroy --dry-run module c", ["car"]),
        ("destroy websocket ", ["car/chat"]),
        ("destroy module car ", []),
        ("connect ", ["/car/live-support", "/car/chat/live", "/fleet/bus/live-support"]),
        ("connect /fl", ["/fleet/bus/live-support"]),
        ("connect --port 8080 /fl", ["/fleet/bus/live-support"]),
        ("connect /fleet/bus/live-support ", []),
        ("routes --match /fl", ["/fleet/bus/ws-index", "/fleet/bus/live-support"]),
    ],
)
def test_modules_websockets_and_routes_of_the_project_are_offered(line: str, words: list[str], project: Path) -> None:
    assert offered(line, project) == words
    assert offered(line, project / "project/apps") == words


def test_module_is_offered_with_its_file(project: Path) -> None:
    assert dict(candidates(["create-module", "van", "--parent", "c"], project)) == {"car": "project/apps/car/module.py"}


@pytest.mark.parametrize(
    "line", ["new shop ", "new shop fold", "new --template ", "new --runtime=ell", "runserver -- x"]
)
def test_names_of_files_are_left_to_the_shell(line: str, tmp_path: Path) -> None:
    assert candidates(line.split(" "), tmp_path) == [FILES]


@pytest.mark.parametrize("text", ["", "[tool.ellar]\n", "[", "[tool.ellar]\napps = 3\n"])
def test_where_there_is_no_project_in_order_nothing_is_offered(text: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert offered("create-module van --parent ", tmp_path) == []
    assert offered("connect /", tmp_path) == []


def test_setting_is_offered_with_what_it_is_for_and_the_application_s_own_too(tmp_path: Path) -> None:
    new("shop", tmp_path)
    config = tmp_path / "shop" / "shop" / "config.py"
    config.write_text(config.read_text() + '    SHOP_NAME = "Cars"\n    """Above the door. Not long."""\n')
    offers = dict(candidates(["config", ""], tmp_path / "shop"))
    assert offers["SECRET_KEY"] == "Signs what is handed to clients."
    assert offers["SHOP_NAME"] == "Above the door"
