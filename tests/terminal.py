"""A terminal of its own for a command, with the test as the person who reads and types."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = 20.0  # seconds
CTRL_C, CTRL_D, ENTER = "\x03", "\x04", "\r"
# Makes standard input the terminal that signals come from, and becomes the command.
_BECOME = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


class Terminal:
    """Runs `command` in `folder` while the with block lasts; `screen` is what was shown since the last answer."""

    def __init__(self, command: Sequence[str | Path], folder: Path) -> None:
        self.command = [sys.executable, "-c", _BECOME, *command]
        self.folder = folder
        self.screen = ""

    def __enter__(self) -> Self:
        self.descriptor, inner = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "200"}
        self.process = subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=environment,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        os.close(inner)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.descriptor)

    def answer(self, question: str, typed: str) -> None:
        """Waits until the question is on the screen, and types."""
        end = time.monotonic() + PATIENCE
        while question not in self.screen:
            assert self._read(end), f"no {question!r} in:\n{self.screen}"
        self.screen = self.screen.partition(question)[2]
        time.sleep(0.1)  # nobody types faster
        os.write(self.descriptor, typed.encode())

    def exit_code(self) -> int:
        """Waits for the end."""
        end = time.monotonic() + PATIENCE
        while self._read(end):
            pass
        return self.process.wait(max(0.1, end - time.monotonic()))

    def _read(self, until: float) -> bool:
        if not select.select([self.descriptor], [], [], max(0.0, until - time.monotonic()))[0]:
            return False
        try:
            shown = os.read(self.descriptor, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            return False
        self.screen += shown.decode().replace("\r\n", "\n")
        return bool(shown)
