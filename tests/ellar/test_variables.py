"""Settings from `.env` and the environment: what they become, which wins, and what is told when they are wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from ellar.app import AppFactory
from ellar.config import load_config
from ellar.core import Config, ImproperlyConfigured
from ellar.exceptions import MissingSettings

if TYPE_CHECKING:
    from decimal import Decimal

HERE = __name__


class Shop(Config):
    DEBUG = True
    SHOP_NAME: str = "Cars & Co"
    SEATS: int = 4
    TOWNS: Sequence[str] = ("Paris",)
    FOUNDED = 1999
    SENTRY_DSN = None
    KIND: ClassVar[str] = "shop"


class Strict(Config):
    SECRET_KEY: str
    ALLOWED_HOSTS: Sequence[str]
    DATABASE_URL: str


class Stricter(Strict):
    DATABASE_URL = "sqlite://"


class StrictPlain:
    DATABASE_URL: str


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def env_file(text: str, name: str = ".env") -> str:
    """Writes it; its path."""
    Path(name).write_text(text, encoding="utf-8")
    return str(Path(name).absolute())


def refused(source: Any = None) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        load_config(source)
    assert caught.value.__cause__ is None
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("DEBUG", "1", True),
        ("DEBUG", "off", False),
        ("SECRET_KEY", '["no", "JSON"]', '["no", "JSON"]'),
        ("SESSION_COOKIE_AGE", "60", 60),
        ("SESSION_COOKIE_SECURE", "false", False),
        ("SESSION_COOKIE_SAMESITE", "strict", "strict"),
        ("WS_ALLOWED_ORIGINS", '["https://a.org", "https://b.org"]', ["https://a.org", "https://b.org"]),
        ("ALLOWED_HOSTS", "[]", []),
    ],
)
def test_a_setting_is_read_from_its_variable_and_from_the_file(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    env_file(f"# a comment\n\nexport ELLAR_{name}='{text}'\n")
    assert getattr(load_config({"DEBUG": False}), name) == value

    Path(".env").unlink()
    monkeypatch.setenv(f"ELLAR_{name}", text)
    assert getattr(load_config(None), name) == value


def test_the_environment_wins_over_the_file_and_the_file_over_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_config(Shop).DEBUG is True
    env_file("ELLAR_DEBUG=0\nELLAR_STATIC_URL=/files\nSEATS=5\n")
    assert load_config(Shop).DEBUG is False
    monkeypatch.setenv("ELLAR_DEBUG", "1")
    monkeypatch.setenv("SEATS", "6")

    config: Any = load_config(Shop)

    assert isinstance(config, Shop)
    assert (config.DEBUG, config.STATIC_URL, config.SEATS) == (True, "/files", 6)
    assert (Shop.SEATS, Config.STATIC_URL) == (4, "/static")


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    env_file("ELLAR_DEBUG=\nSEATS=\nSHOP_NAME=From the file\n")
    monkeypatch.setenv("ELLAR_STATIC_URL", "")
    monkeypatch.setenv("SHOP_NAME", "")
    config: Any = load_config(Shop)

    assert (config.DEBUG, config.STATIC_URL, config.SEATS, config.SHOP_NAME) == (True, "/static", 4, "From the file")


def test_the_applications_own_are_of_the_types_that_it_declares() -> None:
    env_file('SHOP_NAME = Bikes # and more\nSEATS=1\nTOWNS=["Rome"]\nFOUNDED=2001\nSENTRY_DSN=x\nlower=x\n')
    config: Any = load_config(Shop)

    assert (config.SHOP_NAME, config.SEATS, config.TOWNS) == ("Bikes", 1, ["Rome"])
    assert (config.FOUNDED, config.SENTRY_DSN) == (2001, "x")
    assert not hasattr(config, "lower")


def test_what_only_the_file_names_is_text() -> None:
    env_file('EXTRA="two\nlines"\nSEATS=1\nCOPY=${SEATS}\n')
    config: Any = load_config({"DEBUG": True})

    assert (config.EXTRA, config.SEATS, config.COPY) == ("two\nlines", "1", "1")


def test_the_environment_is_read_for_what_is_declared_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHOP_NAME", "FOUNDED", "KIND", "DEBUG", "EXTRA", "ELLAR_OF_ANOTHER_TOOL", "lower"):
        monkeypatch.setenv(name, "7")
    config: Any = load_config(Shop)

    assert (config.SHOP_NAME, config.FOUNDED, config.KIND, config.DEBUG) == ("7", 1999, "shop", True)
    assert not hasattr(config, "EXTRA")


def test_what_the_file_names_the_environment_may_set(monkeypatch: pytest.MonkeyPatch) -> None:
    env_file("MAIL_FROM=file@example.org\n")
    monkeypatch.setenv("MAIL_FROM", "env@example.org")
    config: Any = load_config({"DEBUG": True})

    assert config.MAIL_FROM == "env@example.org"


@pytest.mark.parametrize("named", ["other.env", "absolute"])
def test_a_variable_names_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    env_file("ELLAR_DEBUG=0\n")
    path = env_file("\ufeffELLAR_DEBUG=1\n", "other.env")
    monkeypatch.setenv("ELLAR_ENV_FILE", path if named == "absolute" else named)

    assert load_config(None).DEBUG is True


def test_a_folder_by_the_name_of_the_file_is_no_file() -> None:
    Path(".env").mkdir()

    assert load_config(None).DEBUG is False


# What has to be set


@pytest.mark.parametrize(
    ("source", "name", "variable"),
    [
        (Strict, "ALLOWED_HOSTS", "ELLAR_ALLOWED_HOSTS"),
        (f"{HERE}:Strict", "DATABASE_URL", "DATABASE_URL"),
        (Stricter, "SECRET_KEY", "ELLAR_SECRET_KEY"),
        (StrictPlain, "DATABASE_URL", "DATABASE_URL"),
    ],
)
def test_what_is_annotated_without_a_value_has_to_be_set(
    monkeypatch: pytest.MonkeyPatch, source: Any, name: str, variable: str
) -> None:
    variables = {"ELLAR_SECRET_KEY": "x", "ELLAR_ALLOWED_HOSTS": '["a.org"]', "DATABASE_URL": "sqlite://"}
    for other, text in variables.items():
        monkeypatch.setenv(other, text)
    assert load_config(source).DEBUG is False
    monkeypatch.setenv(variable, "")

    owner = "StrictPlain" if source is StrictPlain else "Strict"
    assert refused(source) == (
        f"{HERE}:{owner}: {name} is not set: set the environment variable {variable}, or write it to .env"
    )


def test_all_that_is_not_set_is_named_at_once_with_what_there_is_of_the_config() -> None:
    with pytest.raises(MissingSettings) as caught:
        load_config(Stricter)

    assert str(caught.value) == (
        f"{HERE}:Strict: ALLOWED_HOSTS and SECRET_KEY are not set:"
        " set the environment variables ELLAR_ALLOWED_HOSTS and ELLAR_SECRET_KEY, or write them to .env"
    )
    assert caught.value.missing == dict.fromkeys(("ALLOWED_HOSTS", "SECRET_KEY"), f"{HERE}:Strict")
    assert (caught.value.config.DEBUG, caught.value.config.GRACEFUL_TIMEOUT) == (False, 20)


def test_a_value_of_a_subclass_or_a_constructor_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Made(Strict):
        SECRET_KEY = "x"
        ALLOWED_HOSTS = ("a.org",)

        def __init__(self) -> None:
            self.DATABASE_URL = "made"

    assert load_config(Made).DEBUG is False


# What is wrong


def test_a_wrong_value_is_named_with_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong(Shop):
        DEBUG = "perhaps"  # type: ignore[assignment]  # as the test has it

    label = f"{HERE}:{test_a_wrong_value_is_named_with_its_source.__name__}.<locals>.Wrong"
    why = "Input should be a valid boolean, unable to interpret input"

    assert refused({"DEBUG": "perhaps"}) == f"config_module: DEBUG='perhaps' is wrong: {why}"
    assert refused(Wrong) == f"{label}: DEBUG='perhaps' is wrong: {why}"
    path = env_file("\n\nELLAR_DEBUG=maybe")
    assert refused(Wrong) == f"{path}:3: DEBUG='maybe' is wrong: {why}"
    monkeypatch.setenv("ELLAR_DEBUG", "sometimes")
    assert refused(Wrong) == f"environment variable ELLAR_DEBUG: DEBUG='sometimes' is wrong: {why}"


def test_a_line_is_that_of_the_name_that_counts() -> None:
    path = env_file('A="1\n2\n3"\n# ELLAR_DEBUG=1\nELLAR_DEBUG=1\n\n  export ELLAR_DEBUG = maybe\n')

    assert refused().startswith(f"{path}:7: DEBUG='maybe' is wrong")


def test_a_list_that_is_no_json_is_named() -> None:
    path = env_file("ELLAR_ALLOWED_HOSTS=example.org\n")

    assert refused() == f'{path}:1: ELLAR_ALLOWED_HOSTS is no JSON: write a list as ["one", "two"]'


@pytest.mark.parametrize("kind", [dict[str, str], Mapping[str, int]])
def test_an_object_that_is_no_json_is_named(kind: Any) -> None:
    path = env_file("BIDDERS='{\"ada\"'\n")

    with pytest.raises(ImproperlyConfigured) as caught:
        load_config(type("Auction", (Config,), {"__annotations__": {"BIDDERS": kind}}))
    assert str(caught.value) == f'{path}:1: BIDDERS is no JSON: write an object as {{"one": "two"}}'


def test_a_combination_names_the_source_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELLAR_SESSION_COOKIE_NAME", "sid")

    with pytest.raises(ImproperlyConfigured, match=r"^environment variable ELLAR_SESSION_COOKIE_NAME: "):
        AppFactory.create_app()


def test_nothing_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused({"SECRET_KEY": 12345}) == "config_module: SECRET_KEY is wrong: Input should be a valid string"
    path = env_file("SEATS=hunter2\n")
    assert refused(Shop) == (
        f"{path}:1: SEATS is wrong: Input should be a valid integer, unable to parse string as an integer"
    )
    env_file('TOWNS="hunter2"\nSEATS=1\n')
    assert "hunter2" not in refused(Shop)
    env_file('PASSWORD="hunter2\n')
    assert "hunter2" not in refused(Shop)


class Unresolved(Config):
    PRICE: Decimal


def test_a_type_that_is_not_there_at_start_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRICE", "1")

    with pytest.raises(ImproperlyConfigured, match=rf"^{HERE}:Unresolved has an annotation that names 'Decimal'"):
        load_config(Unresolved)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("A=1\nnot a setting\n", 2, "this is no setting: write NAME=value"),
        ("A=1\n\nELLAR_DEBUG\n", 3, "this is no setting: write NAME=value"),
        ("A='1\n", 1, "this is no setting: write NAME=value"),
        ("DEBUG=1\n", 1, "write ELLAR_DEBUG: without the prefix, it is not for ellar"),
        ("ELLAR_CONFIG_MODULE=a:B\n", 1, "ELLAR_CONFIG_MODULE is read before this file is: set it in the environment"),
    ],
)
def test_a_line_of_the_file_that_says_nothing_is_named(text: str, line: int, why: str) -> None:
    path = env_file(text)

    assert refused() == f"{path}:{line}: {why}"


def test_options_of_the_server_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELLAR_HOST", "0.0.0.0")
    Path(".env").write_text("ELLAR_PORT=9000\nELLAR_WORKERS=2\n")
    config = load_config(None)
    assert not [name for name in vars(config) if name.removeprefix("ELLAR_") in ("PORT", "WORKERS", "HOST")]


def test_a_file_that_is_not_there_or_no_text_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Path(".env").write_bytes(b"A=\xff\n")
    assert refused().startswith(f"{tmp_path / '.env'}: this file can't be read: 'utf-8' codec can't decode byte 0xff")
    monkeypatch.setenv("ELLAR_ENV_FILE", "none.env")
    assert refused() == f"environment variable ELLAR_ENV_FILE: there is no file {tmp_path / 'none.env'}"


# Names that are nearly one of ours


@pytest.mark.parametrize(
    "name", ["JWT_SECRET_KEY", "AWS_SECRET_KEY", "APP_VERSION", "STATIC_DIR", "STATUS_URL", "OPENAPI_TITLE"]
)
def test_a_name_that_only_looks_like_one_of_ours_is_the_applications(name: str) -> None:
    assert getattr(load_config({name: "x"}), name) == "x"


@pytest.mark.parametrize("name", ["DEBGU", "SECRETKEY", "ALLOWED_HOST", "CORS_ALLOWED_ORIGINS"])
def test_a_name_that_is_nearly_one_of_ours_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    near = {
        "DEBGU": "DEBUG",
        "SECRETKEY": "SECRET_KEY",
        "ALLOWED_HOST": "ALLOWED_HOSTS",
        "CORS_ALLOWED_ORIGINS": "CORS_ALLOW_ORIGINS",
    }[name]
    kind = type("Mistaken", (Config,), {name: "x"})
    of_class = f"there is no setting {name}: did you mean {near}? If it is your own, annotate it in a class"
    of_variable = f"there is no setting ELLAR_{name}: did you mean ELLAR_{near}?"

    assert refused({name: "x"}) == f"config_module: {of_class}"
    assert refused(kind) == f"{kind.__module__}:Mistaken: {of_class}"
    path = env_file(f"ELLAR_{name}=x\n")
    assert refused() == f"{path}:1: {of_variable}"
    path = env_file(f"{name}=x\n")
    assert refused() == f"{path}:1: {of_class.replace(near, f'ELLAR_{near}')}"
    env_file("")
    monkeypatch.setenv(f"ELLAR_{name}", "x")
    assert refused() == f"environment variable ELLAR_{name}: {of_variable}"


@pytest.mark.parametrize(
    ("variable", "way"),
    [
        ("ELLAR_SHOP_NAME", "write SHOP_NAME, as your own settings have no prefix"),
        ("ELLAR_FOUNDED", "write FOUNDED, as your own settings have no prefix"),
        ("ELLAR_UNHEARD_OF", "write UNHEARD_OF, as your own settings have no prefix"),
        ("ELLAR_RELAOD", "did you mean ELLAR_RELOAD?"),
        ("ELLAR_debug", "did you mean ELLAR_DEBUG?"),
    ],
)
def test_a_prefix_in_the_file_is_for_what_is_ours_and_the_server_s(variable: str, way: str) -> None:
    path = env_file(f"{variable}=x\n")

    assert refused(Shop) == f"{path}:1: there is no setting {variable}: {way}"


@pytest.mark.parametrize(
    ("variable", "way"), [("ELLAR_SEATS", "write SEATS, as"), ("ELLAR_RELAOD", "did you mean ELLAR_")]
)
def test_a_variable_that_is_meant_for_the_application_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, way: str
) -> None:
    monkeypatch.setenv(variable, "5")

    assert refused(Shop).startswith(f"environment variable {variable}: there is no setting {variable}: {way}")


def test_a_name_of_the_applications_may_begin_with_the_prefix_or_look_like_an_option_of_the_server() -> None:
    env_file("ELLAR_KIND=a\nPORTS=b\n")
    config: Any = load_config(type("Own", (Config,), {"__annotations__": {"ELLAR_KIND": str}}))

    assert (config.ELLAR_KIND, config.PORTS) == ("a", "b")


def test_a_near_name_that_is_annotated_is_the_applications() -> None:
    class Own(Config):
        STATIC_URLS: Sequence[str] = ()

    env_file('STATIC_URLS=["/a"]\n')
    config: Any = load_config(Own)

    assert config.STATIC_URLS == ["/a"]


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "LANGUAGE", "MEDIA_ROOT", "CACHE", "TIMEOUT", "SESSION_STORE", "_DEBUGG"]
)
def test_other_names_are_the_applications(name: str) -> None:
    config = load_config({name: "x"})

    assert getattr(config, name, "x") == "x"


# What nobody uses is not there


@pytest.mark.parametrize(
    ("text", "variable", "loaded"),
    [
        (None, "OTHER", False),
        (None, "ELLAR_CONFIG_MODULE", False),
        ("", "OTHER", False),
        ("A=1\n", "OTHER", True),
        (None, "ELLAR_DEBUG", True),
    ],
)
def test_pydantic_settings_is_loaded_only_for_a_variable(text: str | None, variable: str, loaded: bool) -> None:
    if text is not None:
        env_file(text)
    code = "import sys, ellar.app\nellar.app.AppFactory.create_app()\nprint('pydantic_settings' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={variable: "1", "PATH": ""}
    )

    assert done.stdout == f"{loaded}\n"
