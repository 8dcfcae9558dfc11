"""Forms: fields, files and models of them, their limits, and forms that are broken."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from enum import Enum
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from ellar.app import App, AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    File,
    Form,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    JSONResponse,
    Query,
    Response,
    UploadFile,
    post,
)
from ellar.core import Request
from ellar.testing import Test, TestClient
from tests.ellar.conftest import serve
from tests.ellar.http.asking import ask


class Colour(Enum):
    RED = "red"


class SignUp(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=2)
    born: date | None = None
    tags: list[str] = []
    colour: Colour = Field(Colour.RED, alias="paint")


class Profile(BaseModel):
    name: str
    photo: UploadFile
    more: list[UploadFile] = []


class Avatar(BaseModel):
    photo: UploadFile | None = None


class Checked(GuardCanActivate):
    """Reads the form before the handler does, as for a token against forged requests."""

    async def can_activate(self, context: IExecutionContext) -> bool:
        form = await context.switch_to_http_connection().get_request().form()
        return form.get("token") == "t"


seen: list[UploadFile] = []


@pytest.fixture(autouse=True)
def _none_seen() -> Iterator[None]:
    seen.clear()
    yield
    assert all(upload.file.closed for upload in seen)


async def told(upload: UploadFile) -> list[Any]:
    seen.append(upload)
    return [upload.filename, upload.content_type, upload.size, (await upload.read()).decode()]


@Controller("/")
class FormController(ControllerBase):
    @post("/fields")
    async def fields(
        self,
        name: str = Form(min_length=2),
        age: int | None = Form(None),
        tags: list[str] = Form([]),
        paint: Colour = Form(Colour.RED, alias="colour"),
        limit: int = Query(1),
    ) -> Any:
        return [name, age, tags, paint, limit]

    @post("/annotated")
    async def annotated(self, name: Annotated[str, Form()], age: Annotated[int, Form(ge=18)] = 18) -> Any:
        return [name, age]

    @post("/model")
    async def model(self, data: SignUp = Form()) -> Any:
        return data

    @post("/model/beside")
    async def model_beside(self, data: Annotated[SignUp, Form()], token: str = Form()) -> Any:
        return [data, token]

    @post("/model/optional")
    async def model_optional(self, data: SignUp | None = Form(None)) -> Any:
        return [data]

    @post("/file")
    async def file(self, photo: UploadFile = File()) -> Any:
        return await told(photo)

    @post("/file/plain")
    async def plain(self, photo: UploadFile) -> Any:
        return await told(photo)

    @post("/file/sync")
    def sync(self, photo: Annotated[UploadFile, File()]) -> Any:
        seen.append(photo)
        return photo.file.read().decode()

    @post("/files")
    async def files(self, photos: list[UploadFile] = File(max_length=2), title: str = Form("none")) -> Any:
        return [title, *[await told(photo) for photo in photos]]

    @post("/bytes")
    async def content(self, photo: bytes = File(), more: list[bytes] = File([])) -> Any:
        return [photo.decode(), *[one.decode() for one in more]]

    @post("/optional")
    async def optional(self, photo: UploadFile | None = None, data: bytes | None = File(None)) -> Any:
        return [photo is None, data]

    @post("/small")
    async def small(self, photo: UploadFile = File(max_size=10), more: list[UploadFile] = File([], max_size=5)) -> Any:
        return [photo.size, *[one.size for one in more]]

    @post("/profile")
    async def profile(self, data: Profile = Form()) -> Any:
        return [data.name, await told(data.photo), *[await told(one) for one in data.more]]

    @post("/avatar")
    async def avatar(self, data: Avatar = Form()) -> Any:
        return data.photo and await told(data.photo)

    @post("/checked")
    @Guards(Checked)
    async def checked(self, token: str = Form(), photo: UploadFile = File(max_size=10)) -> Any:
        return [token, await told(photo)]

    @post("/again")
    async def again(self, request: Request, name: str = Form()) -> Any:
        return [name, dict(await request.form())]

    @post("/later")
    async def later(self, photo: UploadFile) -> Response:
        answer = JSONResponse({})
        seen.append(photo)

        async def keep() -> None:
            kept.append((await photo.read(), photo.file.closed))

        answer.background = BackgroundTask(keep)
        return answer

    @post("/bug")
    async def bug(self, photo: UploadFile) -> None:
        seen.append(photo)
        raise ZeroDivisionError


kept: list[tuple[bytes, bool]] = []


@pytest.fixture(scope="module")
def client() -> TestClient:
    return Test.create_test_module(controllers=[FormController]).get_test_client()


@pytest.mark.parametrize(
    ("path", "sent", "answered"),
    [
        ("/fields?limit=3", {"name": "Ada"}, ["Ada", None, [], "red", 3]),
        ("/fields", {"name": "Ada", "age": "7", "tags": ["a", "b"], "colour": "red"}, ["Ada", 7, ["a", "b"], "red", 1]),
        ("/fields", {"name": "Ada", "age": "", "more": "x"}, ["Ada", None, [], "red", 1]),
        ("/annotated", {"name": ""}, ["", 18]),
        ("/annotated", {"name": "Ada", "age": "19"}, ["Ada", 19]),
        ("/model", {"name": "Ada", "paint": "red"}, {"name": "Ada", "born": None, "tags": [], "paint": "red"}),
        (
            "/model",
            {"name": "Ada", "born": "1815-12-10", "tags": ["a", "b"]},
            {"name": "Ada", "born": "1815-12-10", "tags": ["a", "b"], "paint": "red"},
        ),
        ("/model", {"name": "Ada", "born": ""}, {"name": "Ada", "born": None, "tags": [], "paint": "red"}),
        (
            "/model/beside",
            {"name": "Ada", "token": "t"},
            [{"name": "Ada", "born": None, "tags": [], "paint": "red"}, "t"],
        ),
        ("/model/optional", {}, [None]),
        ("/again", {"name": "Ada", "more": "x"}, ["Ada", {"name": "Ada", "more": "x"}]),
    ],
)
@pytest.mark.parametrize("is_multipart", [False, True], ids=["urlencoded", "multipart"])
def test_fields_come_from_both_kinds_of_forms(
    client: TestClient, path: str, sent: dict[str, Any], answered: Any, is_multipart: bool
) -> None:
    answer = client.post(path, files=parts(sent)) if is_multipart else client.post(path, data=sent)

    assert (answer.status_code, answer.json()) == (200, answered)


def parts(fields: dict[str, str | list[str]]) -> list[tuple[str, tuple[None, str]]]:
    """Fields as parts of a multipart form, none of which is a file."""
    lists = ((name, value if isinstance(value, list) else [value]) for name, value in fields.items())
    return [(name, (None, one)) for name, values in lists for one in values]


@pytest.mark.parametrize(
    ("path", "sent", "faults"),
    [
        (
            "/fields?limit=x",
            {"name": "A", "age": "old", "colour": "blue"},
            ["query.limit int_parsing", "body.name string_too_short", "body.age int_parsing", "body.colour enum"],
        ),
        ("/fields", {}, ["body.name missing"]),
        ("/annotated", {"age": "17"}, ["body.name missing", "body.age greater_than_equal"]),
        (
            "/model",
            {"paint": "x", "born": "x"},
            ["body.name missing", "body.born date_from_datetime_parsing", "body.paint enum"],
        ),
        ("/model", {"name": "Ada", "token": "t"}, ["body.token extra_forbidden"]),
        ("/model/beside", {"name": "A"}, ["body.name string_too_short", "body.token missing"]),
        ("/file", {"photo": "text"}, ["body.photo file_type"]),
        ("/bytes", {"photo": "text"}, ["body.photo bytes_type"]),
        ("/profile", {}, ["body.name missing", "body.photo missing"]),
        ("/file", {}, ["body.photo missing"]),
    ],
)
def test_all_that_does_not_fit_is_told_with_its_place(
    client: TestClient, path: str, sent: dict[str, str], faults: list[str]
) -> None:
    answer = client.post(path, data=sent)

    assert answer.status_code == 422
    told = [f"{'.'.join(fault['loc'])} {fault['type']}" for fault in answer.json()["detail"]]
    assert sorted(told) == sorted(faults)


TEXT = ("a.txt", b"hello", "text/plain")


@pytest.mark.parametrize("path", ["/file", "/file/plain"])
def test_a_file_comes_with_its_name_type_and_size(client: TestClient, path: str) -> None:
    assert client.post(path, files={"photo": TEXT}).json() == ["a.txt", "text/plain", 5, "hello"]


def test_a_sync_handler_reads_a_file(client: TestClient) -> None:
    assert client.post("/file/sync", files={"photo": TEXT}).json() == "hello"


def test_several_files_come_in_order_with_fields_beside_them(client: TestClient) -> None:
    two = [("photos", TEXT), ("photos", ("b.txt", b"", "text/plain"))]

    assert client.post("/files", files=two, data={"title": "T"}).json() == [
        "T",
        ["a.txt", "text/plain", 5, "hello"],
        ["b.txt", "text/plain", 0, ""],
    ]
    assert client.post("/files", files=[*two, ("photos", TEXT)]).status_code == 422


def test_a_file_comes_as_bytes(client: TestClient) -> None:
    sent = [("photo", TEXT), ("more", TEXT), ("more", TEXT)]

    assert client.post("/bytes", files=sent).json() == ["hello"] * 3


def test_a_model_has_files(client: TestClient) -> None:
    sent = [("photo", TEXT), ("more", TEXT)]
    expected = ["a.txt", "text/plain", 5, "hello"]

    assert client.post("/profile", files=sent, data={"name": "Ada"}).json() == ["Ada", expected, expected]


def test_an_input_without_a_chosen_file_is_no_file(client: TestClient) -> None:
    empty = b'--x\r\nContent-Disposition: form-data; name="photo"; filename=""\r\n\r\n\r\n--x--\r\n'

    assert multipart(client, "/optional", empty).json() == [True, None]
    assert multipart(client, "/file", empty).json()["detail"][0]["type"] == "missing"


def test_a_large_file_comes_whole(client: TestClient) -> None:
    content = bytes(range(256)) * 20_000  # more than is kept in memory

    with client.stream("POST", "/file/sync", files={"photo": ("a", content.hex().encode())}) as answer:
        assert answer.read() == b'"' + content.hex().encode() + b'"'


def test_a_handler_that_fails_leaves_no_file_open() -> None:
    app = AppFactory.create_app(controllers=[FormController])

    assert TestClient(app, raise_server_exceptions=False).post("/bug", files={"photo": TEXT}).status_code == 500
    assert len(seen) == 1  # and it is closed, as the fixture looks


def test_a_file_is_open_until_the_tasks_behind_the_response_are_done(client: TestClient) -> None:
    kept.clear()
    client.post("/later", files={"photo": TEXT})

    assert kept == [(b"hello", False)]


def test_a_guard_may_read_the_form_first(client: TestClient) -> None:
    sent = {"data": {"token": "t"}, "files": {"photo": TEXT}}

    assert client.post("/checked", **sent).json() == ["t", ["a.txt", "text/plain", 5, "hello"]]  # type: ignore[arg-type]
    assert client.post("/checked", data={"token": "x"}).status_code == 403
    assert client.post("/checked", data={"token": "t"}, files={"photo": b"a" * 11}).status_code == 413


def multipart(client: TestClient, path: str, content: bytes, more: str = "; boundary=x") -> Any:
    return client.post(path, content=content, headers={"content-type": f"multipart/form-data{more}"})


NAME = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nAda\r\n'
END = b"--x--\r\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (NAME, "the last boundary is missing"),
        (NAME[:20], "the last boundary is missing"),
        (b"", "the last boundary is missing"),
        (b"garbage", "Invalid multipart data."),
        (NAME.replace(b'; name="name"', b"") + END, 'The Content-Disposition header field "name" must be provided.'),
        (NAME.replace(b"Ada", b"\xff") + END, "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (NAME * 1001 + END, "Too many fields. Maximum number of fields is 1000."),
        (b"--x\r\n" + b"A: b\r\n" * 9 + b"\r\n\r\n" + END, "Invalid multipart data."),
        (b"--x\r\nA: " + b"b" * 5000 + b"\r\n\r\n\r\n" + END, "Invalid multipart data."),
    ],
)
def test_a_broken_multipart_form_is_a_422(client: TestClient, content: bytes, said: str) -> None:
    answer = multipart(client, "/fields", content)

    assert (answer.status_code, answer.json()) == (422, invalid(said))


def invalid(said: str) -> Any:
    return {"detail": [{"loc": ["body"], "msg": f"Invalid form: {said}", "type": "form_invalid"}]}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "Missing boundary in multipart."),
        ("; boundary=y", "Invalid multipart data."),
        (f"; boundary={'x' * 300}", "Invalid multipart data."),
    ],
)
def test_a_wrong_boundary_is_a_422(client: TestClient, more: str, said: str) -> None:
    assert multipart(client, "/fields", NAME + END, more).json() == invalid(said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name=%ff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b"name=\xff", "'utf-8' codec can't decode byte 0xff in position 5: invalid start byte"),
        (b"&".join([b"a=1"] * 1001), "Max number of fields exceeded"),
    ],
)
def test_a_broken_urlencoded_form_is_a_422(client: TestClient, content: bytes, said: str) -> None:
    answer = client.post("/fields", content=content, headers={"content-type": "application/x-www-form-urlencoded"})

    assert (answer.status_code, answer.json()) == (422, invalid(said))


@pytest.mark.parametrize("content", ["name=Jürgen".encode(), b"name=J%C3%BCrgen"], ids=["raw", "escaped"])
def test_an_urlencoded_form_is_utf_8_raw_and_escaped(client: TestClient, content: bytes) -> None:
    answer = client.post("/annotated", content=content, headers={"content-type": "application/x-www-form-urlencoded"})

    assert answer.json() == ["Jürgen", 18]


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "multipart/mixed; boundary=x", ""])
def test_what_is_no_form_by_its_type_is_a_415(client: TestClient, content_type: str) -> None:
    answer = client.post("/fields", content=b"name=Ada", headers={"content-type": content_type})

    assert answer.status_code == 415
    assert answer.json() == {"detail": "The body must be multipart/form-data or application/x-www-form-urlencoded"}


def test_the_charset_of_a_form_is_utf_8(client: TestClient) -> None:
    assert multipart(client, "/fields", NAME + END, "; boundary=x; charset=UTF-8").status_code == 200
    assert multipart(client, "/fields", NAME + END, "; boundary=x; charset=undefined").status_code == 415


def small() -> App:
    config = {"MAX_BODY_SIZE": 500, "MAX_UPLOAD_SIZE": 2000}
    return AppFactory.create_app(controllers=[FormController], config_module=config)


@pytest.mark.parametrize(
    ("path", "sent", "said"),
    [
        ("/annotated", {"data": {"name": "a" * 500}}, "The body may have 500 bytes at most"),
        ("/annotated", {"files": {"x": b"a" * 500}}, "The body may have 500 bytes at most"),
        ("/files", {"files": {"photos": b"a" * 2000}}, "The body may have 2000 bytes at most"),
        (
            "/files",
            {"data": {"a": "a" * 300, "b": "b" * 300}, "files": {"photos": b""}},
            "The fields may have 500 bytes at most",
        ),
        ("/small", {"files": {"photo": b"a" * 11}}, "The file 'photo' may have 10 bytes at most"),
        (
            "/small",
            {"files": [("photo", b"a"), ("more", b"a"), ("more", b"a" * 6)]},
            "The file 'more' may have 5 bytes at most",
        ),
        ("/profile", {"files": {"photo": b"a" * 2000}}, "The body may have 2000 bytes at most"),
        ("/avatar", {"files": {"photo": b"a" * 2000}}, "The body may have 2000 bytes at most"),
    ],
)
def test_what_is_too_large_is_a_413(path: str, sent: dict[str, Any], said: str) -> None:
    answer = TestClient(small()).post(path, **sent)

    assert (answer.status_code, answer.json()) == (413, {"detail": said})


def test_each_file_has_its_limit() -> None:
    sent = [("photo", b"a" * 10), ("more", b"a" * 5), ("more", b"a" * 5)]

    assert TestClient(small()).post("/small", files=sent).json() == [10, 5, 5]


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        (
            "/small",
            b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n' + b"a" * 11,
            b"'photo'",
        ),
        ("/files", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"a" * 501, b"The fields"),
        ("/files", b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n' + b"a" * 2000, b"The body"),
    ],
)
def test_a_server_answers_as_soon_as_the_limit_is_passed(path: str, content: bytes, said: bytes) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    with serve(small()) as port, closing(socket.create_connection(("127.0.0.1", port), 5)) as client:
        client.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        client.sendall(f"{len(content):x}\r\n".encode() + content + b"\r\n")  # and no end of it
        answer = b""
        while not answer.endswith(b"}"):
            answer += client.recv(65536)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert said in answer


def test_a_server_answers_by_the_length_without_waiting_for_the_form() -> None:
    head = b"POST /file HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data\r\nContent-Length: 2001\r\n\r\n"
    with serve(small()) as port, closing(socket.create_connection(("127.0.0.1", port), 5)) as client:
        client.sendall(head)
        assert client.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_server_takes_a_file_and_goes_on_after_a_broken_form() -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    file = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\nhello\r\n'
    with serve(small()) as port:
        assert ask(port, "/file", "POST", body=file, headers=headers).status == 422
        assert ask(port, "/file", "POST", body=file + END, headers=headers).text == '["a",null,5,"hello"]'
