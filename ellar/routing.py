"""Routing: what the decorators recorded becomes Starlette's routes, each with a compiled endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from inspect import iscoroutinefunction
from typing import Any

from dishka import AsyncContainer
from starlette.routing import Route, WebSocketRoute, compile_path
from starlette.types import ASGIApp

from ellar import guards as guarding
from ellar.config import Config
from ellar.controllers import (
    ControllerBase,
    Event,
    HTTPSpec,
    Spec,
    WebSocketSpec,
    hooks_of,
    prefix_of,
    routes_of,
    template_of,
)
from ellar.di import Dependency, Graph, Level, Protocol
from ellar.exceptions import ImproperlyConfigured, place
from ellar.guards import Guard, GuardCanActivate
from ellar.http import HTTPEndpoint
from ellar.modules import ModuleNode
from ellar.origins import origin_of
from ellar.params import Plan, Reader
from ellar.templating import Templates
from ellar.websockets import Hook, Session, WebSocketEndpoint, decoder

Handler = Callable[..., Any]
Draft = tuple[type[Route] | type[WebSocketRoute], str, dict[str, Any], Callable[[AsyncContainer], ASGIApp]]


class Compiler:
    """Turns what the decorators recorded into drafts of routes, which only lack the container."""

    def __init__(
        self,
        graph: Graph,
        nodes: Sequence[ModuleNode],
        config: Config,
        global_guards: tuple[Guard, ...],
        connections: set[asyncio.Task[Any]],
    ) -> None:
        self._graph = graph
        self._nodes = nodes
        self._connections = connections
        self._allowed_origins = _allowed_origins(config)
        self._global_guards = global_guards
        self._templates = Templates(debug=config.DEBUG)
        self._taken: dict[tuple[str, str], tuple[type[ControllerBase], Handler]] = {}

    def drafts(self) -> Iterator[Draft]:
        found = [
            (node, controller, handler, spec)
            for node in self._nodes
            for controller in node.spec.controllers
            for handler, spec in routes_of(controller)
        ]
        for node, controller, handler, _ in found:
            for guard in self._guards_of(controller, handler):
                if isinstance(guard, type):
                    self._graph.add_guard(node, guard)
        for node, controller, handler, spec in found:
            yield self._draft(node, controller, handler, spec)
        for node in self._nodes:
            for controller in node.spec.controllers:
                prefix_of(controller)
                _check_hooks(controller)

    def _draft(self, node: ModuleNode, controller: type[ControllerBase], handler: Handler, spec: Spec) -> Draft:
        path = prefix_of(controller) + spec.path or "/"
        if isinstance(spec, HTTPSpec):
            for method in spec.methods:
                self._claim(method, path, controller, handler)
            draft = self._http(node, controller, handler, path)
            return Route, path, {"methods": spec.methods, "name": spec.name or handler.__name__}, draft
        self._claim("websocket", path, controller, handler)
        draft = self._websocket(node, controller, handler, spec, path)
        return WebSocketRoute, path, {"name": spec.name or handler.__name__}, draft

    def _claim(self, method: str, path: str, controller: type[ControllerBase], handler: Handler) -> None:
        holder = self._taken.setdefault((method, path), (controller, handler))
        if holder != (controller, handler):
            raise ImproperlyConfigured(
                f"{place(handler)}: {controller.__name__}.{handler.__name__} answers {method} {path}, and so does"
                f" {holder[0].__name__}.{holder[1].__name__} ({place(holder[1])}): change one of the paths"
            )

    def _http(
        self, node: ModuleNode, controller: type[ControllerBase], handler: Handler, path: str
    ) -> Callable[[AsyncContainer], ASGIApp]:
        plan = Reader(self._graph, node, "http", _path_names(path, handler)).plan(handler)
        arguments = self._graph.dependencies(node, controller, "http")
        guards = self._guards(node, controller, handler, "http")
        template = template_of(handler)
        return partial(
            HTTPEndpoint,
            handler,
            controller,
            arguments,
            guards,
            plan,
            None if template is None else self._templates.renderer(template, node, handler),
            iscoroutinefunction(handler),
            level=_level(arguments, guards, [plan]),
        )

    def _websocket(
        self, node: ModuleNode, controller: type[ControllerBase], handler: Handler, spec: WebSocketSpec, path: str
    ) -> Callable[[AsyncContainer], ASGIApp]:
        reader = Reader(self._graph, node, "websocket", _path_names(path, handler))
        main = _hook(reader, handler)
        session = self._session(reader, controller, main, spec)
        arguments = self._graph.dependencies(node, controller, "websocket")
        _check_connection_scope(controller, arguments)
        guards = self._guards(node, controller, handler, "websocket")
        if template_of(handler) is not None:
            raise ImproperlyConfigured(
                f"{place(handler)}: a websocket renders no page: take @render off {handler.__name__}"
            )
        return partial(
            WebSocketEndpoint,
            main,
            session,
            controller,
            arguments,
            guards,
            self._allowed_origins,
            self._connections,
            level=_level(arguments, guards, [hook.plan for hook in (main, *(session.hooks if session else ()))]),
        )

    def _session(
        self, reader: Reader, controller: type[ControllerBase], main: Hook, spec: WebSocketSpec
    ) -> Session | None:
        handler, message = main.handler, main.plan.message
        begin = f"{place(handler)}: {handler.__qualname__}"
        if not spec.use_extra_handler:
            if message is not None:
                raise ImproperlyConfigured(f"{begin} takes WsBody: write @ws_route(..., use_extra_handler=True)")
            return None
        if message is None:
            raise ImproperlyConfigured(f"{begin} is called for each message and takes none: add data: str = WsBody()")
        if message.name is None and spec.encoding != "json":
            raise ImproperlyConfigured(f'{begin} takes several WsBody: write encoding="json", or one WsBody')
        hooks = {event: _hook(reader, hook, event) for event, hook in _hooks(controller, handler)}
        return Session(decoder(spec.encoding, message), hooks.get("connect"), hooks.get("disconnect"))

    def _guards_of(self, controller: type[ControllerBase], handler: Handler) -> tuple[Guard, ...]:
        return (*self._global_guards, *guarding.guards_of(controller), *guarding.guards_of(handler))

    def _guards(
        self, node: ModuleNode, controller: type[ControllerBase], handler: Handler, protocol: Protocol
    ) -> tuple[GuardCanActivate | Dependency, ...]:
        guards = self._guards_of(controller, handler)
        return tuple(self._graph.guard(node, guard, protocol) if isinstance(guard, type) else guard for guard in guards)


def _level(
    arguments: Sequence[Dependency], guards: Sequence[GuardCanActivate | Dependency], plans: list[Plan]
) -> Level:
    needed = [*arguments, *(guard for guard in guards if isinstance(guard, Dependency))]
    return max([Level.APP, *(dependency.level for dependency in needed), *(plan.level for plan in plans)])


def _path_names(path: str, handler: Handler) -> Collection[str]:
    try:
        return compile_path(path)[2]
    except (AssertionError, ValueError) as error:
        raise ImproperlyConfigured(f"{place(handler)}: the path {path!r} is wrong: {error}") from error


def _allowed_origins(config: Config) -> frozenset[str]:
    found = {written: written if written == "*" else origin_of(written) for written in config.WS_ALLOWED_ORIGINS}
    for written, origin in found.items():
        if origin is None:
            raise ImproperlyConfigured(
                f"WS_ALLOWED_ORIGINS: {written!r} is no origin: write one like https://example.org"
            )
    return frozenset(origin for origin in found.values() if origin is not None)


def _hook(reader: Reader, handler: Handler, event: Event | None = None) -> Hook:
    if not iscoroutinefunction(handler):
        name = handler.__name__
        raise ImproperlyConfigured(f"{place(handler)}: {handler.__qualname__} must be async: write async def {name}")
    if event is not None and guarding.guards_of(handler):
        raise ImproperlyConfigured(
            f"{place(handler)}: guards run before a connection, not before {handler.__qualname__}:"
            " put them on the @ws_route"
        )
    return Hook.of(handler, reader.plan(handler, hook=event))


def _hooks(controller: type[ControllerBase], handler: Handler) -> Iterator[tuple[Event, Handler]]:
    """The connect and disconnect handlers of this message handler."""
    found: set[Event] = set()
    for hook, spec in hooks_of(controller):
        if spec.handler.__name__ != handler.__name__:
            continue
        if spec.event in found:
            raise ImproperlyConfigured(
                f"{place(hook)}: {handler.__qualname__} has a second {spec.event} handler: leave one"
            )
        found.add(spec.event)
        yield spec.event, hook


def _check_hooks(controller: type[ControllerBase]) -> None:
    sessions = {
        handler.__name__
        for handler, spec in routes_of(controller)
        if isinstance(spec, WebSocketSpec) and spec.use_extra_handler
    }
    for hook, spec in hooks_of(controller):
        if spec.handler.__name__ not in sessions:
            raise ImproperlyConfigured(
                f"{place(hook)}: {hook.__qualname__} is a {spec.event} handler of {spec.handler.__qualname__}, which"
                " is no @ws_route(..., use_extra_handler=True) of this controller: add that to it"
            )


def _check_connection_scope(controller: type[ControllerBase], arguments: Sequence[Dependency]) -> None:
    for dependency in arguments:
        if dependency.level is Level.REQUEST:
            raise ImproperlyConfigured(
                f"{place(controller)}: {controller.__name__} lives as long as a websocket and takes"
                f" {dependency.name!r}, which lives for one message: take it as a parameter of the handler instead"
            )
