"""Declared routes: all that the decorators recorded in the module tree, gathered and checked before it is compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from inspect import getattr_static, signature
from typing import Any

from starlette.routing import BaseRoute

from ellar.controllers import (
    ControllerBase,
    HTTPSpec,
    Spec,
    WebSocketSpec,
    hooks_of,
    hooks_of_function,
    is_decorated,
    prefix_of,
    route_of,
    routes_of,
)
from ellar.controllers import Hook as DeclaredHook
from ellar.exceptions import ImproperlyConfigured, place
from ellar.guards import Guard, guards_of
from ellar.modules import ModuleNode
from ellar.mounts import pattern_of
from ellar.routers import ModuleRouter
from ellar.signatures import return_annotation

Handler = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Declared:
    """A route: a controller's method, or a plain function (whose controller is None)."""

    node: ModuleNode
    controller: type[ControllerBase] | None
    handler: Handler
    spec: Spec
    prefix: str
    guards: tuple[Guard, ...]
    hooks: tuple[DeclaredHook, ...]

    @property
    def path(self) -> str:
        """With the prefix of its controller or router."""
        return self.prefix + self.spec.path or "/"

    @property
    def name(self) -> str:
        """For errors."""
        return f"{self.controller.__name__}.{self.handler.__name__}" if self.controller else self.handler.__qualname__

    @property
    def returns(self) -> Any:
        """What the handler's annotation says it returns; MISSING where it says nothing that can be known here."""
        return return_annotation(self.handler, self.node.local_names)


def declared_routes(nodes: Sequence[ModuleNode], global_guards: tuple[Guard, ...]) -> list[Declared]:
    """All of them, in the order in which they are tried.

    Raises ImproperlyConfigured where two answer the same, or are written with one name.
    """
    found = [
        declared for node in nodes for declared in (*_methods(node, global_guards), *_functions(node, global_guards))
    ]
    _check_duplicates(found)
    _check_names(found)
    return found


def _methods(node: ModuleNode, global_guards: tuple[Guard, ...]) -> Iterator[Declared]:
    for controller in node.spec.controllers:
        prefix, hooks = prefix_of(controller), hooks_of(controller)
        _check_overrides(controller)
        _check_hooks(controller, hooks)
        for handler, spec in routes_of(controller):
            _check_method(controller, handler)
            guards = (*global_guards, *guards_of(controller), *guards_of(handler))
            own = tuple(hook for hook in hooks if hook[1].handler.__name__ == handler.__name__)
            yield Declared(node, controller, handler, spec, prefix, guards, own)


def _check_overrides(controller: type[ControllerBase]) -> None:
    """A route or hook that a subclass writes anew without a decorator would be gone, and its guards with it."""
    for base in controller.__mro__[1:]:
        for name, written in vars(base).items():
            own = getattr(controller, name)
            if is_decorated(written) and callable(own) and not is_decorated(own):
                raise ImproperlyConfigured(
                    f"{place(own)}: {own.__qualname__} has no decorator, and {written.__qualname__} has: write it here"
                    f" too, or {name} = None to have none"
                )


def _check_method(controller: type[ControllerBase], handler: Handler) -> None:
    written = getattr_static(controller, handler.__name__)
    if isinstance(written, staticmethod | classmethod) or not signature(handler).parameters:
        raise ImproperlyConfigured(
            f"{place(handler)}: {handler.__qualname__} is called on its controller: write def {handler.__name__}(self)"
            " without @staticmethod and @classmethod"
        )


def _functions(node: ModuleNode, global_guards: tuple[Guard, ...]) -> Iterator[Declared]:
    for entry in node.spec.routers:
        if isinstance(entry, BaseRoute):
            continue
        prefix, before, handlers = "", global_guards, [entry]
        if isinstance(entry, ModuleRouter):
            prefix, before, handlers = entry.prefix, (*global_guards, *entry.guards), entry.handlers
        for handler in handlers:
            spec, hooks = _function_route(node, handler), tuple(hooks_of_function(handler))
            _check_function_hooks(handler, spec, hooks)
            yield Declared(node, None, handler, spec, prefix, (*before, *guards_of(handler)), hooks)


def _function_route(node: ModuleNode, handler: Any) -> Spec:
    spec = route_of(handler)
    if spec is None or isinstance(handler, type):
        named = getattr(handler, "__name__", None)
        where, name = (place(handler), named) if named else (node.place, repr(handler))
        raise ImproperlyConfigured(
            f"{where}: routers= of {node.class_name} lists {name}, which is no route: write a ModuleRouter,"
            ' @get("/path") above a function, or Mount("/path", app) for an ASGI application'
        )
    if next(iter(signature(handler).parameters), None) == "self":
        raise ImproperlyConfigured(
            f"{place(handler)}: {handler.__qualname__} takes self and is in routers= of {node.class_name}:"
            " list its class in controllers=, or take self out"
        )
    return spec


def _check_duplicates(found: Sequence[Declared]) -> None:
    taken: dict[tuple[str, str], Declared] = {}
    for one in found:
        for method in one.spec.methods if isinstance(one.spec, HTTPSpec) else ("websocket",):
            other = taken.setdefault((method, pattern_of(one.path)), one)
            if other is not one:
                raise ImproperlyConfigured(
                    f"{place(one.handler)}: {one.name} answers {method} {one.path}, and so does"
                    f" {other.name} ({place(other.handler)}): change one of the paths"
                )


def _check_names(found: Sequence[Declared]) -> None:
    named: dict[str, Declared] = {}
    for one in found:
        other = named.setdefault(one.spec.name, one) if one.spec.name else one
        if other.path != one.path:
            raise ImproperlyConfigured(
                f"{place(one.handler)}: {one.name} has name={one.spec.name!r}, and so has {other.name}"
                f" ({place(other.handler)}), which is at another path: write another name"
            )


def _is_session(spec: Spec | None) -> bool:
    return isinstance(spec, WebSocketSpec) and spec.use_extra_handler


def _check_hooks(controller: type[ControllerBase], hooks: Sequence[DeclaredHook]) -> None:
    sessions = {handler.__name__ for handler, spec in routes_of(controller) if _is_session(spec)}
    members = {id(member) for kind in controller.__mro__ for member in vars(kind).values()}
    for hook in hooks:
        handler = hook[1].handler  # of a base class where this one has a handler of its own by that name
        if handler.__name__ not in sessions or id(handler) not in members:
            raise _homeless(hook, " of this controller")


def _check_function_hooks(handler: Handler, spec: Spec, hooks: Sequence[DeclaredHook]) -> None:
    if hooks and not _is_session(spec):
        raise _homeless(hooks[0], "")


def _homeless(hook: DeclaredHook, owner: str) -> ImproperlyConfigured:
    function, spec = hook
    return ImproperlyConfigured(
        f"{place(function)}: {function.__qualname__} is a {spec.event} handler of {spec.handler.__qualname__}, which"
        f" is no @ws_route(..., use_extra_handler=True){owner}: add that to it"
    )
