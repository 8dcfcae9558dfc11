"""Modules, providers of every kind, hooks with parameters, routers of plain functions, and the application."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from ellar.app import App, AppFactory
from ellar.common import (
    IExecutionContext,
    Module,
    ModuleRouter,
    Query,
    WsBody,
    get,
    template_filter,
    template_global,
    ws_route,
)
from ellar.core import Config, ModuleBase, WebSocket
from ellar.di import ProviderConfig, injectable, request_scope, singleton_scope, transient_scope
from tests.typing.accepted.answers import answers, mounted
from tests.typing.accepted.controllers import CarsController, Garage
from tests.typing.accepted.guards import Allowing, GuardedController, TokenGuard
from tests.typing.accepted.websockets import ChatController, Rooms


class Store(ABC):
    @abstractmethod
    async def load(self, number: int) -> str: ...


@injectable(scope=request_scope)
class MemoryStore(Store):
    async def load(self, number: int) -> str:
        return str(number)


@injectable()
class Mailer: ...


@injectable(scope=transient_scope)
class Clock: ...


class Settings(Config):
    DEBUG = True
    SECRET_KEY = "s3cret"
    SESSION_COOKIE_NAME = "session"
    GREETING = "Welcome"
    SEATS: int = 4
    ALLOWED_HOSTS = ("example.org", "testserver")
    CORS_ALLOW_ORIGINS = ("https://friend.example",)
    MIDDLEWARE = (Middleware(GZipMiddleware, minimum_size=500),)


async def connected(config: Config) -> AsyncIterator[Mailer]:
    yield Mailer()


def reader(clock: Clock) -> Iterator[Mailer]:
    yield Mailer()


async def rooms() -> Rooms:
    return Rooms()


router = ModuleRouter("/plain", guards=[TokenGuard, Allowing()])


@router.get("/")
async def list_cars(garage: Garage, context: IExecutionContext, q: str = Query("")) -> list[str]:
    return [car.name for car in garage.cars.values() if q in car.name and context.user]


@router.ws_route("/live", use_extra_handler=True, encoding="text")
async def live(websocket: WebSocket, data: str = WsBody()) -> None:
    await websocket.send_text(data)


@ws_route.connect(live)
async def live_connect(websocket: WebSocket) -> None:
    await websocket.accept()


@ws_route.disconnect(live)
async def live_disconnect(websocket: WebSocket, code: int) -> None: ...


@get("/health")
async def health() -> str:
    return "ok"


@get("/version")
def version() -> int:
    return 1


@Module(
    name="cars",
    controllers=[CarsController, ChatController],
    routers=[router, health, answers, mounted],
    providers=[
        Garage,
        Clock,
        MemoryStore,
        ProviderConfig(Store, use_class=MemoryStore, scope=request_scope),
        ProviderConfig(Mailer, use_factory=reader, scope=singleton_scope),
        ProviderConfig(Rooms, use_factory=rooms),
        ProviderConfig(str, use_value="greeting"),
    ],
    exports=[Garage, Store],
    template_folder="templates",
    static_folder="static",
)
class CarsModule(ModuleBase):
    def __init__(self, garage: Garage) -> None:
        self.garage = garage

    async def on_startup(self, config: Config, mailer: Mailer) -> None:
        assert config.SECRET_KEY

    def on_shutdown(self) -> None:
        self.garage.cars.clear()

    @template_global
    def count(self) -> int:
        return len(self.garage.cars)

    @template_filter
    @staticmethod
    def shout(text: str, times: int = 1) -> str:
        return text.upper() + "!" * times


@Module(modules=[CarsModule])
class RootModule(ModuleBase):
    async def on_startup(self) -> None: ...


app: App = AppFactory.create_from_app_module(RootModule, config_module=Settings, global_guards=[Allowing])
other = AppFactory.create_app(
    modules=[CarsModule],
    controllers=[GuardedController],
    routers=[version],
    providers=[ProviderConfig(Mailer, use_factory=connected)],
    global_guards=[Allowing()],
    config_module="tests.typing.accepted.modules:Settings",
)
names = {route.name for route in app.routes if isinstance(route, Route)}
