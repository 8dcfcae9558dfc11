"""Injection: who provides what, who may see it, how long it lives; settled at start, kept by one dishka container."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import partial
from typing import Annotated, Any, Literal, TypeVar, overload

import anyio
from dishka import AsyncContainer, make_async_container
from dishka import Provider as Factories
from dishka import Scope as Lifetime
from dishka.dependency_source import ContextVariable, Factory
from dishka.entities.factory_type import FactoryType
from dishka.entities.key import DependencyKey
from dishka.registry import Registry
from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocket

from ellar.config import Config
from ellar.context import IExecutionContext
from ellar.exceptions import ImproperlyConfigured, place
from ellar.modules import ModuleNode
from ellar.signatures import MISSING, Parameter, parameters, remember_locals

T = TypeVar("T")
Class = TypeVar("Class", bound=type[Any])
_SCOPE = "__ellar_scope__"


class Scope(Enum):
    """How long what a provider makes is kept."""

    SINGLETON = "singleton"
    REQUEST = "request"
    TRANSIENT = "transient"


singleton_scope = Scope.SINGLETON
"""One for the application."""
request_scope = Scope.REQUEST
"""One for an HTTP request, or for one message of a websocket."""
transient_scope = Scope.TRANSIENT
"""A new one wherever it is asked for."""


class InjectMarker:
    """Says in an `Annotated` that the value is injected."""


Inject = Annotated[T, InjectMarker()]
"""`Inject[CarService]` asks for a CarService by injection, also where its type alone would not say so."""


@overload
def injectable(declared: Class, /) -> Class: ...
@overload
def injectable(*, scope: Scope = ...) -> Callable[[Class], Class]: ...
def injectable(declared: Class | None = None, /, *, scope: Scope = singleton_scope) -> Any:
    """Says how long an injected class lives: `@injectable` (a singleton) or `@injectable(scope=request_scope)`."""
    if declared is None:
        return partial(_injectable, scope=scope, depth=2)
    return _injectable(declared, scope=scope, depth=3)


def _injectable(declared: Class, *, scope: Scope, depth: int) -> Class:
    setattr(declared, _SCOPE, scope)
    remember_locals(declared, depth)
    return declared


class ProviderConfig:
    """Provides `base` by a value, a class or a factory (sync or async; a generator cleans up after its `yield`)."""

    def __init__(
        self,
        base: Any,
        *,
        use_value: Any = MISSING,
        use_class: type[Any] | None = None,
        use_factory: Callable[..., Any] | None = None,
        scope: Scope | None = None,
    ) -> None:
        if (use_value is not MISSING) + (use_class is not None) + (use_factory is not None) != 1:
            raise ImproperlyConfigured(
                f"ProviderConfig({_name(base)}): give one of use_value=, use_class= and use_factory="
            )
        self.base = base
        self.kind: Kind = "value" if use_value is not MISSING else "class" if use_class else "factory"
        self.source: Any = use_value if use_value is not MISSING else use_class or use_factory
        self.scope = scope


Kind = Literal["value", "class", "factory", "context"]


class Level(IntEnum):
    """Which of the nested containers holds something: the application's, a connection's, a request's or message's."""

    APP = 0
    SESSION = 1
    REQUEST = 2


_LIFETIMES = {Level.APP: Lifetime.APP, Level.SESSION: Lifetime.SESSION, Level.REQUEST: Lifetime.REQUEST}
_CONNECTION_TYPES: tuple[type[Any], ...] = (HTTPConnection, Request, WebSocket, IExecutionContext)


@dataclass(frozen=True, slots=True, eq=False)
class Provider:
    """One way to make one type, and the module that says so (None: the runtime itself)."""

    provides: Any
    source: Any
    kind: Kind
    scope: Scope
    node: ModuleNode | None


@dataclass(frozen=True, slots=True)
class Dependency:
    """A parameter that is injected: how to ask the container for it, and which container that takes."""

    name: str
    provides: Any
    component: str
    level: Level


@dataclass(frozen=True, slots=True)
class _Plan:
    level: Level
    arguments: dict[str, Provider]


class Graph:
    """All providers of an application. Everything that it can find wrong, it raises as ImproperlyConfigured."""

    def __init__(
        self, nodes: Iterable[ModuleNode], config: Config, overrides: Mapping[Any, ProviderConfig] | None = None
    ) -> None:
        self._overrides = dict(overrides or {})
        self._ours = dict(self._runtime_providers(config))
        self._own: dict[ModuleNode, dict[Any, Provider]] = {}
        for node in nodes:
            self._own[node] = self._listed(node)
        self._check_exports()
        self._plans: dict[Provider, _Plan] = {}

    # Collecting

    def _runtime_providers(self, config: Config) -> Iterator[tuple[Any, Provider]]:
        for kind in _CONNECTION_TYPES:
            yield kind, Provider(kind, kind, "context", Scope.TRANSIENT, None)
        for kind in (Config, type(config)):
            yield kind, Provider(kind, config, "value", Scope.SINGLETON, None)
        for base, override in self._overrides.items():
            yield base, _configured(override, None)

    def _listed(self, node: ModuleNode) -> dict[Any, Provider]:
        own: dict[Any, Provider] = {}
        for entry in node.spec.providers:
            provider = self._provider(entry, node)
            if provider.provides in own:
                raise ImproperlyConfigured(
                    f"{place(node.module)}: providers= of {node.spec.name} provides {_name(provider.provides)} twice:"
                    " leave one"
                )
            own[provider.provides] = provider
        return own

    def _provider(self, entry: Any, node: ModuleNode) -> Provider:
        if isinstance(entry, type):
            entry = ProviderConfig(entry, use_class=entry)
        if not isinstance(entry, ProviderConfig):
            raise ImproperlyConfigured(
                f"{place(node.module)}: providers= of {node.spec.name} lists {entry!r}:"
                " write a class or a ProviderConfig"
            )
        return _configured(self._overrides.get(entry.base, entry), node)

    def add_guard(self, node: ModuleNode, kind: type[Any]) -> None:
        """A guard that a route names belongs to the controller's module without being listed.

        It is made anew each time unless it says otherwise. To be called for all guards before anything is asked for.
        """
        if self.find(node, kind) is None:
            scope = getattr(kind, _SCOPE, Scope.TRANSIENT)
            self._own[node][kind] = _configured(ProviderConfig(kind, use_class=kind, scope=scope), node)

    def _check_exports(self) -> None:
        for node in self._own:
            for exported in node.spec.exports:
                if self._exported(node, exported) is None and exported not in node.spec.modules:
                    raise ImproperlyConfigured(
                        f"{place(node.module)}: {node.spec.name} exports {_name(exported)}, which it does not provide:"
                        " add it to providers="
                    )

    # Finding

    def find(self, node: ModuleNode | None, kind: Any) -> Provider | None:
        """Who provides `kind` for the classes and handlers of this module."""
        if node is not None:
            if kind in self._own[node]:
                return self._own[node][kind]
            for imported in node.imports:
                found = self._exported(imported, kind)
                if found is not None:
                    return found
        return self._ours.get(kind)

    def _exported(self, node: ModuleNode, kind: Any) -> Provider | None:
        if kind in node.spec.exports:
            return self._own[node].get(kind) or self._exported_by_imports(node.imports, kind)
        return self._exported_by_imports([n for n in node.imports if n.module in node.spec.exports], kind)

    def _exported_by_imports(self, imports: Iterable[ModuleNode], kind: Any) -> Provider | None:
        return next(filter(None, (self._exported(imported, kind) for imported in imports)), None)

    def dependency(self, node: ModuleNode, parameter: Parameter, asker: Callable[..., Any]) -> Dependency | None:
        """How a handler or controller gets this parameter; None where its default serves. Raises for a missing one."""
        provider = self._wanted(node, parameter, asker, ())
        if provider is None:
            return None
        level = self._plan(provider, (asker,)).level
        return Dependency(parameter.name, provider.provides, self._component(provider), level)

    def guard(self, node: ModuleNode, kind: type[Any]) -> Dependency:
        """How to ask for a guard that a route names."""
        provider = self.find(node, kind) or self._own[node][kind]
        return Dependency("guard", provider.provides, self._component(provider), self._plan(provider, ()).level)

    def dependencies(self, node: ModuleNode, declared: type[Any]) -> tuple[Dependency, ...]:
        """What the constructor of a class takes."""
        wanted = parameters(declared, node.local_names)
        return tuple(filter(None, (self.dependency(node, parameter, declared) for parameter in wanted)))

    def _wanted(
        self, node: ModuleNode | None, parameter: Parameter, asker: Callable[..., Any], path: tuple[Any, ...]
    ) -> Provider | None:
        provider = self.find(node, parameter.annotation) or self.find(node, parameter.without_none)
        if provider is None and parameter.required:
            raise ImproperlyConfigured(self._missing(node, parameter, asker, path))
        return provider

    def _missing(
        self, node: ModuleNode | None, parameter: Parameter, asker: Callable[..., Any], path: tuple[Any, ...]
    ) -> str:
        kind, module = _name(parameter.annotation), node.spec.name if node else "the application"
        led = f" ({_arrows(*path, asker, parameter.annotation)})" if path else ""
        begin = f"{place(asker)}: {_name(asker)} needs {kind} for {parameter.name!r}{led}, which "
        owner = next((n.spec.name for n, own in self._own.items() if parameter.annotation in own), None)
        if owner is None:
            return f"{begin}nobody provides: add {kind} to providers= of {module}"
        return (
            f"{begin}is provided in {owner} but not seen in {module}:"
            f" add it to exports= of {owner}, and {owner} to modules= of {module}"
        )

    # Planning

    def _plan(self, provider: Provider, path: tuple[Any, ...]) -> _Plan:
        if provider not in self._plans:
            self._plans[provider] = self._make_plan(provider, path)
        return self._plans[provider]

    def _make_plan(self, provider: Provider, path: tuple[Any, ...]) -> _Plan:
        if provider.kind == "context":
            return _Plan(Level.SESSION, {})
        if provider.kind == "value":
            return _Plan(Level.APP, {})
        _check_source(provider, path)
        path = (*path, provider.source)
        arguments: dict[str, Provider] = {}
        for parameter in parameters(provider.source, provider.node.local_names if provider.node else None):
            wanted = self._wanted(provider.node, parameter, provider.source, path[:-1])
            if wanted is not None:
                arguments[parameter.name] = wanted
        return _Plan(self._level(provider, arguments, path), arguments)

    def _level(self, provider: Provider, arguments: Mapping[str, Provider], path: tuple[Any, ...]) -> Level:
        needed = max((self._plan(argument, path).level for argument in arguments.values()), default=Level.APP)
        if provider.scope is Scope.REQUEST:
            return Level.REQUEST
        if provider.scope is Scope.SINGLETON and needed is not Level.APP:
            short = next(a.provides for a in arguments.values() if self._plan(a, path).level is needed)
            name = _name(provider.source)
            raise ImproperlyConfigured(
                f"{place(provider.source)}: {name} is a singleton and needs {_name(short)}, which lives for one"
                f" request or connection ({_arrows(*path, short)}): write @injectable(scope=request_scope) above {name}"
            )
        return needed

    # Building

    def container(self) -> AsyncContainer:
        """The container, with every factory compiled."""
        factories = Factories()
        for provider in self._all():
            self._plan(provider, ())
            if provider.kind == "context":
                key = DependencyKey(provider.provides, "")
                factories.context_vars.append(ContextVariable(provides=key, scope=Lifetime.SESSION, override=False))
            else:
                factories.factories.append(self._factory(provider))
        made = make_async_container(factories, lock_factory=new_lock, skip_validation=True)
        self._warm(made)
        return made

    def _all(self) -> Iterator[Provider]:
        yield from self._ours.values()
        for own in self._own.values():
            yield from own.values()

    def _component(self, provider: Provider) -> str:
        """A name of the module's own where two modules provide the same type, else dishka's default."""
        owners = [node for node, own in self._own.items() if provider.provides in own]
        if provider.node is None or (len(owners) == 1 and provider.provides not in self._ours):
            return ""
        return f"{owners.index(provider.node)}:{provider.node.spec.name}"

    def _key(self, provider: Provider) -> DependencyKey:
        return DependencyKey(provider.provides, self._component(provider))

    def _factory(self, provider: Provider) -> Factory:
        plan = self._plans[provider]
        return Factory(
            dependencies=[],
            kw_dependencies={name: self._key(argument) for name, argument in plan.arguments.items()},
            source=provider.source,
            provides=self._key(provider),
            scope=_LIFETIMES[plan.level],
            type_=_factory_type(provider),
            is_to_bind=False,
            cache=provider.scope is not Scope.TRANSIENT,
            allow_static_evaluation=False,
            when_override=None,
            when_active=None,
            when_component=None,
            when_dependencies=[],
        )

    def _warm(self, container: AsyncContainer) -> None:
        """dishka compiles a factory when it is first asked for; that is done here instead."""
        registries = {}
        registry: Registry | None = container.registry
        while registry is not None:
            registries[registry.scope] = registry
            registry = registry.child_registry
        for provider in self._all():
            lifetime = _LIFETIMES[self._plans[provider].level]
            registries[lifetime].get_compiled_async(self._key(provider).as_compilation_key())


def new_lock() -> anyio.Lock:
    """A lock for one container: without it, two tasks that ask at once would make an object twice."""
    return anyio.Lock(fast_acquire=True)


async def inject(dependencies: tuple[Dependency, ...], container: AsyncContainer) -> dict[str, Any]:
    """The injected arguments."""
    return {d.name: await container.get(d.provides, component=d.component) for d in dependencies}


def _configured(config: ProviderConfig, node: ModuleNode | None) -> Provider:
    declared: Scope = getattr(config.source, _SCOPE, Scope.SINGLETON)
    return Provider(config.base, config.source, config.kind, config.scope or declared, node)


def _check_source(provider: Provider, path: tuple[Any, ...]) -> None:
    source, name = provider.source, _name(provider.source)
    if source in path:
        raise ImproperlyConfigured(
            f"{place(source)}: {name} needs itself ({_arrows(*path[path.index(source) :], source)}):"
            " take one of them out of a constructor"
        )
    if provider.kind == "class" and inspect.isabstract(source):
        raise ImproperlyConfigured(
            f"{place(source)}: {name} is abstract and can't be made:"
            f" provide it by ProviderConfig({_name(provider.provides)}, use_class=...)"
        )


def _factory_type(provider: Provider) -> FactoryType:
    if provider.kind == "value":
        return FactoryType.VALUE
    if inspect.isasyncgenfunction(provider.source):
        return FactoryType.ASYNC_GENERATOR
    if inspect.isgeneratorfunction(provider.source):
        return FactoryType.GENERATOR
    return FactoryType.ASYNC_FACTORY if inspect.iscoroutinefunction(provider.source) else FactoryType.FACTORY


def _arrows(*kinds: Any) -> str:
    return " > ".join(_name(kind) for kind in kinds)


def _name(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) or inspect.isfunction(kind) else str(kind)
