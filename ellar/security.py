"""Security: guards that know where credentials come from, and ask the application whose they are.

    class TokenGuard(BearerGuard):
        def __init__(self, users: UserService) -> None:
            self.users = users

        async def authenticate(self, token: str, context: IExecutionContext) -> User | None:
            return self.users.with_token(token)

Each works before requests and websockets alike, but for SubprotocolGuard. Compare secrets by
`secrets.compare_digest(given.encode(), known.encode())`: `==` takes the longer, the more of a guess is right.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from base64 import b64decode
from collections.abc import Iterable, Mapping
from inspect import isawaitable, iscoroutinefunction
from typing import Any, Generic, NamedTuple, TypeVar

from starlette.requests import HTTPConnection

from ellar.config import Config
from ellar.context import IExecutionContext
from ellar.controllers import HTTPSpec
from ellar.declared import Declared
from ellar.di import Graph
from ellar.exceptions import ImproperlyConfigured, NotAuthenticated, place
from ellar.guards import Guard, GuardCanActivate

__all__ = [
    "APIKeyCookieGuard",
    "APIKeyHeaderGuard",
    "APIKeyQueryGuard",
    "BasicCredentials",
    "BasicGuard",
    "BearerGuard",
    "SessionGuard",
    "SubprotocolGuard",
]

Credentials = TypeVar("Credentials")

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # b64token of RFC 6750, section 2.1
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class _Authentication(GuardCanActivate, Generic[Credentials]):
    """Refuses with NotAuthenticated who gives no credentials, or such as nobody has."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not iscoroutinefunction(cls.authenticate):
            raise ImproperlyConfigured(
                f"{place(cls.authenticate)}: {cls.__name__}.authenticate must be async: write async def authenticate"
            )
        realm = getattr(cls, "realm", "")
        if not (realm.isascii() and realm.isprintable()):
            raise ImproperlyConfigured(f"{place(cls)}: the realm {realm!r} goes into a header: write printable ASCII")

    @abstractmethod
    async def authenticate(self, credentials: Credentials, context: IExecutionContext, /) -> Any:
        """The user whose credentials these are, who is then at `context.user`; None, or what else is falsy, for nobody.

        It is not called without credentials. An APIException that it raises refuses with its own status.
        """

    async def can_activate(self, context: IExecutionContext) -> bool:
        credentials = self._given(context.switch_to_http_connection().get_client())
        user = await self.authenticate(credentials, context) if credentials else None
        if isawaitable(user):  # it would be let in, whoever it is
            raise TypeError(f"{type(self).__name__}.authenticate returned {type(user).__name__}: await it there")
        if not user:  # `session.get("user", "")` is nobody either
            challenge = self._challenge(credentials)
            raise NotAuthenticated(headers={"WWW-Authenticate": challenge} if challenge else None)
        context.user = user
        return True

    @abstractmethod
    def _given(self, connection: HTTPConnection) -> Credentials | None:
        """What the client gives; None for nothing, and for what is malformed."""

    def _challenge(self, given: Credentials | None) -> str | None:
        """What `WWW-Authenticate` says, for schemes that have one."""
        return None


class BearerGuard(_Authentication[str]):
    """`Authorization: Bearer <token>`, by RFC 6750."""

    realm: str = "Restricted"

    def _given(self, connection: HTTPConnection) -> str | None:
        token = _authorization(connection, "bearer")
        return token if _TOKEN.fullmatch(token) else None

    def _challenge(self, given: str | None) -> str:
        error = "" if given is None else ', error="invalid_token"'
        return f"Bearer realm={_quoted(self.realm)}{error}"


class BasicCredentials(NamedTuple):
    """What a person has typed."""

    username: str
    password: str


class BasicGuard(_Authentication[BasicCredentials]):
    """`Authorization: Basic <username:password in base64>`, by RFC 7617, in UTF-8; a browser asks for it by itself."""

    realm: str = "Restricted"

    def _given(self, connection: HTTPConnection) -> BasicCredentials | None:
        try:
            text = b64decode(_authorization(connection, "basic"), validate=True).decode()
        except ValueError:
            return None
        username, colon, password = text.partition(":")
        if not colon or text == colon or _CONTROL.search(text):
            return None
        return BasicCredentials(username, password)

    def _challenge(self, given: BasicCredentials | None) -> str:
        return f'Basic realm={_quoted(self.realm)}, charset="UTF-8"'


class APIKeyHeaderGuard(_Authentication[str]):
    """A key in the header `name`."""

    name: str = "X-API-Key"

    def _given(self, connection: HTTPConnection) -> str | None:
        return _key(connection.headers.getlist(self.name))


class APIKeyQueryGuard(_Authentication[str]):
    """A key in the query string, as `name`. Servers log it: a header keeps it from there."""

    name: str = "api_key"

    def _given(self, connection: HTTPConnection) -> str | None:
        return _key(connection.query_params.getlist(self.name))


class APIKeyCookieGuard(_Authentication[str]):
    """A key in the cookie `name`."""

    name: str = "api_key"

    def _given(self, connection: HTTPConnection) -> str | None:
        return _key([connection.cookies.get(self.name, "")])


class SessionGuard(_Authentication[Mapping[str, Any]]):
    """The session that a login has filled (`request.session["user"] = ...`); an empty one is none.

    It needs `SESSION_COOKIE_NAME` in the config. A browser sends the cookie with a websocket's handshake too.
    """

    def _given(self, connection: HTTPConnection) -> Mapping[str, Any] | None:
        return connection.session


class SubprotocolGuard(_Authentication[str]):
    """The token of a browser's `new WebSocket(url, ["bearer", token])`: a page can't give a websocket headers.

    It is the offered subprotocol after `protocol`, so it has letters, digits and ``!#$%&'*+-.^_`|~`` alone, as a JWT
    and `secrets.token_urlsafe()` have. `accept()` answers with `protocol`, without which a browser would close.
    """

    protocol: str = "bearer"

    def _given(self, connection: HTTPConnection) -> str | None:
        offered: list[str] = connection.scope.get("subprotocols", [])
        if offered.count(self.protocol) != 1:
            return None
        return _key(offered[offered.index(self.protocol) + 1 :][:1])

    async def can_activate(self, context: IExecutionContext) -> bool:
        allowed = await super().can_activate(context)
        context.switch_to_http_connection().get_client().scope["ellar.subprotocol"] = self.protocol
        return allowed


def check_routes(routes: Iterable[Declared], graph: Graph, config: Config) -> None:
    """Raises ImproperlyConfigured for a guard that could never let anything through."""
    for route in routes:
        for guard in route.guards:
            found = provided(guard, route, graph)
            kind = found if isinstance(found, type) else type(found)
            begin = f"{place(route.handler)}: {route.name} is behind {kind.__name__}, a "
            if issubclass(kind, SessionGuard) and not config.SESSION_COOKIE_NAME:
                raise ImproperlyConfigured(
                    f'{begin}SessionGuard, and there are no sessions: set SESSION_COOKIE_NAME = "session" in the config'
                )
            if issubclass(kind, SubprotocolGuard) and isinstance(route.spec, HTTPSpec):
                raise ImproperlyConfigured(
                    f"{begin}SubprotocolGuard, and a request offers no subprotocols: put it on websockets alone,"
                    " and a BearerGuard here"
                )


def provided(guard: Guard, route: Declared, graph: Graph) -> Any:
    """A route's guard, or what a module or a test provides in its place: a class, an instance or a factory."""
    provider = graph.find(route.node, guard) if isinstance(guard, type) else None
    return provider.source if provider else guard


def _authorization(connection: HTTPConnection, scheme: str) -> str:
    """What follows this scheme in the one Authorization header; empty where there is none, or two."""
    headers = connection.headers.getlist("authorization")
    given, _, credentials = headers[0].partition(" ") if len(headers) == 1 else ("", "", "")
    return credentials.strip(" ") if given.lower() == scheme else ""


def _key(values: list[str]) -> str | None:
    """The one value, if it is printable ASCII, as `secrets.compare_digest` wants it."""
    key = values[0] if len(values) == 1 else ""
    return key if key.isascii() and key.isprintable() else None


def _quoted(text: str) -> str:
    """A quoted-string of RFC 9110, section 5.6.4."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
