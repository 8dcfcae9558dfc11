"""Opens a page of the server when it serves."""

import webbrowser
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Thread

from ellar_cli.output import warn


class Serves:
    """What uvicorn calls while it serves, in whichever process that is; the first call is passed on."""

    def __init__(self, told: Connection) -> None:
        self._told = told

    async def __call__(self) -> None:
        """Tell that it serves."""
        with suppress(OSError):  # it is told already
            self._told.send_bytes(b"1")
            self._told.close()


def opens_when_it_serves(url: str) -> Serves:
    """Return what opens a page in the person's browser when it is called first, here or in a process started here."""
    heard, told = Pipe(duplex=False)
    Thread(target=_open, args=(url, heard), daemon=True).start()
    return Serves(told)


def _open(url: str, heard: Connection) -> None:
    heard.recv_bytes()
    heard.close()
    if not webbrowser.open(url):
        warn(f"no browser is found here (BROWSER names one); open {url}")
