"""Sessions: what a client gets of them, on TestClient and a real uvicorn, and that nothing it sends breaks them."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.cookies import Morsel, SimpleCookie
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.request import Request as Asked
from urllib.request import urlopen

import pytest
from itsdangerous import Signer, TimestampSigner
from websockets.sync.client import connect

from ellar.app import App, AppFactory
from ellar.common import Controller, ControllerBase, get, ws_route
from ellar.config import load_config
from ellar.core import Config, ImproperlyConfigured, Request, WebSocket
from ellar.middleware import middleware_of
from ellar.testing import TestClient
from tests.ellar.conftest import serve

SETTINGS: dict[str, Any] = {"SESSION_COOKIE_NAME": "sid", "SECRET_KEY": "a key for this test", "DEBUG": True}


@Controller("/")
class Counter(ControllerBase):
    @get("/count")
    async def count(self, request: Request) -> int:
        request.session["count"] = request.session.get("count", 0) + 1
        return int(request.session["count"])

    @get("/look")
    async def look(self, request: Request) -> dict[str, Any]:
        return dict(request.session)

    @get("/leave")
    async def leave(self, request: Request) -> None:
        request.session.clear()

    @ws_route("/live")
    async def live(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json(dict(websocket.session))


def app_of(**settings: Any) -> App:
    return AppFactory.create_app(controllers=[Counter], config_module={**SETTINGS, **settings})


class Ask(Protocol):
    """Requests a path with these cookies: the status, the JSON body, and the Set-Cookie headers."""

    def __call__(self, path: str, **cookies: str) -> tuple[int, Any, list[str]]: ...


@contextmanager
def _over_uvicorn(app: App) -> Iterator[Ask]:
    with serve(app) as port:

        def ask(path: str, **cookies: str) -> tuple[int, Any, list[str]]:
            asked = Asked(f"http://127.0.0.1:{port}{path}", headers={"Cookie": _header(cookies)})
            try:
                with urlopen(asked, timeout=5) as answer:
                    return answer.status, json.loads(answer.read() or b"null"), answer.headers.get_all("set-cookie", [])
            except HTTPError as error:
                return error.code, error.read().decode(), []

        yield ask


@contextmanager
def _over_test_client(app: App) -> Iterator[Ask]:
    def ask(path: str, **cookies: str) -> tuple[int, Any, list[str]]:
        client = TestClient(app, raise_server_exceptions=False)
        answer = client.get(path, headers={b"Cookie": _header(cookies).encode("latin-1")})
        body = answer.json() if answer.content and answer.status_code == 200 else None
        return answer.status_code, body, answer.headers.get_list("set-cookie")

    yield ask


def _header(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


@pytest.fixture(params=[_over_uvicorn, _over_test_client], ids=["uvicorn", "TestClient"])
def over(request: pytest.FixtureRequest) -> Callable[[App], Any]:
    chosen: Callable[[App], Any] = request.param
    return chosen


def cookie(set_cookie: list[str], name: str = "sid") -> Morsel[str]:
    assert len(set_cookie) == 1
    return SimpleCookie(set_cookie[0])[name]


def test_a_session_is_kept_from_request_to_request_until_it_is_cleared(over: Callable[[App], Any]) -> None:
    with over(app_of()) as ask:
        status, count, first = ask("/count")
        assert (status, count) == (200, 1)
        _, count, second = ask("/count", sid=cookie(first).value)
        assert count == 2
        assert ask("/look", sid=cookie(second).value) == (200, {"count": 2}, [])
        status, _, last = ask("/leave", sid=cookie(second).value)
        assert status == 204
        assert cookie(last)["expires"] == "Thu, 01 Jan 1970 00:00:00 GMT"


def test_a_websocket_reads_the_session() -> None:
    with serve(app_of()) as port:
        with urlopen(f"http://127.0.0.1:{port}/count", timeout=5) as answer:
            value = cookie(answer.headers.get_all("set-cookie")).value
        with connect(f"ws://127.0.0.1:{port}/live", additional_headers={"Cookie": f"sid={value}"}) as client:
            assert json.loads(client.recv(5)) == {"count": 1}

    with TestClient(app_of()) as tester:
        tester.get("/count")
        with tester.websocket_connect("/live") as session:
            assert session.receive_json() == {"count": 1}


@pytest.mark.parametrize(
    ("settings", "flags"),
    [
        ({}, ("1209600", "lax", False)),
        ({"DEBUG": False}, ("1209600", "lax", True)),
        ({"DEBUG": False, "SESSION_COOKIE_SECURE": False}, ("1209600", "lax", False)),
        ({"SESSION_COOKIE_SECURE": True}, ("1209600", "lax", True)),
        ({"SESSION_COOKIE_AGE": 60, "SESSION_COOKIE_SAMESITE": "strict"}, ("60", "strict", False)),
        ({"SESSION_COOKIE_SAMESITE": "none", "SESSION_COOKIE_SECURE": True}, ("1209600", "none", True)),
        ({"SESSION_COOKIE_NAME": "__Host-sid", "DEBUG": False}, ("1209600", "lax", True)),
    ],
)
def test_the_cookie_has_the_flags_of_the_config(
    over: Callable[[App], Any], settings: dict[str, Any], flags: tuple[str, str, bool]
) -> None:
    with over(app_of(**settings)) as ask:
        found = cookie(ask("/count")[2], settings.get("SESSION_COOKIE_NAME", "sid"))

    assert (found["max-age"], found["samesite"], bool(found["secure"])) == flags
    assert (bool(found["httponly"]), found["path"], found["domain"]) == (True, "/", "")


def test_a_secure_session_is_sent_over_https_and_wss_alone() -> None:
    client = TestClient(app_of(DEBUG=False), base_url="https://testserver")
    client.get("/count")

    assert client.get("/look").json() == {"count": 1}
    assert client.get("http://testserver/look").json() == {}
    with client.websocket_connect("/live") as session:
        assert session.receive_json() == {"count": 1}


# What a client may send

KEY = SETTINGS["SECRET_KEY"]
FORGED = b64encode(b'{"count": 41}')


def ours() -> TimestampSigner:
    """What the middleware signs with."""
    options: dict[str, Any] = middleware_of(load_config(SETTINGS))[0].kwargs
    return TimestampSigner(options["secret_key"])


GARBAGE = {
    "empty": "",
    "a word": "garbage",
    "what is left of a cleared session": "null",
    "points": "...",
    "no base64": "%%%.aaaa.bbbb",
    "not ASCII": "\xe9\xff.a.b",
    "quoted": '"a\\054b.c.d"',
    "unsigned": FORGED.decode(),
    "a signature of nothing": f"{FORGED.decode()}.aaaaaa.",
    "another key": TimestampSigner("another key").sign(FORGED).decode(),
    "another purpose of the same key": TimestampSigner(KEY).sign(FORGED).decode(),
    "no JSON, by another key": TimestampSigner("another key").sign(b64encode(b"{")).decode(),
    "no base64, by the same key": TimestampSigner(KEY).sign(b"%%%").decode(),
    "a list, by the same key": TimestampSigner(KEY).sign(b64encode(b"[1]")).decode(),
    "without a time": Signer("ellar.session:" + KEY).sign(FORGED).decode(),
    "long": "a" * 5000,
}


@pytest.mark.parametrize("value", GARBAGE.values(), ids=GARBAGE)
def test_a_session_that_is_not_ours_is_an_empty_one(over: Callable[[App], Any], value: str) -> None:
    with over(app_of()) as ask:
        assert ask("/look", sid=value)[:2] == (200, {})
        assert ask("/count", sid=value)[:2] == (200, 1)


def test_every_letter_of_a_session_is_signed() -> None:
    genuine = ours().sign(FORGED).decode()
    client = TestClient(app_of())

    def look(value: str) -> Any:
        return client.get("/look", headers={"Cookie": f"sid={value}"}).json()

    assert look(genuine) == {"count": 41}
    # The last letter of a signature holds two bits that count for nothing.
    for place in range(len(genuine) - 1):
        tampered = genuine[:place] + ("A" if genuine[place] != "A" else "B") + genuine[place + 1 :]
        assert look(tampered) == {}, place


def test_a_session_ends_with_its_age(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: 1_000_000)
    client = TestClient(app_of(SESSION_COOKIE_AGE=60))
    value = client.get("/count").cookies["sid"]
    headers = {"Cookie": f"sid={value}"}

    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: 1_000_060)
    assert client.get("/look", headers=headers).json() == {"count": 1}
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: 1_000_061)
    assert client.get("/look", headers=headers).json() == {}


# The config


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            {"SECRET_KEY": ""},
            "config_module: SESSION_COOKIE_NAME='sid' needs SECRET_KEY, which signs the sessions:"
            " set it to a long random text",
        ),
        (
            {"SESSION_COOKIE_NAME": "my session"},
            "config_module: SESSION_COOKIE_NAME='my session' is no cookie's name: write letters, digits, - and _",
        ),
        (
            {"SESSION_COOKIE_NAME": "sid\n"},
            "config_module: SESSION_COOKIE_NAME='sid\\n' is no cookie's name: write letters, digits, - and _",
        ),
        (
            {"SESSION_COOKIE_SAMESITE": "none"},
            "config_module: SESSION_COOKIE_SAMESITE='none' needs SESSION_COOKIE_SECURE=True:"
            " browsers drop the cookie else",
        ),
        (
            {"SESSION_COOKIE_NAME": "__Secure-sid"},
            "config_module: SESSION_COOKIE_NAME='__Secure-sid' needs SESSION_COOKIE_SECURE=True:"
            " browsers drop the cookie else",
        ),
        (
            {"SESSION_COOKIE_SAMESITE": "sometimes"},
            "config_module: SESSION_COOKIE_SAMESITE='sometimes' is wrong: Input should be 'lax', 'strict' or 'none'",
        ),
        (
            {"SESSION_COOKIE_AGE": 0},
            "config_module: SESSION_COOKIE_AGE=0 is wrong: Input should be greater than 0",
        ),
        (
            {"SESSION_COOKIE_SECURE": "perhaps"},
            "config_module: SESSION_COOKIE_SECURE='perhaps' is wrong:"
            " Input should be a valid boolean, unable to interpret input",
        ),
    ],
)
def test_wrong_settings_are_one_line_at_start(settings: dict[str, Any], line: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        app_of(**settings)

    assert str(caught.value) == line


class WithoutKey(Config):
    SESSION_COOKIE_NAME = "sid"


def test_the_line_names_the_config() -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"^{__name__}:WithoutKey: SESSION_COOKIE_NAME='sid' needs SECRET"):
        AppFactory.create_app(config_module=f"{__name__}:WithoutKey")


def test_without_a_cookies_name_there_are_no_sessions() -> None:
    assert middleware_of(load_config({**SETTINGS, "SESSION_COOKIE_NAME": ""})) == []
    client = TestClient(app_of(SESSION_COOKIE_NAME=""))

    with pytest.raises(AssertionError, match="SessionMiddleware must be installed"):
        client.get("/count")


@pytest.mark.parametrize(("name", "loaded"), [("", False), ("sid", True)])
def test_itsdangerous_is_loaded_only_for_sessions(name: str, loaded: bool) -> None:
    code = (
        "import sys, ellar.common, ellar.core, ellar.testing\n"
        "from ellar.app import AppFactory\n"
        f"app = AppFactory.create_app(config_module={{'SESSION_COOKIE_NAME': {name!r}, 'SECRET_KEY': 'key'}})\n"
        "ellar.testing.TestClient(app).get('/')\n"
        "print('itsdangerous' in sys.modules)\n"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert printed == f"{loaded}\n"
