"""The testing module: overrides, clients, websockets."""

from ellar.app import App
from ellar.core import Config
from ellar.testing import Test, TestClient, TestModule
from tests.typing.accepted.controllers import CarsController, Garage
from tests.typing.accepted.guards import Allowing, TokenGuard
from tests.typing.accepted.modules import RootModule, router


class QuietGarage(Garage): ...


def make_garage(config: Config) -> Garage:
    return Garage()


class TestCars:
    def setup_method(self) -> None:
        test_module: TestModule = Test.create_test_module(
            controllers=[CarsController],
            modules=[RootModule],
            routers=[router],
            providers=[Garage],
            global_guards=[Allowing, TokenGuard()],
            config_module={"REDIRECT_SLASHES": True},
        )
        overridden = (
            test_module.override_provider(Garage, use_class=QuietGarage)
            .override_provider(Garage, use_value=QuietGarage())
            .override_provider(Garage, use_factory=make_garage)
        )
        self.app: App = overridden.create_application()
        self.client: TestClient = overridden.get_test_client(receive_timeout=2.5)

    def test_it(self) -> None:
        assert self.client.get("/cars/").status_code == 200
        with (
            TestClient(self.app, receive_timeout=1) as client,
            client.websocket_connect("/chat/loop", ["v1"], headers={"x-token": "t"}) as websocket,
        ):
            websocket.send_json({"event": "join", "room": "7"})
            text: str = websocket.receive_text()
            data: bytes = websocket.receive_bytes()
            assert websocket.receive_json() == text + data.decode()
            assert websocket.accepted_subprotocol == "v1"
            websocket.close(1000)
