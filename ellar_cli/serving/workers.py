"""Several processes that serve one application from one socket."""

import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Any

from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from ellar_cli.application.loading import loaded
from ellar_cli.errors import CliError
from ellar_cli.main import report
from ellar_cli.serving.config import ServerConfig
from ellar_cli.serving.interrupts import interrupts_wait
from ellar_cli.serving.lifespan import Told
from ellar_cli.serving.server import stop_seconds

_PAUSE = 0.05  # seconds


@dataclass(frozen=True)
class Loaded:
    """What to load, as it is handed to the new process. Called there, it makes the application."""

    start: Path
    app: str | None
    traceback: bool

    def __call__(self) -> Any:
        """Return the application; end the process where it has been broken since the first one was made."""
        try:
            target, application = loaded(self.start, self.app, traceback=self.traceback)
        except CliError as error:
            report(error)
            sys.exit(STARTUP_FAILURE)
        return Told(application, target, traceback=self.traceback)


def serve_by_workers(load: Loaded, options: dict[str, Any], first: Any, bound: socket) -> bool:
    """Serve an application until Ctrl-C; `first` is one that was made here. Return whether all have started."""
    config = ServerConfig(load, options)
    config.adopt(first)
    workers = _Workers(config, [bound])
    workers.run()
    return not any(process.exitcode == STARTUP_FAILURE for process in workers.processes)


class _Workers(Multiprocess):
    """uvicorn's processes, which end in time whatever a handler does, or at a second Ctrl-C."""

    _hurries = False

    def init_processes(self) -> None:
        """Start them."""
        with interrupts_wait():
            super().init_processes()

    def handle_int(self) -> None:
        """End; at the second Ctrl-C, which may come before the first one was seen, at once."""
        self._hurries = self.should_exit.is_set()
        super().handle_int()

    def join_all(self) -> None:
        """Wait for the processes; those that are left then are killed."""
        end = time.monotonic() + stop_seconds(self.config)
        while any(process.process.is_alive() for process in self.processes):
            if self._hurries or signal.SIGINT in self.signal_queue or time.monotonic() > end:
                for process in self.processes:
                    process.process.kill()
            time.sleep(_PAUSE)
