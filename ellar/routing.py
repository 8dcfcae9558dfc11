"""Routing: declared routes become Starlette's routes, each with a compiled endpoint."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import iscoroutinefunction
from typing import Any

from dishka import AsyncContainer
from starlette.convertors import Convertor, IntegerConvertor
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Route, WebSocketRoute, compile_path

from ellar.bodies import JSONBody
from ellar.config import Config, source_of
from ellar.controllers import Event, HTTPSpec, Spec, WebSocketSpec, template_of
from ellar.declared import Declared
from ellar.di import Dependency, Graph, Level, Protocol
from ellar.exceptions import ImproperlyConfigured, place
from ellar.forms import FormBody
from ellar.guards import GuardCanActivate, guards_of
from ellar.http import HTTPEndpoint
from ellar.mounts import pattern_of
from ellar.origins import origin_of
from ellar.params import Plan
from ellar.plans import Reader
from ellar.responses import models_of
from ellar.templating import Templates
from ellar.websockets import Hook, Serving, Session, WebSocketEndpoint, WebSocketSessionHandler, decoder

Endpoint = HTTPEndpoint | WebSocketEndpoint


class _Digits(IntegerConvertor):
    """Starlette's `{number:int}`, for more digits than Python makes a number of: no parameter takes what they stay."""

    def convert(self, value: str) -> Any:
        try:
            return super().convert(value)
        except ValueError:
            return value


@dataclass(frozen=True, slots=True)
class Draft:
    """A compiled route that only lacks the container."""

    declared: Declared
    name: str
    answers_head: bool
    endpoint: Callable[[AsyncContainer], Endpoint]

    def route(self, container: AsyncContainer) -> _Route | _WebSocketRoute:
        """Starlette's route."""
        route = self._made(self.endpoint(container))
        route.whole_name = self.declared.name
        for key, convertor in route.param_convertors.items():
            if type(convertor) is IntegerConvertor:
                route.param_convertors[key] = _Digits()
        return route

    def _made(self, endpoint: Endpoint) -> _Route | _WebSocketRoute:
        spec = self.declared.spec
        if not isinstance(spec, HTTPSpec):
            return _WebSocketRoute(self.declared.path, endpoint, name=self.name)
        route = _Route(self.declared.path, endpoint, methods=spec.methods, name=self.name)
        if not self.answers_head and route.methods is not None:
            route.methods.discard("HEAD")
        return route


class _Named(BaseRoute):
    """What `url_for` also finds by its controller's name, `CarController.index`: many have an `index`."""

    name: str
    whole_name: str

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        return super().url_path_for(self.name if name == self.whole_name else name, **path_params)


class _Route(_Named, Route): ...


class _WebSocketRoute(_Named, WebSocketRoute): ...


class Compiler:
    """Turns declared routes into drafts."""

    def __init__(self, graph: Graph, config: Config, templates: Templates, connections: Serving) -> None:
        self._graph = graph
        self._config = config
        self._connections = connections
        self._allowed_origins = _allowed_origins(config)
        self._templates = templates

    def drafts(self, found: Sequence[Declared]) -> list[Draft]:
        """One for each. Raises ImproperlyConfigured for the first that is wrong, with the other mistakes in it."""
        for declared in found:
            for guard in declared.guards:
                if isinstance(guard, type):
                    self._graph.add_guard(declared.node, guard, declared.handler)
        names = {declared.spec.name for declared in found}
        heads = {pattern_of(one.path) for one in found if isinstance(one.spec, HTTPSpec) and "HEAD" in one.spec.methods}
        drafts: list[Draft] = []
        mistakes: list[ImproperlyConfigured] = []
        for declared in found:
            try:
                drafts.append(self._draft(declared, declared.spec, names, heads))
            except ImproperlyConfigured as mistake:
                mistakes.append(mistake)
        if mistakes:
            mistakes[0].others = mistakes[1:]
            raise mistakes[0]
        return drafts

    def _draft(self, declared: Declared, spec: Spec, names: Collection[str | None], heads: Collection[str]) -> Draft:
        name = declared.handler.__name__
        return Draft(
            declared,
            spec.name or (declared.name if name in names else name),  # a name that is written is one route's alone
            isinstance(spec, HTTPSpec) and ("HEAD" in spec.methods or pattern_of(declared.path) not in heads),
            self._compiled(declared, spec),
        )

    def _compiled(self, declared: Declared, spec: Spec) -> Callable[[AsyncContainer], Endpoint]:
        return self._http(declared, spec) if isinstance(spec, HTTPSpec) else self._websocket(declared, spec)

    def _http(self, declared: Declared, spec: HTTPSpec) -> Callable[[AsyncContainer], HTTPEndpoint]:
        handler = declared.handler
        plan = self._reader(declared, "http").plan(handler)
        arguments = self._controller_arguments(declared, "http")
        guards = self._guards(declared, "http")
        models = models_of(spec, handler)
        template = template_of(handler)
        if models is not None and template is not None:
            raise ImproperlyConfigured(
                f"{place(handler)}: {handler.__qualname__} renders a page, which no response= filters: take it out"
            )
        return partial(
            HTTPEndpoint,
            handler,
            declared.controller,
            arguments,
            guards,
            plan,
            _body(plan, self._config),
            models,
            None if template is None else self._templates.renderer(template, declared.node, handler),
            iscoroutinefunction(handler),
            bool(plan.names_of("response") or plan.names_of("tasks")),
            level=_level(arguments, guards, [plan]),
        )

    def _websocket(self, declared: Declared, spec: WebSocketSpec) -> Callable[[AsyncContainer], WebSocketEndpoint]:
        main = _hook(self._reader(declared, "websocket"), declared.handler)
        session = self._session(declared, spec, main)
        arguments = self._controller_arguments(declared, "websocket")
        guards = self._guards(declared, "websocket")
        if template_of(declared.handler) is not None:
            raise ImproperlyConfigured(
                f"{place(declared.handler)}: a websocket renders no page: take @render off {declared.handler.__name__}"
            )
        made = [*arguments, *(session.handler_arguments if session else ())]
        return partial(
            WebSocketEndpoint,
            main,
            session,
            declared.controller,
            arguments,
            guards,
            self._allowed_origins,
            self._connections,
            level=_level(made, guards, [hook.plan for hook in (main, *(session.hooks if session else ()))]),
        )

    def _reader(self, declared: Declared, protocol: Protocol) -> Reader:
        is_method = declared.controller is not None
        return Reader(self._graph, declared.node, protocol, _path_names(declared), is_method)

    def _controller_arguments(self, declared: Declared, protocol: Protocol) -> tuple[Dependency, ...]:
        if declared.controller is None:
            return ()
        arguments = self._graph.dependencies(declared.node, declared.controller, protocol)
        if protocol == "websocket":
            _check_connection_scope(declared.controller, arguments)
        return arguments

    def _session(self, declared: Declared, spec: WebSocketSpec, main: Hook) -> Session | None:
        handler, message = main.handler, main.plan.message
        begin = f"{place(handler)}: {handler.__qualname__}"
        if not spec.use_extra_handler:
            if message is not None:
                raise ImproperlyConfigured(f"{begin} takes WsBody: write @ws_route(..., use_extra_handler=True)")
            if spec.extra_handler_type is not None:
                raise ImproperlyConfigured(f"{begin} has an extra_handler_type: add use_extra_handler=True")
            return None
        if message is None:
            raise ImproperlyConfigured(f"{begin} is called for each message and takes none: add data: str = WsBody()")
        if message.name is None and spec.encoding != "json":
            raise ImproperlyConfigured(f'{begin} takes several WsBody: write encoding="json", or one WsBody')
        hooks = self._hooks(declared)
        _check_names((main, *hooks.values()))
        return Session(
            main,
            decoder(spec.encoding, message),
            message.name,
            hooks.get("connect"),
            hooks.get("disconnect"),
            *self._session_handler(declared, spec.extra_handler_type or WebSocketSessionHandler),
        )

    def _session_handler(
        self, declared: Declared, kind: type[WebSocketSessionHandler]
    ) -> tuple[type[WebSocketSessionHandler], tuple[Dependency, ...]]:
        if not (isinstance(kind, type) and issubclass(kind, WebSocketSessionHandler)):
            raise ImproperlyConfigured(
                f"{place(declared.handler)}: {declared.handler.__qualname__} has extra_handler_type={kind!r}:"
                " write a subclass of ellar.common.WebSocketSessionHandler"
            )
        for method in (kind.on_connect, kind.on_message, kind.on_disconnect):
            if not iscoroutinefunction(method):
                raise ImproperlyConfigured(
                    f"{place(method)}: {method.__qualname__} must be async: write async def {method.__name__}"
                )
        arguments = self._graph.dependencies(declared.node, kind, "websocket")
        _check_connection_scope(kind, arguments)
        return kind, arguments

    def _hooks(self, declared: Declared) -> dict[Event, Hook]:
        """The connect and disconnect handlers of a message handler."""
        reader, found = self._reader(declared, "websocket"), dict[Event, Hook]()
        for function, spec in declared.hooks:
            if spec.event in found:
                raise ImproperlyConfigured(
                    f"{place(function)}: {declared.handler.__qualname__} has a second {spec.event} handler: leave one"
                )
            found[spec.event] = _hook(reader, function, spec.event)
        return found

    def _guards(self, declared: Declared, protocol: Protocol) -> tuple[GuardCanActivate | Dependency, ...]:
        return tuple(
            self._graph.guard(declared.node, guard, protocol) if isinstance(guard, type) else guard
            for guard in declared.guards
        )


def _body(plan: Plan, config: Config) -> JSONBody | FormBody | None:
    if plan.form:
        return FormBody.of(plan.form, config)
    return None if plan.message is None else JSONBody(plan.message, config.MAX_BODY_SIZE)


def _level(
    arguments: Sequence[Dependency], guards: Sequence[GuardCanActivate | Dependency], plans: list[Plan]
) -> Level:
    needed = [*arguments, *(guard for guard in guards if isinstance(guard, Dependency))]
    return max([Level.APP, *(dependency.level for dependency in needed), *(plan.level for plan in plans)])


def _path_names(declared: Declared) -> Mapping[str, Convertor[Any]]:
    try:
        return compile_path(declared.path)[2]
    except (AssertionError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{place(declared.handler)}: the path {declared.path!r} is wrong: {error}"
        ) from error


def _allowed_origins(config: Config) -> frozenset[str]:
    found = {written: written if written == "*" else origin_of(written) for written in config.WS_ALLOWED_ORIGINS}
    for written, origin in found.items():
        if origin is None:
            raise ImproperlyConfigured(
                f"{source_of(config, 'WS_ALLOWED_ORIGINS')}: WS_ALLOWED_ORIGINS names {written!r}:"
                " write an origin like https://example.org"
            )
    return frozenset(origin for origin in found.values() if origin is not None)


def _hook(reader: Reader, handler: Callable[..., Any], event: Event | None = None) -> Hook:
    if not iscoroutinefunction(handler):
        name = handler.__name__
        raise ImproperlyConfigured(f"{place(handler)}: {handler.__qualname__} must be async: write async def {name}")
    if event is not None and guards_of(handler):
        raise ImproperlyConfigured(
            f"{place(handler)}: guards run before a connection, not before {handler.__qualname__}:"
            " put them on the @ws_route"
        )
    return Hook.of(handler, reader.plan(handler, hook=event))


def _check_names(hooks: Sequence[Hook]) -> None:
    for hook in hooks:
        if any(value.name == "websocket" for value in hook.plan.values):
            raise ImproperlyConfigured(
                f"{place(hook.handler)}: {hook.handler.__qualname__} takes 'websocket' from the client, and on_connect"
                ' gets the connection by that name: call it otherwise, with alias="websocket"'
            )


def _check_connection_scope(kind: type[Any], arguments: Sequence[Dependency]) -> None:
    for dependency in arguments:
        if dependency.level is Level.REQUEST:
            raise ImproperlyConfigured(
                f"{place(kind)}: {kind.__name__} lives as long as a websocket and takes"
                f" {dependency.name!r}, which lives for one message: take it as a parameter of the handler instead"
            )
