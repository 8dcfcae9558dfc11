"""The websocket that a handler has is Starlette's: frames of every kind, subprotocols, headers, close codes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from ellar.common import Controller, ControllerBase, WsBody, ws_route
from ellar.core import WebSocket
from tests.ellar.conftest import Frame, Outcome, Talk
from tests.ellar.websockets.conftest import Log
from tests.ellar.websockets.controllers import app_of, events, loop

Behaviour = Callable[[WebSocket], Any]


def by_context(behaviour: Behaviour) -> type[ControllerBase]:
    """A plain handler that finds its websocket at the context."""
    return loop(behaviour)


def by_parameter(behaviour: Behaviour) -> type[ControllerBase]:
    """A plain handler that is given its websocket."""

    @Controller("/car")
    class Given(ControllerBase):
        @ws_route("/live")
        async def live(self, websocket: WebSocket) -> None:
            await behaviour(websocket)

    return Given


def by_connect_handler(behaviour: Behaviour) -> type[ControllerBase]:
    """A session whose connect handler is given the websocket."""

    @Controller("/car")
    class Given(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(self, data: Any = WsBody()) -> None: ...

        @ws_route.connect(live)
        async def on_connect(self, websocket: WebSocket) -> None:
            await behaviour(websocket)

    return Given


Way = Callable[[Behaviour], type[ControllerBase]]


@pytest.fixture(params=[by_context, by_parameter, by_connect_handler])
def way(request: pytest.FixtureRequest) -> Way:
    """How a handler comes to its websocket."""
    chosen: Way = request.param
    return chosen


async def echo_text(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text((await websocket.receive_text()).upper())


async def echo_bytes(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_bytes((await websocket.receive_bytes())[::-1])


async def echo_json(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json({"got": await websocket.receive_json()})


async def echo_binary_json(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json({"got": await websocket.receive_json("binary")}, "binary")


@pytest.mark.parametrize(
    ("behaviour", "sent", "answer"),
    [
        (echo_text, "hi", "HI"),
        (echo_bytes, b"\0\1", b"\1\0"),
        (echo_json, '{"x": 1}', '{"got":{"x":1}}'),
        (echo_binary_json, b'{"x": 1}', b'{"got":{"x":1}}'),
    ],
)
def test_text_bytes_and_json_go_both_ways(
    talk: Talk, way: Way, behaviour: Behaviour, sent: Frame, answer: Frame
) -> None:
    outcome = talk(app_of(way(behaviour)), send=[sent], expect=1, leave=1000)

    assert outcome.frames == [answer]


async def iterate_text(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text.upper())


async def iterate_bytes(websocket: WebSocket) -> None:
    await websocket.accept()
    async for data in websocket.iter_bytes():
        await websocket.send_bytes(data[::-1])


async def iterate_json(websocket: WebSocket) -> None:
    await websocket.accept()
    async for value in websocket.iter_json():
        await websocket.send_json([value])


@pytest.mark.parametrize(
    ("behaviour", "sent", "answers"),
    [
        (iterate_text, ["a", "b"], ["A", "B"]),
        (iterate_bytes, [b"\0\1", b"\2\3"], [b"\1\0", b"\3\2"]),
        (iterate_json, ["1", "{}"], ["[1]", "[{}]"]),
    ],
)
def test_a_loop_over_messages_ends_when_the_client_leaves(
    talk: Talk, way: Way, behaviour: Behaviour, sent: list[Frame], answers: list[Frame]
) -> None:
    assert talk(app_of(way(behaviour)), send=sent, expect=2, leave=1001).frames == answers


def test_a_subprotocol_is_chosen_of_those_that_are_offered(talk: Talk, way: Way) -> None:
    async def choose(websocket: WebSocket) -> None:
        await websocket.accept(websocket.scope["subprotocols"][1])
        await websocket.close()

    assert talk(app_of(way(choose)), subprotocols=["v1.chat", "v2.chat"]).subprotocol == "v2.chat"
    assert talk(app_of(way(echo_text)), subprotocols=["v1.chat"], send=["hi"], leave=1000).subprotocol is None


def test_accept_answers_with_headers(talk: Talk, way: Way) -> None:
    async def answer(websocket: WebSocket) -> None:
        await websocket.accept(headers=[(b"X-Room", b"7"), (b"Set-Cookie", b"seat=3")])
        await websocket.close()

    headers = talk(app_of(way(answer))).headers

    assert headers["x-room"] == "7"
    assert headers["set-cookie"] == "seat=3"


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [((), 1000, ""), ((1001,), 1001, ""), ((4321, "no seats left"), 4321, "no seats left"), ((1013, "ü"), 1013, "ü")],
)
def test_close_says_code_and_reason(talk: Talk, way: Way, arguments: Any, code: int, reason: str) -> None:
    async def close(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close(*arguments)

    outcome: Outcome = talk(app_of(way(close)))

    assert (outcome.code, outcome.reason) == (code, reason)


@pytest.mark.parametrize(
    ("behaviour", "sent", "reason"),
    [
        (iterate_text, b"\0", "A text frame expected"),
        (iterate_bytes, "text", "A binary frame expected"),
        (iterate_json, b"{}", "A text frame expected"),
        (echo_binary_json, "{}", "A binary frame expected"),
        (echo_binary_json, b"\xff", "JSON expected"),
        (iterate_json, "no json", "JSON expected"),
        (iterate_json, "[" * 100_000, "JSON expected"),
        (iterate_json, "9" * 5000, "JSON expected"),
    ],
)
def test_what_starlette_can_not_receive_closes_1003(
    talk: Talk, log: Log, behaviour: Behaviour, sent: Frame, reason: str
) -> None:
    outcome = talk(app_of(by_parameter(behaviour)), send=[sent])

    assert outcome.json()["code"] == outcome.code == 1003
    assert outcome.json()["errors"][0]["loc"] == ["body"]
    assert outcome.reason == reason
    assert len(log.lines) == 1
    assert log.errors == []


def test_what_a_task_of_a_handler_can_not_receive_closes_1003(talk_for_real: Talk, log: Log) -> None:
    async def receive_in_a_task(websocket: WebSocket) -> None:
        await websocket.accept()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(websocket.receive_text())
            tasks.create_task(asyncio.sleep(60))

    outcome = talk_for_real(app_of(by_parameter(receive_in_a_task)), send=[b"\0"])

    assert (outcome.code, outcome.reason) == (1003, "A text frame expected")
    assert log.errors == []


def test_a_handler_may_catch_what_it_can_not_receive(talk: Talk) -> None:
    async def forgive(websocket: WebSocket) -> None:
        await websocket.accept()
        for kind in (KeyError, json.JSONDecodeError):
            try:
                await websocket.receive_json()
            except kind:
                await websocket.send_text(kind.__name__)

    outcome = talk(app_of(by_parameter(forgive)), send=[b"{}", "no json"])

    assert outcome.frames == ["KeyError", "JSONDecodeError"]
    assert outcome.code == 1000


def test_a_handler_that_closes_as_the_error_passes_has_its_own_code(talk: Talk, log: Log) -> None:
    async def tidy(websocket: WebSocket) -> None:
        try:
            await iterate_text(websocket)
        finally:
            await websocket.close(4000)

    outcome = talk(app_of(by_parameter(tidy)), send=[b"\0"])

    assert (outcome.frames, outcome.code) == ([], 4000)
    assert log.lines[0].startswith("closed with 4000: A text frame expected (body) ")
    assert log.errors == []


async def parse_text(websocket: WebSocket) -> None:
    await websocket.accept()
    json.loads(await websocket.receive_text())


async def look_up_text(websocket: WebSocket) -> None:
    await websocket.accept()
    known: dict[str, str] = {}
    await websocket.send_text(known[await websocket.receive_text()])


async def word_it_otherwise(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        await websocket.receive_json()
    except ValueError as error:
        raise LookupError from error


@pytest.mark.parametrize("behaviour", [parse_text, look_up_text, word_it_otherwise])
def test_an_error_of_the_handlers_own_is_a_bug_though_it_be_of_the_same_class(
    talk_for_real: Talk, log: Log, behaviour: Behaviour
) -> None:
    outcome = talk_for_real(app_of(by_parameter(behaviour)), send=["text"])

    assert (outcome.frames, outcome.code) == ([], 1011)
    assert len(log.tracebacks) == 1


def test_a_session_is_told_of_what_its_connect_handler_can_not_receive(talk: Talk) -> None:
    @Controller("/car")
    class First(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(self, data: Any = WsBody()) -> None: ...

        @ws_route.connect(live)
        async def on_connect(self, websocket: WebSocket) -> None:
            await echo_text(websocket)

        @ws_route.disconnect(live)
        async def on_disconnect(self, code: int) -> None:
            events.append(code)

    outcome = talk(app_of(First), send=[b"\0"])

    assert outcome.json()["code"] == outcome.code == 1003
    assert events == [1003]
