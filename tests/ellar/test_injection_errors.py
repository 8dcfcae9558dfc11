"""What is wrong with modules and injection: each error's whole text, at start, with place, path and remedy."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import pytest

from ellar.app import AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    Inject,
    Module,
    ModuleRouter,
    WsBody,
    get,
    ws_route,
)
from ellar.core import Config, ImproperlyConfigured, ModuleBase, Request, WebSocket
from ellar.di import ProviderConfig, injectable, request_scope
from ellar.modules import ModuleSpec, record

T = TypeVar("T")


class Engine: ...


class Wheel:
    def __init__(self, engine: Engine) -> None: ...


class Car:
    def __init__(self, wheel: Wheel) -> None: ...


class Left:
    def __init__(self, right: Right) -> None: ...


class Right:
    def __init__(self, left: Left) -> None: ...


class Store(ABC):
    @abstractmethod
    def load(self) -> str: ...


class Cache:
    def __init__(self, store: Store) -> None: ...


class Repository(Generic[T]): ...


@injectable(scope=request_scope)
class Visit: ...


class Counter:
    def __init__(self, visit: Visit) -> None: ...


class Statistics:
    def __init__(self, counter: Counter) -> None: ...


@injectable(scope=request_scope)
class OfRequest:
    def __init__(self, request: Request) -> None: ...


class Unannotated:
    def __init__(self, x) -> None: ...  # type: ignore[no-untyped-def]  # the mistake


class PositionalOnly:
    def __init__(self, one: Engine, /) -> None: ...


class Typo:
    def __init__(self, one: Engin) -> None: ...  # type: ignore[name-defined]  # noqa: F821 # the mistake


class Unreadable:
    def __init__(self, one: "json.Typo") -> None: ...  # type: ignore[name-defined]  # noqa: UP037 # the mistake


class ShopConfig(Config): ...


class Closed(GuardCanActivate):
    def __init__(self, engine: Engine) -> None: ...

    async def can_activate(self, context: IExecutionContext) -> bool:
        return False


def asking(kind: Any) -> type[ControllerBase]:
    @Controller("/car")
    class CarController(ControllerBase):
        @get("/")
        async def index(self, it: Inject[kind]) -> None: ...

    return CarController


def refusal(
    kind: Any = None, *, controllers: Sequence[type[Any]] = (), routers: Sequence[Any] = (), **lists: Any
) -> str:
    """The text of what is wrong with a CarModule of these lists, without its folder and lines."""
    if kind is not None:
        controllers = [asking(kind)]

    @Module(controllers=controllers, routers=routers, **lists)
    class CarModule(ModuleBase): ...

    with pytest.raises(ImproperlyConfigured) as caught:
        AppFactory.create_from_app_module(CarModule)
    text = str(caught.value)
    assert "\n" not in text
    return re.sub(rf"{re.escape(__file__)}:\d+", "HERE", text)


@pytest.mark.parametrize(
    ("kind", "providers", "text"),
    [
        (
            Engine,
            [],
            "HERE: CarController.index needs Engine for 'it', which nobody provides:"
            " add Engine to providers= of CarModule",
        ),
        (
            Car,
            [Car, Wheel],
            "HERE: Wheel needs Engine for 'engine' (CarController.index > Car > Wheel > Engine), which nobody provides:"
            " add Engine to providers= of CarModule",
        ),
        (
            Store,
            [],
            "HERE: CarController.index needs Store for 'it', which nobody provides:"
            " add ProviderConfig(Store, use_class=...) to providers= of CarModule",
        ),
        (
            int,
            [],
            "HERE: CarController.index needs int for 'it', which nobody provides:"
            " add ProviderConfig(int, use_value=...) to providers= of CarModule",
        ),
        (
            ShopConfig,
            [],
            "HERE: CarController.index needs ShopConfig for 'it', which is not the config here:"
            " name it, or a subclass of it, by config_module=",
        ),
        (
            Left,
            [Left, Right],
            "HERE: Left needs itself (Left > Right > Left): take one of them out of a constructor",
        ),
        (
            Cache,
            [Cache, Store],
            "HERE: Store is abstract and can't be made (CarController.index > Cache > Store):"
            " provide it by ProviderConfig(Store, use_class=...)",
        ),
        (
            Statistics,
            [Statistics, Counter, Visit],
            "HERE: Counter is a singleton and needs Visit, which lives for one request or connection"
            " (CarController.index > Statistics > Counter > Visit):"
            " write @injectable(scope=request_scope) above Counter",
        ),
        (
            Engine,
            [Engine, ProviderConfig(Engine, use_value=1)],
            "HERE: providers= of CarModule provides Engine twice: leave one",
        ),
        (None, ["Engine"], "HERE: providers= of CarModule lists 'Engine': write a class or a ProviderConfig"),
        (Unannotated, [Unannotated], "HERE: Unannotated takes 'x' without a type: annotate it"),
        (
            PositionalOnly,
            [PositionalOnly],
            "HERE: arguments are given by name: take the / out of __init__",
        ),
        (
            Typo,
            [Typo],
            "HERE: Typo has an annotation that names 'Engin', which is not there when the application starts:"
            " import it at the top of the file, outside TYPE_CHECKING",
        ),
        (
            Unreadable,
            [Unreadable],
            "HERE: Unreadable has an annotation that can't be read (module 'json' has no attribute 'Typo')"
            " when the application starts",
        ),
        (
            None,
            [Wheel],
            "HERE: Wheel needs Engine for 'engine', which nobody provides: add Engine to providers= of CarModule",
        ),
    ],
    ids=[
        "missing",
        "missing deep down",
        "missing implementation",
        "missing value",
        "another config",
        "circle",
        "abstract",
        "singleton of a request",
        "twice",
        "no provider",
        "no type",
        "positional only",
        "typo",
        "unreadable",
        "asked for by nobody",
    ],
)
def test_a_provider_that_cannot_be_had_is_named(kind: Any, providers: list[Any], text: str) -> None:
    assert refusal(kind, providers=providers) == text


def test_a_generic_type_is_named_as_it_is_written() -> None:
    assert refusal(Repository[str]) == (
        "HERE: CarController.index needs Repository[str] for 'it', which nobody provides:"
        " add ProviderConfig(Repository[str], use_value=...) to providers= of CarModule"
    )


@Module(providers=[Engine])
class HiddenModule(ModuleBase): ...


HIDDEN = "HERE: Wheel needs Engine for 'engine' (CarController.index > Car > Wheel > Engine), which is provided in "


def test_a_hidden_provider_names_what_to_export_and_what_to_import() -> None:
    deep: dict[str, Any] = {"providers": [Car, Wheel]}

    @Module(modules=[HiddenModule])
    class Between(ModuleBase): ...

    assert refusal(Car, modules=[HiddenModule], **deep) == (
        f"{HIDDEN}HiddenModule but not seen in CarModule: add it to exports= of HiddenModule"
    )
    assert refusal(Car, modules=[Between], **deep) == (
        f"{HIDDEN}HiddenModule but not seen in CarModule: add it to exports= of HiddenModule,"
        " and HiddenModule to modules= of CarModule"
    )


def test_a_provider_of_the_importing_module_is_to_be_moved() -> None:
    @Module(controllers=[asking(Engine)])
    class Inner(ModuleBase): ...

    @Module(modules=[Inner])
    class Middle(ModuleBase): ...

    assert refusal(modules=[Middle], providers=[Engine]) == (
        "HERE: CarController.index needs Engine for 'it', which is provided in CarModule, which imports Inner:"
        " provide it in a module that Inner imports, and export it there"
    )


def test_a_provider_of_the_root_module_is_to_be_moved() -> None:
    @Module(controllers=[asking(Engine)])
    class Inner(ModuleBase): ...

    @Module(modules=[Inner], providers=[Engine])
    class Root(ModuleBase): ...

    with pytest.raises(ImproperlyConfigured, match=r"in a module that Inner imports, and export it there$"):
        AppFactory.create_from_app_module(Root)


def test_a_provider_of_the_importing_module_is_seen_where_another_lists_both() -> None:
    @Module(controllers=[asking(Engine)])
    class Inner(ModuleBase): ...

    @Module(modules=[Inner], providers=[Engine])
    class Outer(ModuleBase): ...

    assert refusal(modules=[Outer]) == (
        "HERE: CarController.index needs Engine for 'it', which is provided in Outer, which imports Inner:"
        " provide it in a module that Inner imports, and export it there;"
        " or list Inner in CarModule in place of Outer, let Inner import Outer, and export it there"
    )


def test_an_export_of_what_is_not_provided_is_named() -> None:
    assert refusal(exports=[Engine]) == (
        "HERE: CarModule exports Engine, which it does not provide: add it to providers="
    )


def test_two_modules_that_export_one_type_are_named() -> None:
    @Module(providers=[Engine], exports=[Engine])
    class One(ModuleBase): ...

    @Module(providers=[Engine], exports=[Engine])
    class Two(ModuleBase): ...

    assert refusal(Engine, modules=[One, Two]) == (
        "HERE: CarModule is given Engine by One and Two: take it out of exports= of one"
    )


def test_a_circle_of_modules_is_named() -> None:
    class First(ModuleBase): ...

    @Module(modules=[First])
    class Second(ModuleBase): ...

    record(First, ModuleSpec("First", modules=(Second,)))

    assert refusal(modules=[First]) == (
        "HERE: modules import each other in a circle: First > Second > First. Take one import out"
    )


def test_what_is_no_module_is_named() -> None:
    assert refusal(modules=[Engine]) == (
        "HERE: Engine, listed in modules= of CarModule, is no module: write @Module() above its class"
    )


def test_a_controller_or_router_in_two_modules_is_named() -> None:
    controller, router = asking(int), ModuleRouter("/car")

    @Module(controllers=[controller])
    class Other(ModuleBase): ...

    @Module(routers=[router])
    class Another(ModuleBase): ...

    assert refusal(modules=[Other], controllers=[controller]) == (
        "HERE: CarController is in controllers= of Other and of CarModule: leave it in one"
    )
    assert refusal(modules=[Another], routers=[router]) == (
        "HERE: this router is in routers= of Another and of CarModule: leave it in one"
    )


def test_two_routes_that_answer_the_same_are_named() -> None:
    @get("/car/")
    async def other() -> None: ...

    found = refusal(controllers=[asking(Engine)], providers=[Engine], routers=[other])

    assert found.startswith("HERE: ")
    assert found.endswith(".other answers GET /car/, and so does CarController.index (HERE): change one of the paths")


def test_what_a_guard_needs_is_named() -> None:
    assert refusal(controllers=[Guards(Closed)(asking(Request))]) == (
        "HERE: Closed needs Engine for 'engine', which nobody provides: add Engine to providers= of CarModule"
    )


def test_what_the_other_protocol_has_is_named() -> None:
    router = ModuleRouter()

    @router.ws_route("/")
    async def live(needed: OfRequest) -> None: ...

    assert refusal(routers=[router], providers=[OfRequest]) == (
        "HERE: OfRequest needs Request, which a websocket (live > OfRequest) has not: take HTTPConnection"
    )


def test_a_websockets_controller_may_not_hold_what_lives_for_a_message() -> None:
    @Controller("/")
    class Holding(ControllerBase):
        def __init__(self, held: Visit) -> None: ...

        @ws_route("/", use_extra_handler=True)
        async def live(self, websocket: WebSocket, data: str = WsBody()) -> None: ...

    assert refusal(controllers=[Holding], providers=[Visit]) == (
        "HERE: Holding lives as long as a websocket and takes 'held', which lives for one message:"
        " take it as a parameter of the handler instead"
    )


@pytest.mark.parametrize("sources", [{}, {"use_value": 1, "use_class": Engine}], ids=["none", "two"])
def test_a_provider_config_takes_exactly_one_source(sources: dict[str, Any]) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        ProviderConfig(Engine, **sources)

    assert str(caught.value) == "ProviderConfig(Engine): give one of use_value=, use_class= and use_factory="


def test_a_provider_config_takes_a_class_as_a_class() -> None:
    with pytest.raises(ImproperlyConfigured, match="write a class, or use_value= for an object"):
        ProviderConfig(Engine, use_class=Engine())  # type: ignore[arg-type] # the mistake
