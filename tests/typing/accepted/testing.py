"""The testing module: overrides, clients, websockets."""

from ellar.app import App
from ellar.core import Config
from ellar.testing import Test, TestClient, TestModule
from tests.typing.accepted.controllers import Garage
from tests.typing.accepted.guards import Allowing, GuardedController
from tests.typing.accepted.modules import RootModule, version


class QuietGarage(Garage): ...


def make_garage(config: Config) -> Garage:
    return Garage()


class TestCars:
    def setup_method(self) -> None:
        test_module: TestModule = Test.create_test_module(
            controllers=[GuardedController],
            modules=[RootModule],
            routers=[version],
            providers=[QuietGarage],
            global_guards=[Allowing, Allowing()],
            config_module={"REDIRECT_SLASHES": True, "SESSION_COOKIE_NAME": "session", "SECRET_KEY": "s3cret"},
        )
        overridden = (
            test_module.override_provider(Garage, use_class=QuietGarage)
            .override_provider(Garage, use_value=QuietGarage())
            .override_provider(Garage, use_factory=make_garage)
        )
        self.app: App = overridden.create_application()
        self.client: TestClient = overridden.get_test_client(receive_timeout=2.5)

    def test_it(self) -> None:
        assert self.client.get("/cars/").json() == []
        assert self.client.post("/answers/made").json() == {"name": "Mini", "doors": 4}
        with (
            TestClient(self.app, receive_timeout=1) as client,
            client.websocket_connect("/chat/loop?name=Ada", ["v1"], headers={"x-token": "t"}) as websocket,
        ):
            websocket.send_text("hi")
            text: str = websocket.receive_text()
            assert (text, websocket.accepted_subprotocol) == ("Ada: hi", None)
            websocket.close(1000)
