"""Requests that fail: one shape for all, and the application's own handlers where it has some."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from ellar.app import App, AppFactory
from ellar.common import (
    APIException,
    BadRequest,
    Conflict,
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    JSONResponse,
    Module,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    RequestValidationError,
    exception_handler,
    get,
    post,
    render,
    ws_route,
)
from ellar.core import ImproperlyConfigured, ModuleBase, Request, WebSocket
from ellar.di import injectable, request_scope
from ellar.testing import Test, TestClient
from tests.ellar.conftest import serve


class CarMissing(Exception):
    def __init__(self, number: int) -> None:
        super().__init__(f"s3cret {number}")
        self.number = number


class VanMissing(CarMissing): ...


class Gone(NotFound): ...


class Refusing(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        raise CarMissing(9)


def raised(name: str) -> Exception:
    return {
        "car": CarMissing(7),
        "van": VanMissing(8),
        "gone": Gone("Sold"),
        "missing": NotFound("Never here"),
        "bad": BadRequest(),
        "conflict": Conflict("Taken"),
        "unknown": NotAuthenticated(headers={"WWW-Authenticate": "Bearer"}),
        "denied": PermissionDenied(),
        "starlette": HTTPException(418, "Tea", {"X-Pot": "1"}),
        "busy": APIException("Come back", status_code=503),
        "bug": ZeroDivisionError("s3cret"),
    }[name]


@Controller("/")
class FailingController(ControllerBase):
    @get("/fail/{name}")
    async def fail(self, name: str) -> None:
        raise raised(name)

    @get("/thread/{name}")
    def in_a_thread(self, name: str) -> None:
        raise raised(name)

    @get("/guarded")
    @Guards(Refusing)
    async def guarded(self) -> None: ...

    @post("/only-post")
    async def only_post(self) -> None: ...

    @get("/number/{number}")
    async def number(self, number: int, limit: int) -> None: ...

    @get("/stream")
    async def stream(self) -> StreamingResponse:
        async def body() -> AsyncIterator[bytes]:
            yield b"begun"
            raise ZeroDivisionError("s3cret")

        return StreamingResponse(body())

    @post("/read")
    async def read(self, request: Request) -> None:
        await request.body()

    @ws_route("/live")
    async def live(self, websocket: WebSocket) -> None:
        await websocket.accept()
        raise CarMissing(1)


def client_of(*modules: type[Any], **config: Any) -> TestClient:
    app = AppFactory.create_app(controllers=[FailingController], modules=modules, config_module=config)
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/nowhere", 404, "Not Found"),
        ("/only-post", 405, "Method Not Allowed"),
        ("/fail/bad", 400, "Bad Request"),
        ("/fail/conflict", 409, "Taken"),
        ("/fail/gone", 404, "Sold"),
        ("/fail/denied", 403, "Forbidden"),
        ("/fail/busy", 503, "Come back"),
        ("/fail/bug", 500, "Internal Server Error"),
        ("/thread/bug", 500, "Internal Server Error"),
        ("/guarded", 500, "Internal Server Error"),
    ],
)
@pytest.mark.parametrize("debug", [True, False])
def test_every_error_has_one_shape(path: str, status: int, detail: str, debug: bool) -> None:
    answer = client_of(DEBUG=debug).get(path)

    assert (answer.status_code, answer.json()) == (status, {"detail": detail})
    assert answer.headers["Vary"] == "Accept"


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_an_exceptions_headers_are_kept(accept: str) -> None:
    client = client_of()

    assert client.get("/fail/unknown", headers={"Accept": accept}).headers["WWW-Authenticate"] == "Bearer"
    assert client.get("/fail/starlette", headers={"Accept": accept}).headers["X-Pot"] == "1"
    assert client.get("/only-post", headers={"Accept": accept}).headers["Allow"] == "POST"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("path", ["/fail/bug", "/thread/bug", "/fail/busy", "/guarded"])
def test_a_failing_request_is_logged_with_one_traceback_that_begins_at_the_application(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with serve(AppFactory.create_app(controllers=[FailingController])) as port:
        httpx2.get(f"http://127.0.0.1:{port}{path}?token=s3cret-token")

    failed = [record for record in caplog.records if record.exc_info]
    assert [(record.name, record.levelname) for record in failed] == [("ellar.http", "ERROR")]
    assert failed[0].getMessage().startswith(f"GET {path} failed: ")
    text = caplog.text
    assert text.count("Traceback (most recent call last)") == 1
    assert __file__ in text.partition("Traceback")[2].splitlines()[1]
    assert "s3cret-token" not in text


def test_what_is_the_clients_fault_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    client = client_of()
    for path in ("/nowhere", "/only-post", "/fail/gone", "/fail/denied"):
        client.get(path)

    assert lines(caplog) == []


def test_a_test_client_is_raised_what_went_wrong() -> None:
    client = TestClient(AppFactory.create_app(controllers=[FailingController]))

    with pytest.raises(ZeroDivisionError):
        client.get("/fail/bug")


def test_an_answer_that_breaks_off_is_cut_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with serve(AppFactory.create_app(controllers=[FailingController])) as port:
        with pytest.raises(httpx2.RemoteProtocolError):
            httpx2.get(f"http://127.0.0.1:{port}/stream")
        assert httpx2.get(f"http://127.0.0.1:{port}/fail/gone").status_code == 404

    assert caplog.text.count("Traceback (most recent call last)") == 1


def test_a_client_that_leaves_while_it_sends_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    with serve(AppFactory.create_app(controllers=[FailingController])) as port:
        with socket.create_connection(("127.0.0.1", port)) as leaving:
            leaving.sendall(b"POST /read HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nhalf")
        assert httpx2.get(f"http://127.0.0.1:{port}/fail/gone").status_code == 404

    assert lines(caplog) == []


called: list[Any] = []


@pytest.fixture(autouse=True)
def fresh() -> None:
    called.clear()


class Sales: ...


@Module(providers=[Sales])
class HandlingModule(ModuleBase):
    def __init__(self, sales: Sales) -> None:
        self.sales = sales
        self.started = False

    async def on_startup(self) -> None:
        self.started = True

    @exception_handler(CarMissing)
    async def on_missing(self, request: Request, error: CarMissing, sales: Sales) -> Any:
        called.append((request.url.path, sales is self.sales, self.started))
        return JSONResponse({"car": error.number}, 404)

    @exception_handler(VanMissing)
    def on_missing_van(self, error: VanMissing) -> dict[str, int]:
        called.append(threading.current_thread() is threading.main_thread())
        return {"van": error.number}


def test_a_handler_of_a_class_answers_it_in_a_module_that_has_its_services() -> None:
    with client_of(HandlingModule) as client:
        answer = client.get("/fail/car")

    assert (answer.status_code, answer.json()) == (404, {"car": 7})
    assert called == [("/fail/car", True, True)]


def test_a_handler_needs_no_lifespan() -> None:
    assert client_of(HandlingModule).get("/fail/car").json() == {"car": 7}
    assert called == [("/fail/car", True, False)]


def test_what_a_guard_raises_is_handled_too() -> None:
    assert client_of(HandlingModule).get("/guarded").json() == {"car": 9}


def test_what_is_handled_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    client_of(HandlingModule).get("/fail/car")

    assert lines(caplog) == []


def test_the_most_specific_class_wins_and_a_sync_handler_runs_in_a_thread_with_the_errors_status() -> None:
    answer = client_of(HandlingModule).get("/fail/van")

    assert (answer.status_code, answer.json()) == (500, {"van": 8})
    assert called == [False]


def test_a_websockets_error_is_not_answered_over_http() -> None:
    with (
        client_of(HandlingModule) as client,
        pytest.raises(CarMissing),
        client.websocket_connect("/live") as websocket,
    ):
        websocket.receive()

    assert called == []


@Module()
class StatusModule(ModuleBase):
    @exception_handler(404)
    async def on_404(self, request: Request, error: HTTPException) -> dict[str, Any]:
        return {"by": "404", "detail": error.detail}

    @exception_handler(405, 503)
    async def on_status(self, request, error):  # type: ignore[no-untyped-def] # a handler without types is allowed
        return {"by": error.status_code, "path": request.url.path}

    @exception_handler(APIException)
    async def on_any(self, error: APIException) -> dict[str, Any]:
        return {"by": "APIException"}

    @exception_handler(Gone)
    async def on_gone(self, error: Gone) -> dict[str, Any]:
        return {"by": "Gone"}

    @exception_handler(500)
    async def on_bug(self, error: Exception) -> dict[str, Any]:
        return {"by": type(error).__name__}


@pytest.mark.parametrize(
    ("path", "status", "by"),
    [
        ("/nowhere", 404, "404"),
        ("/fail/missing", 404, "404"),
        ("/fail/gone", 404, "Gone"),
        ("/fail/conflict", 409, "APIException"),
        ("/only-post", 405, 405),
        ("/fail/busy", 503, 503),
        ("/fail/bug", 500, "ZeroDivisionError"),
    ],
)
def test_a_status_stands_before_apiexception_and_after_the_classes_below_it(path: str, status: int, by: Any) -> None:
    answer = client_of(StatusModule).get(path)

    assert (answer.status_code, answer.json()["by"]) == (status, by)


def test_a_status_that_nobody_handles_keeps_its_standard_answer() -> None:
    assert client_of(StatusModule).get("/fail/starlette").json() == {"detail": "Tea"}


def test_a_bug_is_logged_before_its_handler_answers(caplog: pytest.LogCaptureFixture) -> None:
    client_of(StatusModule).get("/fail/bug")

    assert lines(caplog) == ["GET /fail/bug failed: ZeroDivisionError"]


def test_a_handler_of_exception_gets_bugs_and_not_what_is_answered_anyway() -> None:
    @Module()
    class Last(ModuleBase):
        @exception_handler(Exception)
        async def on_bug(self, error: Exception) -> dict[str, str]:
            return {"by": type(error).__name__}

    client = client_of(Last)

    assert client.get("/fail/bug").json() == {"by": "ZeroDivisionError"}
    assert client.get("/fail/car").json() == {"by": "CarMissing"}
    assert client.get("/fail/missing").json() == {"detail": "Never here"}


def test_a_handler_of_validation_errors_may_give_them_another_shape() -> None:
    @Module()
    class Shaping(ModuleBase):
        @exception_handler(RequestValidationError)
        async def on_wrong(self, error: RequestValidationError) -> dict[str, Any]:
            return {"wrong": [".".join(fault["loc"]) for fault in error.errors]}

    @Module()
    class ByStatus(ModuleBase):
        @exception_handler(422)
        async def on_wrong(self, error: RequestValidationError) -> dict[str, Any]:
            return {"faults": len(error.errors)}

    shaped, counted = (client_of(module).get("/number/one") for module in (Shaping, ByStatus))

    assert (shaped.status_code, shaped.json()) == (422, {"wrong": ["path.number", "query.limit"]})
    assert (counted.status_code, counted.json()) == (422, {"faults": 2})
    assert [fault["loc"] for fault in client_of().get("/number/one").json()["detail"]] == [
        ["path", "number"],
        ["query", "limit"],
    ]


@Module()
class SilentModule(ModuleBase):
    @exception_handler(CarMissing, 404, 500)
    async def on_missing(self, error: Exception) -> None:
        called.append(type(error).__name__)


def test_a_handler_that_returns_nothing_leaves_the_answer_to_the_application(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = client_of(SilentModule)

    assert client.get("/fail/gone").json() == {"detail": "Sold"}
    assert lines(caplog) == []
    assert client.get("/fail/car").json() == {"detail": "Internal Server Error"}
    assert lines(caplog) == ["GET /fail/car failed: CarMissing"]
    assert called == ["Gone", "CarMissing", "CarMissing"]


@Module()
class RaisingModule(ModuleBase):
    @exception_handler(CarMissing)
    async def on_missing(self, error: CarMissing) -> None:
        raise NotFound("Translated") from error

    @exception_handler(VanMissing)
    async def on_missing_van(self, error: VanMissing) -> None:
        raise KeyError("s3cret")

    @exception_handler(404)
    async def on_404(self, error: HTTPException) -> None:
        raise error

    @exception_handler(500)
    async def on_bug(self, error: Exception) -> None:
        raise OSError("s3cret")


def test_a_handler_may_raise_an_apiexception_instead() -> None:
    answer = client_of(RaisingModule).get("/fail/car")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Translated"})
    assert client_of(RaisingModule).get("/fail/missing").json() == {"detail": "Never here"}


def test_bugs_in_handlers_are_logged_and_answered(caplog: pytest.LogCaptureFixture) -> None:
    answer = client_of(RaisingModule).get("/fail/van")

    assert (answer.status_code, answer.json()) == (500, {"detail": "Internal Server Error"})
    assert lines(caplog) == ["GET /fail/van failed: KeyError", "GET /fail/van failed: OSError"]


def test_a_real_server_answers_a_bug_in_the_handler_of_bugs() -> None:
    app = AppFactory.create_app(controllers=[FailingController], modules=[RaisingModule])
    with serve(app) as port:
        answer = httpx2.get(f"http://127.0.0.1:{port}/fail/bug")

    assert (answer.status_code, answer.json()) == (500, {"detail": "Internal Server Error"})


@injectable(scope=request_scope)
class PerRequest: ...


def with_handler(**annotations: Any) -> App:
    """An application whose handler of CarMissing has parameters of these types."""

    class Handling(ModuleBase):
        async def on_missing(self, it: Any) -> None: ...

    Handling.on_missing.__annotations__["it"] = annotations["it"]
    exception_handler(CarMissing)(Handling.on_missing)
    Module(providers=[PerRequest])(Handling)
    return AppFactory.create_app(modules=[Handling])


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (PerRequest, "takes 'it', which lives for one request or connection; there is none where a module's methods"),
        (IExecutionContext, "takes 'it' as IExecutionContext, which is not there when a request failed: Request is"),
        (WebSocket, "takes 'it' as WebSocket, which is not there when a request failed: Request is"),
        (OSError, "takes 'it' as OSError and handles CarMissing: write that as its type"),
        (Sales, "needs Sales for 'it', which nobody provides: add Sales to providers= of Handling"),
    ],
)
def test_a_handler_that_asks_for_what_is_not_there_is_an_error_at_start(wanted: Any, text: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        with_handler(it=wanted)

    assert f"{__file__}:" in str(caught.value)
    assert text in str(caught.value)


@pytest.mark.parametrize("wanted", [Exception, CarMissing, CarMissing | OSError, Request, Any])
def test_a_handler_may_say_the_type_as_it_likes(wanted: Any) -> None:
    with_handler(it=wanted)


@pytest.mark.parametrize(
    ("kinds", "text"),
    [
        ((), "write @exception_handler(SomeException), or a status from 400 to 599, above wrong"),
        ((200,), "wrong handles 200: write @exception_handler(SomeException), or a status from 400 to 599, instead"),
        (("404",), "wrong handles '404': write"),
        ((int,), "wrong handles int: write"),
        ((KeyboardInterrupt,), "wrong handles KeyboardInterrupt: write"),
    ],
)
def test_what_is_no_exception_is_an_error_at_start(kinds: Any, text: str) -> None:
    async def wrong() -> None: ...

    with pytest.raises(ImproperlyConfigured) as caught:
        exception_handler(*kinds)(wrong)

    assert f"{__file__}:" in str(caught.value)
    assert text.partition("wrong")[2] in str(caught.value)


@pytest.mark.parametrize(("kind", "name"), [(CarMissing, "CarMissing"), (404, "404")])
def test_two_handlers_of_one_kind_are_an_error_at_start(kind: Any, name: str) -> None:
    @Module()
    class One(ModuleBase):
        @exception_handler(kind)
        async def first(self, error: Exception) -> None: ...

    @Module()
    class Other(ModuleBase):
        @exception_handler(kind)
        async def second(self, error: Exception) -> None: ...

    with pytest.raises(ImproperlyConfigured, match=rf"second handles {name}, and so does .*first \(.*leave one"):
        AppFactory.create_app(modules=[One, Other])


def test_a_third_parameter_without_a_type_is_an_error_at_start() -> None:
    @Module()
    class Wrong(ModuleBase):
        @exception_handler(CarMissing)
        async def on_missing(self, request, error, more):  # type: ignore[no-untyped-def] # which is the mistake
            ...

    with pytest.raises(ImproperlyConfigured, match="takes 'more' without a type: annotate it"):
        AppFactory.create_app(modules=[Wrong])


def test_an_exception_handler_of_a_controller_is_an_error_at_start() -> None:
    @Controller("/wrong")
    class WrongController(ControllerBase):
        @exception_handler(CarMissing)
        async def on_missing(self, error: CarMissing) -> None: ...

    with pytest.raises(ImproperlyConfigured, match="is an exception handler of a controller: move it to"):
        AppFactory.create_app(controllers=[WrongController])


def test_a_handler_that_is_no_method_is_an_error_at_start() -> None:
    @Module()
    class Wrong(ModuleBase):
        @staticmethod
        @exception_handler(CarMissing)
        async def on_missing(error: CarMissing) -> None: ...

    with pytest.raises(ImproperlyConfigured, match=r"on_missing handles CarMissing and is no method: write def on_m"):
        AppFactory.create_app(modules=[Wrong])


def test_a_handler_that_a_subclass_loses_is_an_error_at_start() -> None:
    @Module()
    class Losing(SilentModule):
        async def on_missing(self, error: Exception) -> None: ...

    with pytest.raises(ImproperlyConfigured, match=r"Losing.on_missing hides the exception handler SilentModule.on_"):
        AppFactory.create_app(modules=[Losing])


def test_a_handler_may_answer_with_status_and_body() -> None:
    @Module()
    class Handling(ModuleBase):
        @exception_handler(CarMissing)
        async def on_missing(self, error: CarMissing) -> tuple[int, dict[str, int]]:
            return 410, {"car": error.number}

    answer = client_of(Handling).get("/fail/car")

    assert (answer.status_code, answer.json()) == (410, {"car": 7})


def test_a_handler_that_renders_is_an_error_at_start() -> None:
    @Module()
    class Wrong(ModuleBase):
        @exception_handler(CarMissing)
        @render("missing.html")
        async def on_missing(self, error: CarMissing) -> None: ...

    with pytest.raises(ImproperlyConfigured, match=r"renders no page: take @render off, and return an HTMLResponse"):
        AppFactory.create_app(modules=[Wrong])


def test_an_exception_of_ones_own_has_its_status_on_the_class() -> None:
    class Teapot(APIException):
        status_code = 418

    @get("/")
    async def index() -> None:
        raise Teapot("no coffee")

    answer = Test.create_test_module(routers=[index]).get_test_client().get("/")

    assert (answer.status_code, answer.json()) == (418, {"detail": "no coffee"})


def test_what_a_handler_answers_with_a_5xx_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    @Module()
    class Handling(ModuleBase):
        @exception_handler(CarMissing)
        async def on_missing(self, error: CarMissing) -> tuple[int, str]:
            return 503, "later"

    @get("/")
    async def index() -> None:
        raise CarMissing(1)

    module = Test.create_test_module(routers=[index], modules=[Handling])

    assert module.get_test_client().get("/").status_code == 503
    assert [record.exc_info is not None for record in caplog.records if record.name == "ellar.http"] == [True]
