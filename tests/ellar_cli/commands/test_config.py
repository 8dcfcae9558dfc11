import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.ellar_cli.commands.conftest import Inside
from tests.terminal import Terminal

OWN = """

class Colour(Enum):
    RED = "red"


@dataclass
class Store:
    folder: str = "cars"
    secret_key: str = "swordfish"


class Hook(BaseModel):
    address: str
    token: str = "swordfish"


class ShopConfig(DevelopmentConfig):
    SHOP_NAME = "Cars & Co"
    DATABASE_URL: str = "sqlite:///cars.db"
    MAIL = {"host": "mail.example", "password": "swordfish"}
    API_KEYS = ("one", "two")
    SENTRY = "https://0123abcd@sentry.example/1"
    CACHE = "redis://ada:sword/fi@sh@cache.example/0?auth_token=swordfish&db=1"
    DSN = "host=db password=swordfish"
    HEADER = "Bearer swordfish"
    DB_PASS = "swordfish"
    SMTP_PWD = "swordfish"
    HEADERS = {"Accept": "*/*", "Authorization": "Basic swordfish"}
    QUOTED = "host=db password='sword\\\\'s fish' user=ada"
    DOUBLED = 'Server=db;Pwd="sword "";fish";User=ada'
    JSON_TEXT = '{"host": "db", "password": "sword fish", "user": "ada"}'
    COMPASS = "north"
    PASSENGERS = "key people: Ada, Grace"
    COLOUR = Colour.RED
    LIMIT = float("inf")
    STORE = Store()
    HOOK = Hook(address="https://hook.example")
    MONKEYS = 12
    SEATS: int = 4

    def __init__(self) -> None:
        self.SEATS = 5
"""


@pytest.fixture
def shop(project: Path) -> Path:
    """A project with settings of its own, some of them secret, and a `.env`."""
    file = project / "project" / "config.py"
    imports = "from dataclasses import dataclass\nfrom enum import Enum\n\nfrom pydantic import BaseModel\n"
    file.write_text(imports + file.read_text() + OWN)
    pyproject = project / "pyproject.toml"
    pyproject.write_text(
        pyproject.read_text().replace('config = "project.config:Dev', 'config = "project.config:Shop', 1)
    )
    pyproject.write_text(pyproject.read_text().replace("ShopelopmentConfig", "ShopConfig"))
    (project / ".env").write_text("# of this machine\nDATABASE_URL=postgresql://ada:swordfish@db/cars\n")
    return project


def row(name: str, text: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"{name} "))
    return re.split("  +", line)[1:]


def line_of(project: Path, text: str) -> str:
    lines = (project / "project" / "config.py").read_text().splitlines()
    return f"project/config.py:{1 + max(number for number, line in enumerate(lines) if text in line)}"


def test_every_setting_has_its_value_and_where_it_comes_from(
    shop: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELLAR_ALLOWED_HOSTS", '["cars.example"]')
    run = inside(shop / "project" / "apps", "config")
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith("project.config:ShopConfig\n\nSETTING ")
    assert row("DEBUG", run.out) == ["true", line_of(shop, "DEBUG = True")]
    assert row("API_DOCS", run.out) == ["true", "default, by DEBUG"]
    assert row("STATIC_URL", run.out) == ['"/static"', "default"]
    assert row("ALLOWED_HOSTS", run.out) == ['["cars.example"]', "variable ELLAR_ALLOWED_HOSTS"]
    assert row("SHOP_NAME", run.out) == ['"Cars & Co"', line_of(shop, "SHOP_NAME")]
    assert row("SEATS", run.out) == ["5", line_of(shop, "self.SEATS")]


def test_what_is_secret_is_hidden(shop: Path, inside: Inside) -> None:
    run = inside(shop, "config")
    assert row("SECRET_KEY", run.out)[0] == row("API_KEYS", run.out)[0] == "***"
    assert row("DATABASE_URL", run.out) == ['"postgresql://ada:***@db/cars"', ".env:2"]
    assert row("MAIL", run.out)[0] == '{"host": "mail.example", "password": "***"}'
    assert row("SENTRY", run.out)[0] == '"https://***@sentry.example/1"'
    assert row("CACHE", run.out)[0] == '"redis://ada:***@cache.example/0?auth_token=***&db=1"'
    assert row("DSN", run.out)[0] == '"host=db password=***"'
    assert row("HEADER", run.out)[0] == '"Bearer ***"'
    assert row("DB_PASS", run.out)[0] == row("SMTP_PWD", run.out)[0] == "***"
    assert row("HEADERS", run.out)[0] == '{"Accept": "*/*", "Authorization": "***"}'
    assert row("QUOTED", run.out)[0] == '"host=db password=*** user=ada"'
    assert row("DOUBLED", run.out)[0] == '"Server=db;Pwd=***;User=ada"'
    assert row("JSON_TEXT", run.out)[0] == r'"{\"host\": \"db\", \"password\": ***, \"user\": \"ada\"}"'
    assert row("STORE", run.out)[0] == '{"folder": "cars", "secret_key": "***"}'
    assert row("HOOK", run.out)[0] == '{"address": "https://hook.example", "token": "***"}'
    assert row("MONKEYS", run.out)[0] == "12"
    assert (row("COMPASS", run.out)[0], row("PASSENGERS", run.out)[0]) == ('"north"', '"key people: Ada, Grace"')
    key = re.findall(r'SECRET_KEY = "(.+)"', (shop / "project" / "config.py").read_text())[0]
    assert not [secret for secret in (key, "swordfish", "0123abcd", "fi@sh") if secret in run.out]


@pytest.mark.parametrize(
    ("name", "value"),
    [("DEBUG", "true"), ("ELLAR_DEBUG", "true"), ("shop_name", "Cars & Co"), ("WS_ALLOWED_ORIGINS", "[]")],
)
def test_one_setting_is_its_bare_value_for_programs(shop: Path, inside: Inside, name: str, value: str) -> None:
    assert inside(shop, "config", name) == (0, f"{value}\n", "")


def test_name_that_is_no_setting_says_which_is_near(shop: Path, inside: Inside) -> None:
    expected = "error: there is no setting 'SHOPNAME'; did you mean SHOP_NAME?\n"
    assert inside(shop, "config", "SHOPNAME") == (1, "", expected)
    assert inside(shop, "config", "").err.startswith("error: there is no setting ''; see them all: ")


def test_json_has_all_of_it(shop: Path, inside: Inside) -> None:
    document: dict[str, Any] = json.loads(inside(shop, "config", "--json").out)
    assert (document["command"], document["config"]) == ("config", "project.config:ShopConfig")
    settings = {setting.pop("name"): setting for setting in document["settings"]}
    assert settings["LOG_LEVEL"] == {"value": "INFO", "is_own": False, "source": "default", "place": None}
    assert settings["DATABASE_URL"]["source"] == "file"
    assert (settings["COLOUR"]["value"], settings["LIMIT"]["value"]) == ("red", "inf")
    assert settings["SECRET_KEY"]["value"] == "***"
    assert settings["SHOP_NAME"] == {
        "value": "Cars & Co",
        "is_own": True,
        "source": "class",
        "place": line_of(shop, "SHOP_NAME"),
    }


def test_another_config_is_shown_by_its_class(shop: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("config", "--config", "project.config:ProductionConfig", "DEBUG")
    assert inside(shop, *arguments).code == 1
    monkeypatch.setenv("ELLAR_ALLOWED_HOSTS", '["cars.example"]')
    monkeypatch.setenv("ELLAR_SECRET_KEY", "x")
    assert inside(shop, *arguments) == (0, "false\n", "")


def test_what_is_not_set_is_shown_with_the_rest_before_the_error(shop: Path, inside: Inside) -> None:
    run = inside(shop, "config", "--config", "project.config:ProductionConfig")
    assert (run.code, run.err.count("\n")) == (1, 1)
    assert run.err.startswith(
        "error: project.config:ProductionConfig: ALLOWED_HOSTS and SECRET_KEY are not set: set the environment v"
    )
    assert row("SECRET_KEY", run.out) == ["not set", line_of(shop, "SECRET_KEY: str")]
    assert row("DEBUG", run.out) == ["false", "default"]
    assert inside(shop, "config", "--config", "project.config:ProductionConfig", "DEBUG").out == "false\n"
    document = json.loads(inside(shop, "config", "--config", "project.config:ProductionConfig", "--json").out)
    missing = [setting["name"] for setting in document["settings"] if setting["source"] == "missing"]
    assert (missing, document["error"]["exit_code"]) == (["SECRET_KEY", "ALLOWED_HOSTS"], 1)


def test_options_of_the_server_are_shown_where_they_are_given(
    shop: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "OPTION OF THE SERVER" not in inside(shop, "config").out
    monkeypatch.setenv("ELLAR_RELOAD", "1")
    with (shop / ".env").open("a") as file:
        file.write("ELLAR_PORT=9000\n")
    run = inside(shop / "project", "config")
    assert run.out.endswith(
        "\n\nOPTION OF THE SERVER  VALUE  FROM\nELLAR_PORT            9000   .env:3\n"
        "ELLAR_RELOAD          1      variable ELLAR_RELOAD\n"
    )
    assert inside(shop, "config", "ELLAR_PORT") == inside(shop, "config", "port") == (0, "9000\n", "")
    assert "error: ELLAR_HOST, an option of the server, is not set; see " in inside(shop, "config", "ELLAR_HOST").err
    assert json.loads(inside(shop, "config", "--json").out)["server"] == [
        {"name": "ELLAR_PORT", "value": "9000", "source": "file", "place": ".env:3"},
        {"name": "ELLAR_RELOAD", "value": "1", "source": "environment", "place": "ELLAR_RELOAD"},
    ]


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("project.config", "error: --config cannot be 'project.config'; write it like package.module:Class\n"),
        ("project.config:Nobody", "has no 'Nobody'\n"),
    ],
)
def test_config_that_is_none_is_one_line(project: Path, inside: Inside, option: str, expected: str) -> None:
    run = inside(project, "config", "--config", option)
    assert (run.code > 0, run.out, run.err.count("\n")) == (True, "", 1)
    assert run.err.endswith(expected)


def test_value_that_is_wrong_is_one_line(project: Path, inside: Inside) -> None:
    (project / ".env").write_text("ELLAR_DEBUG=maybe\n")
    run = inside(project, "config")
    assert (run.code, run.out, run.err.count("\n")) == (1, "", 1)
    assert run.err.startswith("error: .env:1: DEBUG='maybe' is wrong: ")


def test_application_that_does_not_start_has_the_config_of_its_project(project: Path, inside: Inside) -> None:
    (project / "project" / "root_module.py").write_text("1 / 0\n")
    run = inside(project, "config", "DEBUG")
    assert (run.code, run.out) == (0, "true\n")
    assert run.err.startswith("warning: the application does not start, as `ellar doctor` says; ")


def test_what_the_application_prints_is_not_in_the_result(project: Path, inside: Inside) -> None:
    file = project / "project" / "server.py"
    file.write_text(f'print("hello")\n{file.read_text()}')
    run = inside(project, "config", "--json")
    assert json.loads(run.out)["command"] == "config"
    assert "hello" in run.err


@pytest.mark.parametrize("has_dict", [True, False])
def test_application_outside_of_a_project_is_named(tmp_path: Path, inside: Inside, has_dict: bool) -> None:
    made = "AppFactory.create_app(config_module={'API_TITLE': 'Cars'})" if has_dict else "object()"
    (tmp_path / "alone.py").write_text(f"from ellar.app import AppFactory\n\napp = {made}\n")
    run = inside(tmp_path, "config", "--app", "alone:app")
    if has_dict:
        assert row("API_TITLE", run.out) == ['"Cars"', "config_module"]
        assert row("DEBUG", run.out) == ["false", "default"]
    else:
        assert (run.code, run.err.count("\n")) == (1, 1)


def test_terminal_too_narrow_for_places_has_each_setting_in_one_line(
    project: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setattr("ellar_cli.columns.terminal_width", lambda: 50)
    lines = inside(project, "config").out.splitlines()
    assert max(map(len, lines)) <= 50
    assert lines[-1] == "too narrow for FROM"
    assert row("LOG_LEVEL", "\n".join(lines)) == ['"INFO"']


def test_long_value_is_cut_on_a_terminal_and_never_in_a_pipe(project: Path, tool: Path, inside: Inside) -> None:
    hosts = json.dumps([f"shop-{number}.cars.example" for number in range(20)])
    (project / ".env").write_text(f"ELLAR_ALLOWED_HOSTS={hosts}\n")
    assert row("ALLOWED_HOSTS", inside(project, "config").out)[0] == hosts
    with Terminal([tool, "config"], project) as terminal:
        assert terminal.exit_code() == 0
    line = next(line for line in terminal.screen.splitlines() if line.startswith("ALLOWED_HOSTS"))
    assert re.search(r'\["shop-0.*… +\.env:1$', line)
    assert len(line) <= 200
