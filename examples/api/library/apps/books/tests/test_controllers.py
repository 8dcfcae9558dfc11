from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ellar.testing import TestClient

PRIDE = {"isbn": "9780141439518", "title": "Pride and Prejudice", "author": "Jane Austen", "year": 1813}
EMMA = {"isbn": "9780141439587", "title": "Emma", "author": "Jane Austen", "year": 1815}
DUNE = {"isbn": "9780441172719", "title": "Dune", "author": "Frank Herbert", "year": 1965}


@pytest.fixture
def client(librarian: TestClient) -> TestClient:
    for book in (PRIDE, EMMA, DUNE):
        librarian.post("/books/", json=book)
    return librarian


def titles(client: TestClient, **filters: Any) -> list[str]:
    return [book["title"] for book in client.get("/books/", params=filters).json()["items"]]


def test_book_is_added_and_shown(librarian: TestClient) -> None:
    added = librarian.post("/books/", json=PRIDE)
    assert (added.status_code, added.json()) == (201, {"id": 1, **PRIDE, "available": True})
    assert librarian.get(added.headers["location"]).json() == added.json()


@pytest.mark.parametrize(
    "wrong", [{"isbn": "0141439518"}, {"title": " "}, {"author": None}, {"year": 813}, {"year": "MDCCCXIII"}]
)
def test_book_that_is_none_is_refused(librarian: TestClient, wrong: dict[str, object]) -> None:
    answer = librarian.post("/books/", json=PRIDE | wrong)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", *wrong]
    assert librarian.get("/books/").json() == {"items": [], "total": 0}


def test_second_book_of_an_isbn_is_a_conflict(client: TestClient) -> None:
    answer = client.post("/books/", json=DUNE | {"title": "Dune Messiah"})
    assert (answer.status_code, answer.json()) == (409, {"detail": "There is a book of this ISBN already"})
    assert titles(client) == ["Dune", "Emma", "Pride and Prejudice"]


def test_search_finds_by_words_and_in_order(client: TestClient) -> None:
    assert titles(client, text="AUSTEN", sort="-year") == ["Emma", "Pride and Prejudice"]
    assert titles(client, text="dune") == ["Dune"]
    assert titles(client, text="%") == []


def test_search_gives_pages_and_counts_all(client: TestClient) -> None:
    page = client.get("/books/", params={"sort": "year", "limit": 2, "offset": 2}).json()
    assert ([book["title"] for book in page["items"]], page["total"]) == (["Dune"], 3)


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "offset=-1", "sort=isbn", "available=maybe", "titel=Dune"])
def test_search_for_what_there_is_not_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"/books/?{query}")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", query.split("=")[0]]


def test_change_touches_only_what_it_names(client: TestClient) -> None:
    answer = client.patch("/books/3", json={"year": 1966})
    assert (answer.status_code, answer.json()) == (200, {"id": 3, **DUNE, "year": 1966, "available": True})


@pytest.mark.parametrize("number", [4, 2**31 - 1])
def test_book_that_is_not_there_is_named(client: TestClient, number: int) -> None:
    answer = client.get(f"/books/{number}")
    assert (answer.status_code, answer.json()) == (404, {"detail": f"There is no book {number}"})


@pytest.mark.parametrize("number", [0, 2**31, 10**30])
def test_number_that_no_book_can_have_is_refused(client: TestClient, number: int) -> None:
    assert client.get(f"/books/{number}").status_code == 422


def test_book_is_lent_once_and_comes_back(client: TestClient) -> None:
    assert client.post("/books/3/loan", json={"borrower": "Grace"}).json()["borrower"] == "Grace"
    assert titles(client, available=False) == ["Dune"]
    again = client.post("/books/3/loan", json={"borrower": "Alan"})
    assert (again.status_code, again.json()) == (409, {"detail": "It is lent already"})
    assert client.delete("/books/3/loan").status_code == 204
    assert titles(client, available=False) == []
    assert client.delete("/books/3/loan").json() == {"detail": "It is not lent"}
    assert client.post("/books/3/loan", json={"borrower": "Alan"}).status_code == 201


def test_of_many_who_ask_at_once_one_gets_the_book(client: TestClient) -> None:
    def lend(name: int) -> int:
        return client.post("/books/1/loan", json={"borrower": f"Reader {name}"}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lend, range(8))) == [201] + 7 * [409]


def test_book_is_removed_when_it_is_not_lent(client: TestClient) -> None:
    client.post("/books/3/loan", json={"borrower": "Grace"})
    refused = client.delete("/books/3")
    assert (refused.status_code, refused.json()) == (409, {"detail": "It is lent: let it come back first"})
    client.delete("/books/3/loan")
    assert client.delete("/books/3").status_code == 204
    assert client.get("/books/3").status_code == 404


@pytest.mark.parametrize("credentials", [None, "Bearer guessed", "Basic of-development"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", ""), ("PATCH", "3"), ("DELETE", "3"), ("POST", "3/loan"), ("DELETE", "3/loan")],
)
def test_only_librarians_write(client: TestClient, method: str, path: str, credentials: str | None) -> None:
    del client.headers["Authorization"]
    headers = {"Authorization": credentials} if credentials else {}
    assert client.request(method, f"/books/{path}", json={}, headers=headers).status_code == 401
    assert titles(client) == ["Dune", "Emma", "Pride and Prejudice"]
