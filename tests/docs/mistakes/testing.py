"""Mistakes that docs/testing.md tells of."""

from __future__ import annotations

from contextlib import suppress

import anyio
from starlette.websockets import WebSocketDisconnect

from ellar.common import (
    Controller,
    ControllerBase,
    get,
    ws_route,
)
from ellar.core import Config, WebSocket
from ellar.testing import Test
from tests.docs.mistakes import start


@Controller("/ends")
class EndsController(ControllerBase):
    @ws_route("/numbers")
    async def numbers(self, websocket: WebSocket, accepts: bool = True, closes: bool = False) -> None:
        if accepts:
            await websocket.accept()
        if not closes:
            await anyio.sleep_forever()


class ShopConfig(Config):
    CURRENCY: str = "EUR"


@Controller("/prices")
class PriceController(ControllerBase):
    @get("/{price:int}")
    async def price(self, price: int, config: ShopConfig) -> str:
        return f"{price} {config.CURRENCY}"


def receive(query: str = "") -> None:
    client = Test.create_test_module(controllers=[EndsController]).get_test_client(receive_timeout=0.1)
    with client.websocket_connect(f"/ends/numbers{query}") as websocket:
        with suppress(WebSocketDisconnect):
            websocket.receive_text()
        websocket.receive_text()


def make_nothing_sent() -> None:
    receive()


def make_nothing_accepted() -> None:
    receive("?accepts=false")


def make_closed_before() -> None:
    receive("?closes=true")


def make_config_of_another_class() -> None:
    start(PriceController)
