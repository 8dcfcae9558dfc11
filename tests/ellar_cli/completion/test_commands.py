"""The application's own commands are offered as the sources have them."""

from pathlib import Path

import pytest

from ellar_cli.commands.create_module import create_module
from ellar_cli.commands.new import new
from ellar_cli.completion.candidates import candidates
from ellar_cli.completion.values import FILES

MODULE = '''
import typer
from ellar.common import Module
from ellar.core import ModuleBase

from . import reports
from .reports import import_cars

stock = typer.Typer(name="stock", help="About the stock.")
lines = typer.Typer()
other = sorted([])


@lines.command("tidy")
def clean() -> None: ...


@lines.command()
async def sweep_up() -> None:
    """Sweep."""


@stock.command()
def count(every: bool = False, at: str = "home") -> None:
    """Count them."""


@stock.command("clear")
def clear_all() -> None: ...


@Module(commands=[stock, lines, import_cars, reports.report])
class CarModule(ModuleBase): ...
'''
REPORTS = '''
def import_cars(
    file: Path, cars: Cars, count: int = 1, dry_run: bool = False, store: Store | None = None,
    *, since: date | None = None, speed: Annotated[int, typer.Option("--speed", "-s")] = 3,
    colour: Colour = typer.Option(help="Which."),
) -> None:
    """Import cars.

    All of them.
    """


async def report() -> None: ...


def not_listed() -> None: ...
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose module lists commands of every kind; a file is broken."""
    folder = tmp_path_factory.mktemp("completion")
    new("project", folder)
    create_module("car", folder / "project")
    car = folder / "project/project/apps/car"
    (car / "module.py").write_text(MODULE)
    (car / "reports.py").write_text(REPORTS)
    (car / "broken.py").write_text("commands=[import_cars, report\n")
    return folder / "project"


def test_commands_are_offered_with_what_they_are_for(project: Path) -> None:
    assert dict(candidates(["app", ""], project)) == {
        "stock": "About the stock.",
        "tidy": "",
        "sweep-up": "Sweep.",
        "import-cars": "Import cars.",
        "report": "",
    }
    assert [one.word for one in candidates(["app", "--traceback", "re"], project)] == ["report"]


def test_what_follows_a_command_is_not_ours(project: Path) -> None:
    assert candidates(["app", "report", "--"], project) == [FILES]
    assert "--app" in [one.word for one in candidates(["app", "--"], project)]


def test_options_of_a_function_are_offered_without_what_is_injected(project: Path) -> None:
    assert [one.word for one in candidates(["app", "import-cars", "x.csv", "-"], project)] == [
        "--count",
        "--dry-run",
        "--no-dry-run",
        "--since",
        "--speed",
        "-s",
        "--colour",
        "--help",
    ]
    assert candidates(["app", "import-cars", ""], project) == [FILES]


def test_commands_of_a_group_are_offered_behind_it_and_their_options_behind_them(project: Path) -> None:
    assert dict(candidates(["app", "stock", ""], project)) == {"count": "Count them.", "clear": ""}
    assert [one.word for one in candidates(["app", "stock", "cl"], project)] == ["clear"]
    assert [one.word for one in candidates(["app", "stock", "count", "-"], project)] == [
        "--every",
        "--no-every",
        "--at",
        "--help",
    ]
    assert candidates(["app", "stock", "count", ""], project) == [FILES]


def test_outside_of_a_project_there_are_none(tmp_path: Path) -> None:
    assert candidates(["app", ""], tmp_path) == []
