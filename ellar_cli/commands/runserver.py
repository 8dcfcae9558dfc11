"""`ellar runserver`: the application of the project, served by uvicorn."""

import errno
import gc
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

import typer
import uvicorn

from ellar_cli.application.loading import load
from ellar_cli.application.target import find_target, prepare
from ellar_cli.errors import CliError
from ellar_cli.output import say
from ellar_cli.serving.lifespan import Told
from ellar_cli.serving.reloading import Reloaded, Reloader
from ellar_cli.serving.server import LOGGING, Server

# uvicorn's own default waits for ever for a handler that ignores its client's leaving.
GRACEFUL_SHUTDOWN_SECONDS = 1


def runserver(start: Path, host: str, port: int, *, reload: bool) -> None:
    """Serve the application of the project around `start` until Ctrl-C.

    Raises CliError where there is none, it does not start, or the port is taken.
    """
    gc.enable()
    target = find_target(start)
    port = _free_port(host, port)
    # With reload, a process of its own loads the application, again after each change; what this one sets, it inherits.
    if not reload:
        prepare(target)
    application = Reloaded(start) if reload else Told(load(target), target)
    say(f"{target.folder.name} on http://{_address(host)}:{port}, reload {'on' if reload else 'off'}; Ctrl-C stops it")
    sys.stdout.flush()
    config = uvicorn.Config(
        application,
        factory=reload,
        host=host,
        port=port,
        log_config=LOGGING,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_SECONDS,
    )
    server = Server(config)
    with suppress(KeyboardInterrupt):
        if reload:
            Reloader(config, server.run, [config.bind_socket()], target.folder).run()
        else:
            with suppress(SystemExit):  # with a code of uvicorn's own
                server.run()
            if not server.started:  # it has been told why
                raise typer.Exit(1)


def _address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _free_port(host: str, port: int) -> int:
    """Return the port, or a free one for 0. Raises CliError where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        if os.name == "posix":
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            is_the_ports_fault = getattr(error, "errno", None) in (errno.EADDRINUSE, errno.EACCES)
            way_out = f"another port: --port {max(port + 1, 8000) % 65536}" if is_the_ports_fault else "see --host"
            raise CliError(f"{_address(host)}:{port}: {reason}; {way_out}") from None
        return int(trial.getsockname()[1])
