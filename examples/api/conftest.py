from collections.abc import Iterator
from pathlib import Path

import pytest
from ellar.testing import TestClient

from library.server import bootstrap


@pytest.fixture
def anybody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TestClient]:
    """A client of the whole application, with a database of its own."""
    monkeypatch.chdir(tmp_path)  # away from a .env
    monkeypatch.delenv("ELLAR_CONFIG_MODULE", raising=False)
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/library.db")
    with TestClient(bootstrap()) as client:
        yield client


@pytest.fixture
def librarian(anybody: TestClient) -> TestClient:
    """The same client, with the token of development."""
    anybody.headers["Authorization"] = "Bearer of-development"
    return anybody
