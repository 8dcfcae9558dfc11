"""One websocket connection, whole: origin, guards, arguments, accept, loop, decode, validate, call, close."""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

import anyio
from anyio.lowlevel import checkpoint
from dishka import AsyncContainer
from dishka import Scope as Lifetime
from pydantic import ValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from ellar.context import IExecutionContext
from ellar.controllers import ControllerBase, Encoding
from ellar.di import Dependency, Level, inject, new_lock
from ellar.guards import GuardCanActivate, instances
from ellar.params import Error, Plan, located
from ellar.params import Message as MessagePlan

logger = logging.getLogger("ellar.websocket")

# Close codes by RFC 6455, section 7.4.1
NORMAL, UNSUPPORTED_DATA, NO_STATUS, ABNORMAL, POLICY_VIOLATION, INTERNAL_ERROR = 1000, 1003, 1005, 1006, 1008, 1011
MAX_REASON = 123
"""Bytes that a close frame has for its reason (RFC 6455, section 5.5: 125, less two for the code)."""
LAST_WORDS = 0.5
"""Seconds that a disconnect handler has when the server is stopping and cancels the connection."""


class _Refused(Exception):
    """The handshake ends with an HTTP answer instead of a websocket."""

    def __init__(
        self, status: int, why: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.why = why
        self.body = body
        self.headers = headers


class _Fault(Exception):
    """The client sent what the handler does not take: it is told so and the connection is closed."""

    def __init__(self, code: int, reason: str, errors: list[Error]) -> None:
        self.code = code
        self.reason = reason
        self.errors = errors


class _Connection(WebSocket):
    """Starlette's websocket, which also knows the code that it ended with and may be closed twice."""

    ended_with: int | None = None
    client_left: bool = False

    async def receive(self) -> Message:
        message = await super().receive()
        if message["type"] == "websocket.disconnect":
            self.client_left = True
            cut_off = message["code"] == NO_STATUS and "reason" not in message  # uvicorn's way to say so
            message["code"] = ABNORMAL if cut_off else message["code"]
            self.ended_with = self.ended_with or message["code"]
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "websocket.close":
            message = _closing(message)
            self.ended_with = message["code"]
        elif self.client_left:
            raise WebSocketDisconnect(self.ended_with or ABNORMAL)
        try:
            await super().send(message)
        except WebSocketDisconnect:  # its code is still to be received
            self.client_left = True
            raise

    @property
    def is_open(self) -> bool:
        """Accepted, and closed by neither side."""
        return self.client_state is self.application_state is WebSocketState.CONNECTED

    async def close(self, code: int = NORMAL, reason: str | None = None) -> None:
        if self.ended_with is None and not self.client_left:
            await super().close(code, reason)

    async def end(self, code: int, reason: str = "") -> None:
        """Closes what is open; what never was, ends with this code all the same."""
        if self.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect):
                await self.close(code, reason)
        if self.ended_with is None and not self.client_left:
            self.ended_with = code

    async def final_code(self) -> int:
        """The code that the connection ended with; after a failed send or a cancelled task it is still unread."""
        with anyio.move_on_after(LAST_WORDS / 5), suppress(RuntimeError):
            while self.ended_with is None:
                await self.receive()
        return ABNORMAL if self.ended_with is None else self.ended_with

    def log(self, what: str) -> None:
        """One line; without the query string, which may hold a token."""
        client = f"{self.client.host}:{self.client.port}" if self.client else "unknown"
        identity = self.scope.setdefault("ellar.connection_id", secrets.token_hex(4))
        logger.info("%s path=%s client=%s connection=%s", what, quote(self.scope["path"]), client, identity)


def _closing(message: Message) -> Message:
    """A close that may be sent: 1005, 1006 and 1015 only ever say what happened, and a frame has little room."""
    code = message.get("code", NORMAL)
    sendable = 3000 <= code <= 4999 or (1000 <= code <= 1014 and code not in (1004, NO_STATUS, ABNORMAL))
    fallback = NORMAL if code == NO_STATUS else INTERNAL_ERROR
    reason = (message.get("reason") or "").encode()[:MAX_REASON].decode(errors="ignore")
    return {"type": "websocket.close", "code": code if sendable else fallback, "reason": reason}


@dataclass(frozen=True, slots=True, eq=False)
class Hook:
    """A handler of the connection, of its messages or of its ends, and how its parameters are filled."""

    handler: Callable[..., Any]
    plan: Plan
    per_connection: tuple[Dependency, ...]
    per_call: tuple[Dependency, ...]

    @classmethod
    def of(cls, handler: Callable[..., Any], plan: Plan) -> Hook:
        """Parts the injected parameters: those of REQUEST scope are asked for anew at each call."""
        per_call = tuple(d for d in plan.injected if d.level is Level.REQUEST)
        return cls(handler, plan, tuple(d for d in plan.injected if d not in per_call), per_call)


Decoder = Callable[[Message], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Session:
    """What `use_extra_handler=True` adds to a route."""

    decode: Decoder
    connect: Hook | None
    disconnect: Hook | None


@dataclass(frozen=True, slots=True)
class WebSocketEndpoint:
    """A compiled route: an ASGI application that serves one connection with one instance of its controller."""

    main: Hook
    session: Session | None
    controller: type[ControllerBase]
    controller_arguments: tuple[Dependency, ...]
    guards: tuple[GuardCanActivate | Dependency, ...]
    allowed_origins: Sequence[str]
    container: AsyncContainer
    level: Level

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = _Connection(scope, receive, send)
        context = IExecutionContext(connection, self.main.handler, self.controller)
        try:
            self._check_origin(connection)
            if self.level is Level.APP:
                await self._serve(connection, context, self.container)
                return
            given = {WebSocket: connection, HTTPConnection: connection, IExecutionContext: context}
            async with self.container(given, lock_factory=new_lock, scope=Lifetime.SESSION) as container:
                await self._serve(connection, context, container)
        except _Refused as refusal:
            await _refuse(connection, refusal)

    def _check_origin(self, connection: _Connection) -> None:
        origin = connection.headers.get("origin")
        if origin is None or is_same_origin(origin, connection.headers.get("host", "")):
            return
        if origin not in self.allowed_origins and "*" not in self.allowed_origins:
            why = f"a page of {origin!r} may not connect; if it should, add that to WS_ALLOWED_ORIGINS"
            raise _Refused(403, why, {"detail": "Origin not allowed"})

    async def _serve(self, connection: _Connection, context: IExecutionContext, container: AsyncContainer) -> None:
        await self._check_guards(context, container)
        arguments, errors = self._read(connection)
        if errors:
            await connection.accept()
            await _tell(connection, _Fault(POLICY_VIOLATION, "Parameters not valid", errors))
            return
        controller = self.controller(**await inject(self.controller_arguments, container))
        controller.context = context
        served = _Served(connection, context, container, controller, arguments)
        await served.prepare()
        await self._run(served)

    async def _check_guards(self, context: IExecutionContext, container: AsyncContainer) -> None:
        async with _request_scope(container) if self.level is Level.REQUEST else nullcontext(container) as scoped:
            async for guard in instances(self.guards, scoped):
                by = type(guard).__name__
                try:
                    allowed = await guard.can_activate(context)
                except HTTPException as error:
                    raise _Refused(error.status_code, by, {"detail": error.detail}, error.headers) from error
                except Exception as error:
                    raise _Refused(403, f"{by} raised {error!r}", {"detail": "Forbidden"}) from error
                if allowed is not True:
                    raise _Refused(403, by, {"detail": "Forbidden"})

    def _hooks(self) -> tuple[Hook, ...]:
        session = self.session
        hooks = (self.main, session.connect, session.disconnect) if session else (self.main,)
        return tuple(hook for hook in hooks if hook is not None)

    def _read(self, connection: _Connection) -> tuple[dict[Hook, dict[str, Any]], list[Error]]:
        """The route parameters of all handlers; a fault that several of them meet is told once."""
        arguments: dict[Hook, dict[str, Any]] = {}
        errors: list[Error] = []
        for hook in self._hooks():
            arguments[hook], wrong = hook.plan.read(connection)
            errors += [error for error in wrong if error not in errors]
        return arguments, errors

    async def _run(self, served: _Served) -> None:
        connection = served.connection
        try:
            await (self._converse(served, self.session) if self.session else served.call(self.main))
            await _finish(connection)
        except WebSocketDisconnect:
            pass
        except _Fault as fault:
            await _tell(connection, fault)
        except WebSocketException as error:
            await _end(connection, error)
        except Exception:
            await connection.end(INTERNAL_ERROR)
            raise
        finally:
            if self.session is not None and self.session.disconnect is not None:
                await self._say_goodbye(served, self.session.disconnect)

    async def _converse(self, served: _Served, session: Session) -> None:
        connection = served.connection
        if session.connect is None:
            await connection.accept()
        else:
            await served.call(session.connect)
        while connection.is_open:
            message = await connection.receive()
            if message["type"] == "websocket.disconnect":
                return
            await served.call(self.main, session.decode(message))

    async def _say_goodbye(self, served: _Served, disconnect: Hook) -> None:
        """Calls the disconnect handler, also when the connection's task is being cancelled."""
        cancelled = isinstance(sys.exc_info()[1], asyncio.CancelledError)
        with anyio.CancelScope(shield=cancelled, deadline=anyio.current_time() + LAST_WORDS if cancelled else math.inf):
            code = await served.connection.final_code()
            handed = {name: code for name, what in disconnect.plan.given if what == "code"}
            with suppress(WebSocketDisconnect):
                await served.call(disconnect, handed)


@dataclass(slots=True)
class _Served:
    """What the handlers of one connection share."""

    connection: _Connection
    context: IExecutionContext
    container: AsyncContainer
    controller: ControllerBase
    arguments: dict[Hook, dict[str, Any]]

    async def prepare(self) -> None:
        """Fills in what stays the same from call to call."""
        for hook, arguments in self.arguments.items():
            for name, what in hook.plan.given:
                arguments[name] = self.context if what == "context" else self.connection
            arguments |= await inject(hook.per_connection, self.container)

    async def call(self, hook: Hook, more: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Calls a handler; a REQUEST scope is made only where it asks for something of it."""
        arguments = {**self.arguments[hook], **more}
        if not hook.per_call:
            await hook.handler(self.controller, **arguments)
            return
        async with _request_scope(self.container) as scoped:
            await hook.handler(self.controller, **arguments, **await inject(hook.per_call, scoped))


def _request_scope(container: AsyncContainer) -> AsyncContainer:
    return container(lock_factory=new_lock, scope=Lifetime.REQUEST)


async def _finish(connection: _Connection) -> None:
    """The handler has returned."""
    if connection.application_state is WebSocketState.CONNECTING:
        await _refuse(connection, _Refused(403, "the handler returned without accept()", {"detail": "Forbidden"}))
    await connection.end(NORMAL)


async def _end(connection: _Connection, error: WebSocketException) -> None:
    """The handler has ended the connection by an exception that says with which code."""
    if connection.application_state is WebSocketState.CONNECTING:
        body = {"code": error.code, "reason": error.reason}
        await _refuse(connection, _Refused(403, f"the handler raised {error!r}", body), error.code)
        return
    connection.log(f"closed with {error.code} by the handler: {error.reason!r}")
    await connection.end(error.code, error.reason)


async def _tell(connection: _Connection, fault: _Fault) -> None:
    """Tells the client what it did wrong, and closes."""
    places = ", ".join(".".join(map(str, error["loc"])) for error in fault.errors)
    connection.log(f"closed with {fault.code}: {fault.reason} ({places})")
    with suppress(WebSocketDisconnect):
        await connection.send_text(to_json({"code": fault.code, "errors": fault.errors}).decode())
        await connection.close(fault.code, fault.reason)


async def _refuse(connection: _Connection, refusal: _Refused, code: int = ABNORMAL) -> None:
    connection.log(f"refused with {refusal.status}: {refusal.why}")
    if "websocket.http.response" in connection.scope.get("extensions", {}):
        await connection.send_denial_response(JSONResponse(refusal.body, refusal.status, refusal.headers))
        await checkpoint()  # uvicorn logs an error where the handshake is not over when the application returns
    else:
        await connection.close(POLICY_VIOLATION)
    connection.ended_with = code


_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def is_same_origin(origin: str, host: str) -> bool:
    """Does the Origin header name the host and port of the Host header? By any scheme: TLS may end at a proxy."""
    ours = _address(f"//{host}")
    return ours is not None and ours == _address(origin)


def _address(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url)
        port = None if parts.port in (80, 443) else parts.port
    except ValueError:
        return None
    if parts.hostname is None:
        return None
    return "localhost" if parts.hostname in _LOOPBACK else parts.hostname, port


def decoder(encoding: Encoding | None, message: MessagePlan) -> Decoder:
    """How a frame becomes the arguments of the message handler; chosen at start. What it returns raises _Fault."""
    validate: Callable[[Any], Any] = message.adapter.validate_python
    if encoding == "json":
        validate = message.adapter.validate_json
    read = {"text": _text, "bytes": _bytes, "json": _either, None: _either}[encoding]

    def decode(frame: Message) -> dict[str, Any]:
        try:
            found = validate(read(frame))
            return vars(found) if message.name is None else {message.name: found}
        except ValidationError as error:
            raise _fault(error) from error

    return decode


_UNREADABLE = {"json_invalid", "int_parsing_size", "recursion_loop"}
"""pydantic's errors for what is no JSON, or JSON beyond the bounds of its parser."""


def _fault(error: ValidationError) -> _Fault:
    errors = located(error, "body")
    if any(one["type"] in _UNREADABLE for one in errors):
        return _Fault(UNSUPPORTED_DATA, "JSON expected", errors)
    return _Fault(POLICY_VIOLATION, "Message not valid", errors)


def _text(frame: Message) -> str:
    text: str | None = frame.get("text")
    if text is None:
        raise _wrong_frame("text")
    return text


def _bytes(frame: Message) -> bytes:
    data: bytes | None = frame.get("bytes")
    if data is None:
        raise _wrong_frame("binary")
    return data


def _either(frame: Message) -> str | bytes:
    text: str | None = frame.get("text")
    return _bytes(frame) if text is None else text


def _wrong_frame(expected: str) -> _Fault:
    reason = f"A {expected} frame expected"
    return _Fault(UNSUPPORTED_DATA, reason, [{"loc": ["body"], "msg": reason, "type": "frame_kind"}])
