"""Where to connect to: a path of the server here, or a whole address."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlencode, urlsplit, urlunsplit

from ellar_cli.connecting.server import Server
from ellar_cli.errors import UsageError

_SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
_HOST_AND_PORT = re.compile(r"([\w.-]+|\[[\da-fA-F:]+\]):\d+(/.*)?")
_AS_TYPED = "/%:@!$&'()*+,;=~?"


@dataclass(frozen=True)
class Address:
    """A websocket's address; `server` is the one here that it was made for, if any."""

    url: str
    server: Server | None = None

    @property
    def shown(self) -> str:
        """The address without the password that may be in it."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

    @property
    def is_secure(self) -> bool:
        """Say whether it is reached over TLS."""
        return self.url.startswith("wss:")

    @property
    def listener(self) -> str:
        """The host and the port that a server listens on there."""
        return urlsplit(self.shown).netloc

    @property
    def is_here(self) -> bool:
        """Say whether it is this machine's own, which no proxy leads to."""
        host = urlsplit(self.url).hostname or ""
        return host in ("localhost", "::1") or host.startswith("127.")


def address(typed: str, server: Server, queries: Sequence[str] = ()) -> Address:
    """Return the address of a path of the server, or a whole one as it is, with more parameters of its query.

    Raises UsageError for what is none, and for a path of a server that picks its port.
    """
    parts = _parts(typed if not _HOST_AND_PORT.fullmatch(typed) else f"ws://{typed}")
    query = "&".join(part for part in (quote(parts.query, _AS_TYPED), urlencode(_pairs(queries))) if part)
    path = f"/{quote(parts.path, _AS_TYPED).removeprefix('/')}"
    if parts.netloc:
        return Address(urlunsplit((_SCHEMES[parts.scheme], parts.netloc, path, query, "")))
    if not server.port:
        raise UsageError("with port 0 the server picks one, and says which; write that: --port")
    scheme = "wss" if server.is_secure else "ws"
    return Address(urlunsplit((scheme, server.address, path, query, "")), server)


def is_whole(typed: str) -> bool:
    """Say whether what was typed has a host of its own."""
    return "://" in typed or bool(_HOST_AND_PORT.fullmatch(typed))


def _parts(typed: str) -> SplitResult:
    if typed and "://" not in typed:
        # Not urlsplit: a path may have a colon in it, and begin with two slashes.
        path, _, query = typed.partition("#")[0].partition("?")
        return SplitResult("", "", path, query, "")
    try:
        parts = urlsplit(typed)
        is_address = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, a port that is no number
        is_address = False
    if not is_address:
        raise UsageError(f"{typed!r} is no address of a websocket; write it like /path or ws://host:port/path")
    return parts


def _pairs(queries: Sequence[str]) -> list[tuple[str, str]]:
    for query in queries:
        if "=" not in query:
            raise UsageError(f"--query cannot be {query!r}; write it like name=value")
    return [(name, value) for name, _, value in (query.partition("=") for query in queries)]
