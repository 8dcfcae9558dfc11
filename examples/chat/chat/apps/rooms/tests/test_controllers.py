from collections.abc import Iterator

import pytest
from ellar.testing import Test, TestClient
from starlette.testclient import WebSocketDenialResponse

from chat.config import DevelopmentConfig

from ..module import RoomsModule

SOCKET = "/rooms/lobby/live"


@pytest.fixture
def client() -> Iterator[TestClient]:
    with Test.create_test_module(modules=[RoomsModule], config_module=DevelopmentConfig).get_test_client() as client:
        yield client


@pytest.fixture
def ada(client: TestClient) -> TestClient:
    client.post("/login", json={"name": "ada", "password": "engine"})
    return client


def test_page_sends_a_stranger_to_the_login_page(client: TestClient) -> None:
    answer = client.get("/rooms/lobby", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_socket_refuses_a_stranger(client: TestClient) -> None:
    with pytest.raises(WebSocketDenialResponse) as refusal, client.websocket_connect(SOCKET):
        pass
    assert refusal.value.status_code == 401


def test_page_names_the_room_and_who_is_logged_in(ada: TestClient) -> None:
    page = ada.get("/rooms/help")
    assert "<h1>help</h1>" in page.text
    assert 'data-user="ada"' in page.text
    assert ada.get("/static/rooms/room.js").status_code == 200


def test_unknown_room_is_refused(ada: TestClient) -> None:
    assert ada.get("/rooms/attic").status_code == 422
    with ada.websocket_connect("/rooms/attic/live") as socket:
        assert socket.receive_json()["errors"][0]["loc"] == ["path", "room"]
        assert socket.receive()["code"] == 1008


def test_message_comes_back_as_it_was_said(ada: TestClient) -> None:
    with ada.websocket_connect(SOCKET) as socket:
        assert socket.receive_json() == {"event": "welcome", "present": ["ada"], "history": []}
        socket.send_json({"event": "say", "text": " <b>hello</b>\n"})
        said = socket.receive_json()
        assert (said["event"], said["author"], said["text"]) == ("said", "ada", "<b>hello</b>")


@pytest.mark.parametrize(
    "action",
    [{"event": "say"}, {"event": "say", "text": " "}, {"event": "say", "text": "x" * 2001}, {"event": "shout"}, {}, []],
)
def test_action_that_is_none_is_refused(ada: TestClient, action: object) -> None:
    with ada.websocket_connect(SOCKET) as socket:
        socket.receive_json()
        socket.send_json(action)
        assert socket.receive_json()["code"] == 1008
        assert socket.receive()["code"] == 1008
