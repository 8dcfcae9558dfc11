from typing import Any

import pytest
from ellar.testing import TestClient, WebSocketTestSession

DUNE = {"isbn": "9780441172719", "title": "Dune", "author": "Frank Herbert", "year": 1965}
EMMA = {"isbn": "9780141439587", "title": "Emma", "author": "Jane Austen", "year": 1815}
ALL = {"event": "watching", "books": None}


def heard(socket: WebSocketTestSession) -> Any:
    """The next event; of a change, what it says of the book's number and whether it is available."""
    event = socket.receive_json()
    return (event["event"], event["book"]["id"], event["book"]["available"]) if "book" in event else event


def test_every_change_is_told_to_everybody_once_it_is_stored(librarian: TestClient) -> None:
    with librarian.websocket_connect("/changes/live") as one, librarian.websocket_connect("/changes/live") as other:
        assert heard(one) == heard(other) == ALL
        librarian.post("/books/", json=DUNE)
        assert one.receive_json() == {"event": "added", "book": {"id": 1, **DUNE, "available": True}}
        assert librarian.get("/books/1").json() == {"id": 1, **DUNE, "available": True}
        librarian.post("/books/1/loan", json={"borrower": "Grace"})
        librarian.delete("/books/1/loan")
        librarian.delete("/books/1")
        assert [heard(one) for _ in range(3)] == [("changed", 1, False), ("changed", 1, True), ("removed", 1, True)]
        assert heard(other) == ("added", 1, True)


def test_what_is_refused_is_not_told(librarian: TestClient) -> None:
    librarian.post("/books/", json=DUNE)
    with librarian.websocket_connect("/changes/live") as socket:
        assert heard(socket) == ALL
        assert librarian.post("/books/", json=DUNE).status_code == 409
        assert librarian.post("/books/", json=EMMA).status_code == 201
        assert heard(socket) == ("added", 2, True)


def test_listener_may_ask_for_some_books_and_for_all_again(librarian: TestClient) -> None:
    for book in (DUNE, EMMA):
        librarian.post("/books/", json=book)
    with librarian.websocket_connect("/changes/live") as socket:
        assert heard(socket) == ALL
        socket.send_json({"books": [2]})
        assert heard(socket) == {"event": "watching", "books": [2]}
        librarian.patch("/books/1", json={"year": 1966})
        librarian.patch("/books/2", json={"year": 1816})
        assert heard(socket) == ("changed", 2, True)
        socket.send_json({"books": None})
        assert heard(socket) == ALL
        librarian.patch("/books/1", json={"year": 1967})
        assert heard(socket) == ("changed", 1, True)


@pytest.mark.parametrize("wish", ["[]", "{}", '{"books": [1.5]}', '{"books": "all"}'])
def test_wish_that_is_none_is_refused(anybody: TestClient, wish: str) -> None:
    with anybody.websocket_connect("/changes/live") as socket:
        assert heard(socket) == ALL
        socket.send_text(wish)
        assert socket.receive_json()["code"] == 1008
        assert socket.receive()["code"] == 1008
