"""Where a controller's page is found, and what is told when it is broken."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import pytest

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


def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, files: dict[str, str]) -> Any:
    package = tmp_path / name
    for path, text in {"__init__.py": SOURCE + MODULE, **files}.items():
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
