"""The server that a path belongs to: where `ellar runserver` listens in the same folder."""

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ellar_cli.application.target import Target, env_file
from ellar_cli.errors import CliError
from ellar_cli.project.project import Project, project_around
from ellar_cli.serving.listening import bare, reached, shown

HOST, PORT = "127.0.0.1", 8000
_VARIABLES = ("ELLAR_HOST", "ELLAR_PORT", "ELLAR_SSL_CERTFILE")


@dataclass(frozen=True)
class Server:
    """Where a server listens, and whether it speaks TLS; with port 0, it picks one itself."""

    host: str = HOST
    port: int = PORT
    is_secure: bool = False

    @property
    def address(self) -> str:
        """The host and the port, as in an address."""
        return shown(reached(self.host), self.port)

    @property
    def url(self) -> str:
        """What the address of a page begins with."""
        return f"http{'s' if self.is_secure else ''}://{self.address}"

    @property
    def started_by(self) -> tuple[str, ...]:
        """The command that starts it."""
        host = ("--host", self.host) if self.host != HOST else ()
        return ("runserver", *host, *(("--port", str(self.port)) if self.port != PORT else ()))


def server_of(start: Path, host: str | None, port: int | None) -> Server:
    """Return the server of the folder `start`, at another host or port where these are said.

    Raises CliError where its `.env` is broken, and, where no port is said, for a project that is.
    """
    try:
        project = project_around(start)
    except CliError:
        if port is None:
            raise
        project = None
    return _server(host, port, _told(_env_file(project)) if project else {})


def server_of_project(project: Project) -> Server:
    """Return where `ellar runserver` will listen.

    Where what tells that is broken, the default: the command will say so itself.
    """
    port = os.environ.get("ELLAR_PORT", "")
    told = {}
    with suppress(CliError):
        told = _told(_env_file(project))
    found = _server(os.environ.get("ELLAR_HOST"), int(port) if port.isdecimal() else None, told)
    return found if found.port else replace(found, port=PORT)


def _env_file(project: Project) -> Path:
    return env_file(Target(project.application, project.root, "", project))


def _server(host: str | None, port: int | None, told: dict[str, Any]) -> Server:
    certificate = os.environ.get("ELLAR_SSL_CERTFILE") or told.get("ssl_certfile")
    given = told.get("port") if port is None else port
    return Server(bare(host or told.get("host") or HOST), PORT if given is None else given, bool(certificate))


def _told(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):  # none that says where
        return {}
    if not any(name in text for name in _VARIABLES):
        return {}
    # It takes twice as long as all the rest.
    from ellar_cli.serving.options import from_env_file

    return from_env_file(file)
