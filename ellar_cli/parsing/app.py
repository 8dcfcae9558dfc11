"""The parser: of the commands that a line may be about."""

import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Annotated

import typer

from ellar_cli import help as words


def parser(names: Iterable[str] = words.COMMANDS) -> typer.Typer:
    """Return the parser of some commands: each costs time, and a line is mostly about one."""
    app = typer.Typer(
        name="ellar",
        help=words.ABOUT,
        epilog=f"Start here: {words.START}",
        add_completion=False,
        # Boxes are for eyes; a pipe gets plain text.
        rich_markup_mode="rich" if sys.stdout.isatty() else None,
    )
    app.callback(invoke_without_command=True)(_main)
    for name in names:
        entry = words.COMMANDS[name]
        group = import_module(f"ellar_cli.parsing.{entry.group.lower()}")
        decorate = app.command(
            name, help=entry.summary, epilog=f"Example: {entry.example}", rich_help_panel=entry.group
        )
        decorate(getattr(group, name.replace("-", "_")))
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        from ellar_cli.commands.version import version

        version()
        raise typer.Exit


def _main(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help=words.OPTIONS["--version"])
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
