"""A browser closes a websocket whose server does not answer the subprotocols that it offers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from ellar.app import AppFactory
from ellar.common import Controller, ControllerBase, Guards, HTMLResponse, IExecutionContext, WsBody, get, ws_route
from ellar.core import WebSocket
from ellar.security import SubprotocolGuard
from tests.ellar.conftest import serve

CONNECT = """token => new Promise((resolve) => {
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/live", ["bearer", token]);
  socket.onopen = () => socket.send("hello");
  socket.onmessage = (event) => resolve([socket.protocol, event.data]);
  socket.onclose = (event) => resolve(["closed", event.code]);
})"""


class TokenGuard(SubprotocolGuard):
    async def authenticate(self, token: str, context: IExecutionContext) -> str | None:
        return "Ada" if token == "known.token" else None


@Controller("/")
class EchoController(ControllerBase):
    @get("/")
    async def index(self) -> HTMLResponse:
        return HTMLResponse("<!doctype html><link rel=icon href=data:,>")

    @ws_route("/live", use_extra_handler=True, encoding="text")
    @Guards(TokenGuard)
    async def live(self, websocket: WebSocket, data: str = WsBody()) -> None:
        await websocket.send_text(f"{data} {self.context.user}")


@pytest.fixture
def url() -> Iterator[str]:
    with serve(AppFactory.create_app(controllers=[EchoController])) as port:
        yield f"http://127.0.0.1:{port}/"


def test_a_token_in_the_subprotocol_lets_a_page_in_and_another_does_not(page: Page, url: str) -> None:
    page.goto(url)

    assert page.evaluate(CONNECT, "known.token") == ["bearer", "hello Ada"]
    assert page.evaluate(CONNECT, "another.token") == ["closed", 1006]
