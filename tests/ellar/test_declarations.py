"""Wrong declarations: each is an error at start that names file, line and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from ellar.common import (
    Body,
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    Module,
    Path,
    Query,
    WsBody,
    get,
    post,
    render,
    ws_route,
)
from ellar.core import ImproperlyConfigured, ModuleBase, Request, WebSocket
from ellar.exceptions import MissingTemplate, UnknownProvider
from ellar.security import BearerGuard
from ellar.testing import Test


class Car(BaseModel):
    name: str


class Open(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        return True


def start(*controllers: type[Any], modules: Any = ()) -> None:
    Test.create_test_module(controllers=controllers, modules=modules).create_application()


def body_without_session() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/")
        async def live(self, data: str = WsBody()) -> None: ...

    start(Wrong)


def session_without_body() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/", use_extra_handler=True)
        async def live(self) -> None: ...

    start(Wrong)


def unknown_encoding() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/", use_extra_handler=True, encoding="xml")  # type: ignore[arg-type]  # the mistake
        async def live(self, data: str = WsBody()) -> None: ...


def body_in_a_websocket() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/", use_extra_handler=True)
        async def live(self, data: str = Body()) -> None: ...

    start(Wrong)


def wsbody_in_a_request() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @post("/")
        async def live(self, data: str = WsBody()) -> None: ...

    start(Wrong)


def several_texts() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/", use_extra_handler=True, encoding="text")
        async def live(self, a: str = WsBody(), b: str = WsBody()) -> None: ...

    start(Wrong)


def hook_of_a_plain_route() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/")
        async def live(self) -> None: ...

        @ws_route.connect(live)
        async def on_connect(self, websocket: WebSocket) -> None: ...

    start(Wrong)


def hook_of_what_is_no_route() -> None:
    async def live(controller: ControllerBase) -> None: ...

    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route.disconnect(live)
        async def on_disconnect(self, websocket: WebSocket) -> None: ...

    start(Wrong)


def connect_without_its_handler() -> None:
    class Wrong(ControllerBase):
        @ws_route.connect
        async def on_connect(self, websocket: WebSocket) -> None: ...  # type: ignore[misc] # lost, were it not refused


def guards_in_a_list() -> None:
    Guards([Open])  # type: ignore[arg-type] # the mistake


def abstract_guard() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @get("/")
        @Guards(BearerGuard)
        async def index(self) -> None: ...

    start(Wrong)


class Cat(BaseModel):
    kind: Literal["cat"]


def union_without_its_tag() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/", use_extra_handler=True)
        async def live(self, data: Annotated[Car | Cat, Field(discriminator="kind")] = WsBody()) -> None: ...

    start(Wrong)


def hook_of_another_controllers_handler() -> None:
    @Controller("/")
    class Other(ControllerBase):
        @ws_route("/", use_extra_handler=True)
        async def live(self, data: str = WsBody()) -> None: ...

    @Controller("/wrong")
    class Wrong(ControllerBase):
        @ws_route("/", use_extra_handler=True)
        async def live(self, data: str = WsBody()) -> None: ...

        @ws_route.connect(Other.live)
        async def on_connect(self, websocket: WebSocket) -> None: ...

    start(Other, Wrong)


def two_hooks() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/", use_extra_handler=True)
        async def live(self, data: str = WsBody()) -> None: ...

        @ws_route.connect(live)
        async def first(self, websocket: WebSocket) -> None: ...

        @ws_route.connect(live)
        async def second(self, websocket: WebSocket) -> None: ...

    start(Wrong)


def sync_handler() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/")
        def live(self) -> None: ...

    start(Wrong)


def sync_hook() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/", use_extra_handler=True)
        async def live(self, data: str = WsBody()) -> None: ...

        @ws_route.disconnect(live)
        def on_disconnect(self) -> None: ...

    start(Wrong)


def path_parameter_without_place() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @get("/")
        async def index(self, number: int = Path()) -> None: ...

    start(Wrong)


def path_without_slash() -> None:
    @Controller("car")
    class Wrong(ControllerBase): ...


def controller_without_parentheses() -> None:
    @Controller  # type: ignore[arg-type]  # the mistake
    class Wrong(ControllerBase): ...


def get_without_a_path() -> None:
    async def index(controller: ControllerBase) -> None: ...

    get(index)  # type: ignore[arg-type]  # the mistake


def socket_without_a_path() -> None:
    async def live(controller: ControllerBase) -> None: ...

    ws_route(live)  # type: ignore[arg-type]  # the mistake


def controller_without_base() -> None:
    @Controller("/car")
    class Wrong: ...


def controller_without_decorator() -> None:
    class Wrong(ControllerBase):
        @get("/")
        async def index(self) -> None: ...

    start(Wrong)


def duplicate_route() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @get("/")
        async def first(self) -> None: ...

        @get("/")
        async def second(self) -> None: ...

    start(Wrong)


def two_routes_on_one_function() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @get("/a")
        @get("/b")
        async def first(self) -> None: ...


def missing_template() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @get("/")
        @render("nowhere.html")
        async def index(self) -> None: ...

    start(Wrong)


def unknown_type() -> None:
    class Service: ...

    @Controller("/")
    class Wrong(ControllerBase):
        @get("/")
        async def index(self, service: Service) -> None: ...

    start(Wrong)


def type_without_validator() -> None:
    class Service: ...

    @Controller("/")
    class Wrong(ControllerBase):
        @get("/")
        async def index(self, service: Service = Query()) -> None: ...

    start(Wrong)


def controller_in_two_modules() -> None:
    @Controller("/")
    class Shared(ControllerBase): ...

    @Module(controllers=[Shared])
    class One(ModuleBase): ...

    @Module(controllers=[Shared])
    class Two(ModuleBase): ...

    start(modules=[One, Two])


def module_without_decorator() -> None:
    class Plain(ModuleBase): ...

    start(modules=[Plain])


def module_without_base() -> None:
    @Module()
    class Plain: ...


def body_in_a_hook() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/", use_extra_handler=True)
        async def live(self, data: str = WsBody()) -> None: ...

        @ws_route.connect(live)
        async def on_connect(self, first: str = WsBody()) -> None: ...

    start(Wrong)


def guard_on_a_hook() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/", use_extra_handler=True)
        async def live(self, data: str = WsBody()) -> None: ...

        @ws_route.connect(live)
        @Guards(Open)
        async def on_connect(self) -> None: ...

    start(Wrong)


def stacked_hooks() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/", use_extra_handler=True)
        async def live(self, data: str = WsBody()) -> None: ...

        @ws_route.connect(live)
        @ws_route.disconnect(live)
        async def on_both(self) -> None: ...


def page_of_a_websocket() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @render("page.html")
        @ws_route("/")
        async def live(self) -> None: ...

    start(Wrong)


def model_in_a_websocket() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/")
        async def live(self, car: Car) -> None: ...

    start(Wrong)


def dict_from_nowhere() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @post("/")
        async def index(self, values: dict[str, str]) -> None: ...

    start(Wrong)


def request_in_a_websocket() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @ws_route("/")
        async def live(self, request: Request) -> None: ...

    start(Wrong)


def unknown_converter() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @get("/{number:nope}")
        async def index(self) -> None: ...

    start(Wrong)


def inherited_twice() -> None:
    class Base(ControllerBase):
        @get("/")
        async def index(self) -> None: ...

    @Controller("/same")
    class One(Base): ...

    @Controller("/same")
    class Two(Base): ...

    start(One, Two)


def sync_guard() -> None:
    class Wrong(GuardCanActivate):
        def can_activate(self, context: IExecutionContext) -> bool:  # type: ignore[override]  # the mistake
            return True

    Guards(Wrong)


def guard_that_is_none() -> None:
    Guards(int)  # type: ignore[arg-type]  # the mistake


def same_path_by_other_names() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @get("/{number}")
        async def one(self, number: str) -> None: ...

        @get("/{name:str}")
        async def other(self, name: str) -> None: ...

    start(Wrong)


def route_below_a_static_method() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @staticmethod
        @get("/")
        async def index() -> None: ...

    start(Wrong)


def route_above_a_static_method() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @get("/")
        @staticmethod
        async def index() -> None: ...


def route_of_a_class_method() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @classmethod
        @get("/")
        async def index(cls) -> None: ...

    start(Wrong)


def method_without_self() -> None:
    @Controller("/")
    class Wrong(ControllerBase):
        @get("/")
        async def index() -> None: ...  # type: ignore[misc]  # the mistake

    start(Wrong)


def route_lost_in_a_subclass() -> None:
    class Base(ControllerBase):
        @get("/")
        async def index(self) -> None: ...

    @Controller("/")
    class Wrong(Base):
        async def index(self) -> None: ...

    start(Wrong)


def hook_lost_in_a_subclass() -> None:
    class Base(ControllerBase):
        @ws_route("/", use_extra_handler=True)
        async def live(self, data: str = WsBody()) -> None: ...

        @ws_route.connect(live)
        async def on_connect(self, websocket: WebSocket) -> None: ...

    @Controller("/")
    class Wrong(Base):
        async def on_connect(self, websocket: WebSocket) -> None: ...

    start(Wrong)


def controller_without_brackets() -> None:
    @Controller("/")
    class Right(ControllerBase): ...

    @Module(controllers=Right)  # type: ignore[arg-type]  # the mistake
    class Wrong(ModuleBase): ...


def module_without_brackets() -> None:
    Test.create_test_module(modules=ModuleBase)  # type: ignore[arg-type]  # the mistake


def controller_listed_twice() -> None:
    @Controller("/")
    class Wrong(ControllerBase): ...

    start(Wrong, Wrong)


@pytest.mark.parametrize(
    ("declare", "remedy"),
    [
        (body_without_session, "write @ws_route(..., use_extra_handler=True)"),
        (session_without_body, "add data: str = WsBody()"),
        (unknown_encoding, "write 'text', 'json', 'bytes' or None"),
        (body_in_a_websocket, "write WsBody()"),
        (wsbody_in_a_request, "write Body()"),
        (several_texts, 'write encoding="json", or one WsBody'),
        (hook_of_a_plain_route, "add that to it"),
        (hook_of_what_is_no_route, "live has no @ws_route: write @ws_route.disconnect(handler) below the @ws_route"),
        (
            connect_without_its_handler,
            "on_connect has no @ws_route: write @ws_route.connect(handler) below the @ws_route",
        ),
        (guards_in_a_list, "guards are written one after the other: @Guards(One, Two)"),
        (
            abstract_guard,
            "Wrong.index is behind BearerGuard, which is abstract: subclass it and write authenticate",
        ),
        (union_without_its_tag, "live takes 'data', whose type pydantic can't validate: Model 'Car' needs"),
        (hook_of_another_controllers_handler, "add that to it"),
        (two_hooks, "has a second connect handler: leave one"),
        (sync_handler, "write async def live"),
        (sync_hook, "write async def on_disconnect"),
        (path_parameter_without_place, "has no {number}: add it"),
        (path_without_slash, 'write "/car"'),
        (controller_without_parentheses, '@Controller("/path")'),
        (get_without_a_path, '@get("/path")'),
        (socket_without_a_path, '@ws_route("/path")'),
        (controller_without_base, "write class Wrong(ControllerBase)"),
        (controller_without_decorator, '@Controller("/path")'),
        (duplicate_route, "change one of the paths"),
        (two_routes_on_one_function, "write a second function"),
        (missing_template, "templates/nowhere.html"),
        (unknown_type, "add Service to providers= of the application"),
        (type_without_validator, "pydantic can't validate"),
        (controller_in_two_modules, "leave it in one"),
        (module_without_base, "write class Plain(ModuleBase)"),
        (module_without_decorator, "write @Module() above its class"),
        (body_in_a_hook, "gets no message: take it out"),
        (guard_on_a_hook, "put them on the @ws_route"),
        (stacked_hooks, "write a second function"),
        (page_of_a_websocket, "take @render off live"),
        (model_in_a_websocket, "write WsBody()"),
        (dict_from_nowhere, "write Body(), Query() or Inject[...]"),
        (request_in_a_websocket, "write HTTPConnection"),
        (unknown_converter, "the path '/{number:nope}' is wrong"),
        (inherited_twice, "Two.index answers GET /same/, and so does One.index"),
        (sync_guard, "write async def can_activate"),
        (guard_that_is_none, "write a subclass of ellar.common.GuardCanActivate"),
        (same_path_by_other_names, "other answers GET /{name:str}, and so does Wrong.one"),
        (route_below_a_static_method, "write def index(self)"),
        (route_above_a_static_method, "write a function, or a method of self"),
        (route_of_a_class_method, "write def index(self)"),
        (method_without_self, "write def index(self)"),
        (route_lost_in_a_subclass, "Base.index has: write it here too, or index = None to have none"),
        (hook_lost_in_a_subclass, "Base.on_connect has: write it here too, or on_connect = None to have none"),
        (controller_without_brackets, "write controllers=[...]"),
        (module_without_brackets, "write modules=[...]"),
        (controller_listed_twice, "Wrong is in controllers= of the application twice: leave one"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_it_is_an_error_at_start_with_place_and_remedy(declare: Callable[[], None], remedy: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        declare()

    assert re.search(rf"{re.escape(__file__)}:\d+: ", str(caught.value))
    assert remedy in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_subclass_may_drop_a_route_and_write_another_anew() -> None:
    class Base(ControllerBase):
        @get("/dropped")
        async def dropped(self) -> str:
            return "base"

        @get("/anew")
        async def anew(self) -> str:
            return "base"

    @Controller("/cars")
    class Cars(Base):
        dropped = None  # type: ignore[assignment]  # on purpose

        @get("/anew")
        async def anew(self) -> str:
            return "cars"

    client = Test.create_test_module(controllers=[Cars]).get_test_client()

    assert client.get("/cars/dropped").status_code == 404
    assert client.get("/cars/anew").json() == "cars"


@pytest.mark.parametrize("guard", [str, "guard"])
def test_what_is_no_guard_is_refused_on_a_route_and_globally(guard: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"write a subclass of ellar\.common\.GuardCanActivate"):
        Guards(guard)
    with pytest.raises(ImproperlyConfigured, match=r"write a subclass of ellar\.common\.GuardCanActivate"):
        Test.create_test_module(global_guards=[guard]).create_application()


@pytest.mark.parametrize(
    ("controller", "remedy"), [("Car", "write a controller's class"), (int, '@Controller("/path")')]
)
def test_what_is_no_controller_is_named(controller: Any, remedy: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        start(controller)

    assert remedy in str(caught.value)


def test_a_circle_of_modules_is_named() -> None:
    from ellar.modules import ModuleSpec, record

    class First(ModuleBase): ...

    @Module(modules=[First])
    class Second(ModuleBase): ...

    record(First, ModuleSpec("First", modules=(Second,)))
    with pytest.raises(ImproperlyConfigured, match=r"in a circle: First > Second > First\. Take one import out"):
        start(modules=[First])


def test_a_hook_of_a_name_is_refused() -> None:
    with pytest.raises(
        ImproperlyConfigured, match=r"'live' has no @ws_route: write @ws_route\.connect\(handler\) below"
    ):
        ws_route.connect("live")  # type: ignore[arg-type] # the mistake


def test_a_module_by_its_path_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        start(modules=["car.module:CarModule"])

    assert str(caught.value) == (
        "'car.module:CarModule', listed in modules=, is no module: write a class with @Module() above it"
    )


def test_render_without_a_name_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="write the name of the template: @render"):

        @render  # type: ignore[arg-type] # the mistake
        async def index() -> None: ...


def test_mistakes_in_several_routes_come_together_and_say_their_kind() -> None:
    class Engine: ...

    @Controller("/")
    class Wrong(ControllerBase):
        @get("/engine")
        async def engine(self, engine: Engine) -> None: ...

        @get("/right")
        async def right(self) -> None: ...

        @get("/page")
        @render("nowhere.html")
        async def page(self) -> None: ...

    with pytest.raises(UnknownProvider, match="needs Engine") as caught:
        start(Wrong)
    (other,) = caught.value.others
    assert isinstance(other, MissingTemplate)
    assert "nowhere.html" in str(other)
