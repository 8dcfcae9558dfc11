"""The commands that run the application."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ellar_cli.parsing import options

_OURS = {"words", "app", "env_file", "open_browser", "traceback"}


def runserver(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="-- OPTIONS", help="Any other options of uvicorn's; -- --help lists them.", show_default=False
        ),
    ] = None,
    app: options.App = None,
    host: Annotated[
        str | None,
        typer.Option(
            envvar="ELLAR_HOST", help="The address to listen on; 0.0.0.0 is every one.", show_default="127.0.0.1"
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            envvar="ELLAR_PORT",
            help="The port to listen on; 0 picks a free one.",
            min=0,
            max=65535,
            show_default="8000",
        ),
    ] = None,
    reload: Annotated[
        bool | None,
        typer.Option("--reload/--no-reload", envvar="ELLAR_RELOAD", help="Follow every change of a file."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(envvar="ELLAR_WORKERS", help="How many processes serve it.", min=1, show_default="1"),
    ] = None,
    log_level: Annotated[
        Literal["critical", "error", "warning", "info", "debug", "trace"] | None,
        typer.Option(
            envvar="ELLAR_LOG_LEVEL",
            help="What the server and the application log at least.",
            case_sensitive=False,
            show_default="info",
        ),
    ] = None,
    root_path: Annotated[
        str | None,
        typer.Option(metavar="PATH", envvar="ELLAR_ROOT_PATH", help="The path that a proxy in front takes off."),
    ] = None,
    proxy_headers: Annotated[
        bool | None,
        typer.Option(
            "--proxy-headers/--no-proxy-headers",
            envvar="ELLAR_PROXY_HEADERS",
            help="Believe a proxy's X-Forwarded headers.",
            show_default="on",
        ),
    ] = None,
    forwarded_allow_ips: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESSES",
            envvar="ELLAR_FORWARDED_ALLOW_IPS",
            help="The proxies that are believed, with commas between; * is all, by default 127.0.0.1 and ::1.",
            show_default=False,
        ),
    ] = None,
    ssl_keyfile: Annotated[
        str | None, typer.Option(metavar="FILE", envvar="ELLAR_SSL_KEYFILE", help="The key of the certificate.")
    ] = None,
    ssl_certfile: Annotated[
        str | None,
        typer.Option(metavar="FILE", envvar="ELLAR_SSL_CERTFILE", help="The certificate: serves https and wss."),
    ] = None,
    env_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", envvar="ELLAR_ENV_FILE", help="The settings to read.", show_default=".env"),
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser when it answers.")] = False,
    traceback: options.Traceback = False,
) -> None:
    if words and not words[0].startswith("-"):
        context.fail(f"Got unexpected extra argument(s) ({words[0]})")
    options.check_runtime()

    from ellar_cli.commands.runserver import Wanted, runserver

    typed = {name: value for name, value in context.params.items() if name not in _OURS and value is not None}
    runserver(Wanted(Path.cwd(), app, traceback, open_browser, env_file, typed, words or ()))


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
    options.check_runtime()

    from ellar_cli.commands.app import app as run

    run(Path.cwd(), app, arguments or [], traceback=traceback)


def shell(
    code: Annotated[
        str | None, typer.Option("-c", metavar="CODE", help="Run this and end, instead of asking.", show_default=False)
    ] = None,
    app: options.App = None,
    traceback: options.Traceback = False,
) -> None:
    options.check_runtime()

    from ellar_cli.commands.shell import shell

    shell(Path.cwd(), app, code, traceback=traceback)
