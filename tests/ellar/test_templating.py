"""Where a controller's page is found, and what is told when it is broken."""

from __future__ import annotations

import importlib
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from ellar.core import ImproperlyConfigured
from ellar.testing import Test, TestClient

SOURCE = """
from ellar.common import Controller, ControllerBase, Module, get, render
from ellar.core import ModuleBase


@Controller("/")
class PageController(ControllerBase):
    @get("/", name="page")
    @render("page.html")
    async def page(self) -> dict[str, object]:
        return {"text": "<b>"}
"""
MODULE = """

@Module(controllers=[PageController], template_folder="pages")
class PageModule(ModuleBase): ...
"""


def written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, files: dict[str, str], source: str = SOURCE
) -> Any:
    package = tmp_path / name
    code = source if "@Module(" in source else source + MODULE
    for path, text in {"__init__.py": code, **files}.items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(name)


def client_of(package: Any, **config: Any) -> TestClient:
    return Test.create_test_module(modules=[package.PageModule], config_module=config).get_test_client()


def test_the_modules_folder_wins_and_text_is_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {"pages/page.html": "{{ text }} {{ url_for('page') }}", "templates/page.html": "other"}
    package = written(tmp_path, monkeypatch, "with_pages", pages)

    assert client_of(package).get("/").text == "&lt;b&gt; http://testserver/"


def test_a_page_beside_the_controller_is_found_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = written(tmp_path, monkeypatch, "with_templates", {"templates/page.html": "beside"})

    assert client_of(package).get("/").text == "beside"


@pytest.mark.parametrize(("debug", "text"), [(True, "new"), (False, "old")])
def test_a_changed_page_is_read_anew_in_debug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, debug: bool, text: str
) -> None:
    package = written(tmp_path, monkeypatch, f"changing_{debug}", {"pages/page.html": "old"})
    client = client_of(package, DEBUG=debug)
    client.get("/")
    (tmp_path / f"changing_{debug}" / "pages" / "page.html").write_text("new", encoding="utf-8")
    os.utime(tmp_path / f"changing_{debug}" / "pages" / "page.html", (1, 1))

    assert client.get("/").text == text


def test_a_missing_page_names_every_place_where_it_could_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = written(tmp_path, monkeypatch, "without_pages", {})

    with pytest.raises(ImproperlyConfigured) as caught:
        client_of(package)
    assert "pages/page.html" in str(caught.value)
    assert "templates/page.html" in str(caught.value)


def test_a_broken_page_names_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = written(tmp_path, monkeypatch, "broken_pages", {"pages/page.html": "\n{% if %}"})

    with pytest.raises(ImproperlyConfigured, match=r"page\.html:2: "):
        client_of(package)


@pytest.mark.parametrize("name", ["page.html", "page.xml", "page.svg", "page.jinja", "page.html.j2", "page.js", "page"])
def test_a_page_of_any_name_but_text_is_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    answer = rendered(tmp_path, monkeypatch, name)

    assert (answer.text, answer.headers["Content-Type"]) == ("&lt;b&gt;", "text/html; charset=utf-8")


@pytest.mark.parametrize("name", ["mail.txt", "mail.txt.jinja"])
def test_a_text_is_not_escaped_and_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    answer = rendered(tmp_path, monkeypatch, name)

    assert (answer.text, answer.headers["Content-Type"]) == ("<b>", "text/plain; charset=utf-8")


def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> httpx2.Response:
    """What a template of this name makes of `<b>`."""
    folder = f"named_{name.replace('.', '_')}"
    package = written(tmp_path, monkeypatch, folder, {f"pages/{name}": "{{ text }}"}, SOURCE.replace("page.html", name))
    return client_of(package).get("/")


# static_url

STYLE = "p {}"
VERSION = f"?v={sha256(STYLE.encode()).hexdigest()[:16]}"
STATIC = """

@Module(name="page", controllers=[PageController], template_folder="pages", static_folder="static")
class PageModule(ModuleBase): ...


@Module(name="other", static_folder="static", modules=[PageModule])
class OtherModule(ModuleBase): ...
"""


def with_static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, **config: Any) -> TestClient:
    name = f"{tmp_path.name}_static"
    files = {"pages/page.html": page, "pages/part.html": PART, "static/a b.css": STYLE, "static/sub/x.css": STYLE}
    package = written(tmp_path, monkeypatch, name, files, SOURCE + STATIC)
    return Test.create_test_module(modules=[package.OtherModule], config_module=config).get_test_client()


PART = "{% macro link(name) %}{{ static_url(name) }}{% endmacro %}"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("{{ static_url('a b.css') }}", f"/static/page/a%20b.css{VERSION}"),
        ("{{ static_url('/sub/x.css') }}", f"/static/page/sub/x.css{VERSION}"),
        ("{{ static_url('other:a b.css') }}", f"/static/other/a%20b.css{VERSION}"),
        ("{% import 'part.html' as part %}{{ part.link('sub/x.css') }}", f"/static/page/sub/x.css{VERSION}"),
        ("{% include 'part.html' %}{{ request.url.path }}", "/"),
    ],
)
def test_static_url_names_a_file_with_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, text: str
) -> None:
    client = with_static(tmp_path, monkeypatch, page)

    assert client.get("/").text == text
    if "static" in text:
        answer = client.get(text)
        assert (answer.text, answer.headers["cache-control"]) == (STYLE, "public, max-age=31536000, immutable")


def test_static_url_is_below_where_the_application_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = with_static(tmp_path, monkeypatch, "{{ static_url('sub/x.css') }}", STATIC_URL="/files/").app
    client = TestClient(Starlette(routes=[Mount("/shop", app)]))

    url = client.get("/shop/").text

    assert url == f"/shop/files/page/sub/x.css{VERSION}"
    assert client.get(url).text == STYLE


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("none.css", "static_url('none.css'): there is no such file: make {folder}/static/none.css"),
        ("../__init__.py", "static_url('../__init__.py'): there is no such file: make {folder}/static/../__init__.py"),
        (
            "othr:x.css",
            "static_url('othr:x.css'): there is no module 'othr' with a static_folder: did you mean 'other'?",
        ),
    ],
)
def test_a_file_that_is_not_there_is_an_error_in_debug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, line: str
) -> None:
    client = with_static(tmp_path, monkeypatch, f"{{{{ static_url('{name}') }}}}", DEBUG=True)

    with pytest.raises(ImproperlyConfigured) as caught:
        client.get("/")
    assert str(caught.value) == line.format(folder=next(tmp_path.glob("*_static")))


def test_a_file_that_is_not_there_has_a_url_without_version_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = with_static(tmp_path, monkeypatch, "{{ static_url('none.css') }}")

    assert client.get("/").text == "/static/page/none.css"


def test_static_url_without_a_static_folder_says_what_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = written(tmp_path, monkeypatch, "no_static", {"pages/page.html": "{{ static_url('x.css') }}"})

    with pytest.raises(ImproperlyConfigured, match=r"write static_folder=\"static\" of PageModule, it has none"):
        client_of(package).get("/")
