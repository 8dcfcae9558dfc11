"""Loads an application that is one of ours, for what the runtime alone can do with it."""

from pathlib import Path

from ellar.app import App
from ellar_cli.application.loading import loaded
from ellar_cli.application.target import Target
from ellar_cli.errors import CliError


def loaded_app(start: Path, app: str | None = None, *, traceback: bool = False) -> tuple[Target, App]:
    """Return what `loaded` does. Raises CliError for an application of another kind, too."""
    target, application = loaded(start, app, traceback=traceback)
    if not isinstance(application, App):
        raise CliError(
            f"{target.setting}: {target.import_path} is a {type(application).__name__}; commands and the shell are"
            " there for an ellar.app.App alone"
        )
    return target, application
