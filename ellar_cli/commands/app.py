"""`ellar app`: the commands that the application brings itself."""

import gc
import re
import sys
from asyncio import CancelledError
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_group

from ellar.app import App
from ellar.command_line import command_line
from ellar_cli.application.command_pages import draw, rows
from ellar_cli.application.ending import terminable
from ellar_cli.application.mistakes import mistake
from ellar_cli.application.own import loaded_app
from ellar_cli.application.target import Target
from ellar_cli.errors import CliError, Interrupted, UsageError
from ellar_cli.help_page import Row, command_page
from ellar_cli.output import command, quote
from ellar_cli.refusals import worded

_OURS = ("--app", "--traceback")
_NONE_YET = (
    "No module has commands yet: write a function, def greet(name: str) -> None, and commands=[greet] in the module."
)


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
    if not arguments:
        sys.stdout.write(_page_of(application, chosen))
        return
    if code := _run(application, arguments, target, traceback=traceback):
        raise typer.Exit(code)


def _page(start: Path, chosen: str | None) -> str:
    """Return the page of help; where the application is broken, with one line on that in place of its commands."""
    try:
        return _page_of(loaded_app(start, chosen)[1], chosen)
    except CliError as error:
        return command_page("app", note=f"No commands can be shown: {str(error).splitlines()[0]}")


def _page_of(application: App, chosen: str | None) -> str:
    group = get_group(command_line(application))
    modules: dict[str, list[Row]] = {listed.module: [] for listed in application.commands}
    listed = modules | rows(group)
    words = [*(("--app", chosen) if chosen else ()), *_first(group, listed)]
    example = f"ellar {quote('app', *words, '--help')}" if modules else ""
    return command_page("app", listed, "" if modules else _NONE_YET, example)


def _first(group: TyperGroup, listed: Mapping[str, list[Row]]) -> list[str]:
    """Return the first of the commands that are listed, by the words that are typed for it."""
    for row in chain.from_iterable(listed.values()):
        one = group.commands[row.name]
        return [row.name, *(_first(one, rows(one)) if isinstance(one, TyperGroup) else ())]
    return []


def _run(application: App, arguments: Sequence[str], target: Target, *, traceback: bool) -> int:
    try:
        line = get_group(command_line(application))
        draw(line)
        with terminable():
            return int(line(arguments, prog_name="ellar app", standalone_mode=False) or 0)
    except TyperException as error:
        if _is_page(error):
            sys.stdout.write(f"{error.format_message()}\n")
            return UsageError.exit_code
        raise UsageError(_told(error, arguments)) from None
    except typer.Abort as end:
        if isinstance(end.__cause__, EOFError):  # typer takes every one for Ctrl-D at a question of its own
            raise mistake(end.__cause__, target, traceback=traceback) from None
        raise CliError("aborted") from None
    except (Interrupted, BrokenPipeError):
        raise
    except (Exception, CancelledError) as error:
        raise mistake(error, target, traceback=traceback) from None


def _is_page(error: TyperException) -> bool:
    """Is it what a Typer with `no_args_is_help` answers?"""
    context = getattr(error, "ctx", None)
    return context is not None and error.format_message() == context.get_help()


def _told(error: TyperException, arguments: Sequence[str]) -> str:
    reason, *near = re.split(r"\.? Did you mean | \(Possible options: ", worded(error).replace("\n\t", " "))
    # As the page of the command has it.
    reason = re.sub(
        r"(?<=^Missing argument )'.*?'|(?<=^Invalid value for )'[^-].*?'", lambda name: name[0].upper(), reason
    )
    if (option := getattr(error, "option_name", None)) in _OURS:
        return f"{reason} here; write it before the command: {command('app', option, arguments[0])}"
    if option in ("-h", "-?"):
        return f"{reason}; did you mean --help?"
    if near:
        return f"{reason}; did you mean {near[0].rstrip('?)').replace(', ', ' or ')}?"
    context = getattr(error, "ctx", None)
    path = context.command_path.split()[1:] if context else ["app"]
    return f"{reason.rstrip('.')}; see {command(*path, '--help')}"
