"""What other tools call it, and slips of the finger: one line with the command that was meant."""

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from ellar_cli.dead_ends import meant
from ellar_cli.help import COMMANDS
from ellar_cli.parsing.app import parser

Ellar = Callable[..., subprocess.CompletedProcess[str]]
Tree = Callable[[Path], dict[str, bytes]]
PARSER = typer.main.get_group(parser())

MEANT = {
    # Nest, Angular, Rails, Laravel
    "generate module car": "create-module car",
    "g mo car": "create-module car",
    "g co car": "create-module car",
    "g s car --flat": "create-module car",
    "g mo fleet/car": "create-module fleet/car",
    "generate scaffold car": "create-module car",
    "generate resource car": "create-module car",
    "g res car": "create-module car",
    "g c cart": "create-module cart",
    "g controller cart": "create-module cart",
    "g s cart": "create-module cart",
    "g service cart": "create-module cart",
    "make:module car": "create-module car",
    "scaffold car": "create-module car",
    "start": "runserver",
    "start --watch": "runserver --reload",
    "run dev": "runserver --reload",
    # Django
    "startproject shop": "new shop",
    "startapp car": "create-module car",
    "runserver 8080": "runserver --port 8080",
    "runserver 0.0.0.0:8080": "runserver --host 0.0.0.0 --port 8080",
    "runserver --noreload": "runserver --no-reload",
    "runserver shop.main:app --reload": "runserver --app shop.main:app --reload",
    "runserver --ws-max-size 5 --reload": "runserver --reload -- --ws-max-size 5",
    "runserver --no-access-log --date-header": "runserver -- --no-access-log --date-header",
    # Cargo, uv, FastAPI, Litestar
    "init": "new .",
    "init shop": "new shop",
    "dev": "runserver --reload",
    "dev --port 9000": "runserver --reload --port 9000",
    "run": "runserver",
    "serve -p 9000": "runserver --port 9000",
    "serve -p9000": "runserver --port=9000",
    "add car": "create-module car",
    "version": "--version",
    "-V": "--version",
    "help": "--help",
    "help new": "new --help",
    "new -h": "new --help",
    "runserver --debug": "runserver --reload",
    "run --cert a.pem --key b.pem": "runserver --ssl-certfile a.pem --ssl-keyfile b.pem",
    "g route car": "create-module car",
    # what looks at an application, and talks to it
    "console": "shell",
    "repl": "shell",
    "shell_plus": "shell",
    "tinker": "shell",
    "shel": "shell",
    "urls": "routes",
    "show_urls": "routes",
    "route:list": "routes",
    "route": "routes",
    "list-routes": "routes",
    "routes /car/live": "routes --match /car/live",
    "urls /car/live": "routes --match /car/live",
    "routes --grep car": "routes --match car",
    "check": "doctor",
    "check --deploy": "doctor",
    "docter": "doctor",
    "env": "config",
    "settings": "config",
    "settings DEBUG": "config DEBUG",
    "diffsettings": "config",
    "info": "--version",
    "ws /car/live": "connect /car/live",
    "ws wss://example.org/live": "connect wss://example.org/live",
    "ws chat --module car": "create-websocket chat --module car",
    "wscat -c ws://localhost:8000/car/live": "connect ws://localhost:8000/car/live",
    "websocat ws://localhost:8000/car/live": "connect ws://localhost:8000/car/live",
    "connect /live -H 'A: b'": "connect /live --header 'A: b'",
    "command greet Ada": "app greet Ada",
    "exec greet": "app greet",
    "completions fish": "completion fish",
    "generate-shell-completion zsh": "completion zsh",
    "--install-completion bash": "completion bash",
    "--show-completion": "completion zsh",
    # our own words
    "create project shop": "new shop",
    "create module car": "create-module car",
    "module car": "create-module car",
    "new-module car": "create-module car",
    "new_app car": "create-module car",
    "new-project shop": "new shop",
    "new-websocket car/chat": "create-websocket chat --module car",
    "create_module car": "create-module car",
    "creat-module car": "create-module car",
    "crate-module car --no-websoket": "create-module car --no-websocket",
    "create-module car --no-websockets": "create-module car --no-websocket",
    "run-server --prot 90": "runserver --port 90",
    "startapp": "create-module",
    "new shop -g": "new shop --no-git",
    "new shop --skip-git": "new shop --no-git",
    "startproject shop .": "new shop .",
    "new shop -y": "new shop --defaults",
    "new shop --app car": "new shop --module car",
    "d module car": "destroy module car",
    "destroy car": "destroy module car",
    "destroy mod car": "destroy module car",
    "destroy app car": "destroy module car",
    "destroy gateway chat -m car": "destroy websocket chat --module car",
    "destory module car": "destroy module car",
    "remove car": "destroy module car",
    "rm module car -f": "destroy module car --force",
    "delete websocket chat --module car": "destroy websocket chat --module car",
    "delete-module car": "destroy module car",
    "destroy": "destroy module NAME",
    "destroy module": "destroy module NAME",
    "destroy websocket": "destroy websocket NAME",
    "destroy --force car": "destroy module --force car",
    "destroy module car --dry": "destroy module car --dry-run",
    "destroy module car -y": "destroy module car --force",
    "destroy modul car": "destroy module car",
    "destroy websockets chat": "destroy websocket chat",
    "uninstall car": "destroy module car",
    "g res car --no-spec": "create-module car --no-tests",
    "create-module 'chat room' --dry": "create-module 'chat room' --dry-run",
    "websocket chat --module car": "create-websocket chat --module car",
    "g gateway car/chat": "create-websocket chat --module car",
    "g ws chat -m car": "create-websocket chat --module car",
    "create-websocket car/chat": "create-websocket chat --module car",
    "create-websocket": "create-websocket NAME --module MODULE",
    "create-websocket chat": "create-websocket chat --module MODULE",
    "create-websocket chat car": "create-websocket chat --module car",
}


@pytest.fixture(autouse=True)
def _shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell of the person who types, as systems tell it."""
    monkeypatch.setenv("SHELL", "/usr/bin/zsh")


def _meant(line: str) -> list[str]:
    return [shlex.join(words) for words in meant(shlex.split(line), PARSER)]


@pytest.mark.parametrize("line", MEANT)
def test_line_of_another_tool_leads_to_ours_with_the_same_names(line: str) -> None:
    assert _meant(line) == [MEANT[line]]


def test_websocket_without_its_module_has_two_ways_out(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert _meant("g gateway chat") == ["create-module chat", "create-websocket chat --module MODULE"]


def test_create_means_a_project_outside_of_one(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert _meant("create car") == ["new car"]
    monkeypatch.chdir(project)
    assert _meant("create car") == ["create-module car"]


@pytest.mark.parametrize(
    "line",
    [
        "frobnicate",
        "new a b c d",
        "create-module car --zzz",
        "x\ny",
        "",
        "-",
        "--",
        "q w",
        "routes --match",
        "shell -c",
        "runserver -p",
    ],
)
def test_line_that_is_close_to_none_of_ours_leads_nowhere(line: str) -> None:
    assert _meant(line) == []


@pytest.mark.parametrize("line", ["install", "install car", "instal car", "reinstall", "destroy project", "rm project"])
def test_line_leads_to_no_removal_that_was_not_meant(line: str) -> None:
    assert _meant(line) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_example_of_a_command_is_no_dead_end(command: str) -> None:
    assert _meant(COMMANDS[command].example.removeprefix("ellar ")) == []


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("generate module car", "No such command 'generate'; did you mean: {} create-module car"),
        ("create-module car --no-websockets", "No such option: --no-websockets; did you mean: {} create-module car "),
        ("creat-module 'a b'", "No such command 'creat-module'; did you mean: {} create-module 'a b'"),
        ("runserver 8080", "Got unexpected extra argument(s) (8080); did you mean: {} runserver --port 8080"),
        ("frobnicate", "No such command 'frobnicate'; see {} --help"),
        ("'x\ny'", r"No such command 'x\ny'; see {} --help"),
        ("new a b 'c\u2028d'", r"Got unexpected extra argument(s) ("),
    ],
)
def test_dead_end_is_one_line_and_writes_nothing(
    project: Path, ellar: Ellar, tool: Path, tree: Tree, line: str, error: str
) -> None:
    before = tree(project)
    run = ellar(*shlex.split(line), cwd=project)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith(f"error: {error.format(tool)}")
    assert len(run.stderr.splitlines()) == 1
    assert tree(project) == before


@pytest.mark.parametrize("name", ["generate", "destroy", "module", "gateway", "dev", "help", "init"])
def test_words_of_other_tools_are_names_like_any(project: Path, ellar: Ellar, name: str) -> None:
    run = ellar("create-module", name, cwd=project)
    assert (run.returncode, run.stderr) == (0, "")
