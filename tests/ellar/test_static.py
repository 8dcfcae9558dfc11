"""Static folders of modules: below the module's name, for HTTP alone."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ellar.common import Controller, ControllerBase, Module, get
from ellar.core import ImproperlyConfigured, ModuleBase, Request
from ellar.testing import Test, TestClient
from tests.ellar.conftest import Talk

HERE = Path(__file__).parent


@Controller("/")
class EverythingController(ControllerBase):
    @get("/{path:path}")
    async def everything(self, path: str, request: Request) -> str:
        return request.url_for("car:static", path="logo.css").path


def publishing(folder: str, name: str = "car") -> type[Any]:
    @Module(name=name, static_folder=folder, controllers=[EverythingController])
    class CarModule(ModuleBase): ...

    return CarModule


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "logo.css").write_text("a {}")
    (tmp_path.parent / "secret").write_text("x")
    return str(tmp_path)


@pytest.fixture
def client(folder: str) -> TestClient:
    return Test.create_test_module(modules=[publishing(folder)]).get_test_client()


def test_a_file_is_served_below_the_modules_name_and_before_the_routes(client: TestClient) -> None:
    answer = client.get("/static/car/logo.css")

    assert (answer.status_code, answer.text) == (200, "a {}")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert client.get("/anything").json() == "/static/car/logo.css"


@pytest.mark.parametrize("path", ["none.css", "", "../secret", "%2e%2e/secret"])
def test_what_is_not_in_the_folder_is_a_404_in_json(client: TestClient, path: str) -> None:
    answer = client.get(f"/static/car/{path}")

    assert answer.json() in ({"detail": "Not Found"}, "/static/car/logo.css")  # .. may lead out to a route, no further


def test_a_folder_is_found_beside_the_modules_file() -> None:
    client = Test.create_test_module(modules=[publishing("websockets")]).get_test_client()

    assert client.get("/static/car/__init__.py").status_code == 200


def test_the_config_says_where(folder: str) -> None:
    module = Test.create_test_module(modules=[publishing(folder)], config_module={"STATIC_URL": "/files/"})

    assert module.get_test_client().get("/files/car/logo.css").status_code == 200


def test_a_websocket_gets_a_403(talk_for_real: Talk, folder: str, caplog: pytest.LogCaptureFixture) -> None:
    app = Test.create_test_module(modules=[publishing(folder)]).create_application()

    assert talk_for_real(app, "/static/car/logo.css").status == 403
    assert "Traceback" not in caplog.text


def start(*modules: type[Any], **config: Any) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        Test.create_test_module(modules=modules, config_module=config).create_application()
    return str(caught.value)


def test_a_missing_folder_is_named() -> None:
    message = start(publishing("nowhere"))

    assert message.startswith(f"{__file__}:")
    assert message.endswith(f"static_folder='nowhere' of car is not there: make {HERE / 'nowhere'}")


def test_a_name_that_is_no_part_of_a_url_is_refused(folder: str) -> None:
    assert 'write name="letters-only"' in start(publishing(folder, "my car"))


def test_two_modules_of_one_name_are_named(folder: str) -> None:
    @Module(name="car", static_folder=folder)
    class Other(ModuleBase): ...

    assert start(Other, publishing(folder)).endswith("write another name=")


@pytest.mark.parametrize("place", ["", "/", "//"])
def test_a_place_that_would_hide_routes_is_refused(folder: str, place: str) -> None:
    assert start(publishing(folder), STATIC_URL=place).endswith('write "/static"')


def test_a_place_without_a_slash_is_refused(folder: str) -> None:
    assert start(publishing(folder), STATIC_URL="files") == (
        'config_module: STATIC_URL=\'files\' must begin with "/": write "/files"'
    )


# How long a file may be kept


def version_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def keeping(client: TestClient, query: str = "", **headers: str) -> tuple[int, str]:
    answer = client.get(f"/static/car/logo.css{query}", headers=headers)
    return answer.status_code, answer.headers["cache-control"]


def test_a_url_with_the_version_of_the_file_is_kept_for_ever(client: TestClient) -> None:
    assert keeping(client, f"?v={version_of('a {}')}") == (200, "public, max-age=31536000, immutable")


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789abcdef", f"?v={version_of('a {}')}&x=1", "?w=1", "?v=%ff"])
def test_any_other_url_is_asked_for_anew(client: TestClient, query: str) -> None:
    assert keeping(client, query) == (200, "no-cache")


def test_in_debug_nothing_is_kept(folder: str) -> None:
    client = Test.create_test_module(modules=[publishing(folder)], config_module={"DEBUG": True}).get_test_client()

    assert keeping(client, f"?v={version_of('a {}')}") == (200, "no-cache")


def test_what_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    tag = client.get("/static/car/logo.css").headers["etag"]

    assert keeping(client, **{"If-None-Match": tag}) == (304, "no-cache")
    assert keeping(client, f"?v={version_of('a {}')}", **{"If-None-Match": tag}) == (
        304,
        "public, max-age=31536000, immutable",
    )
    assert keeping(client, **{"If-None-Match": '"other"'}) == (200, "no-cache")


def test_a_changed_file_has_another_version(client: TestClient, folder: str) -> None:
    assert keeping(client, f"?v={version_of('a {}')}")[1] != "no-cache"
    (Path(folder) / "logo.css").write_text("b { color: red }")

    assert keeping(client, f"?v={version_of('a {}')}") == (200, "no-cache")
    assert keeping(client, f"?v={version_of('b { color: red }')}")[1] != "no-cache"


def test_a_part_of_a_file_is_kept_like_the_whole(client: TestClient) -> None:
    answer = client.get(f"/static/car/logo.css?v={version_of('a {}')}", headers={"Range": "bytes=0-0"})

    assert (answer.status_code, answer.text) == (206, "a")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
