"""What an application imports to declare its modules, controllers, routes and guards."""

from starlette.background import BackgroundTasks
from starlette.exceptions import WebSocketException
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.websockets import WebSocketDisconnect

from ellar.context import IExecutionContext
from ellar.controllers import (
    Controller,
    ControllerBase,
    delete,
    get,
    head,
    http_route,
    options,
    patch,
    post,
    put,
    render,
    ws_route,
)
from ellar.di import Inject
from ellar.exception_handlers import exception_handler
from ellar.exceptions import (
    APIException,
    BadRequest,
    Conflict,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    RequestValidationError,
)
from ellar.forms import UploadFile
from ellar.guards import GuardCanActivate, Guards, UseGuards
from ellar.metadata import set_metadata
from ellar.modules import Module
from ellar.params import Body, Cookie, File, Form, Header, Path, Query, WsBody
from ellar.routers import ModuleRouter
from ellar.sse import ServerSentEvent, ServerSentEvents
from ellar.template_functions import template_filter, template_global
from ellar.websockets import WebSocketSessionHandler

__all__ = [
    "APIException",
    "BackgroundTasks",
    "BadRequest",
    "Body",
    "Conflict",
    "Controller",
    "ControllerBase",
    "Cookie",
    "File",
    "FileResponse",
    "Form",
    "GuardCanActivate",
    "Guards",
    "HTMLResponse",
    "Header",
    "IExecutionContext",
    "Inject",
    "JSONResponse",
    "Module",
    "ModuleRouter",
    "NotAuthenticated",
    "NotFound",
    "Path",
    "PermissionDenied",
    "PlainTextResponse",
    "Query",
    "RedirectResponse",
    "RequestValidationError",
    "Response",
    "ServerSentEvent",
    "ServerSentEvents",
    "StreamingResponse",
    "UploadFile",
    "UseGuards",
    "WebSocketDisconnect",
    "WebSocketException",
    "WebSocketSessionHandler",
    "WsBody",
    "delete",
    "exception_handler",
    "get",
    "head",
    "http_route",
    "options",
    "patch",
    "post",
    "put",
    "render",
    "set_metadata",
    "template_filter",
    "template_global",
    "ws_route",
]
