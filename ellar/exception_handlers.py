"""Exception handlers: methods of modules that answer the requests which end with an exception or a status."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import iscoroutinefunction, isfunction
from typing import Any, Literal, TypeVar, get_args

from dishka import AsyncContainer
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocket

from ellar.context import IExecutionContext
from ellar.controllers import template_of
from ellar.di import Dependency, Graph, inject
from ellar.exceptions import ImproperlyConfigured, place
from ellar.instances import Instance, Instances, singletons
from ellar.modules import ModuleNode
from ellar.signatures import Parameter, names_of, parameters, remember_locals

Handler = TypeVar("Handler", bound=Callable[..., Any])
Handled = type[Exception] | int
Given = Literal["request", "error"]

_HANDLED = "__ellar_handled__"


def exception_handler(*handled: Handled) -> Callable[[Handler], Handler]:
    """Makes a method of a module answer the requests that end with these exceptions or statuses.

    It may take the request, the exception and singletons, and returns what a route's handler may; None leaves the
    answer to the application. The nearest base class of an exception wins; a status stands before APIException.
    """

    def decorate(handler: Handler) -> Handler:
        if not handled:
            raise ImproperlyConfigured(f"{place(handler)}: {_WRITE} above {handler.__qualname__}")
        for kind in handled:
            _check_kind(handler, kind)
        setattr(handler, _HANDLED, (*handled, *_handled(handler)))
        remember_locals(handler)
        return handler

    return decorate


_WRITE = "write @exception_handler(SomeException), or a status from 400 to 599,"


def _check_kind(handler: Callable[..., Any], kind: object) -> None:
    if isinstance(kind, int) and 400 <= kind <= 599:
        return
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        what = kind.__name__ if isinstance(kind, type) else repr(kind)
        raise ImproperlyConfigured(f"{place(handler)}: {handler.__qualname__} handles {what}: {_WRITE} instead")


def _handled(handler: Any) -> tuple[Handled, ...]:
    found: tuple[Handled, ...] = getattr(handler, _HANDLED, ())
    return found


@dataclass(frozen=True, slots=True)
class ExceptionHandler:
    """A method of a module that answers errors, and how its parameters are filled."""

    method: Callable[..., Any]
    instance: Instance
    given: tuple[tuple[str, Given], ...]
    injected: tuple[Dependency, ...]
    is_async: bool

    async def call(self, request: Request, error: Exception, container: AsyncContainer) -> Any:
        """What it returns."""
        module = await self.instance.get(container)
        arguments = {name: request if what == "request" else error for name, what in self.given}
        arguments |= await inject(self.injected, container)
        if self.is_async:
            return await self.method(module, **arguments)
        return await run_in_threadpool(self.method, module, **arguments)


Handlers = Mapping[Handled, ExceptionHandler]


def exception_handlers(graph: Graph, nodes: Sequence[ModuleNode], instances: Instances) -> Handlers:
    """All that the modules declare. Raises ImproperlyConfigured for the first thing that is wrong with them."""
    found: dict[Handled, ExceptionHandler] = {}
    for node in nodes:
        _check_controllers(node)
        for method in _declared(node.module):
            made = _Reader(graph, node, instances).read(method)
            for kind in _handled(method):
                other = found.setdefault(kind, made)
                if other is not made:
                    raise ImproperlyConfigured(
                        f"{place(method)}: {method.__qualname__} handles {_name(kind)}, and so does"
                        f" {other.method.__qualname__} ({place(other.method)}): leave one"
                    )
    return found


def _declared(owner: type[Any]) -> Iterator[Callable[..., Any]]:
    for name in names_of(owner):
        written = [vars(kind)[name] for kind in owner.__mro__ if name in vars(kind)]
        method = getattr(owner, name)
        if _handled(method) and not isfunction(written[0]):
            raise ImproperlyConfigured(
                f"{place(method)}: {method.__qualname__} handles {_name(_handled(method)[0])} and is no method:"
                f" write def {name}(self, ...)"
            )
        if _handled(method) and template_of(method) is not None:
            raise ImproperlyConfigured(
                f"{place(method)}: {method.__qualname__} is an exception handler, which renders no page:"
                " take @render off, and return an HTMLResponse"
            )
        if _handled(method):
            yield method
        elif lost := next(filter(_handled, written), None):
            raise ImproperlyConfigured(
                f"{place(method)}: {method.__qualname__} hides the exception handler {lost.__qualname__}"
                f" ({place(lost)}): write @exception_handler above it, or call it otherwise"
            )


def _check_controllers(node: ModuleNode) -> None:
    for controller in node.spec.controllers:
        for method in _declared(controller):
            raise ImproperlyConfigured(
                f"{place(method)}: {method.__qualname__} is an exception handler of a controller:"
                f" move it to {node.class_name}, it is for the whole application"
            )


def _name(kind: Handled) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Settles the parameters of a module's exception handlers."""

    graph: Graph
    node: ModuleNode
    instances: Instances

    def read(self, method: Callable[..., Any]) -> ExceptionHandler:
        """What a handler takes: by type what it can be given, and what is left without one in this order."""
        waiting: list[Given] = ["request", "error"]
        given: dict[str, Given] = {}
        bare: list[Parameter] = []
        injected: list[Dependency] = []
        for parameter in parameters(method, self.node.local_names, method=True):
            what = self._given(method, parameter)
            if what is not None:
                given[parameter.name] = what
            elif parameter.annotation is Any:
                bare.append(parameter)
            else:
                dependency = self.graph.dependency(self.node, parameter, method, None)
                injected += [] if dependency is None else [dependency]
        waiting = [what for what in waiting if what not in given.values()]
        for parameter in bare:
            if not waiting:
                raise ImproperlyConfigured(
                    f"{place(method)}: {method.__qualname__} takes {parameter.name!r} without a type: annotate it"
                )
            given[parameter.name] = waiting.pop(0)
        instance = self.instances.of(self.node)
        checked = singletons(method, injected)
        return ExceptionHandler(method, instance, tuple(given.items()), checked, iscoroutinefunction(method))

    def _given(self, method: Callable[..., Any], parameter: Parameter) -> Given | None:
        kind = parameter.without_none
        if kind in (Request, HTTPConnection):
            return "request"
        begin = f"{place(method)}: {method.__qualname__} takes {parameter.name!r} as "
        if kind in (WebSocket, IExecutionContext):
            raise ImproperlyConfigured(f"{begin}{kind.__name__}, which is not there when a request failed: Request is")
        kinds = get_args(kind) or (kind,)
        if not all(isinstance(one, type) and issubclass(one, Exception) for one in kinds):
            return None
        for handled in _handled(method):
            if isinstance(handled, type) and not issubclass(handled, kinds):
                raise ImproperlyConfigured(f"{begin}{_name(kind)} and handles {_name(handled)}: write that as its type")
        return "error"
