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
from uvicorn.supervisors.multiprocess import Process

from ellar_cli.application.loading import loaded
from ellar_cli.errors import CliError
from ellar_cli.main import report
from ellar_cli.serving.config import ServerConfig
from ellar_cli.serving.interrupts import interrupts_wait
from ellar_cli.serving.lifespan import Told
from ellar_cli.serving.processes import ended_by
from ellar_cli.serving.server import stop_seconds

_PAUSE = 0.05  # seconds
# What a process may take to say whether it serves: one that loads the application says nothing.
_ANSWER_SECONDS = 0.3


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
    return not workers.have_failed and all(process.exitcode != STARTUP_FAILURE for process in workers.processes)


class _Workers(Multiprocess):
    """uvicorn's processes, which end in time whatever a handler does, or at a second Ctrl-C."""

    _hurries = False

    def __init__(self, config: ServerConfig, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        self.have_failed = False
        self._serving: set[int | None] = set()

    def init_processes(self) -> None:
        """Start the first, and the others when it serves: what it does not start with is a mistake in each."""
        self._start()
        while not (serves := self._serves(self.processes[0])) and not self.should_exit.is_set():
            self.handle_signals()
            time.sleep(_PAUSE)
        for _ in range(1, self.processes_num if serves else 1):
            self._start()

    def _start(self) -> None:
        with interrupts_wait():
            process = Process(self.config, self.sockets)
            process.start()
        self.processes.append(process)

    def _serves(self, process: Process) -> bool:
        """Say whether a process has started. Where it has ended instead, stop all: so would the next one."""
        if process.pid not in self._serving and process.is_ready(_ANSWER_SECONDS):
            self._serving.add(process.pid)
        serves = process.pid in self._serving
        if not serves and process.exitcode is not None:
            self._stop_for(process.exitcode)
        return serves

    def keep_subprocess_alive(self) -> None:
        """Start those anew that have served and ended."""
        for process in self.processes:
            self._serves(process)
        super().keep_subprocess_alive()

    def _stop_for(self, code: int) -> None:
        self.handle_signals()
        if self.should_exit.is_set():  # it was told to end
            return
        self.have_failed = True
        self.should_exit.set()
        if code != STARTUP_FAILURE:  # which has said why
            report(CliError(f"a worker has ended before it served, {ended_by(code)}"))

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
