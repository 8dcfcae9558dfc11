"""Messages: decoded, validated, handed over, or told to be wrong and the end of the connection."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from ellar.common import (
    Controller,
    ControllerBase,
    WsBody,
    ws_route,
)
from ellar.core import WebSocket
from tests.ellar.conftest import Frame, Talk
from tests.ellar.websockets.conftest import Log
from tests.ellar.websockets.controllers import app_of, echo, events


def test_a_session_greets_answers_and_ends(talk: Talk) -> None:
    outcome = talk(app_of(echo()), send=["one", "two"], expect=2, leave=1000)

    assert outcome.frames == ["ONE", "TWO"]
    assert events == ["connect", "one", "two", 1000]


def test_a_message_that_is_not_valid_is_told_and_closes_1008(talk: Talk, log: Log) -> None:
    outcome = talk(app_of(echo()), send=["much too long"])

    assert outcome.json() == {
        "code": 1008,
        "errors": [
            {"loc": ["body"], "msg": "String should have at most 5 characters", "type": "string_too_long"},
        ],
    }
    assert outcome.code == 1008
    assert events == ["connect", 1008]
    assert len(log.lines) == 1
    assert "much" not in log.lines[0]


class Move(BaseModel):
    x: int
    more: Any = None


def moves(encoding: Any = "json") -> type[ControllerBase]:
    @Controller("/car")
    class Moves(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding=encoding)
        async def live(self, websocket: WebSocket, move: Move = WsBody()) -> None:
            await websocket.send_text(str(move.x))

    return Moves


@pytest.mark.parametrize(
    "unreadable",
    ["no json", "", '{"x": 1', b'{"x": "\xff"}', '{"x": 1, "more": ' + "[" * 5000 + "]" * 5000 + "}", "9" * 5000],
    ids=["words", "nothing", "half", "bad UTF-8", "too deep", "a giant number"],
)
def test_json_that_does_not_parse_closes_1003(talk: Talk, log: Log, unreadable: str | bytes) -> None:
    outcome = talk(app_of(moves()), send=[unreadable])

    assert outcome.json()["code"] == outcome.code == 1003
    assert outcome.json()["errors"][0]["loc"][0] == "body"
    assert outcome.reason == "JSON expected"
    assert len(log.lines) == 1
    assert log.errors == []


def test_a_giant_number_inside_a_message_closes_1003(talk: Talk) -> None:
    assert talk(app_of(moves()), send=['{"x": ' + "9" * 5000 + "}"]).code == 1003


def test_json_of_the_wrong_shape_names_the_place(talk: Talk) -> None:
    outcome = talk(app_of(moves()), send=['{"x": "far"}'])

    assert outcome.code == 1008
    assert outcome.json()["errors"][0]["loc"] == ["body", "x"]


def test_json_is_taken_from_text_and_binary_frames(talk: Talk) -> None:
    assert talk(app_of(moves()), send=['{"x": 1}', b'{"x": 2}'], expect=2, leave=1000).frames == ["1", "2"]


def test_several_message_parameters_are_members_by_name(talk: Talk) -> None:
    @Controller("/car")
    class Members(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(
            self,
            websocket: WebSocket,
            name: str = WsBody(),
            age: int = WsBody(3),
            kind: str = WsBody("car", alias="json"),
        ) -> None:
            await websocket.send_text(f"{name} {age} {kind}")

    app = app_of(Members)
    assert talk(app, send=['{"name": "a"}', '{"name": "b", "age": 5, "json": "bus"}'], expect=2, leave=1000).frames == [
        "a 3 car",
        "b 5 bus",
    ]
    assert talk(app, send=["{}"]).json()["errors"][0]["loc"] == ["body", "name"]


@pytest.mark.parametrize(("encoding", "frame"), [("text", b"bytes"), ("bytes", "text")])
def test_a_frame_of_the_wrong_kind_closes_1003(talk: Talk, log: Log, encoding: Any, frame: str | bytes) -> None:
    @Controller("/car")
    class Kinds(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding=encoding)
        async def live(self, data: Any = WsBody()) -> None:
            events.append(data)

    outcome = talk(app_of(Kinds), send=[frame])

    assert outcome.json()["code"] == outcome.code == 1003
    assert outcome.json()["errors"][0]["loc"] == ["body"]
    assert events == []
    assert outcome.reason == f"A {'text' if encoding == 'text' else 'binary'} frame expected"
    assert len(log.lines) == 1
    assert log.errors == []


@pytest.mark.parametrize(("encoding", "sent"), [("bytes", [b"\0\1"]), (None, ["text", b"\0\1"]), ("text", ["text"])])
def test_an_encoding_hands_over_what_it_names(talk: Talk, encoding: Any, sent: list[str | bytes]) -> None:
    @Controller("/car")
    class Kinds(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding=encoding)
        async def live(self, websocket: WebSocket, data: str | bytes = WsBody()) -> None:
            events.append(data)
            await websocket.send_text("got it")

    talk(app_of(Kinds), send=sent, expect=len(sent), leave=1000)

    assert events == sent


def test_faults_are_told_and_logged_within_bounds(talk: Talk, log: Log) -> None:
    @Controller("/car")
    class Many(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(self, data: dict[str, int] = WsBody()) -> None: ...

    hostile = "{" + ",".join(f'"{n}\\n{"x" * 200}": "no"' for n in range(1000)) + "}"
    outcome = talk(app_of(Many), send=[hostile])

    assert len(outcome.json()["errors"]) == 10
    assert "\n" not in log.lines[0]
    assert len(log.lines[0]) < 500


def test_json_is_the_encoding_where_none_is_named(talk: Talk) -> None:
    @Controller("/car")
    class Default(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(self, websocket: WebSocket, data: list[int] = WsBody()) -> None:
            await websocket.send_json(sum(data))

    assert talk(app_of(Default), send=["[1, 2]", b"[3]"], expect=2, leave=1000).frames == ["3", "3"]


def test_a_message_is_told_all_that_is_wrong_with_it(talk: Talk) -> None:
    @Controller("/car")
    class Members(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(self, move: Move = WsBody(), speed: int = WsBody(le=50)) -> None:
            events.append(move)

    outcome = talk(app_of(Members), send=['{"move": {"x": "far"}, "speed": 70}'])

    assert [error["loc"] for error in outcome.json()["errors"]] == [["body", "move", "x"], ["body", "speed"]]
    assert outcome.code == 1008
    assert events == []


class Join(BaseModel):
    event: Literal["join"]
    room: str


class Say(BaseModel):
    event: Literal["say"]
    text: str = Field(max_length=5)


class Leave(BaseModel):
    event: Literal["leave"] = "leave"


Command = Annotated[Join | Say | Leave, Field(discriminator="event")]


@Controller("/car")
class Commands(ControllerBase):
    @ws_route("/live", use_extra_handler=True)
    async def live(self, websocket: WebSocket, command: Command = WsBody()) -> None:
        match command:
            case Join(room=room):
                await websocket.send_text(f"joined {room}")
            case Say(text=text):
                await websocket.send_text(f"said {text}")
            case Leave():
                await websocket.close(4000)


def test_a_union_of_models_is_dispatched_by_the_events_name(talk: Talk) -> None:
    sent: list[Frame] = ['{"event": "join", "room": "7"}', b'{"event": "say", "text": "hi"}', '{"event": "leave"}']

    outcome = talk(app_of(Commands), send=sent)

    assert outcome.frames == ["joined 7", "said hi"]
    assert outcome.code == 4000


@pytest.mark.parametrize(
    ("sent", "loc", "kind"),
    [
        ('{"event": "shout"}', ["body"], "union_tag_invalid"),
        ('{"text": "hi"}', ["body"], "union_tag_not_found"),
        ('"say"', ["body"], "dict_type"),
        ('{"event": "say", "text": "much too long"}', ["body", "say", "text"], "string_too_long"),
        ('{"event": "join"}', ["body", "join", "room"], "missing"),
    ],
)
def test_a_message_of_no_member_of_the_union_is_told_where(talk: Talk, sent: str, loc: list[str], kind: str) -> None:
    outcome = talk(app_of(Commands), send=[sent])

    assert [(error["loc"], error["type"]) for error in outcome.json()["errors"]] == [(loc, kind)]
    assert outcome.code == 1008
