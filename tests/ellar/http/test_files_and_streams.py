"""Files, streams and redirects: on a real server, whose client sees in which pieces they come."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path as FilePath

import pytest

from ellar.app import AppFactory
from ellar.common import FileResponse, HTMLResponse, RedirectResponse, StreamingResponse, get, post
from ellar.di import ProviderConfig, request_scope
from ellar.testing import Test
from tests.ellar.conftest import serve, until
from tests.ellar.http.asking import SECONDS, ask


@pytest.mark.parametrize(
    ("wanted", "status", "body", "content_range"),
    [
        (None, 200, b"0123456789", None),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=20-", 416, b"", "bytes */10"),
    ],
)
def test_a_file_leaves_whole_or_in_part(
    tmp_path: FilePath, wanted: str | None, status: int, body: bytes, content_range: str | None
) -> None:
    (tmp_path / "digits.txt").write_bytes(b"0123456789")

    @get("/digits")
    async def digits() -> FileResponse:
        return FileResponse(tmp_path / "digits.txt", filename="digits.txt")

    with serve(AppFactory.create_app(routers=[digits])) as port:
        answer = ask(port, "/digits", headers={"Range": wanted} if wanted else {})

    assert (answer.status, answer.body, answer.headers["content-range"]) == (status, body, content_range)
    if status < 400:
        assert answer.headers["accept-ranges"] == "bytes"
        assert answer.headers["content-disposition"] == 'attachment; filename="digits.txt"'
        assert answer.headers["etag"]


class Cursor:
    """Lives for a request."""

    def __init__(self) -> None:
        self.is_open = True


def test_a_stream_comes_as_it_is_made_and_holds_what_lives_for_the_request() -> None:
    cursors: list[Cursor] = []
    may_go_on = threading.Event()

    def cursor() -> Iterator[Cursor]:
        cursors.append(Cursor())
        yield cursors[0]
        cursors[0].is_open = False

    @get("/")
    async def stream(held: Cursor) -> StreamingResponse:
        def rows() -> Iterator[str]:
            yield f"first {held.is_open}\n"
            assert may_go_on.wait(SECONDS)
            yield f"second {held.is_open}\n"

        return StreamingResponse(rows(), media_type="text/csv")

    provider = ProviderConfig(Cursor, use_factory=cursor, scope=request_scope)
    with (
        serve(AppFactory.create_app(routers=[stream], providers=[provider])) as port,
        closing(HTTPConnection("127.0.0.1", port, timeout=SECONDS)) as connection,
    ):
        connection.request("GET", "/")
        response = connection.getresponse()
        assert response.readline() == b"first True\n"
        may_go_on.set()
        assert response.read() == b"second True\n"
        assert response.headers["content-type"] == "text/csv; charset=utf-8"
        until(lambda: not cursors[0].is_open)


def test_a_redirect_is_followed() -> None:
    @post("/form")
    async def form() -> RedirectResponse:
        return RedirectResponse("/done?by=Ada Löve", 303)

    @get("/done")
    async def done(by: str) -> HTMLResponse:
        return HTMLResponse(f"<p>{by}")

    answer = Test.create_test_module(routers=[form, done]).get_test_client().post("/form")

    assert (answer.status_code, answer.text) == (200, "<p>Ada Löve")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
