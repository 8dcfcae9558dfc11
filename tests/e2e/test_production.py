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


VARIABLES = {
    "ELLAR_CONFIG_MODULE": PRODUCTION,
    "ELLAR_SECRET_KEY": "from a test",
    "ELLAR_ALLOWED_HOSTS": '["127.0.0.1"]',
}


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 404), ("localhost", 400)])
def test_it_serves_its_hosts_without_the_welcome_page(empty_project: Path, host: str, status: int) -> None:
    port = free_port()
    with (
        Server(uvicorn(port), empty_project, port, **VARIABLES),
        pytest.raises(HTTPError) as caught,
        urlopen(f"http://{host}:{port}"),
    ):
        pass
    with caught.value as refusal:
        assert refusal.status == status


def test_it_reads_its_variables_from_a_file(empty_project: Path, tmp_path: Path) -> None:
    port = free_port()
    file = tmp_path / "production.env"
    file.write_text("".join(f"{name}={text}\n" for name, text in VARIABLES.items() if name != "ELLAR_CONFIG_MODULE"))
    with (
        Server(uvicorn(port), empty_project, port, ELLAR_CONFIG_MODULE=PRODUCTION, ELLAR_ENV_FILE=str(file)) as server,
        pytest.raises(HTTPError) as caught,
        urlopen(server.url),
    ):
        pass
    with caught.value as refusal:
        assert refusal.status == 404


@pytest.mark.parametrize("missing", ["ELLAR_SECRET_KEY", "ELLAR_ALLOWED_HOSTS"])
def test_it_names_the_variable_and_does_not_start_without(empty_project: Path, missing: str) -> None:
    port = free_port()
    variables = {name: text for name, text in VARIABLES.items() if name != missing}
    server = Server(uvicorn(port), empty_project, port, **variables)
    ended = run(server.command, cwd=empty_project, env=server.environment, capture_output=True, text=True, timeout=30)
    assert ended.returncode != 0
    assert ended.stderr.splitlines()[-1].endswith(
        f"empty.config:ProductionConfig: {missing.removeprefix('ELLAR_')} is not set:"
        f" set the environment variable {missing}, or write it to .env"
    )
