"""Mistakes that docs/databases.md tells of."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession

from ellar.common import Controller, ControllerBase, Module, get, ws_route
from ellar.core import ModuleBase, WebSocket
from ellar.di import ProviderConfig, request_scope
from tests.docs.mistakes import start


async def session() -> AsyncIterator[AsyncSession]:
    yield AsyncSession()


PROVIDER = ProviderConfig(AsyncSession, use_factory=session, scope=request_scope)


class Sales:
    def __init__(self, session: AsyncSession) -> None: ...


def make_singleton_with_a_session() -> None:
    @Controller("/register")
    class RegisterController(ControllerBase):
        def __init__(self, sales: Sales) -> None: ...

        @get("/")
        async def index(self) -> None: ...

    start(RegisterController, providers=[Sales, PROVIDER])


def make_controller_of_a_websocket_with_a_session() -> None:
    @Controller("/register")
    class RegisterController(ControllerBase):
        def __init__(self, session: AsyncSession) -> None: ...

        @ws_route("/live")
        async def live(self, websocket: WebSocket) -> None: ...

    start(RegisterController, providers=[PROVIDER])


def make_hook_with_a_session() -> None:
    @Module(providers=[PROVIDER])
    class RegisterModule(ModuleBase):
        async def on_startup(self, session: AsyncSession) -> None: ...

    start(modules=[RegisterModule])
