from pathlib import Path

import pytest
from ellar.core import ImproperlyConfigured
from ellar.testing import TestClient

from chat.apps.accounts.passwords import hash_password
from chat.server import bootstrap

GRACE = {"name": "grace", "password": "of production"}


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The environment of production; the file with its users."""
    monkeypatch.chdir(tmp_path)  # away from a .env
    users = tmp_path / "users.json"
    users.write_text(f'{{"grace": "{hash_password(GRACE["password"])}"}}')
    monkeypatch.setenv("ELLAR_CONFIG_MODULE", "chat.config:ProductionConfig")
    monkeypatch.setenv("ELLAR_SECRET_KEY", "a secret for this test")
    monkeypatch.setenv("ELLAR_ALLOWED_HOSTS", '["chat.example"]')
    monkeypatch.setenv("CHAT_USERS", str(users))
    return users


def test_development_is_the_default_and_answers_at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ELLAR_CONFIG_MODULE", raising=False)
    app = bootstrap()
    assert app.config.DEBUG
    with TestClient(app) as client:
        assert client.get("/").status_code == 200


@pytest.mark.usefixtures("production")
def test_production_answers_for_its_own_host_alone() -> None:
    with TestClient(bootstrap(), base_url="https://other.example") as client:
        assert client.get("/login").status_code == 400


@pytest.mark.usefixtures("production")
def test_production_has_its_own_users_and_sends_its_cookie_over_https_alone() -> None:
    with TestClient(bootstrap(), base_url="https://chat.example") as client:
        assert "password “" not in client.get("/login").text
        assert client.post("/login", json={"name": "ada", "password": "engine"}).status_code == 401
        answer = client.post("/login", json=GRACE)
        assert answer.status_code == 204
        assert "secure" in answer.headers["set-cookie"]
        with client.websocket_connect("/rooms/lobby/live") as socket:
            assert socket.receive_json()["present"] == ["grace"]


@pytest.mark.parametrize("variable", ["ELLAR_SECRET_KEY", "ELLAR_ALLOWED_HOSTS", "CHAT_USERS"])
@pytest.mark.usefixtures("production")
def test_production_refuses_to_start_without(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(variable)
    with pytest.raises(ImproperlyConfigured, match=f"the environment variable {variable}"):
        bootstrap()


@pytest.mark.parametrize("text", [None, "", "{", "1", '["ada"]'])
def test_production_refuses_to_start_with_a_file_that_holds_no_users(production: Path, text: str | None) -> None:
    production.unlink() if text is None else production.write_text(text)
    with pytest.raises(ImproperlyConfigured, match=r"^CHAT_USERS: .*users\.json should hold names and hashes as JSON"):
        bootstrap()
