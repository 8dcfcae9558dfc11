"""The commands that run the application."""

from pathlib import Path
from typing import Annotated

import typer

from ellar_cli.parsing import options


def runserver(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 picks a free one.", min=0, max=65535)] = 8000,
    reload: Annotated[bool, typer.Option("--reload/--no-reload", help="Restart when a file changes.")] = False,
) -> None:
    _check_distribution()

    from ellar_cli.commands.runserver import runserver

    runserver(Path.cwd(), host, port, reload=reload)


def app(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="COMMAND", help="A command, and what it takes; --help lists them all.", show_default=False
        ),
    ] = None,
    app: options.App = None,
    traceback: options.Traceback = False,
) -> None:
    _check_distribution()

    from ellar_cli.commands.app import app as run

    run(Path.cwd(), app, arguments or [], traceback=traceback)


def shell(
    code: Annotated[
        str | None, typer.Option("-c", metavar="CODE", help="Run this and end, instead of asking.", show_default=False)
    ] = None,
    app: options.App = None,
    traceback: options.Traceback = False,
) -> None:
    _check_distribution()

    from ellar_cli.commands.shell import shell

    shell(Path.cwd(), app, code, traceback=traceback)


def _check_distribution() -> None:
    from ellar_cli.distribution.foreign import check_runtime, warn_of_foreign_distributions

    # Before a command is imported: it imports the runtime, which may have been overwritten.
    warn_of_foreign_distributions()
    check_runtime()
