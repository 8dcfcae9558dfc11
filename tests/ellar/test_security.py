"""The ready-made guards, before requests and websockets alike: what lets in, what is a 401, and what is never a 500."""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection
from typing import Any

import pytest
from itsdangerous import TimestampSigner
from starlette.testclient import WebSocketDenialResponse
from websockets.exceptions import InvalidStatus, NegotiationError
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from ellar import security
from ellar.app import App, AppFactory
from ellar.common import (
    APIException,
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    ModuleRouter,
    PermissionDenied,
    get,
    post,
    ws_route,
)
from ellar.core import ImproperlyConfigured, Request, WebSocket
from ellar.di import ProviderConfig
from ellar.security import (
    APIKeyCookieGuard,
    APIKeyHeaderGuard,
    APIKeyQueryGuard,
    BasicCredentials,
    BasicGuard,
    BearerGuard,
    SessionGuard,
    SubprotocolGuard,
)
from ellar.testing import Test, TestClient
from tests.ellar.conftest import Talk, serve

SETTINGS: dict[str, Any] = {"SESSION_COOKIE_NAME": "sid", "SECRET_KEY": "a key for this test", "DEBUG": True}
TOKEN = "abc.DEF-123_~+/=="
KEY = "k3y with = and ;"
PASSWORD = "pass:wörd €"


class Accounts:
    """Whose tokens and passwords there are."""

    def with_secret(self, given: str) -> str | None:
        known = {TOKEN: "Ada", KEY: "Ada", "plain.token": "Ada", "gone": None}
        found = [secret for secret in known if secrets.compare_digest(given, secret)]
        return known[found[0]] if found else None


class Bearer(BearerGuard):
    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    async def authenticate(self, token: str, context: IExecutionContext) -> str | None:
        return self.accounts.with_secret(token)


class Basic(BasicGuard):
    realm = 'the "inner" \\ room'

    async def authenticate(self, credentials: BasicCredentials, context: IExecutionContext) -> str | bool:
        known = secrets.compare_digest(credentials.password.encode(), PASSWORD.encode())
        return credentials.username if known or credentials == ("Ada", "") else False


class HeaderKey(APIKeyHeaderGuard):
    async def authenticate(self, key: str, context: IExecutionContext) -> str | None:
        return Accounts().with_secret(key)


class QueryKey(APIKeyQueryGuard):
    async def authenticate(self, key: str, context: IExecutionContext) -> str | None:
        return Accounts().with_secret(key)


class CookieKey(APIKeyCookieGuard):
    name = "key"

    async def authenticate(self, key: str, context: IExecutionContext) -> str | None:
        return Accounts().with_secret(key)


class LoggedIn(SessionGuard):
    async def authenticate(self, session: Mapping[str, Any], context: IExecutionContext) -> Any:
        return session.get("user")


class Protocol(SubprotocolGuard):
    async def authenticate(self, token: str, context: IExecutionContext) -> str | None:
        return Accounts().with_secret(token)


class Live(ControllerBase):
    @ws_route("/live")
    async def live(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(self.context.user)


class Answering(Live):
    @get("/user")
    async def user(self) -> Any:
        return self.context.user


def behind(guard: type[GuardCanActivate] | GuardCanActivate, path: str) -> type[ControllerBase]:
    base = Live if guard is Protocol else Answering
    return Controller(path)(Guards(guard)(type(f"Behind{path[1:].title()}", (base,), {})))


@Controller("/login")
class LoginController(ControllerBase):
    @post("/{user}")
    async def login(self, request: Request, user: str) -> None:
        request.session["user"] = user


GUARDED: dict[str, type[GuardCanActivate]] = {
    "/bearer": Bearer,
    "/basic": Basic,
    "/header": HeaderKey,
    "/query": QueryKey,
    "/cookie": CookieKey,
    "/session": LoggedIn,
    "/protocol": Protocol,
}


def new_app() -> App:
    controllers = [behind(guard, path) for path, guard in GUARDED.items()]
    return AppFactory.create_app(
        controllers=[*controllers, LoginController], providers=[Accounts], config_module=SETTINGS
    )


def basic(text: str | bytes) -> str:
    return b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def signed(session: object) -> str:
    signer = TimestampSigner("ellar.session:" + SETTINGS["SECRET_KEY"])
    return signer.sign(b64encode(json.dumps(session).encode())).decode()


# Who is let in

LET_IN = [
    ("/bearer", {"Authorization": f"Bearer {TOKEN}"}),
    ("/bearer", {"Authorization": f"bEARER   {TOKEN}"}),
    ("/basic", {"Authorization": f"Basic {basic(f'Ada:{PASSWORD}')}"}),
    ("/basic", {"Authorization": f"bASIC {basic('Ada:')}"}),
    ("/header", {"X-API-Key": KEY}),
    ("/header", {"x-api-key": KEY}),
    ("/query", {"?": "api_key=k3y+with+%3D+and+%3B"}),
    ("/cookie", {"Cookie": 'other=1; key="k3y with = and \\073"'}),
    ("/session", {"Cookie": f"sid={signed({'user': 'Ada'})}"}),
    ("/protocol", {"subprotocols": ["bearer", "plain.token"]}),
    ("/protocol", {"subprotocols": ["chat.v1", "bearer", "plain.token", "more"]}),
]


@pytest.mark.parametrize(("path", "given"), LET_IN)
def test_credentials_that_are_known_let_in(talk: Talk, path: str, given: dict[str, Any]) -> None:
    headers = {name: value for name, value in given.items() if name not in ("?", "subprotocols")}
    query, subprotocols = given.get("?", ""), given.get("subprotocols", ())

    outcome = talk(new_app(), f"{path}/live?{query}", expect=1, headers=headers, subprotocols=subprotocols)

    assert (outcome.frames, outcome.code) == (["Ada"], 1000)
    assert outcome.subprotocol == ("bearer" if subprotocols else None)
    if not subprotocols:
        assert TestClient(new_app()).get(f"{path}/user?{query}", headers=headers).json() == "Ada"


# Who is not

NO_BEARER = 'Bearer realm="Restricted"'
WRONG_BEARER = 'Bearer realm="Restricted", error="invalid_token"'
BASIC = 'Basic realm="the \\"inner\\" \\\\ room", charset="UTF-8"'
AUTHORIZATION = "Authorization"
Header = tuple[str, str | bytes]

REFUSED: list[tuple[str, list[Header], str | None]] = [
    ("/bearer", [], NO_BEARER),
    ("/bearer", [(AUTHORIZATION, "")], NO_BEARER),
    ("/bearer", [(AUTHORIZATION, "Bearer")], NO_BEARER),
    ("/bearer", [(AUTHORIZATION, "Bearer   ")], NO_BEARER),
    ("/bearer", [(AUTHORIZATION, TOKEN)], NO_BEARER),
    ("/bearer", [(AUTHORIZATION, f"Basic {TOKEN}")], NO_BEARER),
    ("/bearer", [(AUTHORIZATION, f"Bearer {TOKEN} more")], NO_BEARER),
    ("/bearer", [(AUTHORIZATION, f"Bearer {TOKEN}, Bearer {TOKEN}")], NO_BEARER),
    ("/bearer", [(AUTHORIZATION, f"Bearer\t{TOKEN}")], NO_BEARER),
    ("/bearer", [(AUTHORIZATION, b"Bearer \xe9\xff")], NO_BEARER),
    ("/bearer", [(AUTHORIZATION, "Bearer €".encode())], NO_BEARER),
    ("/bearer", [(AUTHORIZATION, f"Bearer {TOKEN}")] * 2, NO_BEARER),
    ("/bearer", [(AUTHORIZATION, "Bearer unknown")], WRONG_BEARER),
    ("/bearer", [(AUTHORIZATION, "Bearer gone")], WRONG_BEARER),
    ("/bearer", [(AUTHORIZATION, "Bearer " + "a" * 8000)], WRONG_BEARER),
    ("/basic", [], BASIC),
    ("/basic", [(AUTHORIZATION, "Basic")], BASIC),
    ("/basic", [(AUTHORIZATION, "Basic %%%")], BASIC),
    ("/basic", [(AUTHORIZATION, "Basic QQ")], BASIC),
    ("/basic", [(AUTHORIZATION, "Basic A===")], BASIC),
    ("/basic", [(AUTHORIZATION, b"Basic \xe9\xff")], BASIC),
    ("/basic", [(AUTHORIZATION, f"Basic {basic('no colon')}")], BASIC),
    ("/basic", [(AUTHORIZATION, f"Basic {basic(':')}")], BASIC),
    ("/basic", [(AUTHORIZATION, f"Basic {basic(b'Ada:' + bytes([0xE9, 0xFF]))}")], BASIC),
    ("/basic", [(AUTHORIZATION, f"Basic {basic(f'Ada{chr(0)}:{PASSWORD}')}")], BASIC),
    ("/basic", [(AUTHORIZATION, f"Basic {basic('Ada:wrong')}")], BASIC),
    ("/basic", [(AUTHORIZATION, f"Basic {basic(f'Ada:{PASSWORD}')} more")], BASIC),
    ("/basic", [(AUTHORIZATION, f"Bearer {basic(f'Ada:{PASSWORD}')}")], BASIC),
    ("/basic", [(AUTHORIZATION, f"Basic {basic(f'Ada:{PASSWORD}')}")] * 2, BASIC),
    ("/header", [], None),
    ("/header", [("X-API-Key", "")], None),
    ("/header", [("X-API-Key", "unknown")], None),
    ("/header", [("X-API-Key", b"\xe9\xff")], None),
    ("/header", [("X-API-Key", "€".encode())], None),
    ("/header", [("X-API-Key", KEY)] * 2, None),
    ("/query?", [], None),
    ("/query?api_key=", [], None),
    ("/query?api_key=unknown", [], None),
    ("/query?api_key=%E9%FF%00", [], None),
    ("/query?api_key=%E2%82%AC", [], None),
    ("/query?api_key=plain.token&api_key=plain.token", [], None),
    ("/query?API_KEY=plain.token", [], None),
    ("/cookie", [], None),
    ("/cookie", [("Cookie", "key=")], None),
    ("/cookie", [("Cookie", "key=unknown; other=plain.token")], None),
    ("/cookie", [("Cookie", b"key=\xe9\xff")], None),
    ("/cookie", [("Cookie", ";;=;key")], None),
    ("/session", [], None),
    ("/session", [("Cookie", "sid=garbage")], None),
    ("/session", [("Cookie", f"sid={signed({})}")], None),
    ("/session", [("Cookie", f"sid={signed({'user': None})}")], None),
    ("/session", [("Cookie", f"sid={signed({'other': 1})}")], None),
    ("/session", [("Cookie", f"sid={signed({'user': 'Ada'})}x")], None),
    ("/protocol", [], None),
    ("/protocol", [("Sec-WebSocket-Protocol", "bearer")], None),
    ("/protocol", [("Sec-WebSocket-Protocol", "plain.token")], None),
    ("/protocol", [("Sec-WebSocket-Protocol", "plain.token, bearer")], None),
    ("/protocol", [("Sec-WebSocket-Protocol", "Bearer, plain.token")], None),
    ("/protocol", [("Sec-WebSocket-Protocol", "bearer, unknown")], None),
    ("/protocol", [("Sec-WebSocket-Protocol", "bearer, plain.token, bearer, unknown")], None),
]
HANDSHAKE: list[Header] = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serve(new_app()) as port:
        yield port


def ask(port: int, path: str, headers: list[Header]) -> tuple[int, Any, str | None]:
    """What a real server answers to these bytes: the status, the JSON body and the challenge."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.putrequest("GET", path)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = json.loads(answer.read()) if answer.status != 101 else None
    connection.close()
    return answer.status, body, answer.headers["www-authenticate"]


@pytest.mark.parametrize(("path", "headers", "challenge"), REFUSED)
def test_credentials_that_are_unknown_or_malformed_are_a_401(
    port: int, path: str, headers: list[Header], challenge: str | None
) -> None:
    path, _, query = path.partition("?")
    refusal = (401, {"detail": "Unauthorized"}, challenge)

    assert ask(port, f"{path}/live?{query}", [*HANDSHAKE, *headers]) == refusal
    if path != "/protocol":
        assert ask(port, f"{path}/user?{query}", headers) == refusal


def test_the_same_bytes_with_known_credentials_are_let_in(port: int) -> None:
    known: list[Header] = [(AUTHORIZATION, f"Bearer {TOKEN}")]

    assert ask(port, "/bearer/user", known) == (200, "Ada", None)
    assert ask(port, "/bearer/live", [*HANDSHAKE, *known])[0] == 101


@pytest.mark.parametrize("path", ["/bearer", "/basic", "/header", "/query", "/cookie", "/session", "/protocol"])
def test_a_websocket_that_is_refused_gets_a_401_on_the_test_client_too(path: str) -> None:
    with pytest.raises(WebSocketDenialResponse) as refused:
        TestClient(new_app()).websocket_connect(f"{path}/live").__enter__()

    assert (refused.value.status_code, refused.value.json()) == (401, {"detail": "Unauthorized"})
    assert refused.value.headers.get("www-authenticate") == {"/bearer": NO_BEARER, "/basic": BASIC}.get(path)


def test_a_websocket_client_sees_the_401_with_its_body_and_challenge(port: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{port}/bearer/live", additional_headers={AUTHORIZATION: "Bearer unknown"})

    response = refused.value.response
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, WRONG_BEARER)
    assert json.loads(response.body) == {"detail": "Unauthorized"}


def test_a_login_fills_the_session_that_the_guard_reads() -> None:
    with TestClient(new_app()) as client:
        assert client.get("/session/user").status_code == 401
        client.post("/login/Grace")
        assert client.get("/session/user").json() == "Grace"
        with client.websocket_connect("/session/live") as websocket:
            assert websocket.receive_text() == "Grace"


# What authenticate says


@pytest.mark.parametrize(
    ("user", "status"), [(None, 401), (False, 401), (0, 401), ("", 401), ({}, 401), (True, 200), ("Ada", 200)]
)
def test_a_falsy_user_is_nobody(user: Any, status: int) -> None:
    class Fixed(BearerGuard):
        async def authenticate(self, token: str, context: IExecutionContext) -> Any:
            return user

    client = Test.create_test_module(controllers=[behind(Fixed(), "/fixed")]).get_test_client()
    answer = client.get("/fixed/user", headers={AUTHORIZATION: "Bearer any"})

    assert answer.status_code == status
    assert status == 401 or answer.json() == user


def test_a_user_that_was_not_awaited_is_a_bug_and_not_let_in() -> None:
    async def found() -> str | None:
        return None

    class Forgetful(BearerGuard):
        async def authenticate(self, token: str, context: IExecutionContext) -> Any:
            self.user = found()
            return self.user

    guard = Forgetful()
    client = Test.create_test_module(controllers=[behind(guard, "/forgetful")]).get_test_client()

    with pytest.raises(TypeError, match=r"Forgetful\.authenticate returned coroutine: await it there"):
        client.get("/forgetful/user", headers={AUTHORIZATION: "Bearer any"})
    guard.user.close()


def test_an_exception_of_authenticate_refuses_with_its_own_status(talk: Talk) -> None:
    class Banned(BearerGuard):
        async def authenticate(self, token: str, context: IExecutionContext) -> Any:
            raise PermissionDenied("banned") if token == "banned" else APIException("slow down", status_code=429)

    app = AppFactory.create_app(controllers=[behind(Banned(), "/banned")])
    answers = [talk(app, "/banned/live", headers={AUTHORIZATION: f"Bearer {token}"}) for token in ("banned", "fast")]

    assert [(answer.status, answer.body) for answer in answers] == [
        (403, {"detail": "banned"}),
        (429, {"detail": "slow down"}),
    ]


def test_a_guard_may_read_another_name_and_protocol(talk: Talk) -> None:
    class Named(HeaderKey):
        name = "X-Car-Key"

    class Ticket(Protocol):
        protocol = "ticket"

    @Controller("/car")
    class Both(Live):
        pass

    app = AppFactory.create_app(controllers=[Both], global_guards=[Named(), Ticket()])
    outcome = talk(app, expect=1, headers={"X-Car-Key": KEY}, subprotocols=["bearer", "x", "ticket", "plain.token"])

    assert (outcome.frames, outcome.subprotocol) == (["Ada"], "ticket")


def test_accept_may_name_another_subprotocol(talk: Talk) -> None:
    @Controller("/car")
    class Chatting(ControllerBase):
        @ws_route("/live")
        @Guards(Protocol)
        async def live(self, websocket: WebSocket) -> None:
            await websocket.accept(subprotocol="chat.v1")

    app = AppFactory.create_app(controllers=[Chatting])

    assert talk(app, subprotocols=["chat.v1", "bearer", "plain.token"]).subprotocol == "chat.v1"


def test_a_refused_subprotocol_is_not_answered(port: int) -> None:
    with pytest.raises((InvalidStatus, NegotiationError)) as refused:
        connect(f"ws://127.0.0.1:{port}/protocol/live", subprotocols=[Subprotocol("bearer"), Subprotocol("unknown")])

    assert isinstance(refused.value, InvalidStatus)
    assert "Sec-WebSocket-Protocol" not in refused.value.response.headers


def test_the_subprotocol_token_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "ellar")
    with pytest.raises(WebSocketDenialResponse):
        TestClient(new_app()).websocket_connect("/protocol/live", ["bearer", "s3cret"]).__enter__()

    assert "refused with 401: Protocol" in caplog.text
    assert "s3cret" not in caplog.text


# Errors at start


class CarController(ControllerBase):
    @get("/index")
    async def index(self) -> None: ...

    @ws_route("/live")
    async def live(self, websocket: WebSocket) -> None: ...


def on_the_controller(guard: Any) -> App:
    return AppFactory.create_app(controllers=[Controller("/car")(Guards(guard)(type("Car", (CarController,), {})))])


def globally(guard: Any) -> App:
    return AppFactory.create_app(
        controllers=[Controller("/")(type("Car", (CarController,), {}))], global_guards=[guard]
    )


@pytest.mark.parametrize("declared", [on_the_controller, globally])
@pytest.mark.parametrize("guard", [LoggedIn, LoggedIn()])
def test_a_session_guard_without_sessions_is_an_error_at_start(declared: Callable[[Any], App], guard: Any) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        declared(guard)

    assert str(caught.value) == (
        f"{__file__}:{CarController.index.__code__.co_firstlineno}: Car.index is behind LoggedIn, a SessionGuard,"
        ' and there are no sessions: set SESSION_COOKIE_NAME = "session" in the config'
    )


@pytest.mark.parametrize("declared", [on_the_controller, globally])
@pytest.mark.parametrize("guard", [Protocol, Protocol()])
def test_a_subprotocol_guard_before_requests_is_an_error_at_start(declared: Callable[[Any], App], guard: Any) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        declared(guard)

    assert str(caught.value) == (
        f"{__file__}:{CarController.index.__code__.co_firstlineno}: Car.index is behind Protocol, a SubprotocolGuard,"
        " and a request offers no subprotocols: put it on websockets alone, and a BearerGuard here"
    )


def test_a_routers_guards_are_checked_too() -> None:
    router = ModuleRouter("/car", guards=[LoggedIn])

    @router.ws_route("/live")
    async def live(websocket: WebSocket) -> None: ...

    with pytest.raises(ImproperlyConfigured, match=r"test_security\.py:\d+: .*live is behind LoggedIn, a SessionGuard"):
        AppFactory.create_app(routers=[router])


class LetIn(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        context.user = "Ada"
        return True


@pytest.mark.parametrize("override", [{"use_value": LetIn()}, {"use_class": LetIn}, {"use_factory": LetIn}])
def test_a_test_may_put_another_guard_in_the_place_of_one_that_needs_sessions(override: dict[str, Any]) -> None:
    module = Test.create_test_module(controllers=[behind(LoggedIn, "/session")])
    client = module.override_provider(LoggedIn, **override).get_test_client()

    assert client.get("/session/user").json() == "Ada"


def test_what_a_module_provides_in_the_place_of_a_guard_is_checked() -> None:
    class Replaced(BearerGuard):
        async def authenticate(self, token: str, context: IExecutionContext) -> None: ...

    with pytest.raises(ImproperlyConfigured, match=r"Behind\w+\.live is behind LoggedIn, a SessionGuard"):
        AppFactory.create_app(
            controllers=[behind(Replaced, "/replaced")], providers=[ProviderConfig(Replaced, use_class=LoggedIn)]
        )


def test_authenticate_must_be_async() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"test_security\.py:\d+: Wrong\.authenticate must be async: write "):

        class Wrong(BearerGuard):
            def authenticate(self, token: str, context: IExecutionContext) -> None:  # type: ignore[override]  # the mistake
                """Not async."""


def test_a_realm_must_fit_into_a_header() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"test_security\.py:\d+: the realm 'Büro\\n' goes into a header"):

        class Wrong(BasicGuard):
            realm = "Büro\n"


def test_its_names_are_the_guards_and_their_credentials() -> None:
    classes = {name: kind for name, kind in vars(security).items() if isinstance(kind, type)}
    own = {name for name, kind in classes.items() if kind.__module__ == security.__name__ and name[0] != "_"}

    assert set(security.__all__) == own
