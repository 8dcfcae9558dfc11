"""One request to a real server."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage

SECONDS = 5
"""How long an answer may take."""


@dataclass(frozen=True)
class Answer:
    """What came back; the body is whole."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(
    port: int, path: str = "/", method: str = "GET", *, body: bytes | None = None, headers: Mapping[str, str] = {}
) -> Answer:
    """Raises TimeoutError where the answer does not end in time."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=SECONDS)) as connection:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
