"""The container: what the graph has settled, handed to dishka, with every factory compiled at start.

The one file that touches dishka's inner parts.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import wraps
from types import TracebackType
from typing import Any

from dishka import AsyncContainer, make_async_container
from dishka import Provider as Factories
from dishka import Scope as Lifetime
from dishka.dependency_source import ContextVariable, Factory
from dishka.entities.factory_type import FactoryType
from dishka.entities.key import DependencyKey
from dishka.registry import Registry

from ellar.di import EveryLoopsLock, Graph, Level, Provider, Scope

_LIFETIMES = {Level.APP: Lifetime.APP, Level.SESSION: Lifetime.SESSION, Level.REQUEST: Lifetime.REQUEST}


def build(graph: Graph) -> AsyncContainer:
    """The application's container. Raises ImproperlyConfigured for what no route has asked for so far, too."""
    factories = Factories()
    for provider in graph.providers():
        if provider.kind == "context":
            key = DependencyKey(provider.provides, "")
            factories.context_vars.append(ContextVariable(provides=key, scope=Lifetime.SESSION, override=False))
        else:
            factories.factories.append(_factory(graph, provider))
    container = make_async_container(factories, lock_factory=EveryLoopsLock, skip_validation=True)
    _warm(container, graph)
    return container


def _key(graph: Graph, provider: Provider) -> DependencyKey:
    return DependencyKey(provider.provides, graph.component(provider))


def _factory(graph: Graph, provider: Provider) -> Factory:
    plan = graph.plan(provider)
    source, kind = _source(provider)
    return Factory(
        dependencies=[],
        kw_dependencies={name: _key(graph, argument) for name, argument in plan.arguments.items()},
        source=source,
        provides=_key(graph, provider),
        scope=_LIFETIMES[plan.level],
        type_=kind,
        is_to_bind=False,
        cache=provider.scope is not Scope.TRANSIENT,
        allow_static_evaluation=False,
        when_override=None,
        when_active=None,
        when_component=None,
        when_dependencies=[],
    )


def _warm(container: AsyncContainer, graph: Graph) -> None:
    """dishka compiles a factory when it is first asked for; that is done here instead."""
    registries = {}
    registry: Registry | None = container.registry
    while registry is not None:
        registries[registry.scope] = registry
        registry = registry.child_registry
    for provider in graph.providers():
        lifetime = _LIFETIMES[graph.plan(provider).level]
        registries[lifetime].get_compiled_async(_key(graph, provider).as_compilation_key())


def _source(provider: Provider) -> tuple[Any, FactoryType]:
    source = provider.source
    if provider.kind == "value":
        return source, FactoryType.VALUE
    if inspect.isasyncgenfunction(source):
        return _throwing_async(source), FactoryType.ASYNC_GENERATOR
    if inspect.isgeneratorfunction(source):
        return _throwing(source), FactoryType.GENERATOR
    return source, FactoryType.ASYNC_FACTORY if inspect.iscoroutinefunction(source) else FactoryType.FACTORY


# dishka hands the exception that ended a scope to a factory as the value of its `yield`. Raised there instead, it does
# what everyone expects of `try`, `except` and `with` around a `yield`: a failed request is not committed.


def _throwing(factory: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    @wraps(factory)
    def make(**arguments: Any) -> Iterator[Any]:
        manager = contextmanager(factory)(**arguments)
        error = yield manager.__enter__()
        manager.__exit__(*_raised(error))

    return make


def _throwing_async(factory: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    @wraps(factory)
    async def make(**arguments: Any) -> AsyncIterator[Any]:
        manager = asynccontextmanager(factory)(**arguments)
        error = yield await manager.__aenter__()
        await manager.__aexit__(*_raised(error))

    return make


Raised = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


def _raised(error: BaseException | None) -> Raised:
    return (None, None, None) if error is None else (type(error), error, error.__traceback__)
