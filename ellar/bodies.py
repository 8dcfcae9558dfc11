"""Bodies: the JSON of a request, within its limit, becomes what the handler takes."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.types import Message, Receive

from ellar.exceptions import APIException
from ellar.params import Error, located
from ellar.params import Message as MessagePlan
from ellar.signatures import MISSING

JSON = b"application/json"


class Limited:
    """What a server receives of a body, up to `max_size` bytes. Raises APIException (413) at the first one more."""

    __slots__ = ("_left", "_max_size", "_receive")

    def __init__(self, receive: Receive, max_size: int) -> None:
        self._receive = receive
        self._max_size = max_size
        self._left = max_size

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise body_too_large(self._max_size)
        return message


def body_too_large(max_size: int) -> APIException:
    """The answer to a body of more than `max_size` bytes."""
    return APIException(f"The body may have {max_size} bytes at most", status_code=413)


def headers_of(request: Request, max_size: int) -> dict[bytes, bytes]:
    """The headers of a body that by its length is within the limit; read once, as they came, for speed.

    Raises APIException (413) before any of another body is read.
    """
    headers = dict(request.scope["headers"])
    length = headers.get(b"content-length", b"")
    if length.isdigit() and (len(length) > 18 or int(length) > max_size):
        raise body_too_large(max_size)
    return headers


@dataclass(frozen=True, slots=True)
class JSONBody:
    """The body of a handler that takes JSON."""

    message: MessagePlan
    max_size: int

    async def read(self, request: Request, arguments: dict[str, Any]) -> list[Error]:
        """Adds to the arguments; says what is wrong. Raises APIException for what is too large, or no JSON by type."""
        content_type = headers_of(request, self.max_size).get(b"content-type", JSON)
        content = await request.body()
        if not content and self.message.name is not None:
            return self._absent(self.message.name, arguments)
        if content_type != JSON and content and not _is_json(content_type):
            raise APIException(f"The body must be {JSON.decode()}", status_code=415)
        try:
            read = self.message.adapter.validate_json(content or b"{}")
        except ValidationError as error:
            return located(error, "body")
        arguments |= vars(read) if self.message.name is None else {self.message.name: read}
        return []

    def _absent(self, name: str, arguments: dict[str, Any]) -> list[Error]:
        if self.message.default is MISSING:
            return [{"loc": ["body"], "msg": "Field required", "type": "missing"}]
        arguments[name] = deepcopy(self.message.default)
        return []


def _is_json(content_type: bytes) -> bool:
    """By RFC 6839, section 3.1, a type that ends in +json is JSON too."""
    media_type = content_type.partition(b";")[0].strip().lower()
    return media_type == JSON or media_type.endswith(b"+json")
