"""Responses: what a handler returns becomes Starlette's."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket


def to_response(result: Any) -> Response:
    """A response as it is, None as 204, anything else (models, dataclasses, collections, scalars) as JSON."""
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status_code=204)
    return Response(to_json(result), media_type="application/json")


async def error_response(connection: Request | WebSocket, error: Exception) -> Response:
    """The one shape of an HTTP error, `{"detail": ...}`; a websocket's errors are not answered over HTTP."""
    if not isinstance(error, HTTPException) or isinstance(connection, WebSocket):
        raise error
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
