"""The application in the process that uvicorn's reloader starts, anew after each change."""

import sys
from pathlib import Path

from ellar_cli.application.loading import load
from ellar_cli.application.target import find_target
from ellar_cli.errors import CliError
from ellar_cli.main import report


def application() -> object:
    """Return the application of the project around; where it is broken, say so and end, until a file changes."""
    try:
        return load(find_target(Path.cwd()))
    except CliError as error:
        sys.exit(report(CliError(f"{error}\nnot serving; waiting for a file to change")))
