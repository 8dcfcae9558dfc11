"""The commands that run the application."""

from pathlib import Path
from typing import Annotated

import typer


def runserver(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 picks a free one.", min=0, max=65535)] = 8000,
    reload: Annotated[bool, typer.Option("--reload/--no-reload", help="Restart when a file changes.")] = False,
) -> None:
    from ellar_cli.distribution.foreign import check_runtime, warn_of_foreign_distributions

    # Before the command is imported: it imports the runtime, which may have been overwritten.
    warn_of_foreign_distributions()
    check_runtime()

    from ellar_cli.commands.runserver import runserver

    runserver(Path.cwd(), host, port, reload=reload)
