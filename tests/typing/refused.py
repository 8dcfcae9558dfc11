"""Mistakes that a type checker has to find: an error on each line that is marked, and on no other."""

from typing import Any

from ellar.app import AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    Inject,
    ModuleRouter,
    Query,
    WebSocketSessionHandler,
    WsBody,
    get,
    http_route,
    set_metadata,
    ws_route,
)
from ellar.core import Config, Reflector, WebSocket
from ellar.di import ProviderConfig, injectable, request_scope
from ellar.security import BasicCredentials, BasicGuard, BearerGuard, SubprotocolGuard
from ellar.testing import Test, TestClient


class Service:
    def name(self) -> str:
        return "service"


class NoGuard: ...


class Allowing(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        return context.switch_to_websocket().get_client().headers  # E: not a bool


class Half(GuardCanActivate): ...


class Handler(WebSocketSessionHandler):
    async def on_message(self, websocket: WebSocket) -> None: ...  # E: takes no data


class Token(BearerGuard):
    async def authenticate(self, token: int, context: IExecutionContext) -> Any: ...  # E: a token is a str


class Password(BasicGuard):
    realm = 3  # E: a realm is a str

    async def authenticate(self, credentials: BasicCredentials, context: IExecutionContext) -> Any:
        return credentials.user  # E: it is username


class Page(SubprotocolGuard):
    def authenticate(self, token: str, context: IExecutionContext) -> bool: ...  # E: not async


@Controller(7)  # E: a prefix is a str
@Guards(NoGuard)  # E: not a guard
@Guards(NoGuard())  # E: not a guard
class Wrong(ControllerBase):
    @get()  # E: no path
    async def without_path(self) -> None: ...

    @get("/injected")
    async def injected(self, service: Inject[Service], other: Inject[Service]) -> int:
        service.surname()  # E: there is no such method
        return other.name()  # E: a str

    @get("/query")
    async def query(self, limit: int = Query(10, gt="one")) -> None: ...  # E: gt is a number

    @http_route("/methods")  # E: no methods
    async def methods(self) -> None: ...

    @ws_route("/xml", use_extra_handler=True, encoding="xml")  # E: no such encoding
    async def xml(self, data: str = WsBody()) -> None: ...

    @ws_route("/handler", use_extra_handler=True, extra_handler_type=NoGuard)  # E: no session handler
    async def handler(self, data: str = WsBody(longest=3)) -> None: ...  # E: no such constraint

    @ws_route.connect("handler")  # E: a handler, not its name
    async def on_connect(self, websocket: WebSocket) -> None:
        self.context.switch_to_websocket().get_client().get_text()  # E: it is receive_text
        assert self.context.nobody  # E: there is no such attribute

    async def by_hand(self) -> int:
        return await self.injected(Service(), other=NoGuard())  # E: decorators keep a method's parameters


@injectable(scope="request")  # E: request_scope
class Scoped: ...


@injectable(request_scope)  # E: scope=request_scope
class Mistaken: ...


Half()  # E: abstract
set_metadata("roles")  # E: no value
router = ModuleRouter("/plain", guards=[NoGuard])  # E: not a guard
router.ws_route("/live", encoding="xml")  # E: no such encoding
ProviderConfig(Service, value=Service())  # E: it is use_value
ProviderConfig(Service, use_class=Service())  # E: an instance
ProviderConfig(Service, use_factory=Service())  # E: it can't be called
Reflector().get("roles", "index")  # E: a handler, not its name
AppFactory.create_app(controllers=[Wrong()])  # E: an instance
AppFactory.create_app(global_guards=[NoGuard])  # E: not a guard
AppFactory.create_from_app_module("root")  # E: a class
Test.create_test_module(controller=[Wrong])  # E: it is controllers
Test.create_test_module(config_module=3)  # E: a class, its path, or a dict
TestClient(Test.create_test_module())  # E: not an application
Test.create_test_module().get_test_client(receive_timeout="5 s")  # E: seconds
Config().DEBUG = "yes"  # E: a bool
