"""How what runs the application is ended from outside."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from ellar_cli.errors import Interrupted


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM, by which containers are stopped, do what Ctrl-C does: the application ends in good order."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    received: list[int] = []

    def interrupt(number: int, _: object) -> None:
        received.append(number)
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if received:
            raise Interrupted(signal.SIGTERM)
