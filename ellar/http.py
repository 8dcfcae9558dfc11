"""One HTTP request, whole: guards, arguments, call, response."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MethodType
from typing import Any

from dishka import AsyncContainer
from dishka import Scope as Lifetime
from starlette.background import BackgroundTasks
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ellar.bodies import JSONBody, Limited
from ellar.context import IExecutionContext
from ellar.controllers import ControllerBase
from ellar.di import Dependency, Level, Opened, inject
from ellar.exceptions import PermissionDenied, RequestValidationError
from ellar.forms import FormBody
from ellar.guards import GuardCanActivate, made
from ellar.params import MAX_ERRORS, Handed, Plan
from ellar.responses import Models, merged, status_and_body, to_response
from ellar.templating import Renderer


@dataclass(frozen=True, slots=True)
class HTTPEndpoint:
    """A compiled route: an ASGI application that calls one handler."""

    handler: Callable[..., Any]
    controller: type[ControllerBase] | None
    controller_arguments: tuple[Dependency, ...]
    guards: tuple[GuardCanActivate | Dependency, ...]
    plan: Plan
    body: JSONBody | FormBody | None
    models: Models | None
    renderer: Renderer | None
    is_async: bool
    takes_answer: bool
    container: AsyncContainer
    level: Level

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.body is None:
            await self._serve(Request(scope, receive, send), scope, receive, send)
            return
        request = Request(scope, Limited(receive, self.body.max_size), send)
        try:
            await self._serve(request, scope, receive, send)
        finally:
            await request.close()  # the files of its form

    async def _serve(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        context = IExecutionContext(request, self.handler, self.controller)
        if self.level is Level.APP:
            response = await self._respond(request, context, self.container)
            await response(scope, receive, send)
            return
        given = {Request: request, HTTPConnection: request, IExecutionContext: context}
        async with Opened(self.container, Lifetime.REQUEST, given) as container:
            response = await self._respond(request, context, container)
            if isinstance(response, StreamingResponse):  # its body is made while it is sent, of what the scope holds
                await response(scope, receive, send)
                return
        await response(scope, receive, send)  # a client that has its answer finds committed what it asked for

    async def _respond(self, request: Request, context: IExecutionContext, container: AsyncContainer) -> Response:
        for guard in self.guards:
            if await (await made(guard, container)).can_activate(context) is not True:
                raise PermissionDenied()
        arguments, errors = self.plan.read(request)
        if self.body is not None:
            errors += await self.body.read(request, arguments)
        if errors:
            raise RequestValidationError(errors[:MAX_ERRORS])
        given: dict[Handed, Any] = {"connection": request, "context": context}
        if self.takes_answer:
            given |= {"response": Response(), "tasks": BackgroundTasks()}
        arguments |= {name: given[handed] for name, handed in self.plan.handed}
        arguments |= await inject(self.plan.injected, container)
        handler = self.handler
        if self.controller is not None:
            controller = self.controller(**await inject(self.controller_arguments, container))
            controller.context = context
            handler = MethodType(handler, controller)
        result = await (handler(**arguments) if self.is_async else run_in_threadpool(handler, **arguments))
        if not self.takes_answer:
            return await self._response(request, result)
        own: Response = given["response"]
        response = await self._response(request, result, None if own.status_code == 200 else own.status_code)
        return merged(response, own, given["tasks"], is_bare=response is not result)

    async def _response(self, request: Request, result: Any, status: int | None = None) -> Response:
        if self.renderer is None or isinstance(result, Response):
            return to_response(result, self.models, status)
        status, values = status_and_body(result, status)
        page = await self.renderer(request, values or {}, self.container)
        page.status_code = status or page.status_code
        return page
