"""`response: Response` and `tasks: BackgroundTasks`: what a handler adds to its answer and leaves for after."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.background import BackgroundTask

from ellar.app import AppFactory
from ellar.common import (
    BackgroundTasks,
    Controller,
    ControllerBase,
    NotFound,
    PlainTextResponse,
    Query,
    RedirectResponse,
    Response,
    ServerSentEvents,
    get,
    post,
    ws_route,
)
from ellar.core import ImproperlyConfigured, WebSocket
from ellar.testing import Test, TestClient
from tests.ellar.conftest import serve, until
from tests.ellar.http.asking import ask


class Car(BaseModel):
    name: str


def client_of(*routers: Any) -> TestClient:
    return Test.create_test_module(routers=routers).get_test_client()


def test_headers_cookies_and_status_of_the_given_response_leave_with_a_result() -> None:
    @post("/")
    async def create(response: Response, name: str) -> dict[str, str]:
        response.status_code = 201
        response.headers["Location"] = f"/cars/{name}"
        response.headers["Content-Type"] = "application/vnd.api+json"
        response.headers.append("Link", "</a>")
        response.headers.append("Link", "</b>")
        response.set_cookie("last", name)
        response.delete_cookie("first")
        return {"name": name}

    answer = client_of(create).post("/?name=mini")

    assert (answer.status_code, answer.json()) == (201, {"name": "mini"})
    assert answer.headers["location"] == "/cars/mini"
    assert answer.headers.get_list("content-type") == ["application/vnd.api+json"]
    assert answer.headers.get_list("link") == ["</a>", "</b>"]
    assert [cookie.split(";")[0] for cookie in answer.headers.get_list("set-cookie")] == ["last=mini", 'first=""']
    assert answer.headers["content-length"] == str(len(answer.content))


def test_a_sync_handler_is_given_one_too() -> None:
    @get("/")
    def show(response: Response) -> str:
        response.headers["x-a"] = "b"
        return "shown"

    answer = client_of(show).get("/")

    assert (answer.json(), answer.headers["x-a"]) == ("shown", "b")


def test_each_request_has_its_own() -> None:
    @get("/")
    async def show(response: Response, mark: bool = False) -> None:
        if mark:
            response.headers["x-mark"] = "yes"

    client = client_of(show)

    assert "x-mark" in client.get("/?mark=1").headers
    assert "x-mark" not in client.get("/").headers


def test_nothing_leaves_with_204_and_what_was_set() -> None:
    @get("/")
    async def show(response: Response) -> None:
        response.headers["x-a"] = "b"

    answer = client_of(show).get("/")

    assert (answer.status_code, answer.headers["x-a"], answer.content) == (204, "b", b"")


def test_the_status_that_was_set_chooses_the_model() -> None:
    @get("/", response={200: Car, 404: dict[str, str]})
    async def show(response: Response) -> Any:
        response.status_code = 404
        return {"reason": "gone"}

    answer = client_of(show).get("/")

    assert (answer.status_code, answer.json()) == (404, {"reason": "gone"})


def test_the_status_of_a_pair_wins() -> None:
    @get("/")
    async def show(response: Response) -> Any:
        response.status_code = 404
        return 201, "made"

    assert client_of(show).get("/").status_code == 201


def test_a_returned_response_keeps_its_own_and_takes_what_it_lacks() -> None:
    @get("/")
    async def show(response: Response) -> Response:
        response.status_code = 404
        response.headers["x-a"] = response.headers["x-b"] = "given"
        response.set_cookie("a", "given")
        returned = RedirectResponse("/next", headers={"x-a": "returned"})
        returned.set_cookie("b", "returned")
        return returned

    answer = client_of(show).get("/", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (307, "/next")
    assert (answer.headers["x-a"], answer.headers["x-b"]) == ("returned", "given")
    assert dict(answer.cookies) == {"a": "given", "b": "returned"}


def test_what_was_set_before_an_error_does_not_leave() -> None:
    @get("/")
    async def show(response: Response) -> None:
        response.headers["x-a"] = "b"
        raise NotFound

    answer = client_of(show).get("/")

    assert answer.status_code == 404
    assert "x-a" not in answer.headers


# Background tasks


def test_tasks_run_in_order_after_the_answer_has_arrived() -> None:
    arrived, done = threading.Event(), list[Any]()

    async def first(name: str) -> None:
        assert arrived.wait(5)
        done.append(name)

    def second(*, name: str) -> None:
        done.append(name)

    @Controller("/")
    class Mails(ControllerBase):
        @post("/")
        async def send(self, tasks: BackgroundTasks, response: Response) -> str:
            response.headers["x-a"] = "b"
            tasks.add_task(first, "one")
            tasks.add_task(second, name="two")
            return "sent"

    with serve(AppFactory.create_app(controllers=[Mails])) as port:
        answer = ask(port, "/", "POST")
        assert (answer.text, answer.headers["x-a"], done) == ('"sent"', "b", [])
        arrived.set()
        until(lambda: done == ["one", "two"])


def test_the_task_of_a_returned_response_runs_before_them() -> None:
    done: list[str] = []

    @get("/")
    async def show(tasks: BackgroundTasks) -> Response:
        tasks.add_task(done.append, "given")
        return PlainTextResponse("", background=BackgroundTask(done.append, "returned"))

    client_of(show).get("/")

    assert done == ["returned", "given"]


def test_no_task_runs_where_the_handler_failed() -> None:
    done: list[str] = []

    @get("/")
    async def show(tasks: BackgroundTasks) -> None:
        tasks.add_task(done.append, "given")
        raise NotFound

    assert client_of(show).get("/").status_code == 404
    assert done == []


def test_a_failing_task_is_one_traceback_and_the_client_has_its_answer(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    @get("/")
    async def show(tasks: BackgroundTasks) -> str:
        tasks.add_task(fail)
        return "shown"

    with serve(AppFactory.create_app(routers=[show])) as port, caplog.at_level(logging.ERROR):
        answer = ask(port)
        until(lambda: caplog.records)

    assert (answer.status, answer.text) == (200, '"shown"')
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_tasks_run_after_a_stream() -> None:
    done: list[str] = []

    @get("/")
    async def stream(tasks: BackgroundTasks, response: Response, count: int = Query(2)) -> ServerSentEvents:
        tasks.add_task(done.append, "after")
        response.set_cookie("seen", "yes")
        return ServerSentEvents(range(count))

    answer = client_of(stream).get("/")

    assert (answer.text, done) == ("data: 0\n\ndata: 1\n\n", ["after"])
    assert dict(answer.cookies) == {"seen": "yes"}


@pytest.mark.parametrize("kind", [Response, BackgroundTasks])
def test_a_websocket_has_neither(kind: type[Any]) -> None:
    async def live(websocket: WebSocket, it: Any) -> None: ...

    live.__annotations__["it"] = kind
    with pytest.raises(
        ImproperlyConfigured, match=f"takes 'it' as {kind.__name__}, which a websocket has not: take it out"
    ):
        AppFactory.create_app(routers=[ws_route("/")(live)])
