"""The production line of the generated README, run for real."""

from pathlib import Path
from subprocess import run
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.project import SCRIPTS
from tests.server import Server, free_port

PRODUCTION = "empty.config:ProductionConfig"


def uvicorn(port: int) -> list[str]:
    return [str(SCRIPTS / "uvicorn"), "empty.server:bootstrap", "--factory", "--port", str(port)]


def test_it_serves_without_the_welcome_page_where_it_has_its_secret(empty_project: Path) -> None:
    port = free_port()
    with (
        Server(uvicorn(port), empty_project, port, ELLAR_CONFIG_MODULE=PRODUCTION, SECRET_KEY="from a test") as server,
        pytest.raises(HTTPError) as caught,
        urlopen(server.url),
    ):
        pass
    with caught.value as refusal:
        assert refusal.status == 404


def test_it_names_the_variable_and_does_not_start_without(empty_project: Path) -> None:
    port = free_port()
    server = Server(uvicorn(port), empty_project, port, ELLAR_CONFIG_MODULE=PRODUCTION)
    ended = run(server.command, cwd=empty_project, env=server.environment, capture_output=True, text=True, timeout=30)
    assert ended.returncode != 0
    assert "empty.config:ProductionConfig needs the environment variable SECRET_KEY" in ended.stderr.splitlines()[-1]
