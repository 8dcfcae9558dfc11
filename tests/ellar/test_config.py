"""The config: from a class path, a class, a dict; what is wrong in it is an error at start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ellar.common import Controller, ControllerBase, get
from ellar.config import load_config
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
