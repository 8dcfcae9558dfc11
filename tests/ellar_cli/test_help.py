import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from ellar_cli.help import COMMANDS, OPTIONS, START, page
from ellar_cli.parsing.app import parser

Ellar = Callable[..., subprocess.CompletedProcess[str]]
GROUP = typer.main.get_group(parser())


def test_plain_page_has_every_command_and_option_that_the_parser_has() -> None:
    assert list(GROUP.commands) == list(COMMANDS)
    context = typer.Context(GROUP)
    parsed = {option for parameter in GROUP.get_params(context) for option in parameter.opts}
    assert parsed == set(OPTIONS)
    text = page()
    for name, command in GROUP.commands.items():
        assert f"  {name} " in text
        assert command.help is not None
        assert command.help in text


def test_plain_page_says_what_the_parsers_own_page_says(tool: Path) -> None:
    # The parser words `--help` itself, and the rest of its page comes from the same table.
    own = GROUP.get_help(typer.Context(GROUP, info_name="ellar", terminal_width=120, max_content_width=120))
    for words in [*OPTIONS.values(), *(entry.summary for entry in COMMANDS.values()), START]:
        assert words in " ".join(own.split())
        assert words in page()


def test_plain_page_fits_a_narrow_terminal() -> None:
    assert max(len(line) for line in page().splitlines()) <= 80


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_pipe_gets_the_plain_page(ellar: Ellar, arguments: list[str]) -> None:
    run = ellar(*arguments)
    assert (run.returncode, run.stdout, run.stderr) == (0, page(), "")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_is_plain_in_a_pipe_and_has_an_example(ellar: Ellar, name: str) -> None:
    run = ellar(name, "--help")
    assert run.returncode == 0
    assert f"Usage: ellar {name} [OPTIONS]" in run.stdout
    assert f"Example: {COMMANDS[name].example}" in run.stdout
    assert run.stdout.isascii()
    assert "\x1b" not in run.stdout


@pytest.mark.parametrize("arguments", [[], ["--help"], ["new", "--help"]])
def test_terminal_gets_the_same_words_in_colour(tool: Path, arguments: list[str]) -> None:
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    run = subprocess.run([tool, *arguments], stdout=child, stderr=child, stdin=child, env=environment, timeout=60)
    os.close(child)
    shown = b""
    while piece := _read(parent):
        shown += piece
    os.close(parent)
    assert run.returncode == 0
    assert b"\x1b[" in shown
    for words in ["Make a project in a new folder."] + (
        [] if "new" in arguments else ["runserver", "Run", "Start here"]
    ):
        assert words.encode() in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def test_help_loads_nothing_heavy() -> None:
    heavy = {"starlette", "uvicorn", "copier", "jinja2", "ellar", "typer", "pydantic", "rich"}
    program = (
        "import sys; from ellar_cli.main import main; code = main(['--help']); "
        f"sys.exit(code or ', '.join(sorted({heavy!r} & sys.modules.keys())) or 0)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["new", "project"], ["create-module", "car"]])
def test_generators_load_neither_the_server_nor_the_application(project: Path, arguments: list[str]) -> None:
    heavy = {"starlette", "uvicorn", "copier", "ellar", "project", "rich"}
    program = (
        f"import sys; from ellar_cli.main import main; code = main({arguments!r}); "
        f"sys.exit(code or ', '.join(sorted({heavy!r} & sys.modules.keys())) or 0)"
    )
    folder = project if arguments[0] == "create-module" else project / "tests"
    run = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
