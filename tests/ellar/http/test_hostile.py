"""Input that nobody meant well: whatever comes, the answer is a 4xx or what the handler makes of it, never a 500."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.types import Message

from ellar.app import AppFactory
from ellar.common import Body, Cookie, File, Form, Header, ModuleRouter, Query, UploadFile

router = ModuleRouter()


class Colour(Enum):
    RED = "red"


class Node(BaseModel):
    name: str
    at: datetime | None = None
    children: list[Node] = []


class Filters(BaseModel, extra="allow"):
    limit: int = 1
    tags: list[str] = []


@router.get("/read/{number:int}/{rest:path}")
async def read(
    number: int,
    rest: str,
    filters: Filters = Query(),
    at: datetime | None = None,
    identity: UUID | None = None,
    colour: Colour | None = None,
    ratio: float = 0,
    words: list[str] = Header([]),
    seen: list[int] = Cookie([]),
    token: str = Cookie(""),
) -> Any:
    return [number, rest, filters, at, identity, colour, ratio, words, seen, token]


@router.post("/node")
async def node(node: Node | list[int] = Body()) -> Any:
    return node


@router.post("/anything")
async def anything(first: Any = Body(None), second: dict[str, float] = Body({})) -> Any:
    return [first, second]


@router.post("/form")
async def form(
    name: str = Form(""), ages: list[int] = Form([]), photo: UploadFile | None = None, more: list[bytes] = File([])
) -> Any:
    content = b"" if photo is None else await photo.read()
    return [name, ages, photo and photo.filename, len(content), len(more)]


@router.post("/gathered")
async def gathered(filters: Filters = Form()) -> Any:
    return filters.limit


app = AppFactory.create_app(
    routers=[router], config_module={"MAX_BODY_SIZE": 5000, "MAX_UPLOAD_SIZE": 10_000, "LOG_FORMAT": "none"}
)
hostile = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def status(
    method: str, path: str, query: bytes = b"", headers: Sequence[tuple[bytes, bytes]] = (), body: Sequence[bytes] = ()
) -> int:
    """What is answered to bytes that no client would let through. Raises what would be a 500."""
    events: list[Message] = [
        *({"type": "http.request", "body": chunk, "more_body": True} for chunk in body),
        {"type": "http.request", "body": b"", "more_body": False},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return events.pop(0) if events else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": b"",
        "query_string": query,
        "headers": list(headers),
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 5000),
        "root_path": "",
    }
    asyncio.run(app(scope, receive, send))
    code: int = sent[0]["status"]
    if "json" in dict(sent[0]["headers"]).get(b"content-type", b"").decode():
        json.loads(b"".join(message["body"] for message in sent[1:]))
    return code


FINE = range(200, 500)
header = st.text(st.characters(min_codepoint=1, max_codepoint=255)).map(lambda text: text.encode("latin-1"))
names = st.sampled_from([b"at", b"identity", b"colour", b"ratio", b"limit", b"tags", b"x", b""])


@hostile
@given(
    number=st.integers(min_value=0) | st.just(10**5000),
    rest=st.text(),
    pairs=st.lists(st.tuples(names, st.binary(max_size=50)), max_size=8),
    noise=st.binary(max_size=50),
    words=st.lists(header, max_size=3),
    cookies=st.lists(header, max_size=3),
)
def test_whatever_is_in_path_query_headers_and_cookies(
    number: int, rest: str, pairs: list[tuple[bytes, bytes]], noise: bytes, words: list[bytes], cookies: list[bytes]
) -> None:
    query = b"&".join([*(name + b"=" + value for name, value in pairs), noise])
    headers = [*((b"words", word) for word in words), *((b"cookie", b"seen=" + cookie) for cookie in cookies)]

    assert status("GET", f"/read/{number if number < 10**4000 else '9' * 5000}/{rest}", query, headers) in FINE


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["name", "at", "children", "first", "second"]), inner)
    ),
)
content_types = st.sampled_from(
    [
        b"application/json",
        b"application/x+json",
        b"text/plain",
        b"multipart/form-data",
        b"multipart/form-data; boundary=x",
        b"multipart/form-data; boundary=x; charset=utf-7",
        b'multipart/form-data; boundary="x',
        b"application/x-www-form-urlencoded",
        b"",
        b";",
    ]
)
posts = st.sampled_from(["/node", "/anything", "/form", "/gathered"])


@hostile
@given(path=posts, value=values, cut=st.integers(0, 20))
def test_whatever_is_in_json(path: str, value: Any, cut: int) -> None:
    content = json.dumps(value).encode()
    content = content[: len(content) - cut] if cut > 10 else content

    assert status("POST", path, headers=[(b"content-type", b"application/json")], body=[content]) in FINE


@hostile
@given(
    path=posts,
    content_type=content_types | header,
    length=st.sampled_from([None, b"1", b"-1", b"x", b"9" * 5000, "²".encode("latin-1")]),
    body=st.lists(st.binary(max_size=200), max_size=4),
)
def test_whatever_is_in_a_body(path: str, content_type: bytes, length: bytes | None, body: list[bytes]) -> None:
    headers = [(b"content-type", content_type), *([(b"content-length", length)] if length else [])]

    assert status("POST", path, headers=headers, body=body) in FINE


WHOLE = (
    b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nAda\r\n'
    b'--x\r\nContent-Disposition: form-data; name="ages"\r\n\r\n7\r\n'
    b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.txt"\r\nContent-Type: a/b\r\n\r\nhello\r\n'
    b'--x\r\nContent-Disposition: form-data; name="more"; filename="b"\r\n\r\n\r\n'
    b"--x--\r\n"
)


@hostile
@given(
    path=st.sampled_from(["/form", "/gathered"]),
    start=st.integers(0, len(WHOLE)),
    size=st.integers(0, 30),
    instead=st.binary(max_size=20)
    | st.sampled_from([b"\r\n", b"--x", b'"', b"; filename*=utf-7''a", b"\0", b"a" * 6000]),
    split=st.integers(0, len(WHOLE)),
)
def test_whatever_is_in_a_multipart_form(path: str, start: int, size: int, instead: bytes, split: int) -> None:
    content = WHOLE[:start] + instead + WHOLE[start + size :]
    headers = [(b"content-type", b"multipart/form-data; boundary=x")]

    assert status("POST", path, headers=headers, body=[content[:split], content[split:]]) in FINE


@hostile
@given(body=st.binary(max_size=300), path=st.sampled_from(["/form", "/gathered"]))
def test_whatever_is_in_an_urlencoded_form(path: str, body: bytes) -> None:
    headers = [(b"content-type", b"application/x-www-form-urlencoded")]

    assert status("POST", path, headers=headers, body=[b"limit=", body]) in FINE
