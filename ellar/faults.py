"""The client's faults: what it sent that its handler does not take, told to it before the connection is closed."""

from __future__ import annotations

import json
from pathlib import Path
from traceback import walk_tb
from types import CodeType

from starlette.websockets import WebSocket

from ellar.params import Error

UNSUPPORTED_DATA = 1003
"""The close code (RFC 6455, section 7.4.1)."""

_FRAMES = {"text": "text", "bytes": "binary"}
_RECEIVING = {one.__code__ for one in (WebSocket.receive_text, WebSocket.receive_bytes, WebSocket.receive_json)}
_JSON = Path(json.__file__).parent


class Fault(Exception):
    """The client sent what the handler does not take: it is told so and the connection is closed."""

    def __init__(self, code: int, reason: str, errors: list[Error]) -> None:
        self.code = code
        self.reason = reason
        self.errors = errors


def wrong_frame(received: str) -> Fault:
    """A frame without what was to be received, "text" or "bytes"."""
    reason = f"A {_FRAMES[received]} frame expected"
    return Fault(UNSUPPORTED_DATA, reason, [{"loc": ["body"], "msg": reason, "type": "frame_kind"}])


def no_json(errors: list[Error]) -> Fault:
    """A message that does not parse."""
    return Fault(UNSUPPORTED_DATA, "JSON expected", errors)


def fault_of(error: Exception) -> Fault | None:
    """The client's fault that Starlette's receive_text, receive_bytes or receive_json has raised in a handler's call.

    None where the error is the handler's own, be it of the same class; a TaskGroup's group is the faults in it, if all
    of them are.
    """
    if isinstance(error, ExceptionGroup):
        faults = [fault_of(one) for one in error.exceptions]
        return faults[0] if all(faults) else None
    if not isinstance(error, KeyError | ValueError | RecursionError) or not _is_of_receiving(error):
        return None
    if isinstance(error, KeyError):
        return wrong_frame(error.args[0])
    words = str(error).partition(";")[0]  # Python's own advice for giant numbers comes after it
    return no_json([{"loc": ["body"], "msg": f"Invalid JSON: {words}", "type": "json_invalid"}])


def _is_of_receiving(error: Exception) -> bool:
    """Is the innermost call, but for the JSON parser's, one of Starlette's?"""
    calls: list[CodeType] = [frame.f_code for frame, _ in walk_tb(error.__traceback__)]
    while calls and Path(calls[-1].co_filename).parent == _JSON:
        calls.pop()
    return bool(calls) and calls[-1] in _RECEIVING
