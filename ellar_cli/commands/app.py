"""`ellar app`: the commands that the application brings itself."""

import gc
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from ellar.app import App
from ellar.command_line import command_line
from ellar_cli.application.mistakes import mistake
from ellar_cli.application.own import loaded_app
from ellar_cli.errors import CliError, UsageError
from ellar_cli.help import COMMANDS
from ellar_cli.output import command
from ellar_cli.parsing import options

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

_OURS = ("--app", "--traceback")
_WAY_IN = "write def greet() -> None, and commands=[greet] in its @Module"


def app(start: Path, chosen: str | None, arguments: Sequence[str], *, traceback: bool = False) -> None:
    """Run a command line of the application `chosen`, or of that of the project around `start`.

    `--help` shows as much as can be known. Raises CliError for a mistake in the application or in the command,
    UsageError for what the command does not take, and typer.Exit with the code that it ends with.
    """
    gc.enable()
    if list(arguments) == ["--help"]:
        _show_all(start, chosen)
        return
    target, application = loaded_app(start, chosen, traceback=traceback)
    line = _line(application)
    if not arguments:
        _run(line, ["--help"])
        return
    try:
        code = _run(line, arguments)
    except typer.Abort:
        raise CliError("aborted") from None
    except (CliError, BrokenPipeError):
        raise
    except Exception as error:
        raise mistake(error, target, traceback=traceback) from None
    if code:
        raise typer.Exit(code)


def _show_all(start: Path, chosen: str | None) -> None:
    """Show the page; where the application is broken, with one line on that in place of its commands."""
    try:
        line = _line(loaded_app(start, chosen)[1])
    except CliError as error:
        line = _line()
        line.info.epilog = f"{line.info.epilog}\n\nNo commands can be shown: {str(error).splitlines()[0]}"
    _run(line, ["--help"])


def _line(application: App | None = None) -> typer.Typer:
    entry = COMMANDS["app"]
    line = command_line(application) if application else typer.Typer(add_completion=False)
    line.rich_markup_mode = "rich" if sys.stdout.isatty() else None
    line.info.epilog = f"Example: {entry.example}"
    if application and not application.commands:
        line.info.epilog += f"\n\nNo module of the application has commands yet: {_WAY_IN}."
    line.callback(cls=_Grouped, help=entry.summary)(_options)
    return line


def _options(app: options.App = None, traceback: options.Traceback = False) -> None:
    """Are read before the application is there; here for the page."""


def _run(line: typer.Typer, arguments: Sequence[str]) -> int:
    """Run a line and return its exit code. Raises UsageError where it is not understood."""
    try:
        return line(arguments, prog_name="ellar app", standalone_mode=False) or 0
    except TyperException as error:
        raise UsageError(_told(error, arguments)) from None


def _told(error: TyperException, arguments: Sequence[str]) -> str:
    message = error.format_message().replace("\n\t", " ").rstrip(".")
    reason, *near = re.split(r"\.? Did you mean | \(Possible options: ", message)
    if (option := getattr(error, "option_name", None)) in _OURS:
        return f"{reason} here; write it before the command: {command('app', option, arguments[0])}"
    if near:
        return f"{reason}; did you mean {near[0].rstrip('?)')}?"
    context = getattr(error, "ctx", None)
    path = context.command_path.split()[1:] if context else ["app"]
    return f"{reason}; see {command(*path, '--help')}"


class _Grouped(TyperGroup):
    """Lists the commands by module in a pipe, too."""

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        modules = defaultdict[str, list[tuple[str, str]]](list)
        for name, one in self.commands.items():
            if not one.hidden:
                modules[getattr(one, "rich_help_panel", "")].append((name, one.get_short_help_str(formatter.width)))
        for module, rows in modules.items():
            with formatter.section(module):
                formatter.write_dl(rows)
