"""Injection: scopes, visibility, factories, defaults and overrides."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Annotated, Any, Generic, TypeVar

import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send
from typing_extensions import TypeAliasType

from ellar.app import App, AppFactory
from ellar.common import (
    Conflict,
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    Inject,
    Module,
    Query,
    Response,
    StreamingResponse,
    WebSocketDisconnect,
    WebSocketException,
    WsBody,
    get,
    ws_route,
)
from ellar.core import Config, ModuleBase, Request
from ellar.di import ProviderConfig, injectable, request_scope, singleton_scope, transient_scope
from ellar.testing import Test, TestClient

T = TypeVar("T")
made: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_made() -> None:
    made.clear()


class Singleton:
    """Provided undecorated."""


@injectable(scope=request_scope)
class PerRequest: ...


@injectable(scope=transient_scope)
class Transient: ...


def client_of(*providers: Any, **needs: Any) -> TestClient:
    """A client whose `/` gives the ids of what its handler is given."""
    return Test.create_test_module(controllers=[asking(**needs)], providers=providers).get_test_client()


def asking(**needs: Any) -> type[ControllerBase]:
    """A controller whose handler takes `needs`: what a test injects differs, and so does the signature."""

    async def ask(self: ControllerBase, **given: Any) -> list[str]:
        made.append(given)
        return sorted(given)

    parameters = [Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)]
    parameters += [Parameter(name, Parameter.KEYWORD_ONLY, annotation=need) for name, need in needs.items()]
    vars(ask)["__signature__"] = Signature(parameters)
    return Controller("/")(type("Asking", (ControllerBase,), {"ask": get("/")(ask)}))


def test_scopes_keep_what_they_say() -> None:
    client = client_of(
        Singleton,
        PerRequest,
        Transient,
        one=Singleton,
        two=Singleton,
        a=PerRequest,
        b=PerRequest,
        x=Transient,
        y=Transient,
    )
    client.get("/"), client.get("/")
    first, second = made

    assert first["one"] is first["two"] is second["one"]
    assert first["a"] is first["b"]
    assert first["a"] is not second["a"]
    assert first["x"] is not first["y"]


def test_inject_says_so_where_a_type_alone_would_be_a_query_value() -> None:
    client = client_of(ProviderConfig(str, use_value="injected"), text=Inject[str])
    client.get("/?text=query")

    assert made == [{"text": "injected"}]


def test_factories_sync_async_and_with_clean_up() -> None:
    def number(one: Singleton) -> Iterator[int]:
        yield 7
        made.append("number closed")

    async def text(number: int) -> AsyncIterator[str]:
        yield f"text {number}"
        made.append("text closed")

    async def chunk() -> bytes:
        return b"chunk"

    client = client_of(
        Singleton,
        ProviderConfig(int, use_factory=number, scope=request_scope),
        ProviderConfig(str, use_factory=text, scope=request_scope),
        ProviderConfig(bytes, use_factory=chunk, scope=singleton_scope),
        text=Inject[str],
        chunk=Inject[bytes],
    )
    client.get("/")

    assert made == [{"text": "text 7", "chunk": b"chunk"}, "text closed", "number closed"]


def committing(error: Exception) -> ProviderConfig:
    """What fails when it is cleaned up, as a commit may."""

    async def session() -> AsyncIterator[PerRequest]:
        yield PerRequest()
        raise error

    return ProviderConfig(PerRequest, use_factory=session, scope=request_scope)


def test_a_clean_up_that_fails_is_answered_as_its_own_error() -> None:
    answer = client_of(committing(Conflict("Somebody was faster")), session=PerRequest).get("/")

    assert (answer.status_code, answer.json()) == (409, {"detail": "Somebody was faster"})


def test_several_clean_ups_that_fail_are_all_told() -> None:
    client = client_of(
        committing(Conflict()),
        ProviderConfig(int, use_factory=failing, scope=request_scope),
        it=PerRequest,
        n=Inject[int],
    )
    with pytest.raises(ExceptionGroup) as caught:
        client.get("/")

    assert {type(error) for error in caught.value.exceptions} == {Conflict, ZeroDivisionError}


def failing() -> Iterator[int]:
    yield 1
    raise ZeroDivisionError


def test_a_messages_clean_up_may_end_the_connection() -> None:
    @ws_route("/live", use_extra_handler=True)
    async def live(session: PerRequest, data: int = WsBody()) -> None: ...

    provider = committing(WebSocketException(4009, "Somebody was faster"))
    client = Test.create_test_module(routers=[live], providers=[provider]).get_test_client()
    with client.websocket_connect("/live") as websocket:
        websocket.send_json(1)
        with pytest.raises(WebSocketDisconnect) as closed:
            websocket.receive_json()

    assert (closed.value.code, closed.value.reason) == (4009, "Somebody was faster")


def test_a_singleton_is_closed_with_the_application() -> None:
    def opened() -> Iterator[int]:
        yield 1
        made.append("closed")

    with client_of(ProviderConfig(int, use_factory=opened), number=Inject[int]) as client:
        client.get("/")
        assert made == [{"number": 1}]
    assert made[1:] == ["closed"]


class Repository(Generic[T]): ...


class Store(ABC):
    @abstractmethod
    def load(self) -> str: ...


class MemoryStore(Store):
    def load(self) -> str:
        return "loaded"


@dataclass
class Service:
    store: Store
    words: Repository[str]
    config: Config
    size: int = 3
    spare: Singleton | None = None


def test_generics_dataclasses_abstract_bases_and_defaults() -> None:
    words: Repository[str] = Repository()
    client = client_of(
        Service,
        ProviderConfig(Store, use_class=MemoryStore),
        ProviderConfig(Repository[str], use_value=words),
        service=Service,
    )
    client.get("/")
    service = made[0]["service"]

    assert (service.store.load(), service.words, service.size, service.spare) == ("loaded", words, 3, None)
    assert isinstance(service.config, Config)


def test_an_optional_dependency_is_given_where_it_is_provided() -> None:
    client = client_of(
        Service, Singleton, MemoryStore, ProviderConfig(Store, use_class=MemoryStore),
        ProviderConfig(Repository[str], use_value=Repository()), service=Service,
    )  # fmt: skip
    client.get("/")

    assert isinstance(made[0]["service"].spare, Singleton)


def test_classes_inside_a_function_are_found() -> None:
    class Local: ...

    @injectable
    class Outer:
        def __init__(self, local: Local) -> None:
            self.local = local

    @Controller("/")
    class Here(ControllerBase):
        def __init__(self, outer: Outer) -> None:
            self.outer = outer

        @get("/")
        async def index(self, local: Local) -> bool:
            return self.outer.local is local

    assert (
        Test.create_test_module(controllers=[Here], providers=[Local, Outer]).get_test_client().get("/").json() is True
    )


def test_what_is_listed_inside_a_function_needs_no_decorator() -> None:
    class Local: ...

    class Outer:
        def __init__(self, local: Local) -> None:
            self.local = local

    class Asking(GuardCanActivate):
        def __init__(self, outer: Outer) -> None:
            self.outer = outer

        async def can_activate(self, context: IExecutionContext) -> bool:
            return isinstance(self.outer.local, Local)

    @Controller("/")
    @Guards(Asking)
    class Guarded(ControllerBase):
        @get("/")
        async def index(self) -> str:
            return "in"

    app = AppFactory.create_app(controllers=[Guarded], providers=[Local, Outer])
    test_module = Test.create_test_module(controllers=[Guarded], providers=[Local, Outer])

    assert TestClient(app).get("/").json() == test_module.get_test_client().get("/").json() == "in"


def test_the_request_and_the_context_are_injected_into_services() -> None:
    @injectable(scope=request_scope)
    class Who:
        def __init__(self, request: Request, context: IExecutionContext) -> None:
            self.same = context.switch_to_http_connection().get_request() is request

    client_of(Who, who=Who).get("/")

    assert made[0]["who"].same


def test_a_private_provider_of_the_same_type_is_each_modules_own() -> None:
    class Name(str):
        __slots__ = ()

    def module_of(name: str) -> type[ModuleBase]:
        @Controller(f"/{name}")
        class Named(ControllerBase):
            def __init__(self, name: Name) -> None:
                self.name = name

            @get("/")
            async def index(self) -> str:
                return self.name

        @Module(name=name, controllers=[Named], providers=[ProviderConfig(Name, use_value=Name(name))])
        class NamedModule(ModuleBase): ...

        return NamedModule

    client = Test.create_test_module(modules=[module_of("one"), module_of("two")]).get_test_client()

    assert [client.get("/one/").json(), client.get("/two/").json()] == ["one", "two"]


def test_an_export_is_seen_through_a_module_that_exports_its_module() -> None:
    @Module(providers=[Singleton], exports=[Singleton])
    class Inner(ModuleBase): ...

    @Module(modules=[Inner], exports=[Inner])
    class Middle(ModuleBase): ...

    module = Test.create_test_module(controllers=[asking(one=Singleton)], modules=[Middle])
    assert module.get_test_client().get("/").json() == ["one"]


def test_an_override_wins_over_what_a_module_provides() -> None:
    @Module(controllers=[asking(one=Singleton)], providers=[Singleton])
    class Inner(ModuleBase): ...

    module = Test.create_test_module(modules=[Inner])
    module.override_provider(Singleton, use_value="fake").get_test_client().get("/")

    assert made == [{"one": "fake"}]


def test_guards_are_injected_and_keep_their_scope() -> None:
    @injectable
    class Counting(GuardCanActivate):
        def __init__(self, one: Singleton) -> None:
            made.append(one)

        async def can_activate(self, context: IExecutionContext) -> bool:
            return True

    @Controller("/")
    @Guards(Counting)
    class Guarded(ControllerBase):
        @get("/")
        async def index(self) -> None: ...

    client = Test.create_test_module(controllers=[Guarded], providers=[Singleton]).get_test_client()
    client.get("/"), client.get("/")

    assert len(made) == 1
    assert isinstance(made[0], Singleton)


def test_clients_in_several_threads_share_one_slow_singleton() -> None:
    async def slow() -> str:
        await anyio.sleep(0.05)
        made.append("made")
        return "slow"

    @Controller("/")
    class Slow(ControllerBase):
        @get("/")
        async def index(self, text: Inject[str]) -> str:
            return text

    app = Test.create_test_module(
        controllers=[Slow], providers=[ProviderConfig(str, use_factory=slow)]
    ).create_application()
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: TestClient(app).get("/").json(), range(12), timeout=10))

    assert answers == ["slow"] * 12
    assert made == ["made"]


def test_an_override_of_a_guard_wins_in_modules_that_do_not_list_it_too() -> None:
    class Closed(GuardCanActivate):
        async def can_activate(self, context: IExecutionContext) -> bool:
            return False

    class Open(GuardCanActivate):
        async def can_activate(self, context: IExecutionContext) -> bool:
            return True

    def routed(path: str) -> Any:
        @get(path)
        @Guards(Closed)
        async def route() -> str:
            return path

        return route

    @Module(routers=[routed("/listed")], providers=[Closed])
    class ListsIt(ModuleBase): ...

    @Module(routers=[routed("/named")])
    class NamesIt(ModuleBase): ...

    module = Test.create_test_module(modules=[ListsIt, NamesIt]).override_provider(Closed, use_class=Open)
    client = module.get_test_client()
    assert [client.get(path).status_code for path in ("/listed", "/named")] == [200, 200]


def test_an_override_asks_from_the_module_that_it_replaces_in() -> None:
    class Fake(Singleton):
        def __init__(self, service: Transient) -> None:
            self.service = service

    @Module(controllers=[asking(one=Singleton)], providers=[Singleton, Transient])
    class Inner(ModuleBase): ...

    module = Test.create_test_module(modules=[Inner]).override_provider(Singleton, use_class=Fake)
    module.get_test_client().get("/")

    assert isinstance(made[0]["one"].service, Transient)


def test_an_override_of_what_nobody_provides_is_seen_everywhere() -> None:
    @Module(controllers=[asking(one=Singleton)])
    class Inner(ModuleBase): ...

    module = Test.create_test_module(modules=[Inner]).override_provider(Singleton, use_value="fake")
    assert module.get_test_client().get("/").json() == ["one"]


@pytest.mark.parametrize("is_async", [True, False])
def test_a_failed_request_is_raised_in_its_factories(is_async: bool) -> None:
    @contextmanager
    def transaction() -> Iterator[None]:
        try:
            yield
        except ZeroDivisionError:
            made.append("rolled back")
            raise
        else:
            made.append("committed")

    def session() -> Iterator[str]:
        with transaction():
            yield "session"

    async def async_session() -> AsyncIterator[str]:
        with transaction():
            yield "session"

    @Controller("/")
    class Failing(ControllerBase):
        @get("/{fails}")
        async def index(self, session: Inject[str], fails: bool) -> None:
            if fails:
                raise ZeroDivisionError

    provider = ProviderConfig(str, use_factory=async_session if is_async else session, scope=request_scope)
    client = Test.create_test_module(controllers=[Failing], providers=[provider]).get_test_client()
    client.get("/false")
    with pytest.raises(ZeroDivisionError):
        client.get("/true")

    assert made == ["committed", "rolled back"]


@pytest.mark.parametrize("streams", [False, True], ids=["plain", "stream"])
def test_a_request_is_committed_before_its_answer_is_sent_and_a_streams_after(streams: bool) -> None:
    def session() -> Iterator[bytes]:
        yield b"open"
        made.append("committed")

    @Controller("/")
    class Answering(ControllerBase):
        @get("/")
        async def index(self, session: Inject[bytes]) -> Response:
            return StreamingResponse(iter([session])) if streams else Response(session)

    app = Test.create_test_module(
        controllers=[Answering], providers=[ProviderConfig(bytes, use_factory=session, scope=request_scope)]
    ).create_application()

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        async def note(message: Message) -> None:
            made.append(message["type"])
            await send(message)

        await app(scope, receive, note)

    assert TestClient(noting).get("/").content == b"open"
    assert made.index("committed") == (len(made) - 1 if streams else 0)


# As `type Limit = ...`, which Python has from 3.12 on
Limit = TypeAliasType("Limit", Annotated[int, Query(le=9)])
Given = TypeAliasType("Given", Inject[Singleton])
Plain = TypeAliasType("Plain", Singleton)
Nested = TypeAliasType("Nested", Annotated[Limit, "a note"])


def test_the_name_of_a_type_statement_is_what_it_stands_for() -> None:
    @get("/")
    async def index(given: Given, plain: Plain, limit: Limit = 1, nested: Nested = 2) -> Any:
        return [given is plain, limit, nested]

    client = Test.create_test_module(routers=[index], providers=[Singleton]).get_test_client()

    assert client.get("/", params={"limit": 3, "nested": 4}).json() == [True, 3, 4]
    assert client.get("/", params={"nested": 10}).status_code == 422


def test_an_optional_inject_is_injected() -> None:
    client = client_of(Singleton, one=Inject[Singleton] | None)
    client.get("/")

    assert isinstance(made[0]["one"], Singleton)


def test_app_is_an_asgi_application() -> None:
    assert isinstance(Test.create_test_module().create_application(), App)
