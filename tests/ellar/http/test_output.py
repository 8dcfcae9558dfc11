"""Routes and what they answer: methods, guards, responses, errors; on TestClient, and once on a real server."""

from __future__ import annotations

import urllib.request
from typing import Any

import pytest

from ellar.app import AppFactory
from ellar.common import (
    APIException,
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    NotAuthenticated,
    NotFound,
    Path,
    PlainTextResponse,
    Response,
    delete,
    get,
    head,
    options,
    patch,
    post,
    put,
)
from ellar.core import Request
from ellar.testing import Test, TestClient
from tests.ellar.conftest import serve


class Deny(GuardCanActivate):
    def __init__(self, answer: Any = False) -> None:
        self.answer = answer

    async def can_activate(self, context: IExecutionContext) -> bool:
        if isinstance(self.answer, Exception):
            raise self.answer
        context.user = context.switch_to_http_connection().get_request().headers.get("x-user")
        return bool(context.user)


@Controller("/cars")
class CarsController(ControllerBase):
    @get("/")
    async def index(self) -> dict[str, Any]:
        return {}

    @get("/{number}")
    def by_number(self, number: int, request: Request) -> list[Any]:
        return [number, request.url.path]

    @get("/missing/{number:int}")
    async def missing(self, number: int = Path(gt=1)) -> None:
        raise NotFound(f"no car {number}")

    @get("/plain/response")
    async def plain(self) -> Response:
        return PlainTextResponse("plain", headers={"x-a": "b"})

    @get("/guarded/{kind}")
    @Guards(Deny())
    async def guarded(self) -> Any:
        return self.context.user

    @get("/unknown/user")
    @Guards(Deny(NotAuthenticated("who?")))
    async def unknown(self) -> None: ...

    @get("/bug/here")
    async def bug(self) -> None:
        raise ZeroDivisionError


@pytest.fixture
def client() -> TestClient:
    return Test.create_test_module(controllers=[CarsController]).get_test_client()


def test_an_exception_with_a_status_answers_with_its_detail(client: TestClient) -> None:
    answer = client.get("/cars/missing/7")

    assert (answer.status_code, answer.json()) == (404, {"detail": "no car 7"})
    assert client.get("/cars/missing/1").status_code == 422


def test_a_response_goes_out_as_it_is(client: TestClient) -> None:
    answer = client.get("/cars/plain/response")

    assert (answer.text, answer.headers["x-a"]) == ("plain", "b")


def test_guards_refuse_and_find_the_user(client: TestClient) -> None:
    assert client.get("/cars/guarded/x").json() == {"detail": "Forbidden"}
    assert client.get("/cars/guarded/x").status_code == 403
    assert client.get("/cars/guarded/x", headers={"x-user": "Ada"}).json() == "Ada"
    assert client.get("/cars/unknown/user").json() == {"detail": "who?"}
    assert client.get("/cars/unknown/user").status_code == 401


@pytest.mark.parametrize("status", [101, 200, 700])
def test_an_exception_with_a_status_that_is_no_error_is_refused(status: int) -> None:
    with pytest.raises(ValueError, match="from 400 to 599"):
        APIException("no", status_code=status)


def test_a_bug_is_raised_by_the_test_client_and_a_500_for_others() -> None:
    app = AppFactory.create_app(controllers=[CarsController])
    with pytest.raises(ZeroDivisionError):
        TestClient(app).get("/cars/bug/here")
    assert TestClient(app, raise_server_exceptions=False).get("/cars/bug/here").status_code == 500


@pytest.mark.parametrize("method", [get, post, put, patch, delete, head, options], ids=lambda method: method.__name__)
def test_each_method_has_its_decorator(method: Any) -> None:
    @Controller("/")
    class One(ControllerBase):
        @method("/")  # type: ignore[untyped-decorator]  # any of them
        async def index(self, request: Request) -> Response:
            return PlainTextResponse("", headers={"x-method": request.method})

    client = Test.create_test_module(controllers=[One]).get_test_client()
    name = method.__name__.upper()
    assert client.request(name, "/").headers["x-method"] == name
    assert client.request("TRACE", "/").status_code == 405


@pytest.mark.parametrize(("setting", "status"), [(True, 200), (False, 404)])
def test_slashes_are_redirected_only_where_the_config_says_so(setting: bool, status: int) -> None:
    module = Test.create_test_module(controllers=[CarsController], config_module={"REDIRECT_SLASHES": setting})

    assert module.get_test_client().get("/cars").status_code == status


def test_an_unknown_path_is_a_404_in_json(client: TestClient) -> None:
    answer = client.get("/nowhere")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


def test_a_real_server_serves_it() -> None:
    app = AppFactory.create_app(controllers=[CarsController])
    with serve(app) as port, urllib.request.urlopen(f"http://127.0.0.1:{port}/cars/7") as answer:
        assert answer.read() == b'[7,"/cars/7"]'
