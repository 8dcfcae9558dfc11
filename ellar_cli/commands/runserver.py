"""`ellar runserver`: an application, served by uvicorn."""

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from socket import AF_INET, AF_INET6, socket
from typing import Any

import typer

from ellar_cli.application.loading import load
from ellar_cli.application.target import Target, env_file, find_target, prepare
from ellar_cli.errors import CliError, UsageError
from ellar_cli.output import say
from ellar_cli.serving.browser import Serves, opens_when_it_serves
from ellar_cli.serving.certificate import check_certificate
from ellar_cli.serving.config import ServerConfig, summary
from ellar_cli.serving.lifespan import Told
from ellar_cli.serving.listening import bare, listen, listen_at, listen_by, reached, remove_left, shown
from ellar_cli.serving.options import OfEnvFile, check, typed, written
from ellar_cli.serving.reloading import Reloaded, Reloader
from ellar_cli.serving.server import LOGGING, Server
from ellar_cli.serving.workers import Loaded, serve_by_workers

_DEFAULTS: dict[str, Any] = {"host": "127.0.0.1", "port": 8000, "reload": False, "workers": 1, "log_config": LOGGING}


@dataclass(frozen=True)
class Wanted:
    """What to serve, and how: `options` are uvicorn's by its names, `words` are those typed after `--`.

    It is the application `app`, looked for in `start`, or else that of the project around `start`.
    """

    start: Path
    app: str | None = None
    traceback: bool = False
    opens_browser: bool = False
    env_file: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    words: Sequence[str] = ()


def runserver(wanted: Wanted) -> None:
    """Serve an application until Ctrl-C.

    Raises CliError where there is none, it does not start, or the server cannot have its address, certificate or
    `.env`; UsageError for options that do not go together; typer.Exit where the application ends before it starts.
    """
    gc.enable()
    target = find_target(wanted.start, wanted.app)
    options = _options(target, wanted)
    bound = _bound(options)
    try:
        if wanted.opens_browser:
            options["callback_notify"] = _opens(options, bound)
        with suppress(KeyboardInterrupt):
            _serve(target, wanted, options, bound)
    finally:
        bound.close()
        if "uds" in options:  # unless the next server has it already
            remove_left(options["uds"])


def _options(target: Target, wanted: Wanted) -> dict[str, Any]:
    """Return uvicorn's options: what was typed after `--`, then before it, then `.env`'s, then ours."""
    after = typed(wanted.words)
    if wanted.env_file is not None:
        _check_env_file(wanted.env_file)
        os.environ["ELLAR_ENV_FILE"] = os.path.abspath(wanted.env_file)
    of_file = written(env_file(target))
    options = _DEFAULTS | {name: given.value for name, given in of_file.items()} | dict(wanted.options) | after
    options["host"] = bare(options["host"])
    if options["reload"] and options["workers"] > 1:
        raise UsageError(f"--reload and --workers {options['workers']} do not go together; leave one of them out")
    check_certificate(
        options.get("ssl_certfile"),
        options.get("ssl_keyfile"),
        options.get("ssl_keyfile_password"),
        {name: given.place for name, given in of_file.items() if given.value == options[name]},
    )
    if after:
        check(options)
    if "log_level" in options:
        level = options["log_level"].upper()
        os.environ["ELLAR_LOG_LEVEL"] = "DEBUG" if level == "TRACE" else level
    return options


def _check_env_file(file: str) -> None:
    if Path(file).is_file():
        return
    named = "ELLAR_ENV_FILE" if os.environ.get("ELLAR_ENV_FILE") == file else "--env-file"
    reason = "it is no file; name one with NAME=value lines" if Path(file).exists() else "there is no such file"
    raise CliError(f"{named} {file}: {reason}")


def _bound(options: dict[str, Any]) -> socket:
    if "uds" in options:
        return listen_at(options["uds"])
    if "fd" in options:
        return listen_by(options["fd"])
    return listen(options["host"], options["port"])


def _serve(target: Target, wanted: Wanted, options: dict[str, Any], bound: socket) -> None:
    first = first_line(target, options, bound)
    if options["reload"]:
        # Another process loads it, anew after each change; what this one sets, that would inherit.
        _say(first)
        asked = OfEnvFile(env_file(target), {*wanted.options, *typed(wanted.words)})
        Reloader(Reloaded(wanted.start, wanted.app, wanted.traceback), options, bound, target.folder, asked).run()
        gc.freeze()  # at its end Python would look through all objects, and somebody waits for the prompt
        return
    prepare(target)
    application = load(target, traceback=wanted.traceback)
    _say(first, *summary(application))
    if options["workers"] > 1:
        has_started = serve_by_workers(Loaded(wanted.start, wanted.app, wanted.traceback), options, application, bound)
    else:
        server = Server(ServerConfig(lambda: Told(application, target, traceback=wanted.traceback), options))
        with suppress(SystemExit):  # with a code of uvicorn's own
            server.run([bound])
        has_started = server.started
    if not has_started:  # it has been told why
        raise typer.Exit(1)


def _say(*lines: str) -> None:
    for line in lines:
        say(line)
    sys.stdout.flush()


def first_line(target: Target, options: dict[str, Any], bound: socket) -> str:
    """Return what is said before all else: what is served, and where it is reached from this machine."""
    name = target.folder.name if target.project else target.import_path
    workers = f"{options['workers']} workers, " if options["workers"] > 1 else ""
    reload = "on" if options["reload"] else "off"
    return f"{name} on {_where(options, bound)}, {workers}reload {reload}; Ctrl-C stops it"


def _where(options: dict[str, Any], bound: socket) -> str:
    is_everywhere = bound.family in (AF_INET, AF_INET6) and reached(_host(options, bound)) != _host(options, bound)
    return f"{_url(options, bound)}{', on all addresses' if is_everywhere else ''}"


def _host(options: dict[str, Any], bound: socket) -> str:
    return str(options["host"] or bound.getsockname()[0])


def _url(options: dict[str, Any], bound: socket) -> str:
    if bound.family not in (AF_INET, AF_INET6):
        return f"unix:{options['uds']}" if "uds" in options else f"file descriptor {options['fd']}"
    scheme = "https" if options.get("ssl_certfile") else "http"
    return f"{scheme}://{shown(reached(_host(options, bound)), bound.getsockname()[1])}"


def _opens(options: dict[str, Any], bound: socket) -> Serves:
    if bound.family not in (AF_INET, AF_INET6):
        raise UsageError("--open needs an address that a browser reaches: --host and --port")
    return opens_when_it_serves(_url(options, bound))
