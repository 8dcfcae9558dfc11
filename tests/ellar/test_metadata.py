"""Metadata: notes on handlers and controllers, and a roles guard that reads them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from ellar.common import (
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    WsBody,
    get,
    set_metadata,
    ws_route,
)
from ellar.core import Reflector, WebSocket
from ellar.testing import Test
from tests.ellar.conftest import Talk

reflector = Reflector()


@set_metadata("roles", ["base"])
@set_metadata("audited", True)
class Base: ...


class Heir(Base): ...


@set_metadata("roles", ["own"])
class Overriding(Base): ...


@set_metadata("roles", ("admin",))
@set_metadata("limit", 3)
def handler() -> None: ...


def plain() -> None: ...


@pytest.mark.parametrize(
    ("target", "roles", "audited"),
    [
        (Base, ["base"], True),
        (Heir, ["base"], True),
        (Overriding, ["own"], True),
        (handler, ("admin",), None),
        (plain, None, None),
        (None, None, None),
    ],
)
def test_get_is_what_a_target_has_or_inherits(target: Any, roles: object, audited: object) -> None:
    assert (reflector.get("roles", target), reflector.get("audited", target)) == (roles, audited)


def test_the_first_target_that_has_a_value_overrides_the_others() -> None:
    assert reflector.get_all_and_override("roles", plain, None, handler, Base) == ("admin",)
    assert reflector.get_all_and_override("roles", plain, Base, handler) == ["base"]
    assert reflector.get_all_and_override("roles", plain, None) is None


def test_a_value_of_none_is_a_value() -> None:
    @set_metadata("roles", None)
    def open_to_all() -> None: ...

    assert reflector.get_all_and_override("roles", open_to_all, Base) is None


def test_merging_joins_collections_and_takes_other_values_whole() -> None:
    @set_metadata("roles", {"editor"})
    @set_metadata("limit", {"a": 1})
    def other() -> None: ...

    assert reflector.get_all_and_merge("roles", handler, None, plain, other, Base) == ["admin", "editor", "base"]
    assert reflector.get_all_and_merge("limit", handler, other) == [3, {"a": 1}]
    assert reflector.get_all_and_merge("nothing", handler, Base) == []


def test_what_is_merged_is_a_list_of_its_own() -> None:
    reflector.get_all_and_merge("roles", Base).append("intruder")

    assert reflector.get("roles", Base) == ["base"]


def test_the_upper_of_two_notes_under_one_key_wins() -> None:
    @set_metadata("roles", "upper")
    @set_metadata("roles", "lower")
    def noted() -> None: ...

    assert reflector.get("roles", noted) == "upper"


def test_a_wrapper_keeps_the_notes_of_what_it_wraps_and_adds_none_to_it() -> None:
    @set_metadata("limit", 4)
    @wraps(handler)
    def wrapper() -> None: ...

    assert (reflector.get("roles", wrapper), reflector.get("limit", wrapper)) == (("admin",), 4)
    assert reflector.get("limit", handler) == 3


# A guard for HTTP and websocket alike


class RolesGuard(GuardCanActivate):
    """Lets through who has one of the roles that are noted on the route, else on its controller."""

    def __init__(self, reflector: Reflector) -> None:
        self.reflector = reflector

    async def can_activate(self, context: IExecutionContext) -> bool:
        roles = self.reflector.get_all_and_override("roles", context.get_handler(), context.get_class())
        connection = context.switch_to_http_connection().get_client()
        return roles is None or connection.headers.get("x-role") in roles


def uppercase(function: Callable[..., Any]) -> Callable[..., Any]:
    """Somebody else's decorator."""

    @wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        return str(await function(*args, **kwargs)).upper()

    return call


@Controller("/staff")
@set_metadata("roles", ["staff"])
@Guards(RolesGuard)
class StaffController(ControllerBase):
    @get("/all")
    async def everyone(self) -> str:
        return "all"

    @set_metadata("roles", ["chief"])
    @get("/above")
    async def above(self) -> str:
        return "above"

    @get("/below")
    @set_metadata("roles", ["chief"])
    async def below(self) -> str:
        return "below"

    @get("/wrapped")
    @uppercase
    @set_metadata("roles", ["chief"])
    async def wrapped(self) -> str:
        return "wrapped"

    @ws_route("/live", use_extra_handler=True, encoding="text")
    async def live(self, websocket: WebSocket, data: str = WsBody()) -> None:
        await websocket.send_text(data)

    @set_metadata("roles", ["chief"])
    @ws_route("/live/above", use_extra_handler=True, encoding="text")
    async def live_above(self, websocket: WebSocket, data: str = WsBody()) -> None:
        await websocket.send_text(data)

    @ws_route("/live/below")
    @set_metadata("roles", ["chief"])
    async def live_below(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())


@Controller("/heir")
class HeirController(StaffController): ...


@Controller("/open")
@set_metadata("roles", None)
class OpenController(StaffController): ...


app = Test.create_test_module(controllers=[StaffController, HeirController, OpenController]).create_application()


@pytest.mark.parametrize("prefix", ["/staff", "/heir"])
@pytest.mark.parametrize(
    ("path", "role"), [("/all", "staff"), ("/above", "chief"), ("/below", "chief"), ("/wrapped", "chief")]
)
def test_a_roles_guard_before_requests(prefix: str, path: str, role: str) -> None:
    client = Test.create_test_module(controllers=[StaffController, HeirController]).get_test_client()

    answers = {
        role: client.get(prefix + path, headers={"X-Role": role}).status_code for role in ("staff", "chief", "guest")
    }

    assert answers == {"staff": 403, "chief": 403, "guest": 403} | {role: 200}


@pytest.mark.parametrize("prefix", ["/staff", "/heir"])
@pytest.mark.parametrize(
    ("path", "role", "other"),
    [("/live", "staff", "chief"), ("/live/above", "chief", "staff"), ("/live/below", "chief", "staff")],
)
def test_a_roles_guard_before_websockets(talk: Talk, prefix: str, path: str, role: str, other: str) -> None:
    let_in = talk(app, prefix + path, send=["hi"], expect=1, leave=1000, headers={"X-Role": role})
    refused = talk(app, prefix + path, headers={"X-Role": other})

    assert (let_in.frames, refused.status) == (["hi"], 403)


def test_an_heir_may_note_otherwise(talk: Talk) -> None:
    assert talk(app, "/open/live", send=["hi"], expect=1, leave=1000).frames == ["hi"]
    assert talk(app, "/open/live/above").status == 403


def test_the_reflector_is_injected_into_handlers_too() -> None:
    @Controller("/")
    class Asking(ControllerBase):
        @get("/")
        @set_metadata("title", "Cars")
        async def index(self, reflector: Reflector) -> str:
            return str(reflector.get("title", self.context.get_handler()))

    assert Test.create_test_module(controllers=[Asking]).get_test_client().get("/").json() == "Cars"
