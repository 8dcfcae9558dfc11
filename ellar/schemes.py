"""Schemes: where the guards of `ellar.security` take credentials from, for a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ellar.config import Config
from ellar.security import (
    APIKeyCookieGuard,
    APIKeyHeaderGuard,
    APIKeyQueryGuard,
    BasicGuard,
    BearerGuard,
    SessionGuard,
    SubprotocolGuard,
)
from ellar.words import own_doc


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way to give credentials: for `http` its scheme's name, else the name of a header, query value or cookie."""

    guard: str
    description: str
    place: str
    name: str
    subprotocol: str | None


def scheme_of(guard: Any, config: Config) -> Scheme | None:
    """That of a guard, a class or an instance; None for one that is not of `ellar.security`."""
    kind = guard if isinstance(guard, type) else type(guard)
    where = _place(guard, kind, config)
    subprotocol = guard.protocol if issubclass(kind, SubprotocolGuard) else None
    return None if where is None else Scheme(kind.__name__, own_doc(kind), *where, subprotocol)


def _place(guard: Any, kind: type[Any], config: Config) -> tuple[str, str] | None:
    if issubclass(kind, BearerGuard):
        return "http", "bearer"
    if issubclass(kind, BasicGuard):
        return "http", "basic"
    if issubclass(kind, SessionGuard):
        return "cookie", config.SESSION_COOKIE_NAME
    if issubclass(kind, SubprotocolGuard):
        return "header", "Sec-WebSocket-Protocol"
    kinds = {APIKeyHeaderGuard: "header", APIKeyQueryGuard: "query", APIKeyCookieGuard: "cookie"}
    return next(((place, guard.name) for base, place in kinds.items() if issubclass(kind, base)), None)


class Security:
    """The schemes that guards have asked for so far, each under a name of its own."""

    def __init__(self) -> None:
        self._names: dict[Scheme, str] = {}

    def name_of(self, scheme: Scheme) -> str:
        """The guard's class, with a number where another of that name has other credentials."""
        if scheme not in self._names:
            same = sum(known.guard == scheme.guard for known in self._names)
            self._names[scheme] = f"{scheme.guard}_{same + 1}" if same else scheme.guard
        return self._names[scheme]

    def objects(self, api_key: str) -> dict[str, dict[str, str]]:
        """The Security Scheme Objects; `api_key` is the type that the document knows for keys in headers."""
        return {name: _scheme_object(scheme, api_key) for scheme, name in self._names.items()}


def _scheme_object(scheme: Scheme, api_key: str) -> dict[str, str]:
    told = {"description": scheme.description} if scheme.description else {}
    if scheme.place == "http":
        return {"type": "http", "scheme": scheme.name, **told}
    if scheme.subprotocol is not None:
        told["x-subprotocol"] = scheme.subprotocol
    return {"type": api_key, "in": scheme.place, "name": scheme.name, **told}
