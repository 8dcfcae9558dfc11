"""`ellar runserver`: the application of the project, served by uvicorn."""

import errno
import gc
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

import uvicorn
from uvicorn.supervisors import ChangeReload

from ellar_cli.application.loading import load
from ellar_cli.application.target import find_target, prepare
from ellar_cli.errors import CliError
from ellar_cli.output import say
from ellar_cli.serving import reloading
from ellar_cli.serving.server import LOGGING, Server

# uvicorn's own default waits for ever for a handler that ignores its client's leaving.
GRACEFUL_SHUTDOWN_SECONDS = 1
# uvicorn begins to watch only after one delay, and what is saved before that is never noticed; its own is 0.25.
_RELOAD_DELAY_SECONDS = 0.01


def runserver(start: Path, host: str, port: int, *, reload: bool) -> None:
    """Serve the application of the project around `start` until Ctrl-C.

    Raises CliError where there is none, it does not start, or the port is taken.
    """
    gc.enable()
    target = find_target(start)
    prepare(target)
    port = _free_port(host, port)
    # With reload, a process of its own loads the application, again after each change.
    application = f"{reloading.__name__}:{reloading.application.__name__}" if reload else load(target)
    say(f"{target.folder.name} on http://{_address(host)}:{port}, reload {'on' if reload else 'off'}; Ctrl-C stops it")
    sys.stdout.flush()
    config = uvicorn.Config(
        application,
        factory=reload,
        host=host,
        port=port,
        reload=reload,
        reload_dirs=[str(target.folder)] if reload else None,
        reload_delay=_RELOAD_DELAY_SECONDS,
        log_config=LOGGING,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_SECONDS,
    )
    server = Server(config)
    with suppress(KeyboardInterrupt):
        if reload:
            ChangeReload(config, target=server.run, sockets=[config.bind_socket()]).run()
        else:
            server.run()


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
