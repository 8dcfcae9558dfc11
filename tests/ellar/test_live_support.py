"""A project written by hand, in the words of the specification: its controller, its page beside it, its test."""

from __future__ import annotations

from ellar.common import (
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    WsBody,
    get,
    render,
    ws_route,
)
from ellar.core import WebSocket
from ellar.di import injectable
from ellar.testing import Test, TestClient
from tests.ellar.conftest import Talk

GREETING = "Welcome to our live support room!\nHow can we help you?"


def reply(data: str) -> str:
    return f'We have received you complain:<br><br><strong>"{data}"</strong><br><br>We shall get back to you.'


@injectable
class MyGuard(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        return context.switch_to_websocket().get_client().query_params.get("refuse") is None


@Controller("/car")
class CarController(ControllerBase):
    @get("/ws-index")
    @render(template_name="ws-index.html")
    async def ws_index(self) -> dict[str, object]:
        return {}

    @ws_route("/live-support", use_extra_handler=True, encoding="text")
    @Guards(MyGuard)
    async def live_support(self, data: str = WsBody()) -> None:
        ws = self.context.switch_to_websocket().get_client()
        await ws.send_text(reply(data))

    @ws_route.connect(live_support)
    async def live_support_connect(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(GREETING)

    @ws_route.disconnect(live_support)
    async def live_support_disconnect(self, websocket: WebSocket, code: int) -> None:
        await websocket.close(code)


@Controller("/loop")
class LoopController(ControllerBase):
    @ws_route("/live-support")
    async def live_support(self) -> None:
        ws = self.context.switch_to_websocket().get_client()
        await ws.accept()
        await ws.send_text(GREETING)

        while True:
            try:
                await ws.send_text(reply(await ws.receive_text()))
            except Exception:
                await ws.close()
                break


@Controller("/short")
class ShortController(ControllerBase):
    @ws_route("/live-support", use_extra_handler=True, encoding="text")
    async def live_support(self, data: str = WsBody()) -> None:
        ws = self.context.switch_to_websocket().get_client()
        await ws.send_text(reply(data))


class TestCarController:
    def setup_method(self) -> None:
        test_module = Test.create_test_module(
            controllers=[
                CarController,
            ],
            config_module=dict(REDIRECT_SLASHES=True),  # noqa: C408  # as the specification writes it
        )
        self.client: TestClient = test_module.get_test_client()

    def test_live_support_works(self) -> None:
        with self.client.websocket_connect("/car/live-support") as websocket_client:
            data = websocket_client.receive_text()
            assert data == "Welcome to our live support room!\nHow can we help you?"

            websocket_client.send_text("Message from client")
            data = websocket_client.receive_text()
            assert data == reply("Message from client")

    def test_the_page_is_found_beside_the_controller(self) -> None:
        answer = self.client.get("/car/ws-index")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "Live Support" in answer.text

    def test_slashes_are_redirected(self) -> None:
        assert self.client.get("/car/ws-index/").status_code == 200


def test_it_works_over_a_real_server(talk: Talk) -> None:
    app = Test.create_test_module(controllers=[CarController, LoopController, ShortController]).create_application()

    for path, greeted in [("/car", [GREETING]), ("/loop", [GREETING]), ("/short", [])]:
        outcome = talk(app, f"{path}/live-support", send=["it's fine"], expect=len(greeted) + 1, leave=1000)
        assert outcome.frames == [*greeted, reply("it's fine")]
    assert talk(app, "/car/live-support?refuse=1").status == 403
