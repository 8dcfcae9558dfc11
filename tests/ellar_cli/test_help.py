import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from ellar_cli.help import COMMANDS, OPTIONS, START
from ellar_cli.help_page import command_page, tool_page
from ellar_cli.parsing.app import parser

Ellar = Callable[..., subprocess.CompletedProcess[str]]
GROUP = typer.main.get_group(parser())


def test_page_has_every_command_and_option_that_the_parser_has() -> None:
    assert list(GROUP.commands) == list(COMMANDS)
    context = typer.Context(GROUP)
    parsed = {option for parameter in GROUP.get_params(context) for option in parameter.opts}
    assert parsed == set(OPTIONS)
    text = tool_page()
    for name, entry in COMMANDS.items():
        assert re.search(f"^  {name} +{re.escape(entry.summary)}$", text, re.MULTILINE)
    assert START in text


def test_page_has_the_groups_in_the_order_of_work() -> None:
    titles = re.findall(r"^(\w+):$", tool_page(), re.MULTILINE)
    assert titles == ["Options", *dict.fromkeys(entry.group for entry in COMMANDS.values())]
    assert titles[:3] == ["Options", "Create", "Run"]


@pytest.mark.parametrize("name", COMMANDS)
def test_page_of_a_command_has_all_its_parameters_and_an_example(name: str) -> None:
    text = command_page(name)
    assert text.startswith(f"Usage: ellar {name} [OPTIONS]")
    assert COMMANDS[name].summary in text
    assert text.endswith(f"\n\nExample: {COMMANDS[name].example}\n")
    for parameter in GROUP.commands[name].params:
        for option in [*parameter.opts, *parameter.secondary_opts]:
            assert option in text or parameter.param_type_name == "argument"
        assert " ".join(str(getattr(parameter, "help", "")).split()) in " ".join(text.split())
    assert text.isascii()
    assert max(len(line) for line in text.splitlines()) <= 80


def test_page_tells_what_may_be_left_out_what_is_chosen_and_what_is_taken() -> None:
    assert command_page("new").startswith("Usage: ellar new [OPTIONS] NAME [DIRECTORY]\n")
    assert "Usage: ellar create-websocket [OPTIONS] --module MODULE NAME\n" in command_page("create-websocket")
    assert "  --style route|session|message  route: " in command_page("create-module")
    assert "[default: session]" in command_page("create-module")
    assert "[default: 8000" in command_page("runserver")


def test_page_is_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def widest(columns: str) -> int:
        monkeypatch.setenv("COLUMNS", columns)
        return max(len(line) for line in command_page("create-module").splitlines())

    assert widest("60") <= 60 < widest("100") <= 100
    assert widest("300") <= 100


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_pipe_gets_the_plain_page(ellar: Ellar, arguments: list[str]) -> None:
    run = ellar(*arguments)
    assert (run.returncode, run.stdout, run.stderr) == (0, tool_page(), "")


def test_page_of_a_command_is_shown_whatever_else_is_typed(ellar: Ellar) -> None:
    run = ellar("create-module", "car", "--nope", "--help")
    assert (run.returncode, run.stdout, run.stderr) == (0, command_page("create-module"), "")


@pytest.mark.parametrize("columns", [40, 50, 60, 80])
def test_page_fits_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for page in [tool_page(), *map(command_page, COMMANDS)]:
        for line in page.splitlines():
            # A name, and a line to copy, stay in one piece.
            assert len(line) <= columns or line.startswith(("Usage:", "Example:", "  --", "  ellar new")), line


def test_page_is_shown_whatever_stands_behind_help(ellar: Ellar) -> None:
    assert ellar("--help", "runserver").stdout == command_page("runserver")
    assert ellar("--help", "nope").stdout == tool_page()


@pytest.mark.parametrize("arguments", [[], ["--help"], ["new", "--help"]])
def test_terminal_gets_the_same_words_in_colour(tool: Path, arguments: list[str]) -> None:
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    run = subprocess.run([tool, *arguments], stdout=child, stderr=child, stdin=child, env=environment, timeout=60)
    os.close(child)
    shown = b""
    while piece := _read(parent):
        shown += piece
    os.close(parent)
    assert run.returncode == 0
    assert b"\x1b[1mUsage:\x1b[0m" in shown
    plain = re.sub(r"\x1b\[\d+m", "", shown.decode()).replace("\r\n", "\n")
    assert plain == (command_page("new") if "new" in arguments else tool_page())


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def _loaded(arguments: list[str], heavy: set[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    program = (
        f"import sys; from ellar_cli.main import main; code = main({arguments!r}); "
        f"sys.exit(code or ', '.join(sorted({heavy!r} & sys.modules.keys())) or 0)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("arguments", [["--help"], ["new", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    heavy = {"starlette", "uvicorn", "copier", "jinja2", "ellar", "typer", "pydantic", "rich"}
    _loaded(arguments, heavy)  # the first time, the parser is asked
    run = _loaded(arguments, heavy)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["connect", "/"], ["create-websocket", "chat", "--module", ""], ["new", "--d"]])
def test_second_tab_reads_nothing_of_the_project(project: Path, arguments: list[str]) -> None:
    heavy = {"typer", "ellar", "ast", "dataclasses", "pathlib", "tomllib"}
    _loaded(["__complete", *arguments], heavy, project)
    run = _loaded(["__complete", *arguments], heavy, project)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["new", "project"], ["create-module", "car"]])
def test_generators_load_neither_the_server_nor_the_application(project: Path, arguments: list[str]) -> None:
    heavy = {"starlette", "uvicorn", "copier", "ellar", "project", "rich"}
    run = _loaded(arguments, heavy, project if arguments[0] == "create-module" else project / "tests")
    assert (run.returncode, run.stderr) == (0, "")
