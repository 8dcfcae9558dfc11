"""Origins: which site's page opens a websocket."""

from __future__ import annotations

from urllib.parse import urlsplit

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def is_same_origin(origin: str, host: str) -> bool:
    """Does the Origin header name the host and port of the Host header? By any scheme: TLS may end at a proxy."""
    ours = _address(f"//{host}")
    return ours is not None and ours == _address(origin)


def _address(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url)
        port = None if parts.port in (80, 443) else parts.port
    except ValueError:
        return None
    if parts.hostname is None:
        return None
    return "localhost" if parts.hostname in _LOOPBACK else parts.hostname, port


_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str | None:
    """An origin in one spelling; None for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (KeyError, ValueError):
        return None
    if not parts.hostname or parts.path not in ("", "/"):
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


def origin_as_sent(url: str) -> str | None:
    """An origin as browsers write it, in small letters and without the port that goes without saying."""
    origin = origin_of(url)
    return origin and origin.removesuffix(f":{_DEFAULT_PORTS[urlsplit(origin).scheme]}")
