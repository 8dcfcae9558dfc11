import pytest

from ellar_cli.connecting.address import address
from ellar_cli.connecting.server import Server
from ellar_cli.errors import UsageError


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("/car/live-support", "ws://127.0.0.1:8000/car/live-support"),
        ("car/live-support", "ws://127.0.0.1:8000/car/live-support"),
        ("/car/live?name=Ada", "ws://127.0.0.1:8000/car/live?name=Ada"),
        ("/a b/ä?name=Ada Lovelace", "ws://127.0.0.1:8000/a%20b/%C3%A4?name=Ada%20Lovelace"),
        ("/a%20b", "ws://127.0.0.1:8000/a%20b"),
        ("/at/12:30", "ws://127.0.0.1:8000/at/12:30"),
        ("//twice", "ws://127.0.0.1:8000//twice"),
        ("/page#part", "ws://127.0.0.1:8000/page"),
        ("localhost:9000/live", "ws://localhost:9000/live"),
        ("[::1]:9000", "ws://[::1]:9000/"),
        ("ws://example.com", "ws://example.com/"),
        ("wss://example.com/live?a=1#part", "wss://example.com/live?a=1"),
        ("http://127.0.0.1:8000/car/live", "ws://127.0.0.1:8000/car/live"),
        ("https://ada:secret@example.com/", "wss://ada:secret@example.com/"),
    ],
)
def test_path_is_of_the_server_here_and_an_address_is_taken_whole(typed: str, url: str) -> None:
    assert address(typed, Server()).url == url


@pytest.mark.parametrize("typed", ["", "ftp://example.com", "ws://", "ws:///live", "ws://[::1/x", "ws://a:port/"])
def test_what_is_no_address_is_a_usage_error_that_shows_one(typed: str) -> None:
    with pytest.raises(UsageError, match="is no address of a websocket; write it like /path or ws://host:port/path"):
        address(typed, Server())


def test_parameters_follow_those_that_are_there() -> None:
    typed = address("/live?a=1", Server(), ["name=Ada & co", "empty=", "twice=1", "twice=2"])
    assert typed.url.endswith("/live?a=1&name=Ada+%26+co&empty=&twice=1&twice=2")
    with pytest.raises(UsageError, match="--query cannot be 'name'; write it like name=value"):
        address("/live", Server(), ["name"])


def test_server_with_a_certificate_is_reached_over_tls() -> None:
    assert address("/live", Server(is_secure=True)).url == "wss://127.0.0.1:8000/live"


def test_password_is_not_shown() -> None:
    there = address("wss://ada:secret@example.com/live", Server())
    assert there.shown == "wss://example.com/live"
    assert there.server is None


@pytest.mark.parametrize(
    ("host", "is_here"), [("localhost", True), ("127.8.9.1", True), ("[::1]", True), ("example.com", False)]
)
def test_this_machines_own_is_reached_without_a_proxy(host: str, is_here: bool) -> None:
    assert address(f"ws://{host}/", Server()).is_here is is_here
