from pathlib import Path

import pytest
from ellar.core import ImproperlyConfigured
from ellar.testing import TestClient

from library.server import bootstrap

TOKEN = "of-production"
HASHED = "9b2c1d04117d9c150afe1813a80499874513382728219fb6bd05a74f646828ee"


def test_development_shows_its_routes_at_docs(anybody: TestClient) -> None:
    assert anybody.get("/docs").status_code == 200
    described = anybody.get("/openapi.json").json()
    assert described["info"]["title"] == "Library"
    assert set(described["paths"]) == {"/books/", "/books/{number}", "/books/{number}/loan"}
    assert described["paths"]["/books/"]["post"]["security"] == [{"Librarian": []}]
    assert set(anybody.get("/asyncapi.json").json()["channels"])


def test_every_error_has_one_shape(anybody: TestClient) -> None:
    answers = [
        anybody.get("/no-such-page"),
        anybody.put("/books/"),
        anybody.post("/books/"),
        anybody.get("/books/1"),
        anybody.get("/books/one"),
    ]
    assert [answer.status_code for answer in answers] == [404, 405, 401, 404, 404]
    assert all(list(answer.json()) == ["detail"] for answer in answers)


def test_what_was_stored_is_there_after_a_restart(librarian: TestClient) -> None:
    book = {"isbn": "9780441172719", "title": "Dune", "author": "Frank Herbert", "year": 1965}
    librarian.post("/books/", json=book)
    with TestClient(bootstrap()) as restarted:
        assert restarted.get("/books/").json()["total"] == 1


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment of production."""
    monkeypatch.chdir(tmp_path)  # away from a .env
    monkeypatch.setenv("ELLAR_CONFIG_MODULE", "library.config:ProductionConfig")
    monkeypatch.setenv("ELLAR_ALLOWED_HOSTS", '["library.example"]')
    monkeypatch.setenv("DATABASE_URL", "sqlite+aiosqlite://")
    monkeypatch.setenv("LIBRARIANS", f'{{"grace": "{HASHED}"}}')


@pytest.mark.usefixtures("production")
def test_production_has_its_own_librarians_and_hosts_and_shows_no_docs() -> None:
    with TestClient(bootstrap(), base_url="https://library.example") as client:
        assert client.get("/docs").status_code == 404
        assert client.get("https://other.example/books/").status_code == 400
        for token, status in (("of-development", 401), (TOKEN, 404)):
            answer = client.delete("/books/1", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status


@pytest.mark.parametrize("variable", ["ELLAR_ALLOWED_HOSTS", "DATABASE_URL", "LIBRARIANS"])
@pytest.mark.usefixtures("production")
def test_production_refuses_to_start_without(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(variable)
    with pytest.raises(ImproperlyConfigured, match=variable):
        bootstrap()
