from pathlib import Path

import pytest

from ellar_cli.connecting.server import Server, server_of, server_of_project
from ellar_cli.errors import CliError
from ellar_cli.project.project import find_project


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ELLAR_ENV_FILE", "ELLAR_HOST", "ELLAR_PORT", "ELLAR_SSL_CERTFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("server", "address", "started_by"),
    [
        (Server(), "127.0.0.1:8000", "runserver"),
        (Server("0.0.0.0", 80), "127.0.0.1:80", "runserver --host 0.0.0.0 --port 80"),
        (Server("::"), "[::1]:8000", "runserver --host ::"),
        (Server("10.0.0.7"), "10.0.0.7:8000", "runserver --host 10.0.0.7"),
    ],
)
def test_host_to_listen_on_is_one_to_connect_to(server: Server, address: str, started_by: str) -> None:
    assert (server.address, " ".join(server.started_by)) == (address, started_by)


def test_what_is_said_goes_before_the_env_file_of_the_project_around(project: Path) -> None:
    inside = project / "project" / "apps"
    assert server_of(inside, None, None) == Server()
    (project / ".env").write_text("SECRET_KEY=a\nELLAR_PORT=9000\nELLAR_HOST=0.0.0.0\nELLAR_SSL_CERTFILE=here.pem\n")
    assert server_of(inside, None, None) == Server("0.0.0.0", 9000, True)
    assert server_of(inside, "::1", 1) == Server("::1", 1, True)


def test_port_that_the_server_picks_is_not_known_and_the_default_is_shown(project: Path) -> None:
    (project / ".env").write_text("ELLAR_PORT=0\n")
    assert server_of(project, None, None) == Server(port=0)
    assert server_of(project, None, 9000) == Server(port=9000)
    assert server_of_project(find_project(project)) == Server()


def test_certificate_of_the_environment_means_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert server_of(tmp_path, None, 1) == Server(port=1)
    monkeypatch.setenv("ELLAR_SSL_CERTFILE", "here.pem")
    assert server_of(tmp_path, None, None) == Server(is_secure=True)


def test_port_that_is_none_is_named_with_its_line(project: Path) -> None:
    (project / ".env").write_text("\nELLAR_PORT=nine\n")
    with pytest.raises(CliError, match=r"\.env:2: ELLAR_PORT is wrong: 'nine' is no whole number from 0 to 65535"):
        server_of(project, None, None)


def test_project_that_is_broken_is_told_unless_a_port_is_said(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.ellar\n")
    with pytest.raises(CliError, match=r"pyproject\.toml: Expected"):
        server_of(project, None, None)
    assert server_of(project, None, 9801) == Server(port=9801)


def test_outside_of_a_project_it_is_the_default(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ELLAR_PORT=9000\n")
    assert server_of(tmp_path, None, None) == Server()
