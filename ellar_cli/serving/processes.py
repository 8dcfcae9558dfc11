"""The processes that serve for another one: their end with that one, and what they have ended by themselves with."""

import os
import signal
import threading
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess


def end_with_parent() -> None:
    """Let this process end when the one that has started it is gone, though that was killed and could end nobody."""
    if parent := parent_process():
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def ended_by(code: int) -> str:
    """Return what an exit code says: the number, or the signal that has ended the process."""
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with {code}"
