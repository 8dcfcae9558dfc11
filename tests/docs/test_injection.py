"""What docs/injection.md says beyond its blocks."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from ellar.common import Controller, ControllerBase, Inject, WsBody, get, ws_route
from ellar.core import ImproperlyConfigured, WebSocket
from ellar.di import ProviderConfig, injectable, transient_scope
from ellar.testing import Test, TestClient


class Car(BaseModel):
    name: str = "Mini"


@Controller("/")
class BareController(ControllerBase):
    @get("/")
    async def index(self, name: str) -> str:
        return name


def client_of(controller: type[Any], *providers: Any) -> TestClient:
    return Test.create_test_module(controllers=[controller], providers=providers).get_test_client()


def test_a_bare_str_is_of_the_request_whoever_provides_one() -> None:
    assert client_of(BareController).get("/?name=asked").json() == "asked"
    assert client_of(BareController, ProviderConfig(str, use_value="given")).get("/?name=asked").json() == "asked"


def test_inject_insists() -> None:
    @Controller("/")
    class InsistingController(ControllerBase):
        @get("/")
        async def index(self, car: Inject[Car]) -> Car:
            return car

    assert client_of(InsistingController, Car).get("/").json() == {"name": "Mini"}
    with pytest.raises(ImproperlyConfigured, match="nobody provides"):
        client_of(InsistingController)


def test_a_transient_is_of_one_parameter_and_stays_with_the_connection() -> None:
    @injectable(scope=transient_scope)
    class Dice: ...

    @Controller("/")
    class DiceController(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, websocket: WebSocket, one: Dice, two: Dice, data: str = WsBody()) -> None:
            await websocket.send_json([id(one), id(two)])

    with client_of(DiceController, Dice).websocket_connect("/live") as websocket:
        websocket.send_text("first")
        first = websocket.receive_json()
        websocket.send_text("second")
        assert websocket.receive_json() == first
    assert first[0] != first[1]
