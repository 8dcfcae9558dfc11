"""The parser: of the commands that a line may be about."""

from collections.abc import Iterable
from importlib import import_module
from typing import Annotated

import typer

from ellar_cli import help as words

# What follows a command of the application's own is that command's.
_SETTINGS = {"app": {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}}


def parser(names: Iterable[str] = words.COMMANDS) -> typer.Typer:
    """Return the parser of some commands: each costs time, and a line is mostly about one."""
    # The pages of help and the tracebacks are without the boxes that typer's rich ones have.
    app = typer.Typer(name="ellar", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(_main)
    for name in names:
        group = import_module(f"ellar_cli.parsing.{words.COMMANDS[name].group.lower()}")
        app.command(name, context_settings=_SETTINGS.get(name))(getattr(group, name.replace("-", "_")))
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        from ellar_cli.commands.version import version

        version()
        raise typer.Exit


def _main(version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True)] = False) -> None:
    """Take the options that stand before a command."""
