"""Ctrl-C while a process starts, which Python would end with a traceback of its own imports."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

_CAN_WAIT = hasattr(signal, "pthread_sigmask")  # not on Windows


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Let Ctrl-C wait until the block has ended; in processes that are started in it, until they call `hear`."""
    if _CAN_WAIT:
        resource_tracker.ensure_running()  # which, where multiprocessing starts it, hears of everything again
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        hear()


def hear() -> None:
    """Heed Ctrl-C from now on, and the one that has waited."""
    if _CAN_WAIT:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
