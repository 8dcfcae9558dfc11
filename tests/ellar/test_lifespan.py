"""Modules start in the order of their imports and end in reverse, whatever fails on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from ellar.app import App, AppFactory
from ellar.common import Inject, Module
from ellar.core import Config, ImproperlyConfigured, ModuleBase, Request
from ellar.di import ProviderConfig, injectable, request_scope
from ellar.testing import Test, TestClient
from tests.ellar.conftest import serve

happened: list[str] = []


@pytest.fixture(autouse=True)
def fresh() -> None:
    happened.clear()


class Pool: ...


async def pool() -> AsyncIterator[Pool]:
    happened.append("pool opens")
    yield Pool()
    happened.append("pool closes")


@Module(providers=[ProviderConfig(Pool, use_factory=pool)], exports=[Pool])
class DataModule(ModuleBase):
    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def on_startup(self, config: Config) -> None:
        happened.append(f"data starts {type(self.pool).__name__} {config.DEBUG}")

    async def on_shutdown(self) -> None:
        happened.append(f"data ends {type(self.pool).__name__}")


@Module(modules=[DataModule])
class CarModule(ModuleBase):
    def on_startup(self, pool: Pool, other: Inject[Pool]) -> None:
        happened.append(f"car starts {pool is other}")

    def on_shutdown(self, pool: Pool | None = None) -> None:
        happened.append(f"car ends {pool is not None}")


@Module(modules=[CarModule, DataModule])
class Root(ModuleBase): ...


IN_ORDER = [
    "pool opens",
    "data starts Pool False",
    "car starts True",
    "car ends True",
    "data ends Pool",
    "pool closes",
]


def test_what_is_imported_starts_first_and_ends_last() -> None:
    with TestClient(AppFactory.create_from_app_module(Root)):
        assert happened == IN_ORDER[:3]

    assert happened == IN_ORDER


def test_a_real_server_does_the_same() -> None:
    with serve(AppFactory.create_from_app_module(Root)):
        assert happened == IN_ORDER[:3]

    assert happened == IN_ORDER


def test_without_the_lifespan_no_hook_is_called() -> None:
    TestClient(AppFactory.create_from_app_module(Root)).get("/")

    assert happened == []


def failing(where: str) -> App:
    @Module(modules=[CarModule])
    class Failing(ModuleBase):
        async def on_startup(self) -> None:
            if where == "startup":
                raise OSError("no room")

        async def on_shutdown(self) -> None:
            happened.append("failing ends")
            raise OSError("no way out")

    @Module(modules=[Failing])
    class Last(ModuleBase):
        async def on_startup(self) -> None:
            happened.append("last starts")

        async def on_shutdown(self) -> None:
            happened.append("last ends")

    return AppFactory.create_from_app_module(Last)


def test_a_start_that_fails_half_way_ends_what_has_started() -> None:
    with pytest.raises(OSError, match="no room"), TestClient(failing("startup")):
        raise AssertionError("it has started")

    assert happened == IN_ORDER


def test_an_end_that_fails_does_not_keep_the_others_from_ending() -> None:
    with pytest.raises(OSError, match="no way out"), TestClient(failing("shutdown")):
        pass

    assert happened == [*IN_ORDER[:3], "last starts", "last ends", "failing ends", *IN_ORDER[3:]]


def test_a_server_whose_start_fails_does_not_serve(caplog: pytest.LogCaptureFixture) -> None:
    server = uvicorn.Server(uvicorn.Config(failing("startup"), port=0, log_config=None))
    with pytest.raises(SystemExit):
        server.run()

    assert not server.started
    assert happened == IN_ORDER
    assert "Application startup failed. Exiting." in caplog.text


def test_an_override_is_injected_into_hooks_too() -> None:
    module = Test.create_test_module(modules=[Root]).override_provider(Pool, use_value=Pool())

    with module.get_test_client():
        assert happened == IN_ORDER[1:3]


@injectable(scope=request_scope)
class PerRequest: ...


class Requesting:
    def __init__(self, request: Request) -> None: ...


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (PerRequest, "Wrong.on_startup takes 'it', which lives for one request or connection; there is none"),
        (Request, "Wrong.on_startup takes 'it', which lives for one request or connection; there is none"),
        (Requesting, "is a singleton and needs Request"),
        (Pool, "on_startup needs Pool for 'it', which nobody provides: add Pool to providers= of Wrong"),
    ],
)
def test_a_hook_takes_singletons_alone(wanted: Any, text: str) -> None:
    class Wrong(ModuleBase):
        async def on_startup(self, it: Any) -> None: ...

    Wrong.on_startup.__annotations__["it"] = wanted
    providers = [] if wanted in (Request, Pool) else [wanted]
    Module(providers=providers)(Wrong)

    with pytest.raises(ImproperlyConfigured) as caught:
        AppFactory.create_app(modules=[Wrong])

    assert text in str(caught.value)
    assert str(caught.value).startswith(f"{__file__}:")


@pytest.mark.parametrize(
    "hook", [3, staticmethod(lambda: None), classmethod(lambda cls: None)], ids=["number", "static", "class"]
)
def test_a_hook_that_is_no_method_is_named(hook: Any) -> None:
    @Module()
    class Wrong(ModuleBase):
        on_startup = hook

    with pytest.raises(
        ImproperlyConfigured, match=r"test_lifespan\.py:\d+: on_startup of Wrong is no method: write def"
    ):
        AppFactory.create_app(modules=[Wrong])
