"""Mistakes that docs/guards.md tells of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ellar.common import (
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    get,
    ws_route,
)
from ellar.security import BearerGuard, SessionGuard, SubprotocolGuard
from tests.docs.mistakes import start


def club(guard: Any, **settings: Any) -> None:
    @Controller("/club")
    class ClubController(ControllerBase):
        @ws_route("/live")
        @Guards(guard)
        async def live(self) -> None: ...

    start(ClubController, config_module=settings)


def make_no_guard() -> None:
    Guards(type("Login", (), {"__module__": "builtins"}))


def make_guard_that_is_not_async() -> None:
    class Login(GuardCanActivate):
        def can_activate(self, context: IExecutionContext) -> bool:  # type: ignore[override]  # the mistake
            return True

    Guards(Login)


def make_authenticate_that_is_not_async() -> None:
    class Login(BearerGuard):
        def authenticate(self, token: str, context: IExecutionContext) -> str:  # type: ignore[override]  # the mistake
            return token


class Users: ...


class Session(SessionGuard):
    async def authenticate(self, session: Mapping[str, Any], context: IExecutionContext) -> object:
        return session


def make_no_sessions() -> None:
    club(type("Login", (Session,), {}))


def make_no_key() -> None:
    club(Session, SESSION_COOKIE_NAME="session")


def make_subprotocol_of_a_request() -> None:
    class Login(SubprotocolGuard):
        async def authenticate(self, token: str, context: IExecutionContext) -> str:
            return token

    @Controller("/club")
    @Guards(Login)
    class ClubController(ControllerBase):
        @get("/")
        async def index(self) -> None: ...

    start(ClubController)


def make_guard_that_needs_what_is_not_there() -> None:
    class Login(GuardCanActivate):
        def __init__(self, users: Users) -> None: ...

        async def can_activate(self, context: IExecutionContext) -> bool:
            return True

    club(Login)
