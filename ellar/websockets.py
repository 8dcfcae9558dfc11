"""One websocket connection, whole: origin, guards, arguments, accept, loop, decode, validate, call, close."""

from __future__ import annotations

import asyncio
import logging
import math
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from types import MappingProxyType, MethodType
from typing import Any
from urllib.parse import quote

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
from ellar.di import Dependency, Level, Opened, inject
from ellar.faults import Fault, fault_of, no_json, wrong_frame
from ellar.guards import GuardCanActivate, made
from ellar.logs import identity
from ellar.origins import is_same_origin, origin_of
from ellar.params import Error, Plan, located
from ellar.params import Message as MessagePlan
from ellar.readahead import ReadAhead

logger = logging.getLogger("ellar.websocket")

# Close codes by RFC 6455, section 7.4.1
NORMAL, NO_STATUS, ABNORMAL, POLICY_VIOLATION, INTERNAL_ERROR = 1000, 1005, 1006, 1008, 1011
SERVICE_RESTART = 1012  # by IANA's registry; what uvicorn closes with when it stops
MAX_REASON = 123
"""Bytes that a close frame has for its reason (RFC 6455, section 5.5: 125, less two for the code)."""
MAX_PLACE = 80
"""Letters of a fault's place in the log: it may be of the client's making."""
BUSY = 1.0
"""Seconds that a handler may take before its connection is read ahead for it."""
LAST_WORDS = 0.5
"""Seconds that a disconnect handler has when the server is stopping and cancels the connection."""


class _Refused(Exception):
    """The handshake ends with an HTTP answer instead of a websocket."""

    def __init__(
        self,
        status: int,
        why: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        level: int = logging.INFO,
    ) -> None:
        self.status = status
        self.why = why
        self.body = body
        self.headers = headers
        self.level = level


class _Connection(WebSocket):
    """Starlette's websocket, which also knows how it ended, may be closed twice and reads on for a busy handler."""

    was_accepted: bool = False
    client_left: bool = False
    ended_with: int | None = None
    _receives: int = 0
    _watch: asyncio.TimerHandle | None = None

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        self._receiving: dict[asyncio.Task[Any], bool] = {}
        self._closing = asyncio.Lock()

    async def accept(
        self, subprotocol: str | None = None, headers: Iterable[tuple[bytes, bytes]] | None = None
    ) -> None:
        """Starlette's; without `subprotocol` it answers with the one that a guard has used."""
        await super().accept(subprotocol or self.scope.get("ellar.subprotocol"), headers)

    async def receive(self) -> Message:
        task = _current_task()
        self._receiving[task] = False
        try:
            message = await super().receive()
        except asyncio.CancelledError:
            if not self._receiving[task] or task.uncancel() > 0:
                raise
            self.client_state = WebSocketState.DISCONNECTED  # by our own close
            message = {"type": "websocket.disconnect", "code": self.ended_with or ABNORMAL, "reason": ""}
        finally:  # also when the handler has given up: what comes later has to be read all the same
            del self._receiving[task]
            self._receives += 1
            if self._watch is None:
                self._watch_handler()
        if message["type"] == "websocket.disconnect":
            self.client_left = True
            cut_off = message["code"] == NO_STATUS and "reason" not in message  # uvicorn's way to say so
            message["code"] = ABNORMAL if cut_off else message["code"]
            self.ended_with = self.ended_with or message["code"]
        elif message.get("text", "") is None:  # hypercorn's, which Starlette's receive_text would return
            del message["text"]
        elif message.get("bytes", b"") is None:
            del message["bytes"]
        return message

    async def send(self, message: Message) -> None:
        if isinstance(self._receive, ReadAhead) and self._receive.has_ended:
            self.client_left = True  # though the handler has not come so far; some servers fail where it sends now
        if self.client_left:
            raise WebSocketDisconnect(self.ended_with or ABNORMAL)
        try:
            await super().send(_closing(message) if message["type"] == "websocket.close" else message)
        except RuntimeError as error:
            if self.application_state is WebSocketState.CONNECTING and message["type"] == "websocket.send":
                raise RuntimeError("The connection is not accepted yet: await websocket.accept() before") from error
            raise
        except (WebSocketDisconnect, OSError) as gone:  # the code of it is still to be received
            self.client_left = True
            raise WebSocketDisconnect(ABNORMAL) from gone
        self.was_accepted = self.was_accepted or message["type"] == "websocket.accept"

    def _watch_handler(self) -> None:
        """Looks a second later whether a handler has been busy since it last received."""
        self._watch = asyncio.get_running_loop().call_later(BUSY, self._read_ahead_if_busy, self._receives)

    def _read_ahead_if_busy(self, receives: int) -> None:
        self._watch = None
        if self._receiving or self.client_state is not WebSocketState.CONNECTED:
            return
        if self._receives != receives:
            self._watch_handler()
        elif not isinstance(self._receive, ReadAhead):
            self._receive = ReadAhead(self._receive)

    def _interrupt(self) -> None:
        """Ends what is waiting for the client: granian sends no close while somebody receives."""
        if isinstance(self._receive, ReadAhead):
            self._receive.stop()
        for task in self._receiving:
            self._receiving[task] = True
            task.cancel()

    async def release(self) -> None:
        """Ends what runs beside the handlers."""
        if self._watch is not None:
            self._watch.cancel()
        if isinstance(self._receive, ReadAhead):
            self._receive.stop()
        async with self._closing:  # by a task that still waits for the client to read
            pass

    @property
    def is_open(self) -> bool:
        """Accepted, and closed by neither side."""
        return self.client_state is self.application_state is WebSocketState.CONNECTED

    async def close(self, code: int = NORMAL, reason: str | None = None) -> None:
        async with self._closing:
            if self.is_open:
                await self._read_end(0)  # the client may have been the first to close, unnoticed so far
            if self.client_left or self.ended_with is not None:
                return
            self.ended_with = _sendable(code)  # hypercorn's own word for it would be 1000, granian's 1005
            self._interrupt()
            try:
                await super().close(code, reason)
            except WebSocketDisconnect:
                self.ended_with = None

    async def end(self, code: int, reason: str = "") -> None:
        """Closes what is open; what never was, ends with this code all the same."""
        if self.application_state is WebSocketState.CONNECTED:
            await self.close(code, reason)
        elif self.ended_with is None:
            self.ended_with = code

    async def final_code(self) -> int:
        """The code that the connection ended with; after a failed send or a cancelled task it is still unread."""
        await self._read_end(LAST_WORDS / 5)
        return self.ended_with or ABNORMAL

    async def _read_end(self, seconds: float) -> None:
        with anyio.move_on_after(seconds), suppress(RuntimeError):
            while self.ended_with is None:
                await self.receive()

    def log(self, what: str, level: int = logging.INFO) -> None:
        """One line; without the query string, which may hold a token."""
        client = f"{self.client.host}:{self.client.port}" if self.client else "unknown"
        logger.log(level, "%s path=%s client=%s connection=%s", what, quote(self.scope["path"]), client, identity())


Serving = dict[_Connection, asyncio.Task[Any]]
"""The connections that there are, each with the task of its handlers."""


def _current_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None
    return task


def _closing(message: Message) -> Message:
    reason = (message.get("reason") or "").encode()[:MAX_REASON].decode(errors="ignore")
    return {"type": "websocket.close", "code": _sendable(message.get("code", NORMAL)), "reason": reason}


def _sendable(code: int) -> int:
    """A code that may be sent: 1005, 1006 and 1015 only ever say what happened."""
    if 3000 <= code <= 4999 or (1000 <= code <= 1014 and code not in (1004, NO_STATUS, ABNORMAL)):
        return code
    return NORMAL if code == NO_STATUS else INTERNAL_ERROR


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


Decoder = Callable[[Message], Any]


@dataclass(frozen=True, slots=True)
class Session:
    """What `use_extra_handler=True` adds to a route."""

    main: Hook
    decode: Decoder
    name: str | None
    connect: Hook | None
    disconnect: Hook | None
    handler_type: type[WebSocketSessionHandler]
    handler_arguments: tuple[Dependency, ...]

    @property
    def says_goodbye(self) -> bool:
        """Is there anything to do when a connection ends?"""
        is_own = self.handler_type.on_disconnect is not WebSocketSessionHandler.on_disconnect
        return is_own or self.disconnect is not None

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """Those that there are besides the message's; the last one's values win among parameters of one name."""
        return tuple(hook for hook in (self.disconnect, self.connect) if hook is not None)

    async def handler(self, served: _Served) -> WebSocketSessionHandler:
        """The one of this connection."""
        handler = self.handler_type(**await inject(self.handler_arguments, served.container))
        handler.context = served.context
        handler.__ellar_served__, handler.__ellar_session__ = served, self
        return handler


@dataclass(frozen=True, slots=True)
class WebSocketEndpoint:
    """A compiled route: an ASGI application that serves one connection with one instance of its controller."""

    main: Hook
    session: Session | None
    controller: type[ControllerBase] | None
    controller_arguments: tuple[Dependency, ...]
    guards: tuple[GuardCanActivate | Dependency, ...]
    allowed_origins: frozenset[str]
    serving: Serving
    container: AsyncContainer
    level: Level

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = _Connection(scope, receive, send)
        context = IExecutionContext(connection, self.main.handler, self.controller)
        with _noted(connection, self.serving):
            try:
                self._check_origin(connection)
                if self.level is Level.APP:
                    await self._serve(connection, context, self.container)
                    return
                given = {WebSocket: connection, HTTPConnection: connection, IExecutionContext: context}
                async with Opened(self.container, Lifetime.SESSION, given) as container:
                    await self._serve(connection, context, container)
            except _Refused as refusal:
                await _refuse(connection, refusal)
            except WebSocketException as error:
                await _end(connection, error)
            except HTTPException as error:
                if connection.application_state is not WebSocketState.CONNECTING:
                    raise
                await _refuse(connection, _refusal(error, f"the handler raised {error!r}"))
            finally:
                await connection.release()

    def _check_origin(self, connection: _Connection) -> None:
        origin = connection.headers.get("origin")
        if origin is None or is_same_origin(origin, connection.headers.get("host", "")):
            return
        if "*" not in self.allowed_origins and origin_of(origin) not in self.allowed_origins:
            why = f"a page of {origin!r} may not connect; if it should, add that to WS_ALLOWED_ORIGINS"
            raise _Refused(403, why, {"detail": "Origin not allowed"})

    async def _serve(self, connection: _Connection, context: IExecutionContext, container: AsyncContainer) -> None:
        await self._check_guards(context, container)
        arguments, errors = self._read(connection)
        if errors:
            with suppress(WebSocketDisconnect):
                await connection.accept()
                await _tell(connection, Fault(POLICY_VIOLATION, "Parameters not valid", errors))
            return
        controller = None
        if self.controller is not None:
            controller = self.controller(**await inject(self.controller_arguments, container))
            controller.context = context
        served = _Served(connection, context, container, controller, arguments)
        await served.prepare()
        await self._run(served)

    async def _check_guards(self, context: IExecutionContext, container: AsyncContainer) -> None:
        async with _request_scope(container) if self.level is Level.REQUEST else nullcontext(container) as scoped:
            for guard in self.guards:
                by = guard.name if isinstance(guard, Dependency) else type(guard).__name__
                try:
                    allowed = await (await made(guard, scoped)).can_activate(context)
                except HTTPException as error:
                    raise _refusal(error, by) from error
                except Exception as error:
                    logger.debug("%s raised", by, exc_info=True)
                    why, body = f"{by} raised {_brief(error)}", {"detail": "Forbidden"}
                    raise _Refused(403, why, body, level=logging.WARNING) from error
                if allowed is not True:
                    raise _Refused(403, by, {"detail": "Forbidden"})

    def _read(self, connection: _Connection) -> tuple[dict[Hook, dict[str, Any]], list[Error]]:
        """The route parameters of all handlers; a fault that several of them meet is told once."""
        arguments: dict[Hook, dict[str, Any]] = {}
        errors: list[Error] = []
        for hook in (self.main, *(self.session.hooks if self.session else ())):
            arguments[hook], wrong = hook.plan.read(connection)
            errors += [error for error in wrong if error not in errors]
        return arguments, errors

    async def _run(self, served: _Served) -> None:
        connection = served.connection
        handler = None if self.session is None else await self.session.handler(served)
        try:
            await (served.call(self.main) if handler is None else _converse(served, handler))
            await _finish(connection)
        except Fault as fault:
            await _tell(connection, fault)
        except WebSocketException as error:
            await _end(connection, error)
        except Exception as error:
            if isinstance(error, HTTPException) and connection.application_state is WebSocketState.CONNECTING:
                raise
            if connection.client_left and _is_departure(error):
                return
            if misreceived := fault_of(error):
                await _tell(connection, misreceived)
                return
            await connection.end(INTERNAL_ERROR)
            raise
        finally:
            if handler is not None and handler.__ellar_session__.says_goodbye:
                await _say_goodbye(connection, handler)


def _is_departure(error: Exception) -> bool:
    """Is it WebSocketDisconnect, be it from the tasks of a TaskGroup?"""
    if isinstance(error, ExceptionGroup):
        return all(map(_is_departure, error.exceptions))
    return isinstance(error, WebSocketDisconnect)


async def _converse(served: _Served, handler: WebSocketSessionHandler) -> None:
    connection, decode = served.connection, handler.__ellar_session__.decode
    await handler.on_connect(connection, **served.parameters())
    while connection.is_open:
        message = await connection.receive()
        if message["type"] == "websocket.disconnect":
            return
        await handler.on_message(connection, decode(message))


async def _say_goodbye(connection: _Connection, handler: WebSocketSessionHandler) -> None:
    """Calls the disconnect handler, also when the connection's task is being cancelled."""
    cancelled = isinstance(sys.exc_info()[1], asyncio.CancelledError)
    with anyio.CancelScope(shield=cancelled, deadline=anyio.current_time() + LAST_WORDS if cancelled else math.inf):
        code = await connection.final_code()
        try:
            await handler.on_disconnect(connection, code)
        except WebSocketDisconnect:
            pass
        except WebSocketException as error:
            connection.log(f"the disconnect handler raised {error!r}")


@contextmanager
def _noted(connection: _Connection, serving: Serving) -> Iterator[None]:
    """Lets the application wait for its connections when it ends."""
    serving[connection] = _current_task()
    try:
        yield
    finally:
        del serving[connection]


async def last_words(serving: Serving) -> None:
    """Waits until the connections have said goodbye; ends those that the server has left open, as granian does."""
    left_open = [connection for connection, task in serving.items() if not task.cancelling()]
    leaving = [asyncio.create_task(_stop(connection)) for connection in left_open]
    if serving:
        await asyncio.wait([*serving.values(), *leaving], timeout=1.2 * LAST_WORDS)


async def _stop(connection: _Connection) -> None:
    with anyio.move_on_after(LAST_WORDS / 5):  # a server that has stopped sends nothing
        await connection.end(SERVICE_RESTART)


@dataclass(slots=True)
class _Served:
    """What the handlers of one connection share."""

    connection: _Connection
    context: IExecutionContext
    container: AsyncContainer
    controller: ControllerBase | None
    arguments: dict[Hook, dict[str, Any]]

    async def prepare(self) -> None:
        """Fills in what stays the same from call to call."""
        for hook, arguments in self.arguments.items():
            arguments |= dict.fromkeys(hook.plan.names_of("connection"), self.connection)
            arguments |= dict.fromkeys(hook.plan.names_of("context"), self.context)
            arguments |= await inject(hook.per_connection, self.container)

    def parameters(self) -> dict[str, Any]:
        """The route parameters of all handlers, by name."""
        return {v.name: arguments[v.name] for hook, arguments in self.arguments.items() for v in hook.plan.values}

    async def call(self, hook: Hook, more: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Calls a handler; a REQUEST scope is made only where it asks for something of it."""
        function = hook.handler if self.controller is None else MethodType(hook.handler, self.controller)
        arguments = {**self.arguments[hook], **more}
        if not hook.per_call:
            await function(**arguments)
            return
        async with _request_scope(self.container) as scoped:
            await function(**arguments, **await inject(hook.per_call, scoped))


class WebSocketSessionHandler:
    """What `use_extra_handler=True` runs: one for each connection, made by injection.

    A subclass named by `extra_handler_type=` does more, and goes on with `await super().on_message(websocket, data)`.
    """

    context: IExecutionContext
    __ellar_served__: _Served
    __ellar_session__: Session

    async def on_connect(self, websocket: WebSocket, **kwargs: Any) -> None:
        """Calls the route's connect handler; accepts where there is none. `kwargs` are the route's parameters."""
        connect = self.__ellar_session__.connect
        if connect is None:
            await websocket.accept()
        else:
            own = {value.name for value in connect.plan.values}
            await self.__ellar_served__.call(connect, {name: kwargs[name] for name in own & kwargs.keys()})

    async def on_message(self, websocket: WebSocket, data: Any) -> None:
        """Calls the route's handler with a message, decoded and validated; with several `WsBody`, a dict of them."""
        session = self.__ellar_session__
        await self.__ellar_served__.call(session.main, data if session.name is None else {session.name: data})

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        """Calls the route's disconnect handler, if there is one."""
        disconnect = self.__ellar_session__.disconnect
        if disconnect is not None:
            await self.__ellar_served__.call(disconnect, dict.fromkeys(disconnect.plan.names_of("code"), close_code))


def _request_scope(container: AsyncContainer) -> Opened:
    return Opened(container, Lifetime.REQUEST)


async def _finish(connection: _Connection) -> None:
    """The handler has returned."""
    if connection.was_accepted:
        await connection.end(NORMAL)
    elif connection.application_state is WebSocketState.CONNECTING:
        await _refuse(connection, _Refused(403, "the handler returned without accept()", {"detail": "Forbidden"}))
    else:
        connection.log("refused by the handler")
        await _leave_refused(connection, ABNORMAL)


async def _end(connection: _Connection, error: WebSocketException) -> None:
    """A handler, or what it needs, has ended the connection by an exception that says with which code."""
    if connection.application_state is WebSocketState.CONNECTING:
        body = {"code": error.code, "reason": error.reason}
        await _refuse(connection, _Refused(403, f"the handler raised {error!r}", body), error.code)
    else:
        connection.log(f"closed with {error.code} by the handler: {error.reason!r}")
        await connection.end(error.code, error.reason)


async def _tell(connection: _Connection, fault: Fault) -> None:
    """Tells the client what it did wrong, and closes."""
    places = [quote(".".join(map(str, error["loc"])))[:MAX_PLACE] for error in fault.errors[:3]]
    more = ["..."] if len(fault.errors) > 3 else []
    code = connection.ended_with or fault.code  # a handler may have closed in its `finally`
    connection.log(f"closed with {code}: {fault.reason} ({', '.join(places + more)})")
    if connection.ended_with is not None:
        return
    with suppress(WebSocketDisconnect):
        await connection.send_text(to_json({"code": fault.code, "errors": fault.errors}).decode())
        await connection.close(fault.code, fault.reason)


async def _refuse(connection: _Connection, refusal: _Refused, code: int = ABNORMAL) -> None:
    connection.log(f"refused with {refusal.status}: {refusal.why}", refusal.level)
    if connection.was_accepted:  # by a guard, which should not
        await connection.end(POLICY_VIOLATION)
        return
    with suppress(WebSocketDisconnect):
        if "websocket.http.response" in connection.scope.get("extensions", {}):
            await connection.send_denial_response(JSONResponse(refusal.body, refusal.status, refusal.headers))
        else:
            await connection.close(POLICY_VIOLATION)
    await _leave_refused(connection, code)


def _refusal(error: HTTPException, why: str) -> _Refused:
    """An exception with a status, before accept: the handshake ends with it."""
    return _Refused(error.status_code, why, {"detail": error.detail}, error.headers)


async def refuse_unrouted(scope: Scope, receive: Receive, send: Send) -> None:
    """The end of a connection to a path that no websocket route has."""
    await refuse(scope, receive, send, 404, "no websocket route has this path", "Not Found")


async def refuse(scope: Scope, receive: Receive, send: Send, status: int, why: str, detail: str) -> None:
    """The end of a connection that reaches no route."""
    await _refuse(_Connection(scope, receive, send), _Refused(status, why, {"detail": detail}))


async def _leave_refused(connection: _Connection, code: int) -> None:
    connection.ended_with = code
    await checkpoint()  # uvicorn logs an error where the handshake is not over when the application returns


def _brief(error: Exception) -> str:
    """An exception for the log: where it comes from, and not its text, which may be long or secret."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}" if frames else type(error).__name__


def decoder(encoding: Encoding | None, message: MessagePlan) -> Decoder:
    """How a frame becomes a message, or a dict of its parts; chosen at start. What it returns raises Fault."""
    validate: Callable[[Any], Any] = message.adapter.validate_python
    if encoding == "json":
        validate = message.adapter.validate_json
    read = {"text": _text, "bytes": _bytes, "json": _either, None: _either}[encoding]

    def decode(frame: Message) -> Any:
        try:
            found = validate(read(frame))
            return vars(found) if message.name is None else found
        except ValidationError as error:
            raise _fault(error) from error

    return decode


def _fault(error: ValidationError) -> Fault:
    errors = located(error, "body")
    if errors[0]["type"] == "json_invalid":
        return no_json(errors)
    return Fault(POLICY_VIOLATION, "Message not valid", errors)


def _text(frame: Message) -> str:
    text: str | None = frame.get("text")
    if text is None:
        raise wrong_frame("text")
    return text


def _bytes(frame: Message) -> bytes:
    data: bytes | None = frame.get("bytes")
    if data is None:
        raise wrong_frame("bytes")
    return data


def _either(frame: Message) -> str | bytes:
    text: str | None = frame.get("text")
    return _bytes(frame) if text is None else text
