"""`ellar runserver`: the application of the project, served by uvicorn."""

import asyncio
import errno
import gc
import importlib
import logging
import os
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.config import LOGGING_CONFIG
from uvicorn.supervisors import ChangeReload

import ellar
import ellar_cli
from ellar.core import ImproperlyConfigured
from ellar_cli.errors import CliError
from ellar_cli.output import quote, say
from ellar_cli.project.project import Project, find_project

# uvicorn's own default waits for ever for a handler that ignores its client's leaving.
GRACEFUL_SHUTDOWN_SECONDS = 1
# uvicorn begins to watch only after one delay, and what is saved before that is never noticed; its own is 0.25.
_RELOAD_DELAY_SECONDS = 0.01
# What an orderly end takes at most, from Ctrl-C on.
_STOP_SECONDS = 1.6
# What is left to do when the application has shut down; threads cannot be cancelled, and Python would wait for them.
_EXIT_SECONDS = 0.3


class NoCancelledError(logging.Filter):
    """Leaves out the traceback of a handler that Ctrl-C cut short: it is nobody's mistake."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record stays."""
        return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class Server(uvicorn.Server):
    """uvicorn's server, which ends soon after Ctrl-C whatever a handler does."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in good order; where a handler blocks the event loop, that never begins, and the process ends."""
        super().handle_exit(sig, frame)
        _end_after(_STOP_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End connections, tasks and the application; then the process, though a handler sleeps in a thread."""
        await super().shutdown(sockets)
        _end_after(_EXIT_SECONDS)


def _end_after(seconds: float) -> None:
    end = threading.Timer(seconds, _end)
    end.daemon = True
    end.start()


def _end() -> None:
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(0)


_LOGGING = LOGGING_CONFIG | {
    "filters": {"no_cancelled_error": {"()": f"{__name__}.{NoCancelledError.__name__}"}},
    "handlers": {
        name: handler | {"filters": ["no_cancelled_error"]} for name, handler in LOGGING_CONFIG["handlers"].items()
    },
}


def runserver(start: Path, host: str, port: int, *, reload: bool) -> None:
    """Serve the application of the project around `start` until Ctrl-C.

    Raises CliError where there is none, it does not start, or the port is taken.
    """
    gc.enable()
    project = find_project(start)
    _prepare(project)
    port = _free_port(host, port)
    # With reload, a process of its own loads the application, again after each change.
    application = "ellar_cli.main:application" if reload else load(project)
    say(f"{project.root.name} on http://{_address(host)}:{port}, reload {'on' if reload else 'off'}; Ctrl-C stops it")
    sys.stdout.flush()
    config = uvicorn.Config(
        application,
        factory=reload,
        host=host,
        port=port,
        reload=reload,
        reload_dirs=[str(project.root)] if reload else None,
        reload_delay=_RELOAD_DELAY_SECONDS,
        log_config=_LOGGING,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_SECONDS,
    )
    server = Server(config)
    with suppress(KeyboardInterrupt):
        if reload:
            ChangeReload(config, target=server.run, sockets=[config.bind_socket()]).run()
        else:
            server.run()


def _prepare(project: Project) -> None:
    sys.path.insert(0, str(project.root))
    os.environ.setdefault("ELLAR_CONFIG_MODULE", project.config)
    if (project.root / ".env").is_file():  # the command may have been typed in a folder below
        os.environ.setdefault("ELLAR_ENV_FILE", str(project.root / ".env"))


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


def load(project: Project) -> Any:
    """Import the application of a project and make it. Raises CliError for a mistake in it."""
    try:
        return _factory(project)()
    except CliError:
        raise
    except ImproperlyConfigured as error:
        raise CliError(str(error)) from None
    except ModuleNotFoundError as error:
        raise CliError(_missing_module(error, project) or _shown(error)) from None
    except Exception as error:
        raise CliError(_shown(error)) from None


def _factory(project: Project) -> Callable[[], Any]:
    module_name, _, name = project.application.partition(":")
    module = importlib.import_module(module_name)
    factory: object = getattr(module, name, None)
    if not callable(factory):
        fault = "is no function" if hasattr(module, name) else "is not there"
        raise CliError(f"{_setting(project)}: {project.application} {fault}")
    return factory


def _setting(project: Project) -> str:
    return f"{project.root / 'pyproject.toml'}: [tool.ellar] application"


def _missing_module(error: ModuleNotFoundError, project: Project) -> str | None:
    """Return what to do about a module that is not there, or None where it is one of the project's own."""
    name = error.name or ""
    module = project.application.partition(":")[0]
    if module == name or module.startswith(f"{name}."):
        return f"{_setting(project)}: there is no module {name}"
    package = name.partition(".")[0]
    importing = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename, project)]
    if (project.root / package).exists() or not importing:
        return None
    place = f"{Path(importing[-1].filename).relative_to(project.root)}:{importing[-1].lineno}"
    pip = quote(sys.executable, "-m", "pip", "install", package)
    return f"{place}: {error.msg}; if the name is right, install its package: {pip}"


def _is_own(filename: str, project: Project) -> bool:
    path = Path(filename)
    return path.is_relative_to(project.root) and "site-packages" not in path.parts


def _shown(error: Exception) -> str:
    """Return the traceback of a person's mistake, without the frames that are not theirs to mend."""
    shown = traceback.TracebackException.from_exception(error)
    shown.stack = traceback.StackSummary.from_list(
        [frame for frame in shown.stack if not _is_machinery(frame.filename)]
    )
    return f"the application does not start\n{''.join(shown.format())}".rstrip()


def _is_machinery(filename: str) -> bool:
    folders = (Path(module.__file__ or "").parent for module in (ellar, ellar_cli, importlib))
    return filename.startswith("<frozen importlib") or any(Path(filename).is_relative_to(folder) for folder in folders)
