"""The config: from a class path, a class, a dict; what is wrong in it is an error at start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ellar.common import Controller, ControllerBase, get
from ellar.config import DEFAULT, load_config, sources_of
from ellar.core import Config, ImproperlyConfigured
from ellar.testing import Test


class Development(Config):
    DEBUG = True
    GREETING = "hello"


class Base(Config):
    TOWN: str


class Staging(Base):
    TOWN = "Paris"


class Plain:
    DEBUG = True
    GREETING = "plain"
    lower = "not a setting"


class Production(Config):
    def __init__(self) -> None:
        raise ImproperlyConfigured("SECRET_KEY is missing")


def test_nothing_is_the_defaults() -> None:
    config = load_config(None)

    assert (config.DEBUG, config.SECRET_KEY, config.REDIRECT_SLASHES, config.WS_ALLOWED_ORIGINS) == (
        False,
        "",
        False,
        (),
    )


@pytest.mark.parametrize(
    ("source", "greeting"),
    [
        (Development, "hello"),
        (f"{__name__}:Development", "hello"),
        (f"{__name__}.Development", "hello"),
        (Plain, "plain"),
        ({"DEBUG": True, "GREETING": "dict", "lower": 1}, "dict"),
    ],
)
def test_every_kind_of_source(source: Any, greeting: str) -> None:
    config: Any = load_config(source)

    assert (config.DEBUG, config.GREETING, hasattr(config, "lower")) == (True, greeting, False)


def test_a_class_is_made_only_when_the_application_is() -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is missing"):
        load_config(Production)


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        ("nowhere:Config", "there is no module 'nowhere'"),
        ("ellar.nowhere:Config", "there is no module 'ellar.nowhere'"),
        (f"{__name__}:Developmnt", "has no 'Developmnt'; did you mean 'Development'?"),
        ("Nothing", "write it as package.module:ClassName"),
        (f"{__name__}:load_config", "is not a class"),
        ({"DEBUG": "perhaps"}, "config_module: DEBUG='perhaps' is wrong"),
        ({"WS_ALLOWED_ORIGINS": 3}, "config_module: WS_ALLOWED_ORIGINS=3 is wrong"),
    ],
)
def test_what_is_wrong_is_named(source: Any, remedy: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        load_config(source)

    assert remedy in str(caught.value)


@pytest.mark.parametrize("kind", [Config, Base, Staging])
def test_the_config_is_injected_by_each_of_its_classes(kind: type[Config]) -> None:
    @Controller("/")
    class Asking(ControllerBase):
        @get("/")
        async def index(self, config: kind) -> str:  # type: ignore[valid-type]  # a parameter of this test
            return type(config).__name__

    client = Test.create_test_module(controllers=[Asking], config_module=Staging).get_test_client()

    assert client.get("/").json() == "Staging"


def test_a_package_that_the_config_itself_lacks_is_not_mistaken_for_the_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings_with_import.py").write_text("import not_installed_at_all\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ModuleNotFoundError, match="not_installed_at_all"):
        load_config("settings_with_import:Config")


class Computed(Config):
    SEATS = 4

    def __init__(self) -> None:
        self.SEATS = 5
        self.API_TITLE = "computed"


@pytest.mark.parametrize(
    ("source", "set_there"),
    [
        (None, {}),
        ({"DEBUG": True, "SEATS": 5}, dict.fromkeys(("DEBUG", "SEATS"), "config_module")),
        (Plain, dict.fromkeys(("DEBUG", "GREETING"), f"{__name__}:Plain")),
        (Staging, {"TOWN": f"{__name__}:Staging"}),
        (Computed, dict.fromkeys(("API_TITLE", "SEATS"), f"{__name__}:Computed")),
    ],
)
def test_each_setting_says_what_sets_it_and_the_others_that_nothing_does(source: Any, set_there: Any) -> None:
    sources = sources_of(load_config(source))

    assert {name: place for name, place in sources.items() if place != DEFAULT} == set_there
    assert next(iter(sources)) == "DEBUG"
    assert sources["SECRET_KEY"] == DEFAULT


def test_a_variable_is_where_a_setting_comes_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# first\nELLAR_API_TITLE=Cars\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ELLAR_DEBUG", "1")

    sources = sources_of(load_config(Development))

    assert (sources["DEBUG"], sources["API_TITLE"]) == ("environment variable ELLAR_DEBUG", f"{tmp_path / '.env'}:2")
