"""`ellar app`: the commands that the application brings itself."""

import gc
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import typer
from typer.exceptions import TyperException
from typer.main import get_group

from ellar.command_line import command_line
from ellar_cli.application.mistakes import mistake
from ellar_cli.application.own import loaded_app
from ellar_cli.application.target import Target
from ellar_cli.errors import CliError, UsageError
from ellar_cli.help_page import Row, command_page
from ellar_cli.output import command
from ellar_cli.refusals import worded

_OURS = ("--app", "--traceback")
_NONE_YET = (
    "No module has commands yet: write a function, def greet(name: str) -> None, and commands=[greet] in the module."
)
_SUMMARY_LENGTH = 100


def app(start: Path, chosen: str | None, arguments: Sequence[str], *, traceback: bool = False) -> None:
    """Run a command line of the application `chosen`, or of that of the project around `start`.

    `--help` shows as much as can be known. Raises CliError for a mistake in the application or in the command,
    UsageError for what the command does not take, and typer.Exit with the code that it ends with.
    """
    gc.enable()
    if list(arguments) == ["--help"]:
        sys.stdout.write(_page(start, chosen))
        return
    target, application = loaded_app(start, chosen, traceback=traceback)
    line = command_line(application)
    line.rich_markup_mode = "rich" if sys.stdout.isatty() else None
    if not arguments:
        sys.stdout.write(_page_of(line))
    elif code := _run(line, arguments, target, traceback=traceback):
        raise typer.Exit(code)


def _page(start: Path, chosen: str | None) -> str:
    """Return the page of help; where the application is broken, with one line on that in place of its commands."""
    try:
        return _page_of(command_line(loaded_app(start, chosen)[1]))
    except CliError as error:
        return command_page("app", note=f"No commands can be shown: {str(error).splitlines()[0]}")


def _page_of(line: typer.Typer) -> str:
    modules = defaultdict[str, list[Row]](list)
    for name, one in get_group(line).commands.items():
        if not one.hidden:
            modules[getattr(one, "rich_help_panel", "")].append(Row(name, "", one.get_short_help_str(_SUMMARY_LENGTH)))
    return command_page("app", modules, "" if modules else _NONE_YET)


def _run(line: typer.Typer, arguments: Sequence[str], target: Target, *, traceback: bool) -> int:
    try:
        return line(arguments, prog_name="ellar app", standalone_mode=False) or 0
    except TyperException as error:
        raise UsageError(_told(error, arguments)) from None
    except typer.Abort:
        raise CliError("aborted") from None
    except BrokenPipeError:
        raise
    except Exception as error:
        raise mistake(error, target, traceback=traceback) from None


def _told(error: TyperException, arguments: Sequence[str]) -> str:
    reason, *near = re.split(r"\.? Did you mean | \(Possible options: ", worded(error).replace("\n\t", " "))
    if (option := getattr(error, "option_name", None)) in _OURS:
        return f"{reason} here; write it before the command: {command('app', option, arguments[0])}"
    if near:
        return f"{reason}; did you mean {near[0].rstrip('?)')}?"
    context = getattr(error, "ctx", None)
    path = context.command_path.split()[1:] if context else ["app"]
    return f"{reason.rstrip('.')}; see {command(*path, '--help')}"
