"""The examples pass their own checks, the chat bears members who take nothing, the library tells what is stored."""

from __future__ import annotations

import json
import random
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.early import Early
from tests.example import API, CHAT, copy_of
from tests.project import ELLAR
from tests.server import Server, clean_environment, free_port

MYPY_CACHE = Path(__file__).parents[1] / ".mypy_cache" / "examples"
"""What mypy has found out about each example, for the next time: two have files of the same names."""


CHECKS = ["pytest", "ruff check .", "ruff format --check .", "mypy"]


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    return {example: copy_of(example, tmp_path_factory.mktemp("examples")) for example in (CHAT, API)}


def said(folder: Path) -> dict[tuple[str, str], tuple[int, str]]:
    """What each tool says of each example, with its exit code."""
    results = {}
    for example, check in product((CHAT, API), CHECKS):
        copy = folder / example.name
        done = subprocess.run(
            [sys.executable, "-m", *check.split()],
            cwd=copy if copy.exists() else copy_of(example, folder),
            env=clean_environment(MYPY_CACHE_DIR=str(MYPY_CACHE / example.name)),
            capture_output=True,
            text=True,
            check=False,
        )
        results[example.name, check] = (done.returncode, done.stdout + done.stderr)
    return results


SAID = Early(said)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("example", [CHAT.name, API.name])
def test_its_own_checks_pass(example: str, check: str) -> None:
    exit_code, output = SAID.result()[example, check]
    assert exit_code == 0, output


@pytest.mark.parametrize("example", [CHAT, API], ids=lambda example: example.name)
def test_its_readme_leads_to_this_checkout_and_to_its_own_files(example: Path) -> None:
    readme = (example / "README.md").read_text()
    [checkout] = re.findall(r"pip install -e (\S+) ", readme)
    assert (example / checkout / "ellar" / "app.py").is_file()
    for file in re.findall(r"`((?:\w+/)+[\w.]+|conftest\.py)`", readme):
        assert (example / file).exists(), file


@pytest.fixture
def server(copies: dict[Path, Path]) -> Iterator[Server]:
    """Of the chat. It waits for a slow member no longer than a second."""
    chat = copies[CHAT]
    services = chat / "chat/apps/rooms/services.py"
    text = services.read_text()
    services.write_text(text.replace("SEND_LIMIT = 10.0", "SEND_LIMIT = 1.0"))
    port = free_port()
    with Server([ELLAR, "runserver", "--port", str(port)], chat, port) as server:
        yield server
    services.write_text(text)


def join(server: Server, name: str, password: str, connection: socket.socket | None = None) -> ClientConnection:
    body = json.dumps({"name": name, "password": password}).encode()
    login = Request(f"{server.url}/login", body, {"Content-Type": "application/json"})
    with urlopen(login) as answer:
        cookie = answer.headers["set-cookie"].partition(";")[0]
    url = f"ws://127.0.0.1:{server.port}/rooms/lobby/live"
    return connect(
        url, additional_headers={"Cookie": cookie}, sock=connection, compression=None, max_queue=1, ping_interval=None
    )


def test_a_member_who_reads_nothing_holds_up_nobody_and_is_cut_off_without_a_gap(server: Server) -> None:
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.connect(("127.0.0.1", server.port))
    with join(server, "ada", "engine") as ada, join(server, "grace", "compiler", narrow) as grace:
        assert [json.loads(ada.recv(5))["event"] for _ in range(2)] == ["welcome", "joined"]
        said = list(say_until_left(ada))
        heard = list(heard_by(grace))

    assert heard == said[: len(heard)]
    assert 100 < len(heard) < len(said)


def say_until_left(member: ClientConnection) -> Iterator[str]:
    """Talks, each time as soon as it has heard itself, until the other member has left."""
    while True:
        text = random.randbytes(1000).hex()
        member.send(json.dumps({"event": "say", "text": text}))
        event = json.loads(member.recv(5))
        if event == {"event": "left", "name": "grace"}:
            return
        assert event["text"] == text
        yield text


def heard_by(member: ClientConnection) -> Iterator[str]:
    """What has reached a member who is cut off."""
    with suppress(ConnectionClosed):
        while True:
            event = json.loads(member.recv(5))
            if event["event"] == "said":
                yield event["text"]


def test_the_library_tells_of_a_book_when_everybody_can_find_it(copies: dict[Path, Path]) -> None:
    readme = (API / "README.md").read_text()
    [body] = re.findall(r"-d '(.+)'", readme)
    shown = [json.loads(line) for line in re.findall(r'^{"event".+$', readme, re.MULTILINE)]
    headers = {"Authorization": "Bearer of-development", "Content-Type": "application/json"}
    port, database = free_port(), "sqlite+aiosqlite:///library.db"
    with (
        Server([ELLAR, "runserver", "--port", str(port)], copies[API], port, DATABASE_URL=database) as server,
        connect(f"ws://127.0.0.1:{port}/changes/live") as listener,
    ):
        heard = [json.loads(listener.recv(5))]
        urlopen(Request(f"{server.url}/books/", body.encode(), headers)).close()
        heard.append(json.loads(listener.recv(5)))
        with urlopen(f"{server.url}/books/?text=dune&available=true") as found:
            assert json.load(found) == {"items": [shown[1]["book"]], "total": 1}
    assert heard == shown
