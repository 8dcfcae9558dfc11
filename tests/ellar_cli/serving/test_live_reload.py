import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ellar_cli.serving.live_reload import PATH, LiveReload, Watched

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "gzip"}
HTML = "<!doctype html><title>A page</title>" + "<p>text</p>" * 100


def page(request: Request) -> Response:
    policy = request.query_params.get("policy")
    return HTMLResponse(HTML, headers={"Content-Security-Policy": policy} if policy else None)


def streamed(_: Request) -> Response:
    async def pieces() -> AsyncIterator[str]:
        yield HTML[:50]
        yield HTML[50:]

    return StreamingResponse(pieces(), media_type="text/html")


def data(_: Request) -> Response:
    return JSONResponse({"html": HTML})


def empty(_: Request) -> Response:
    return Response(status_code=204, media_type="text/html")


def compressed(_: Request) -> Response:
    return Response(b"not to be touched", media_type="text/html", headers={"Content-Encoding": "br"})


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    (tmp_path / "index.html").write_text(HTML)
    return Watched(folders=[tmp_path])


@pytest.fixture
def client(watched: Watched) -> TestClient:
    routes = [Route(f"/{one.__name__}", one) for one in (page, streamed, data, empty, compressed)]
    static = Mount("/static", StaticFiles(directory=watched.folders[0], html=True))
    app = Starlette(routes=[*routes, static], middleware=[Middleware(GZipMiddleware, minimum_size=10)])
    return TestClient(LiveReload(app, watched))


def script_of(text: str) -> str:
    assert text.startswith(HTML)
    return text.removeprefix(HTML)


@pytest.mark.parametrize("path", ["/page", "/streamed", "/static/"])
def test_page_that_a_browser_loads_ends_with_the_script_whole_and_uncompressed(client: TestClient, path: str) -> None:
    response = client.get(path, headers=BROWSER)
    assert script_of(response.text).startswith(f'<script src="{PATH}" data-version="')
    assert "content-encoding" not in response.headers
    assert response.headers.get("content-length", str(len(response.content))) == str(len(response.content))


def test_head_says_the_length_that_get_has(client: TestClient) -> None:
    response = client.head("/page", headers=BROWSER)
    assert response.content == b""
    assert response.headers["content-length"] == client.get("/page", headers=BROWSER).headers["content-length"]


def test_page_is_never_answered_from_a_copy_without_the_script(client: TestClient) -> None:
    plain = client.get("/static/")
    assert plain.headers["etag"]
    kept = {"If-None-Match": plain.headers["etag"], "If-Modified-Since": plain.headers["last-modified"]}
    assert client.get("/static/", headers=kept).status_code == 304
    page = client.get("/static/", headers=BROWSER | kept)
    assert page.status_code == 200
    assert {"etag", "last-modified"}.isdisjoint(page.headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "*/*"},
        {"Accept": "application/json"},
        BROWSER | {"Sec-Fetch-Dest": "empty"},
        BROWSER | {"Sec-Fetch-Dest": "image"},
    ],
)
def test_what_asks_for_no_page_gets_the_applications_own_answer(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get("/page", headers=headers).text == HTML


@pytest.mark.parametrize("path", ["/data", "/empty", "/compressed"])
def test_what_is_no_whole_html_is_left_as_it_is(client: TestClient, path: str) -> None:
    plain, loaded = client.get(path), client.get(path, headers=BROWSER | {"Sec-Fetch-Dest": "document"})
    assert loaded.content == plain.content
    assert b"script" not in loaded.content


@pytest.mark.parametrize(
    ("policy", "is_let_in"),
    [
        ("default-src 'self'", True),
        ("script-src 'self' https://example.org; default-src 'none'", True),
        ("img-src 'none'", True),
        ("default-src 'none'; script-src 'sha256-abc'", False),
        ("default-src 'self'; script-src-elem 'nonce-abc'", False),
    ],
)
def test_page_whose_policy_forbids_the_script_has_none(client: TestClient, policy: str, is_let_in: bool) -> None:
    response = client.get("/page", params={"policy": policy}, headers=BROWSER)
    assert bool(script_of(response.text)) is is_let_in


def test_script_is_asked_for_below_the_root_path(watched: Watched) -> None:
    app = LiveReload(Starlette(routes=[Route("/page", page)]), watched)
    client = TestClient(app, root_path="/api")
    assert f'src="/api{PATH}"' in client.get("/api/page", headers=BROWSER).text
    assert client.get(f"/api{PATH}").headers["content-type"] == "text/javascript; charset=utf-8"


def test_open_pages_hear_a_new_version_when_a_file_changes(client: TestClient, watched: Watched) -> None:
    file = watched.folders[0] / "index.html"
    os.utime(file, ns=(0, 0))
    os.utime(watched.folders[0], ns=(0, 1_000))
    assert 'data-version="1000"' in client.get("/page", headers=BROWSER).text
    with client, client.websocket_connect(PATH) as first, client.websocket_connect(PATH) as second:
        assert first.receive_json() == second.receive_json() == {"version": "1000", "mistake": None}
        file.write_text("<p>new</p>")
        news = first.receive_json()
        assert second.receive_json() == news
        assert news == {"version": str(file.stat().st_mtime_ns), "mistake": None}


def test_pages_of_this_site_hear_a_mistake_and_others_do_not(client: TestClient, watched: Watched) -> None:
    watched.mistake = "shop.py:1: SyntaxError: invalid syntax"
    with client.websocket_connect(PATH, headers={"Origin": "http://testserver"}) as websocket:
        state = websocket.receive_json()
    assert state["mistake"] == watched.mistake
    assert f' data-version="{state["version"]}" data-mistake>' in client.get("/page", headers=BROWSER).text
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(PATH, headers={"Origin": "http://evil.example"}),
    ):
        pass


def test_application_without_folders_is_served_too() -> None:
    with TestClient(LiveReload(Starlette(), Watched())).websocket_connect(PATH) as websocket:
        assert websocket.receive_json() == {"version": "0", "mistake": None}
