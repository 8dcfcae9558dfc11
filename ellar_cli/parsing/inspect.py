"""The commands that look at the application."""

from pathlib import Path
from typing import Annotated

import typer

from ellar_cli.parsing import options

ConfigClass = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="PACKAGE.MODULE:CLASS",
        help="Another config class than the application's, like project.config:ProductionConfig.",
        show_default=False,
    ),
]
JsonResult = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]


def config(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One setting, like DEBUG; by default, all.", show_default=False)
    ] = None,
    app: options.App = None,
    config_class: ConfigClass = None,
    json: JsonResult = False,
    traceback: options.Traceback = False,
) -> None:
    from ellar_cli.commands.config import config

    config(name, Path.cwd(), app, config_class, as_json=json, traceback=traceback)
