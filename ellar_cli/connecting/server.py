"""The server that a path belongs to: where `ellar runserver` listens in the same folder."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ellar_cli.application.target import env_file, find_target
from ellar_cli.errors import CliError
from ellar_cli.serving.listening import bare, reached, shown

HOST, PORT = "127.0.0.1", 8000
_VARIABLES = ("ELLAR_HOST", "ELLAR_PORT", "ELLAR_SSL_CERTFILE")


@dataclass(frozen=True)
class Server:
    """Where a server listens, and whether it speaks TLS."""

    host: str = HOST
    port: int = PORT
    is_secure: bool = False

    @property
    def address(self) -> str:
        """The host and the port, as in an address."""
        return shown(reached(self.host), self.port)

    @property
    def started_by(self) -> tuple[str, ...]:
        """The command that starts it."""
        host = ("--host", self.host) if self.host != HOST else ()
        return ("runserver", *host, *(("--port", str(self.port)) if self.port != PORT else ()))


def server_of(start: Path, host: str | None, port: int | None) -> Server:
    """Return the server of the folder `start`, at another host or port where these are said.

    Raises CliError where its `.env` is broken.
    """
    told = _told_in_env_file(start)
    certificate = os.environ.get("ELLAR_SSL_CERTFILE") or told.get("ssl_certfile")
    return Server(bare(host or told.get("host") or HOST), port or told.get("port") or PORT, bool(certificate))


def _told_in_env_file(start: Path) -> dict[str, Any]:
    try:
        file = env_file(find_target(start))
        text = file.read_text(encoding="utf-8-sig")
    except (CliError, OSError, UnicodeDecodeError):  # no project, or none that says where
        return {}
    if not any(name in text for name in _VARIABLES):
        return {}
    # It takes twice as long as all the rest.
    from ellar_cli.serving.options import from_env_file

    return from_env_file(file)
