"""Globals and filters that modules give to templates, and what is told when they can't."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2 import pass_context
from jinja2.runtime import Context

from ellar.common import Controller, ControllerBase, Module, get, render, template_filter, template_global
from ellar.core import Config, ImproperlyConfigured, ModuleBase
from ellar.di import injectable, request_scope
from ellar.testing import Test, TestClient


class Site(Config):
    SITE_NAME = "Cars & Co"


class Rates:
    euro = 2


@Controller("/")
class PageController(ControllerBase):
    @get("/")
    @render("ws-index.html")
    async def page(self) -> dict[str, object]:
        return {"price": 21, "names": ["Mini", "Beetle"]}


@Module(providers=[Rates])
class SiteModule(ModuleBase):
    def __init__(self, rates: Rates, config: Site) -> None:
        self.rates = rates
        self.config = config

    @template_filter
    def euro(self, dollars: int, sign: str = "EUR") -> str:
        return f"{dollars * self.rates.euro} {sign}"

    @template_global
    def site_name(self) -> str:
        return self.config.SITE_NAME

    @template_filter
    @staticmethod
    def shout(text: str) -> str:
        return text.upper()

    @classmethod
    @template_global
    def kind(cls) -> str:
        return cls.__name__

    @template_global
    @pass_context
    def path(self, context: Context) -> str:
        return str(context["request"].url.path)

    @pass_context
    @template_filter
    def priced(self, context: Context, name: str) -> str:
        return f"{name} at {self.euro(context['price'])}"


def client_of(folder: Path, template: str, *modules: type[Any]) -> TestClient:
    """Of a module with this page, beside the modules."""
    (folder / "ws-index.html").write_text(template, encoding="utf-8")

    @Module(controllers=[PageController], template_folder=str(folder))
    class PageModule(ModuleBase): ...

    return Test.create_test_module(modules=[PageModule, *modules], config_module=Site).get_test_client()


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ price | euro }}", "42 EUR"),
        ("{{ price | euro(sign='€') }}", "42 €"),
        ("{{ site_name() }}", "Cars &amp; Co"),
        ("{{ names | map('shout') | join(' ') }}", "MINI BEETLE"),
        ("{{ kind() }}", "SiteModule"),
        ("{{ path() }}", "/"),
        ("{{ names[0] | priced }}", "Mini at 42 EUR"),
        ("{% macro m() %}{{ site_name() }}{% endmacro %}{{ m() }}", "Cars &amp; Co"),
    ],
)
def test_the_templates_of_every_module_have_it(tmp_path: Path, template: str, text: str) -> None:
    assert client_of(tmp_path, template, SiteModule).get("/").text == text


def test_the_module_is_made_once_with_its_hooks_and_again_after_it_has_ended(tmp_path: Path) -> None:
    @Module()
    class CountingModule(ModuleBase):
        made = 0

        def __init__(self) -> None:
            type(self).made += 1
            self.state = "not started"

        def on_startup(self) -> None:
            self.state = "started"

        @template_global
        def state_of(self) -> str:
            return f"{self.state} {self.made}"

    client = client_of(tmp_path, "{{ state_of() }}", CountingModule)
    with client:
        assert [client.get("/").text for _ in range(3)] == ["started 1"] * 3
    with client:
        assert client.get("/").text == "started 2"


def test_a_subclass_may_write_it_anew(tmp_path: Path) -> None:
    class Base(ModuleBase):
        @template_global
        def greeting(self) -> str:
            return "Hello"

        @template_global
        def farewell(self) -> str:
            return "Goodbye"

    @Module()
    class Polite(Base):
        @template_global
        def greeting(self) -> str:
            return f"{super().greeting()}, dear"

    assert client_of(tmp_path, "{{ greeting() }}. {{ farewell() }}", Polite).get("/").text == "Hello, dear. Goodbye"


# What can't be one


def start(*members: Callable[..., Any], controller: bool = False) -> str:
    """The error of a module with these members, without the place in front."""
    names = {member.__name__: member for member in members}
    kind: Any = type("CarModule", (ModuleBase,), {} if controller else names)
    cars: Any = Controller("/cars")(type("CarController", (ControllerBase,), names if controller else {}))
    with pytest.raises(ImproperlyConfigured) as caught:
        Test.create_test_module(modules=[Module(controllers=[cars])(kind)]).create_application()
    place, _, error = str(caught.value).partition(": ")
    assert place.startswith(f"{__file__}:")
    return error


@template_filter
def upper(self: Any, text: str) -> str:
    return text


@template_global
def request(self: Any) -> str:
    return ""


@template_global
async def slow(self: Any) -> str:
    return ""


@template_global
def name_of(self: Any) -> str:
    return ""


@pytest.mark.parametrize(
    ("member", "controller", "error"),
    [
        (upper, False, "upper would hide the template filter 'upper' that is there: call it otherwise"),
        (request, False, "request would hide the template global 'request' that is there: call it otherwise"),
        (slow, False, "slow is async, and templates can't wait: write def slow"),
        (
            name_of,
            True,
            "CarController.name_of is a template global of a controller: move it to CarModule, it is for all templates",
        ),
    ],
)
def test_what_can_not_be_one_is_named(member: Callable[..., Any], controller: bool, error: str) -> None:
    assert start(member, controller=controller) == error


def test_two_of_one_name_are_named() -> None:
    @Module()
    class Other(ModuleBase):
        @template_global
        def name_of(self) -> str:
            return ""

    @Module(modules=[Other])
    class CarModule(ModuleBase):
        @template_global
        def name_of(self) -> str:
            return ""

    with pytest.raises(ImproperlyConfigured, match=r"CarModule\.name_of is a template global by the name of .*Other"):
        Test.create_test_module(modules=[CarModule]).create_application()


def test_a_module_that_needs_a_request_is_named() -> None:
    @injectable(scope=request_scope)
    class Cursor: ...

    @Module(providers=[Cursor])
    class CarModule(ModuleBase):
        def __init__(self, cursor: Cursor) -> None: ...

        @template_global
        def name_of(self) -> str:
            return ""

    with pytest.raises(ImproperlyConfigured, match=r"takes 'cursor', which lives for one request"):
        Test.create_test_module(modules=[CarModule]).create_application()


def test_it_stands_above_a_function() -> None:
    wrong: Any = template_filter

    with pytest.raises(ImproperlyConfigured, match="write @template_filter above a method of a module"):
        wrong("name")
