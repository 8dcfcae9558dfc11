"""Opens a page of the server when it answers."""

import socket
import threading
import time
import webbrowser

from ellar_cli.output import warn

_PATIENCE = 60.0  # seconds, for a slow start
_PAUSE = 0.1


def open_when_it_answers(url: str, address: tuple[str, int]) -> None:
    """Open a page in the person's browser as soon as somebody listens on an address, without waiting for it here."""
    threading.Thread(target=_open, args=(url, address), daemon=True).start()


def _open(url: str, address: tuple[str, int]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection(address, timeout=1).close()
        except OSError:
            time.sleep(_PAUSE)
            continue
        if not webbrowser.open(url):
            warn(f"no browser is found here (BROWSER names one); open {url}")
        return
