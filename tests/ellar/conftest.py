"""A real uvicorn with a real client, and Starlette's TestClient, behind one way to talk to a websocket."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest
import uvicorn
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.types import ASGIApp
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

Frame = str | bytes
CUT_OFF = -1
STAY = 0


@dataclass
class Outcome:
    """What a client got: an HTTP answer instead of a websocket, or frames and how the connection was closed."""

    status: int = 101
    body: Any = None
    frames: list[Frame] = field(default_factory=list)
    code: int | None = None
    reason: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    subprotocol: str | None = None

    def json(self, index: int = -1) -> Any:
        return json.loads(self.frames[index])


class Talk(Protocol):
    """Connects, sends, takes `expect` frames, then leaves with a code (None: without one) or waits for the end."""

    def __call__(
        self,
        app: ASGIApp,
        path: str = "/car/live",
        *,
        send: Sequence[Frame] = (),
        expect: int = 0,
        leave: int | None = STAY,
        headers: Mapping[str, str] = ...,
        subprotocols: Sequence[str] = (),
    ) -> Outcome: ...


class _Server(uvicorn.Server):
    """Looks whether it should end a hundred times a second instead of ten: hundreds of tests wait for that."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not await self.on_tick(1):  # noqa: ASYNC110 # another thread says so, by an attribute
            await asyncio.sleep(0.01)


@contextmanager
def serve(app: ASGIApp, **settings: Any) -> Iterator[int]:
    """A real uvicorn in a thread; its port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1, **settings))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


def until(condition: Callable[[], object], seconds: float = 5) -> None:
    """Waits for what happens in another thread."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def _over_uvicorn(
    app: ASGIApp,
    path: str = "/car/live",
    *,
    send: Sequence[Frame] = (),
    expect: int = 0,
    leave: int | None = STAY,
    headers: Mapping[str, str] = {},
    subprotocols: Sequence[str] = (),
) -> Outcome:
    outcome = Outcome()
    offered = [Subprotocol(name) for name in subprotocols] or None
    with serve(app) as port:
        address = f"ws://127.0.0.1:{port}{path}"
        try:
            with connect(address, additional_headers=dict(headers), subprotocols=offered, open_timeout=5) as client:
                assert client.response is not None
                outcome.headers, outcome.subprotocol = _lowered(client.response.headers.raw_items()), client.subprotocol
                for message in send:
                    client.send(message)
                outcome.frames = [client.recv(5) for _ in range(expect)]
                if leave == CUT_OFF:
                    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    client.socket.shutdown(socket.SHUT_RDWR)
                elif leave is None:
                    with client.send_context(expected_state=client.protocol.state):
                        client.protocol.send_close()
                elif leave != STAY:
                    client.close(leave)
                while True:
                    outcome.frames.append(client.recv(5))
        except InvalidStatus as refusal:
            answer = refusal.response
            return _refused(answer.status_code, bytes(answer.body or b""), answer.headers.raw_items())
        except ConnectionClosed as closed:
            if closed.rcvd is not None and closed.rcvd_then_sent is not False:
                outcome.code, outcome.reason = closed.rcvd.code, closed.rcvd.reason
    return outcome


def _over_test_client(
    app: ASGIApp,
    path: str = "/car/live",
    *,
    send: Sequence[Frame] = (),
    expect: int = 0,
    leave: int | None = STAY,
    headers: Mapping[str, str] = {},
    subprotocols: Sequence[str] = (),
) -> Outcome:
    outcome = Outcome()
    with TestClient(app) as client:
        try:
            with client.websocket_connect(path, list(subprotocols), headers=dict(headers)) as session:
                outcome.headers = _lowered(session.extra_headers or ())
                outcome.subprotocol = session.accepted_subprotocol
                for message in send:
                    session.send_bytes(message) if isinstance(message, bytes) else session.send_text(message)
                frames = (session.receive() for _ in iter(int, 1))
                outcome.frames = [_content(next(frames)) for _ in range(expect)]
                if leave != STAY:
                    session.close(1005 if leave is None else 1006 if leave == CUT_OFF else leave)
                    return outcome
                for frame in frames:
                    if frame["type"] == "websocket.close":
                        outcome.code, outcome.reason = frame["code"], frame["reason"]
                        break
                    outcome.frames.append(_content(frame))
        except WebSocketDenialResponse as refusal:
            return _refused(refusal.status_code, refusal.content, refusal.headers.items())
        except WebSocketDisconnect:  # closed before accept, which a server answers so
            return Outcome(403)
    return outcome


def _refused(status: int, body: bytes, headers: Iterable[tuple[str, str]]) -> Outcome:
    answered = _lowered(headers)
    content = json.loads(body) if "json" in answered.get("content-type", "") else body.decode()
    return Outcome(status, content, headers=answered)


def _lowered(headers: Iterable[tuple[str | bytes, str | bytes]]) -> dict[str, str]:
    texts = ((part.decode() if isinstance(part, bytes) else part for part in header) for header in headers)
    return {name.lower(): value for name, value in texts}


def _content(frame: Mapping[str, Any]) -> Frame:
    content: Frame = frame["bytes"] if frame.get("text") is None else frame["text"]
    return content


@pytest.fixture(params=[_over_uvicorn, _over_test_client], ids=["uvicorn", "TestClient"])
def talk(request: pytest.FixtureRequest) -> Talk:
    """The same scenario over both."""
    chosen: Talk = request.param
    return chosen


@pytest.fixture
def talk_for_real() -> Talk:
    """Where only a real server shows it."""
    return _over_uvicorn
