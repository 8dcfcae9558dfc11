"""`ellar app`: the application's own commands, as a person runs them."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ellar_cli.commands.conftest import Inside
from tests.terminal import CTRL_C, ENTER, Terminal

Ellar = Callable[..., subprocess.CompletedProcess[str]]

COMMANDS = '''
import asyncio
import sys
import time
from enum import Enum
from typing import Annotated

import typer

from ellar.common import Module
from ellar.core import Config, ModuleBase


class Greetings:
    def of(self, name: str) -> str:
        return f"Hello {name}"


def greet(name: str, greetings: Greetings, times: Annotated[int, typer.Option(help="How often.")] = 1) -> None:
    """Greet a person.

    As often as it takes.
    """
    for _ in range(times):
        print(greetings.of(name))


def fail(how: str, json: bool = False) -> None:
    """Fail."""
    if how == "exit":
        raise typer.Exit(3)
    if how == "sys":
        sys.exit(4)
    if how == "end":
        input()
    if how == "cancelled":
        raise asyncio.CancelledError
    open(how)


def number(count: int) -> None:
    """Take a number."""


def ask() -> None:
    """Ask."""
    typer.confirm("Sure?", abort=True)
    print("done")


async def wait(config: Config) -> None:
    """Wait for an interrupt."""
    print("waiting", flush=True)
    await asyncio.sleep(30)


def block() -> None:
    """Block until an interrupt."""
    print("waiting", flush=True)
    time.sleep(30)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


stock = typer.Typer(name="stock", help="About the stock.", epilog="More in the book.")


@stock.command(no_args_is_help=True)
def order(part: Annotated[str, typer.Option(envvar="PART")]) -> None: ...


@stock.command()
def count(
    greetings: Greetings, colour: Colour = Colour.RED, old: Annotated[bool, typer.Option(hidden=True)] = False
) -> None:
    """Count it."""
    print(12)


@Module(name="greeting", providers=[Greetings], commands=[greet, fail, number, ask, wait, block])
class GreetingModule(ModuleBase):
    def on_shutdown(self) -> None:
        print("ended", flush=True)


@Module(modules=[GreetingModule], providers=[Greetings], commands=[stock])
class ApplicationModule(ModuleBase): ...
'''


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with commands."""
    from ellar_cli.commands.new import new

    folder = tmp_path_factory.mktemp("app")
    new("shop", folder)
    (folder / "shop/shop/root_module.py").write_text(COMMANDS)
    return folder / "shop"


@pytest.fixture
def run(shop: Path, inside: Inside, tool: Path, monkeypatch: pytest.MonkeyPatch) -> Inside:
    """Runs a line in a folder of the project."""
    monkeypatch.setattr(sys, "argv", [str(tool)])
    return lambda *arguments: inside(shop / "shop", "app", *arguments)


def test_command_runs_in_the_application_from_any_folder(run: Inside) -> None:
    assert run("greet", "Ada", "--times", "2") == (0, "Hello Ada\nHello Ada\nended\n", "")


def test_help_lists_all_commands_by_module(run: Inside) -> None:
    code, page, _ = run("--help")
    assert code == 0
    assert page.startswith("Usage: ellar app [OPTIONS] [COMMAND...]\n\nRun a command of the application's own.\n")
    listed = page[page.index("ApplicationModule:") :].splitlines()
    assert listed[-2:] == ["", "Example: ellar app stock order --help"]
    assert [line.split(maxsplit=1) for line in listed[:-2]] == [
        ["ApplicationModule:"],
        ["stock", "About the stock."],
        [],
        ["GreetingModule:"],
        ["greet", "Greet a person."],
        ["fail", "Fail."],
        ["number", "Take a number."],
        ["ask", "Ask."],
        ["wait", "Wait for an interrupt."],
        ["block", "Block until an interrupt."],
    ]
    assert run() == (0, page, "")


def test_command_has_a_page_of_its_own(run: Inside) -> None:
    assert run("greet", "--help").out == (
        "Usage: ellar app greet [OPTIONS] NAME\n\nGreet a person.\n\nAs often as it takes.\n\n"
        "Arguments:\n  NAME\n\n"
        "Options:\n  --times TIMES  How often. [default: 1]\n  --help         Show this message and exit.\n"
    )
    assert run("stock", "--help").out == (
        "Usage: ellar app stock [OPTIONS] COMMAND [ARGS]...\n\nAbout the stock.\n\n"
        "Options:\n  --help  Show this message and exit.\n\n"
        "Commands:\n  order\n  count   Count it.\n\nMore in the book.\n"
    )
    assert "--colour red|blue  [default: red]\n" in run("stock", "count", "--help").out
    assert "--part PART  [required, env: PART]\n" in run("stock", "order", "--help").out


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("greet", "Missing argument 'NAME'; see {ellar} app greet --help"),
        (
            "greet Ada --times two",
            "Invalid value for '--times': 'two' is no whole number; see {ellar} app greet --help",
        ),
        ("number two", "Invalid value for 'COUNT': 'two' is no whole number; see {ellar} app number --help"),
        ("gret", "No such command 'gret'; did you mean 'greet'?"),
        ("nothing-like-it", "No such command 'nothing-like-it'; see {ellar} app --help"),
        ("stock cuont", "No such command 'cuont'; did you mean 'count'?"),
        ("stock", "Missing command; see {ellar} app stock --help"),
        ("greet -h", "No such option: -h; did you mean --help?"),
        ("greet Ada --time 2", "No such option: --time; did you mean --times?"),
        (
            "greet Ada --traceback",
            "No such option: --traceback here; write it before the command: {ellar} app --traceback greet",
        ),
    ],
)
def test_line_that_is_not_understood_is_told_in_one_line(run: Inside, tool: Path, line: str, error: str) -> None:
    assert run(*line.split()) == (2, "", f"error: {error.format(ellar=tool)}\n")


def test_command_that_shows_its_page_where_nothing_is_typed_does_so(run: Inside) -> None:
    assert run("stock", "order") == (2, run("stock", "order", "--help").out, "")


def test_exit_code_passes(run: Inside) -> None:
    assert run("fail", "exit") == (3, "ended\n", "")
    with pytest.raises(SystemExit) as end:
        run("fail", "sys")
    assert end.value.code == 4


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_mistake_in_a_command_is_told_by_its_line(run: Inside, options: list[str]) -> None:
    code, out, error = run("fail", "nowhere.csv", *options)
    assert (code, out) == (1, "ended\n")
    first, source = error.splitlines()[:2]
    line = COMMANDS[: COMMANDS.index("open(how)")].count("\n") + 1
    missing = "FileNotFoundError: [Errno 2] No such file or directory: 'nowhere.csv'"
    assert first == f"error: shop/root_module.py:{line}: {missing}"
    assert source.strip() == "open(how)"
    assert "ellar" not in error


def test_cancellation_that_nobody_takes_is_a_mistake_like_others(run: Inside) -> None:
    code, out, error = run("fail", "cancelled")
    assert (code, out) == (1, "ended\n")
    assert error.startswith("error: shop/root_module.py:")
    assert "CancelledError" in error.splitlines()[0]


def test_traceback_shows_every_frame_of_a_mistake(run: Inside) -> None:
    error = run("--traceback", "fail", "nowhere.csv")[2]
    assert "Traceback (most recent call last)" in error
    assert "command_line.py" in error


def test_end_of_input_at_a_question_of_the_command_is_told(run: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert "EOFError: EOF when reading a line" in run("fail", "end")[2]


@pytest.fixture
def broken(project: Path) -> Path:
    """A project that does not start."""
    file = project / "project/root_module.py"
    file.write_text(f"import no_such_package\n{file.read_text()}")
    return project


def test_help_of_a_broken_application_says_so_in_one_line(broken: Path, inside: Inside) -> None:
    code, page, errors = inside(broken, "app", "--help")
    assert (code, errors) == (0, "")
    told = "Commands: No commands can be shown: project/root_module.py:1: ModuleNotFoundError: No module named "
    assert f"{told}'no_such_package' Example: " in " ".join(page.split())
    assert "--traceback" in page


@pytest.mark.parametrize("arguments", [[], ["greet"], ["greet", "--help"]])
def test_broken_application_is_told_instead_of_a_command(broken: Path, inside: Inside, arguments: list[str]) -> None:
    code, out, error = inside(broken, "app", *arguments)
    assert (code, out) == (1, "")
    assert error.startswith("error: project/root_module.py:1: ModuleNotFoundError")


@pytest.mark.parametrize("line", ["--help", "create-module bus", "new other ../other --no-git"])
def test_broken_application_breaks_nothing_else(broken: Path, inside: Inside, line: str) -> None:
    assert inside(broken, *line.split())[0] == 0


def test_project_without_commands_is_told_how_to_write_one(project: Path, inside: Inside) -> None:
    code, page, _ = inside(project, "app")
    assert code == 0
    assert "\nCommands:\n  No module has commands yet: write a function, def greet(name: str) -> None," in page


def test_outside_of_a_project_the_page_says_so(tmp_path: Path, inside: Inside) -> None:
    code, page, _ = inside(tmp_path, "app", "--help")
    assert code == 0
    assert "\nCommands:\n  No commands can be shown: no Ellar project in" in page
    assert inside(tmp_path, "app", "greet").code == 1


def test_application_by_its_import_path(tmp_path: Path, inside: Inside) -> None:
    (tmp_path / "lone.py").write_text(
        "from ellar.app import AppFactory\n\ndef hi() -> None:\n    print('hi')\n\n"
        "app = AppFactory.create_app(commands=[hi])\n\nasync def other(scope, receive, send): ...\n"
        "class Plain:\n    async def __call__(self, scope, receive, send): ...\n\nplain = Plain()\n"
    )
    assert inside(tmp_path, "app", "--app", "lone:app", "hi") == (0, "hi\n", "")
    code, _, error = inside(tmp_path, "app", "--app", "lone:plain", "hi")
    assert (code, error) == (
        1,
        "error: --app: lone:plain is a Plain; commands and the shell are there for an ellar.app.App alone\n",
    )


def test_question_of_a_command_is_answered_on_a_terminal(tool: Path, shop: Path) -> None:
    with Terminal([tool, "app", "ask"], shop) as terminal:
        terminal.answer("Sure? [y/N]: ", "n" + ENTER)
        assert terminal.exit_code() == 1
    assert terminal.screen.endswith("ended\nerror: aborted\n")


def test_ctrl_c_ends_the_application_in_good_order(tool: Path, shop: Path) -> None:
    with Terminal([tool, "app", "block"], shop) as terminal:
        terminal.answer("waiting", CTRL_C)
        assert terminal.exit_code() == 130
    assert "ended\ninterrupted\n" in terminal.screen


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGTERM to catch")
def test_sigterm_ends_the_application_in_good_order(tool: Path, shop: Path) -> None:
    with subprocess.Popen([tool, "app", "wait"], cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waiting\n"
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=20) == (b"ended\n", b"interrupted\n")
    assert process.returncode == 128 + signal.SIGTERM
