from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_group

from ellar.variables import OF_SERVER
from ellar_cli.errors import CliError, UsageError
from ellar_cli.parsing.app import parser
from ellar_cli.serving.options import check, from_env_file, typed, written


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], {}),
        (["--ws-max-size", "5", "--no-access-log"], {"ws_max_size": 5, "access_log": False}),
        (["--ws-per-message-deflate", "true"], {"ws_per_message_deflate": True}),
        (["--header", "X-One: 1", "--header=X-Two:2"], {"headers": [("X-One", " 1"), ("X-Two", "2")]}),
        (["--uds", "/run/shop.sock"], {"uds": "/run/shop.sock"}),
    ],
)
def test_words_become_what_uvicorns_config_takes(words: list[str], options: dict[str, Any]) -> None:
    assert typed(words) == options


def test_variables_of_uvicorns_own_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UVICORN_WS_MAX_SIZE", "many")
    assert typed(["--no-access-log"]) == {"access_log": False}


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (
            "--ws-max-size=x",
            "Invalid value for '--ws-max-size': 'x' is not a valid integer; see .* -- --help",
        ),
        ("--ws-max-sise=5", "No such option"),
        ("other:app", r"Got unexpected extra argument \(other:app\)"),
        ("--header=X-One", "--header cannot be 'X-One'; write it like Name:Value"),
        ("--factory", "--factory is not for uvicorn here: --app says which application it is"),
        ("--app-dir=src", "--app-dir is not for uvicorn here: --app says which application it is"),
        ("--reload-dir=.", "--reload-dir is not for uvicorn here: --reload watches the folder of the project by its"),
    ],
)
def test_word_that_is_none_of_uvicorns_is_one_line(word: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as refused:
        typed([word])
    assert "\n" not in str(refused.value)


def test_help_after_the_dashes_is_uvicorns(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as end:
        typed(["--help"])
    assert end.value.exit_code == 0
    assert "--ws-ping-interval" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"http2": True}, "uvicorn does not take these options: HTTP/2 requires the `zttp` HTTP protocol"),
        ({"ws": "no_such_package:Protocol"}, "uvicorn does not take these options: Could not import module"),
        ({"log_config": "no_such.ini"}, "uvicorn does not take these options: no_such.ini doesn't exist"),
    ],
)
def test_options_that_uvicorn_itself_refuses_are_one_line(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        check({"log_config": None, **options})
    assert str(refused.value).startswith(reason)
    assert "\n" not in str(refused.value)


def test_options_that_uvicorn_takes_are_let_be(capfd: pytest.CaptureFixture[str]) -> None:
    check({"log_config": None, "ws_max_size": 5, "loop": "asyncio"})
    assert capfd.readouterr() == ("", "")


def test_env_file_sets_options_and_lets_settings_be(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("ELLAR_PORT=9000\nELLAR_RELOAD=yes\nELLAR_LOG_LEVEL=WARNING\nELLAR_DEBUG=1\nOTHER=2\n")
    assert from_env_file(file) == {"port": 9000, "reload": True, "log_level": "warning"}
    assert from_env_file(tmp_path / "none.env") == {}


def test_certificate_in_an_env_file_is_beside_it_and_one_of_the_environment_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "prod.env"
    file.write_text("ELLAR_SSL_CERTFILE=tls/cert.pem\nELLAR_SSL_KEYFILE=/run/key.pem\nELLAR_ROOT_PATH=shop\n")
    assert written(file) == {
        "ssl_certfile": (str(tmp_path / "tls/cert.pem"), f"{file}:1: ELLAR_SSL_CERTFILE"),
        "ssl_keyfile": ("/run/key.pem", f"{file}:2: ELLAR_SSL_KEYFILE"),
        "root_path": ("shop", f"{file}:3: ELLAR_ROOT_PATH"),
    }
    monkeypatch.setenv("ELLAR_SSL_CERTFILE", "cert.pem")
    assert written(file)["ssl_certfile"] == ("cert.pem", "environment variable ELLAR_SSL_CERTFILE")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ELLAR_PORT=abc", "ELLAR_PORT is wrong: 'abc' is no whole number from 0 to 65535"),
        ("ELLAR_PORT=65536", "ELLAR_PORT is wrong: '65536' is no whole number from 0 to 65535"),
        ("ELLAR_WORKERS=0", "ELLAR_WORKERS is wrong: '0' is no whole number from 1 on"),
        ("ELLAR_RELOAD=maybe", "ELLAR_RELOAD is wrong: 'maybe' is no switch: write true or false"),
        ("ELLAR_LOG_LEVEL=loud", "ELLAR_LOG_LEVEL is wrong: 'loud' is not one of 'critical', 'error'"),
        ("ELLAR_PORT", "this is no setting: write NAME=value"),
    ],
)
def test_wrong_line_of_an_env_file_is_named(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / ".env"
    file.write_text(f"# the server\n{line}\n")
    with pytest.raises(CliError) as refused:
        from_env_file(file)
    assert str(refused.value).startswith(f"{file}:2: {reason}")
    assert "\n" not in str(refused.value)


def test_variables_that_are_no_settings_are_those_of_the_options() -> None:
    options = get_group(parser(["runserver"])).commands["runserver"].params
    variables = {str(option.envvar) for option in options if option.envvar}
    assert variables == OF_SERVER | {"ELLAR_APP", "ELLAR_ENV_FILE", "ELLAR_LOG_LEVEL"}
