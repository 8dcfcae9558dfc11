from collections.abc import Iterator

import pytest
from ellar.testing import TestClient, WebSocketTestSession

from chat.server import bootstrap


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.delenv("ELLAR_CONFIG_MODULE", raising=False)
    with TestClient(bootstrap()) as client:
        yield client


def join(client: TestClient, name: str, password: str, room: str = "lobby") -> WebSocketTestSession:
    """A page of a person who logs in with a browser of their own."""
    client.cookies.clear()
    client.post("/login", json={"name": name, "password": password})
    socket = client.websocket_connect(f"/rooms/{room}/live")
    client.cookies.clear()
    return socket


def test_two_people_talk_and_see_each_other_come_and_go(client: TestClient) -> None:
    with join(client, "ada", "engine") as ada:
        assert ada.receive_json()["present"] == ["ada"]
        with join(client, "grace", "compiler") as grace:
            assert grace.receive_json()["present"] == ["ada", "grace"]
            assert ada.receive_json() == {"event": "joined", "name": "grace"}
            grace.send_json({"event": "type"})
            assert ada.receive_json() == {"event": "typing", "name": "grace"}
            grace.send_json({"event": "say", "text": "hello"})
            assert ada.receive_json() == grace.receive_json()
        assert ada.receive_json() == {"event": "left", "name": "grace"}


def test_who_comes_later_reads_what_was_said(client: TestClient) -> None:
    with join(client, "ada", "engine") as ada:
        ada.receive_json()
        ada.send_json({"event": "say", "text": "first"})
        said = ada.receive_json()
    with join(client, "grace", "compiler") as grace:
        assert grace.receive_json()["history"] == [said]


def test_rooms_do_not_hear_each_other(client: TestClient) -> None:
    with join(client, "ada", "engine") as ada, join(client, "grace", "compiler", "help") as grace:
        assert [socket.receive_json()["present"] for socket in (ada, grace)] == [["ada"], ["grace"]]
        ada.send_json({"event": "say", "text": "in the lobby"})
        grace.send_json({"event": "say", "text": "in the other room"})
        assert ada.receive_json()["text"] == "in the lobby"
        assert grace.receive_json()["text"] == "in the other room"


def test_home_leads_to_a_room_and_a_stranger_to_the_login_page(client: TestClient) -> None:
    assert client.get("/").url.path == "/login"
    client.post("/login", json={"name": "ada", "password": "engine"})
    assert client.get("/").url.path == "/rooms/lobby"
    client.post("/logout")
    assert client.get("/").url.path == "/login"
