"""Opens a websocket, and words why one cannot be opened."""

import errno
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidMessage, InvalidStatus, InvalidURI, NegotiationError, WebSocketException
from websockets.http11 import Response
from websockets.proxy import get_proxy
from websockets.typing import Origin, Subprotocol
from websockets.uri import parse_uri

from ellar_cli.connecting.address import Address
from ellar_cli.errors import CliError, UsageError
from ellar_cli.output import command, on_one_line

LEAVING_SECONDS = 1
"""How long the server may take to answer our close."""
LONGEST_BODY = 500
"""Letters of an answer that are shown."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~\w-]+", re.ASCII)
_HOST = re.compile(r"([\w.-]+|\[[\da-fA-F:.]+\])(:\d+)?", re.ASCII)
_ORIGIN = re.compile(r"[a-z][a-z\d+.-]*://[^/\s]", re.IGNORECASE | re.ASCII)
_OWN_HEADERS = {
    "connection": "it is the handshake's own",
    "upgrade": "it is the handshake's own",
    "origin": "write --origin",
    "sec-websocket-protocol": "write --subprotocol",
}


@dataclass(frozen=True)
class Handshake:
    """What a client says when it connects; `timeout` is in seconds.

    `host` is asked for in place of the one that is connected to.
    """

    timeout: float
    origin: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    subprotocols: tuple[str, ...] = ()
    insecure: bool = False
    host: str | None = None


def handshake(
    timeout: float, origin: str | None, headers: Sequence[str], subprotocols: Sequence[str], *, insecure: bool
) -> Handshake:
    """Return a handshake with headers that are written `Name: value`.

    Raises UsageError for what may not be in one.
    """
    if origin is not None and not _is_origin(origin):
        raise UsageError(f"--origin cannot be {origin!r}; write it like http://example.com")
    for name in subprotocols:
        if not _TOKEN.fullmatch(name):
            raise UsageError(f"--subprotocol cannot be {name!r}: it is one word, without spaces and commas")
    pairs = [_header(header) for header in headers]
    others = tuple((name, value) for name, value in pairs if name.lower() != "host")
    return Handshake(timeout, origin, others, tuple(dict.fromkeys(subprotocols)), insecure, _host(pairs))


def _host(headers: Sequence[tuple[str, str]]) -> str | None:
    hosts = [value for name, value in headers if name.lower() == "host"]
    if not hosts:
        return None
    if len(hosts) > 1:
        raise UsageError(f"--header cannot be Host twice: {hosts[0]!r} and {hosts[1]!r}")
    if not _is_host(hosts[0]):
        raise UsageError(f"--header cannot be Host: {hosts[0]!r}; write it like 'Host: example.com'")
    return hosts[0]


def _header(typed: str) -> tuple[str, str]:
    name, colon, value = typed.partition(":")
    if not colon or not _TOKEN.fullmatch(name) or not _is_value(value):
        raise UsageError(f"--header cannot be {typed!r}; write it like 'Name: value'")
    reason = _OWN_HEADERS.get(name.lower())
    if reason or name.lower().startswith("sec-websocket-"):
        raise UsageError(f"--header cannot be {name}: {reason or 'it is the handshake itself'}")
    return name, value.strip()


def _is_host(text: str) -> bool:
    try:
        return bool(_HOST.fullmatch(text)) and urlsplit(f"//{text}").port != 0
    except ValueError:
        return False


def _is_origin(text: str) -> bool:
    # A page that comes from no site, as from a file, says null.
    return _is_value(text) and (text == "null" or bool(_ORIGIN.match(text)))


def _is_value(text: str) -> bool:
    return text.isprintable() and text.isascii()


async def opened(address: Address, handshake: Handshake) -> ClientConnection:
    """Connect; `async with` closes what is returned. Raises CliError where there is no websocket to be had."""
    try:
        proxy = None if address.is_here else get_proxy(parse_uri(address.url))
    except InvalidURI as error:
        raise UsageError(f"{address.shown} is no address of a websocket: {error.msg}") from None
    if proxy and handshake.host:
        raise UsageError(
            "--header cannot be Host through a proxy; NO_PROXY in the environment names whom it is not for"
        )
    try:
        return await connect(
            _asked(address, handshake),
            origin=None if handshake.origin is None else Origin(handshake.origin),
            subprotocols=[Subprotocol(name) for name in handshake.subprotocols] or None,
            additional_headers=handshake.headers,
            open_timeout=handshake.timeout,
            close_timeout=LEAVING_SECONDS,
            # A handler that is stopped in a debugger answers no pings; the server's own keep a connection alive.
            ping_interval=None,
            max_size=None,
            proxy=proxy,
            **_reached(address, handshake),
            **_tls(address, handshake),
        )
    except UnicodeError:
        raise CliError(f"{address.shown}: there can be no host of this name") from None
    # ImportError: for a kind of proxy. ValueError: for a redirect where another host is asked for.
    except (OSError, WebSocketException, ImportError, ValueError) as error:
        reason = _proxy_is_gone(proxy) if proxy and _is_refused(error) else _reason(error, address, handshake)
        raise CliError(f"{address.shown}: {on_one_line(reason)}") from None


def _asked(address: Address, handshake: Handshake) -> str:
    """Return the address with the host that is asked for."""
    if handshake.host is None:
        return address.url
    parts = urlsplit(address.url)
    login, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{login}{at}{handshake.host}"))


def _reached(address: Address, handshake: Handshake) -> dict[str, Any]:
    """Return where to connect to, where another host than that is asked for; TLS is with who is connected to."""
    if handshake.host is None:
        return {}
    there = parse_uri(address.url)
    return {"host": there.host, "port": there.port, **({"server_hostname": there.host} if there.secure else {})}


def _tls(address: Address, handshake: Handshake) -> dict[str, Any]:
    if not (address.is_secure and handshake.insecure):
        return {}
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}


def _reason(error: Exception, address: Address, handshake: Handshake) -> str:
    if isinstance(error, InvalidStatus):
        return _answered(error.response, handshake)
    if isinstance(error, TimeoutError) and not error.errno:
        return f"no answer in {handshake.timeout:g} s; --timeout waits longer"
    if _is_refused(error):
        return f"nobody listens on {address.listener}; {_is_it_running(address)}"
    if isinstance(error, ssl.SSLError):
        return _tls_failed(error, address)
    if isinstance(error, NegotiationError):
        return f"the server chose a subprotocol that was not offered: {error}"
    if isinstance(error, InvalidMessage | ConnectionResetError) and not address.is_secure:
        return f"no answer in HTTP; does the server speak TLS? {address.shown.replace('ws:', 'wss:', 1)}"
    if isinstance(error, ValueError) and isinstance(error.__cause__, InvalidStatus):
        return f"the server leads to {error.__cause__.response.headers['Location']}; connect to that"
    if isinstance(error, InvalidURI):  # a server's Location: ours has been looked at
        return f"the server leads to {error.uri}; connect to that"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _is_refused(error: Exception) -> bool:
    # Of several addresses of one name, asyncio has all refusals in one text.
    return isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(error)


def _proxy_is_gone(proxy: str) -> str:
    return f"nobody listens on {urlsplit(proxy).netloc.rpartition('@')[2]}, the proxy of this environment"


def _is_it_running(address: Address) -> str:
    return f"is it running? {command(*address.server.started_by)}" if address.server else "is it running?"


def _tls_failed(error: ssl.SSLError, address: Address) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted: {error.verify_message}; "
            "--insecure connects all the same, SSL_CERT_FILE=FILE names one to trust"
        )
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"):
        return f"the server speaks no TLS; write {address.shown.replace('wss:', 'ws:', 1)}"
    return f"no TLS: {(error.reason or str(error)).replace('_', ' ').lower()}"


def _answered(response: Response, handshake: Handshake) -> str:
    """Word an answer in HTTP instead of a websocket."""
    status = f"{response.status_code} {response.reason_phrase}".strip()
    body = bytes(response.body or b"").decode(errors="replace").strip()
    is_page = "html" in response.headers.get("Content-Type", "")
    told = f"{status}: {body[:LONGEST_BODY]}" if body and not is_page else status
    way_out = _way_out(response, body, handshake)
    return f"{told}; {way_out}" if way_out else told


def _way_out(response: Response, body: str, handshake: Handshake) -> str | None:
    if response.status_code == 404:
        return f"no websocket has this path; see {command('routes')}"
    if response.status_code == 401:
        return "say who you are, as its guard asks: by --header, --query or --subprotocol"
    if response.status_code == 403 and "origin" in body.lower() and (origin := _of_site(handshake.origin or "")):
        return f"if it should be, add {origin!r} to the server's WS_ALLOWED_ORIGINS"
    if response.status_code == 400 and "host not allowed" in body.lower():
        return "add it to the server's ALLOWED_HOSTS, or ask for one that is there: --header 'Host: NAME'"
    if response.status_code == 200:
        return "this answers requests, and is no websocket"
    return None


def _of_site(origin: str) -> str | None:
    """Return the origin of a site without more; the config takes no others."""
    parts = urlsplit(origin)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else None
