"""What docs/websockets.md says beyond its blocks: its tables of what a client meets, its room of many."""

from __future__ import annotations

import re
import socket
import time
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from websockets.sync.client import connect

from tests.docs import conversations
from tests.docs.conftest import Written
from tests.docs.pages import DOCS, ROOT, Block
from tests.ellar.conftest import serve

MIB = 1024 * 1024
PAGE = (DOCS / "websockets.md").read_text(encoding="utf-8")
TABLES = re.search(r"\n## What a client meets\n(.*?)\n## ", PAGE, re.DOTALL)
MEETS = {
    "no route has this path, to the slash": "connect /returns/",
    "a page of another site connects": "connect /returns\n  Origin: https://evil.example",
    "a guard does not return True, or has a bug": "connect /closed",
    'a guard raises `NotAuthenticated("Who are you?")`': "connect /stranger",
    "a parameter is missing or not valid": "connect /parameter?age=old\n< {...}",
    'the handler raises `NotFound("There is no such room")`': "connect /nowhere",
    'the handler raises `WebSocketException(4001, "Full")`': "connect /full",
    "the handler returns, and has not accepted": "connect /parameter?age=7",
    "the handler has a bug": "connect /bug",
    "the handler returns": "connect /returns",
    "a message is not valid": 'connect /number\n> "ten"\n< {...}',
    "a message is not JSON": "connect /number\n> ten\n< {...}",
    "a frame is binary, and should be text": "connect /text\n> bytes 00\n< {...}",
    'after: the handler raises `WebSocketException(4001, "Full")`': "connect /number\n> 4001",
    "after: the handler has a bug": "connect /number\n> 0",
    "a message is larger than `WS_MAX_SIZE`, 1 MiB (without `ellar runserver`: uvicorn's 16 MiB)": (
        f"connect /text\n> {'x' * (MIB + 1)}"
    ),
}


def shown() -> dict[str, str]:
    """What the tables show, by their first column."""
    assert TABLES is not None
    rows: dict[str, str] = {}
    for situation, outcome in re.findall(r"^\| (.+?) \| [^`\n]*`(.+)` \|$", TABLES[1], re.MULTILINE):
        rows[f"after: {situation}" if situation in rows else situation] = outcome
    return rows


def test_the_tables_tell_of_what_is_tested_here() -> None:
    assert list(shown()) == list(MEETS)


@pytest.mark.parametrize("situation", MEETS, ids=str)
def test_a_client_meets_what_the_tables_show(situation: str) -> None:
    text = f"{MEETS[situation]}\n< {shown()[situation]}\n"
    conversations.hold(Block("websockets", 0, "text", text, "tests.docs.meets"), ROOT)


def test_a_room_bears_members_that_read_too_slowly_and_such_as_are_gone(written: Written) -> None:
    with (
        conversations.imported("lobby", written.of("websockets")) as app,
        serve(app) as port,
        _reader_of_nothing(port) as slow,
        connect(f"ws://127.0.0.1:{port}/lobby/live?name=Bob") as bob,
        connect(f"ws://127.0.0.1:{port}/lobby/live?name=Ada") as ada,
    ):
        seconds = 0.0
        while seconds < 1:  # until the slow one makes the others wait
            started = time.monotonic()
            _announce(port, "x" * 50_000)
            assert {bob.recv(5), ada.recv(5)} == {"x" * 50_000}
            seconds = time.monotonic() - started
        assert {bob.recv(0.5), ada.recv(0.5)} == {"Slow has left"}
        ada.close()
        bob.send("hello")
        assert {bob.recv(0.5), bob.recv(0.5)} == {"Ada has left", "Bob: hello"}
        assert b"Too slow" in _rest_of(slow)


def _reader_of_nothing(port: int) -> socket.socket:
    """A client that is connected and leaves what it gets in the socket."""
    headers = "Host: x", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"
    request = ["GET /lobby/live?name=Slow HTTP/1.1", *headers, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""]
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    client.sendall("\r\n".join(request).encode())
    assert b"101" in client.recv(64)
    return client


def _announce(port: int, text: str) -> None:
    urlopen(Request(f"http://127.0.0.1:{port}/lobby/announcements?text={quote(text)}", method="POST")).close()


def _rest_of(client: socket.socket) -> bytes:
    """What it reads until the server has nothing more to send."""
    rest = b""
    client.settimeout(1)
    try:
        while part := client.recv(1024 * 1024):
            rest = (rest + part)[-1000:]
    except TimeoutError:
        pass
    return rest
