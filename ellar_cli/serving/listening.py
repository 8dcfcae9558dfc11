"""The socket that a server listens on: had before the application is loaded, and kept.

It listens at once, for two servers can be bound to one address until one of them does. Who asks waits for the start.
"""

import errno
import os
import socket
from collections.abc import Collection
from pathlib import Path
from textwrap import shorten
from typing import Any

from ellar_cli.errors import CliError

_TRIED_PORTS = 20
_LAST_PORT = 65535
_EVERYBODYS = 0o666
_LONGEST_COMMAND = 60  # letters


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address, on a free port for 0.

    Raises CliError where that cannot be had: the port is taken or for root alone, or the host is not this machine.
    """
    if not 0 <= port <= _LAST_PORT:
        raise CliError(f"{port} is no port; they go from 0, which picks a free one, to {_LAST_PORT}: see --port")
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host or None, port, socket.AF_UNSPEC, socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return _bound(family, address)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None)
        raise CliError(f"{shown(host, port)}: {_reason(error, number, host, port)}") from None


def listen_at(path: str) -> socket.socket:
    """Return a socket that listens on a file, for a proxy on this machine. Raises CliError where it cannot be."""
    found = socket.socket(socket.AF_UNIX)
    try:
        remove_left(path)
        found.bind(path)
        os.chmod(path, _EVERYBODYS)  # as uvicorn does: the proxy is mostly another user
        found.listen()
    except OSError as error:
        found.close()
        raise CliError(f"--uds {path}: {error.strerror or error}; name a new file in a folder that is there") from None
    found.set_inheritable(True)
    return found


def remove_left(path: str) -> None:
    """Remove a socket's file that nobody listens on, as a server leaves it that was killed."""
    if not Path(path).is_socket():
        return
    with socket.socket(socket.AF_UNIX) as client:
        client.setblocking(False)  # who has no time to answer is there
        if client.connect_ex(path) == errno.ECONNREFUSED:
            Path(path).unlink(missing_ok=True)


def listen_by(descriptor: int) -> socket.socket:
    """Return a socket that another program has bound and handed to this one. Raises CliError where there is none."""
    try:
        return socket.socket(fileno=descriptor)
    except OSError as error:
        raise CliError(f"--fd {descriptor}: {error.strerror}; who starts this has to hand a socket over") from None


def shown(host: str, port: int) -> str:
    """Return an address as it stands in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def bare(host: str) -> str:
    """Return a host without the brackets that IPv6 has in a URL."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def reached(host: str) -> str:
    """Return where a server that listens on `host`, maybe on all addresses, is reached from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _bound(family: int, address: Any) -> socket.socket:
    found = socket.socket(family)
    try:
        if os.name == "posix":  # elsewhere it lets two servers have one port
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen()
    except OSError:
        found.close()
        raise
    found.set_inheritable(True)
    return found


def _reason(error: Exception, number: int | None, host: str, port: int) -> str:
    said = getattr(error, "strerror", None) or str(error)
    if number == errno.EADDRINUSE:
        user = occupant(port)
        return f"{said}{f' by {user}' if user else ''}; another port: --port {_free(host, port)}"
    if number == errno.EACCES:
        return f"{said}: ports below 1024 need special rights; another port: --port {_free(host, 7999)}"
    return f"{said}; see --host (127.0.0.1 is this machine alone, 0.0.0.0 all its addresses)"


def _free(host: str, port: int) -> int:
    """Return one of the next ports that is free; 0, which picks any, where none is."""
    for candidate in range(port + 1, min(port + _TRIED_PORTS, _LAST_PORT)):
        try:
            family, _, _, _, address = socket.getaddrinfo(host or None, candidate, type=socket.SOCK_STREAM)[0]
            _bound(family, address).close()
        except OSError:
            continue
        return candidate
    return 0


def occupant(port: int) -> str | None:
    """Return who listens on a port: a command, its folder and its process; None where the system does not tell."""
    inodes = {f"socket:[{inode}]" for inode in _listening(port)}
    processes = sorted(Path("/proc").glob("[0-9]*"), key=lambda process: int(process.name)) if inodes else []
    # The first of those that share it: it has started the others.
    return next(filter(None, (_user(process, inodes) for process in processes)), None)


def _user(process: Path, inodes: Collection[str]) -> str | None:
    """Return who a process is, if it has one of the sockets."""
    try:
        if not any(os.readlink(link) in inodes for link in (process / "fd").iterdir()):
            return None
        words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        folder = os.readlink(process / "cwd")
    except OSError:  # another person's, or gone
        return None
    command = "ellar runserver" if "runserver" in words else " ".join([os.path.basename(words[0]), *words[1:]]).strip()
    told = shorten(command, _LONGEST_COMMAND, placeholder=" ...")
    return f"{told} in {folder} (process {process.name})"


def _listening(port: int) -> set[str]:
    """Return Linux's numbers of the sockets that listen on a port."""
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        rows = table.read_text().splitlines()[1:] if table.is_file() else []
        for _, local, _, state, *_, inode in (row.split()[:10] for row in rows):
            if state == "0A" and int(local.rpartition(":")[2], 16) == port:
                found.add(inode)
    return found
