"""A server as a person starts it: a process in a folder, on a port, ended with Ctrl-C."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

START_LIMIT = 30.0  # seconds
STOP_LIMIT = 10.0  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def clean_environment(**variables: str) -> dict[str, str]:
    """This process's environment without what is meant for this run alone, and with `variables`."""
    own = {"VIRTUAL_ENV", "PYTHONPATH", "SECRET_KEY"}
    kept = {k: v for k, v in os.environ.items() if k not in own and not k.startswith(("ELLAR_", "PYTEST_"))}
    return kept | variables


class Server:
    """Runs `command` in `folder` while the with block lasts; the command has to listen on `port` of 127.0.0.1.

    Entering it raises AssertionError, with what the command printed, where it ends before it listens.
    """

    start_limit = START_LIMIT

    def __init__(self, command: Sequence[str | Path], folder: Path, port: int, **variables: str) -> None:
        self.command = command
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder.with_name(f"{folder.name}-{port}.log")
        self.environment = clean_environment(PYTHONUNBUFFERED="1", **variables)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()

    def start(self) -> None:
        assert not answers(self.port), f"port {self.port} is in use"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_it_listens()
        except AssertionError:
            self.stop()
            raise

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + self.start_limit
        while not answers(self.port):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def stop(self) -> float:
        """Presses Ctrl-C; says how many seconds the server took to end."""
        pressed = time.monotonic()
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self.process.pid, signal.SIGINT)  # as a terminal does: to the shell and all that it started
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return time.monotonic() - pressed
