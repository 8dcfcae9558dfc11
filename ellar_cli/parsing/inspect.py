"""The commands that look at the application."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ellar_cli.errors import UsageError
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


def routes(
    tree: Annotated[bool, typer.Option("--tree", help="Show them by module, below what imports it.")] = False,
    match: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Show what answers, like /car/ or 'POST /car/', with which parameters, and what it hides.",
            show_default=False,
        ),
    ] = None,
    json: JsonResult = False,
    app: options.App = None,
    traceback: options.Traceback = False,
) -> None:
    if tree and match is not None:
        raise UsageError("--tree shows all routes, and --match what answers one address; leave one out")
    options.check_runtime()
    from ellar_cli.commands import routes

    if match is None:
        routes.routes(Path.cwd(), app, tree=tree, json=json, traceback=traceback)
    else:
        routes.match(Path.cwd(), app, match, json=json, traceback=traceback)


def doctor(
    app: options.App = None,
    config_class: Annotated[
        str | None,
        typer.Option(
            "--config",
            metavar="PACKAGE.MODULE:CLASS",
            help="The config for production; by default, ProductionConfig beside that of the project.",
            show_default=False,
        ),
    ] = None,
    ignored: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore",
            metavar="CODE",
            help="A code not to look for, like E305; as often as you like.",
            show_default=False,
        ),
    ] = None,
    json: JsonResult = False,
) -> None:
    from ellar_cli.commands.doctor import doctor

    if not doctor(Path.cwd(), app, config_class, ignored or (), as_json=json):
        raise typer.Exit(1)


def config(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One setting, like DEBUG; by default, all.", show_default=False)
    ] = None,
    app: options.App = None,
    config_class: ConfigClass = None,
    json: JsonResult = False,
    traceback: options.Traceback = False,
) -> None:
    options.check_runtime()
    from ellar_cli.commands.config import config

    config(name, Path.cwd(), app, config_class, as_json=json, traceback=traceback)


def connect(
    context: typer.Context,
    where: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="A path of the server here, like /car/live-support, or an address: wss://example.com/live.",
            show_default=False,
        ),
    ],
    host: Annotated[
        str | None,
        typer.Option(envvar="ELLAR_HOST", help="The host of the server of a path.", show_default="127.0.0.1"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            envvar="ELLAR_PORT", help="The port of the server of a path.", min=0, max=65535, show_default="8000"
        ),
    ] = None,
    query: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A parameter of the query; as often as you like.", show_default=False),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'NAME: VALUE'", help="A header of the handshake; as often as you like.", show_default=False
        ),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(metavar="ORIGIN", help="The site to come from, as a browser says it.", show_default=False),
    ] = None,
    subprotocol: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A subprotocol to offer; as often as you like, the best first.", show_default=False
        ),
    ] = None,
    form: Annotated[
        Literal["hex", "base64"] | None,
        typer.Option(
            "--bytes",
            help="Send each line as the bytes that it writes so; bytes that come are shown so too, else as hex.",
            show_default=False,
        ),
    ] = None,
    replies: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Leave when so many messages have come.", show_default=False),
    ] = None,
    wait: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0, help="When a pipe has ended: leave after so long without a message."),
    ] = 1,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.001, help="How long the handshake or a reply may take.")
    ] = 10,
    insecure: Annotated[bool, typer.Option("--insecure", help="Trust any certificate.")] = False,
) -> None:
    from ellar_cli.connecting.address import address, is_whole
    from ellar_cli.connecting.server import Server, server_of

    for name in ("host", "port"):
        source = context.get_parameter_source(name)
        if source and source.name == "COMMANDLINE" and is_whole(where):  # the environment's is for other lines, too
            raise UsageError(f"--{name} is for a path, and {where!r} has its own; leave one out")
    there = address(where, Server() if is_whole(where) else server_of(Path.cwd(), host, port), query or ())

    from ellar_cli.commands.connect import Ending, connect
    from ellar_cli.connecting.handshake import handshake

    said = handshake(timeout, origin, header or (), subprotocol or (), insecure=insecure)
    connect(there, said, Ending(replies, wait, timeout), form)
