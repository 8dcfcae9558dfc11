"""Injection: who provides what, who may see it, how long it lives; settled at start, kept by one dishka container."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import partial
from types import TracebackType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, overload

import anyio
from dishka import AsyncContainer
from dishka import Scope as Lifetime
from dishka.exceptions import ExitError
from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocket

from ellar.config import Config
from ellar.context import IExecutionContext
from ellar.exceptions import ImproperlyConfigured, UnknownProvider, place
from ellar.metadata import Reflector
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
        return partial(_injectable, scope=scope)
    return _injectable(declared, scope=scope)


def _injectable(declared: Class, *, scope: Scope) -> Class:
    setattr(declared, _SCOPE, scope)
    remember_locals(declared)
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
        if use_class is not None and not isinstance(use_class, type):
            raise ImproperlyConfigured(
                f"ProviderConfig({_name(base)}, use_class={use_class!r}): write a class, or use_value= for an object"
            )
        self.base = base
        self.kind: Kind = "value" if use_value is not MISSING else "class" if use_class else "factory"
        self.source: Any = use_value if use_value is not MISSING else use_class or use_factory
        self.scope = scope


Kind = Literal["value", "class", "factory", "context"]
Protocol = Literal["http", "websocket"]


class Level(IntEnum):
    """Which of the nested containers holds something: the application's, a connection's, a request's or message's."""

    APP = 0
    SESSION = 1
    REQUEST = 2


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
class Plan:
    """What making something takes: the container for it, its arguments, and what it needs of the connection."""

    level: Level
    arguments: dict[str, Provider]
    connections: frozenset[Any] = frozenset()


class Graph:
    """All providers of an application. Everything that it can find wrong, it raises as ImproperlyConfigured."""

    def __init__(
        self, nodes: Sequence[ModuleNode], config: Config, overrides: Mapping[Any, ProviderConfig] | None = None
    ) -> None:
        self._overrides = dict(overrides or {})
        self._ours = dict(_runtime_providers(config))
        self._own = {node: self._listed(node) for node in nodes}
        self._add_overrides_of_nothing()
        self._check_exports()
        self._plans: dict[Provider, Plan] = {}

    # Collecting

    def _add_overrides_of_nothing(self) -> None:
        """What no module provides, a test may; it is seen everywhere, and asks from the root module."""
        root = next(reversed(self._own))
        for base, override in self._overrides.items():
            if not any(base in own for own in self._own.values()):
                self._ours[base] = _configured(override, root)

    def _listed(self, node: ModuleNode) -> dict[Any, Provider]:
        own: dict[Any, Provider] = {}
        for entry in node.spec.providers:
            provider = self._provider(entry, node)
            if provider.provides in own:
                name = _name(provider.provides)
                raise ImproperlyConfigured(
                    f"{node.place}: providers= of {node.class_name} provides {name} twice: leave one"
                )
            own[provider.provides] = provider
        return own

    def _provider(self, entry: Any, node: ModuleNode) -> Provider:
        if isinstance(entry, type):
            entry = ProviderConfig(entry, use_class=entry)
        if not isinstance(entry, ProviderConfig):
            raise ImproperlyConfigured(
                f"{node.place}: providers= of {node.class_name} lists {entry!r}: write a class or a ProviderConfig"
            )
        return _configured(self._overrides.get(entry.base, entry), node)

    def add_guard(self, node: ModuleNode, kind: type[Any], route: Callable[..., Any]) -> None:
        """A guard that a route names belongs to the controller's module without being listed.

        It is made anew each time unless it says otherwise. To be called for all guards before anything is asked for.
        """
        if self.find(node, kind) is None:
            if inspect.isabstract(kind) and kind not in self._overrides:
                methods = " and ".join(sorted(kind.__abstractmethods__))
                raise ImproperlyConfigured(
                    f"{place(route)}: {_name(route)} is behind {_name(kind)}, which is abstract:"
                    f" subclass it and write {methods}"
                )
            scope = getattr(kind, _SCOPE, Scope.TRANSIENT)
            listed = ProviderConfig(kind, use_class=kind, scope=scope)
            self._own[node][kind] = _configured(self._overrides.get(kind, listed), node)

    def _check_exports(self) -> None:
        for node in self._own:
            for exported in node.spec.exports:
                if self._exported(node, exported) is None and exported not in node.spec.modules:
                    raise ImproperlyConfigured(
                        f"{node.place}: {node.class_name} exports {_name(exported)}, which it does not provide:"
                        " add it to providers="
                    )

    # Finding

    def find(self, node: ModuleNode | None, kind: Any) -> Provider | None:
        """Who provides `kind` for the classes and handlers of this module."""
        if node is None:
            return self._ours.get(kind)
        found = self._own[node].get(kind) or self._imported(node, node.imports, kind)
        return found or self._ours.get(kind)

    def _imported(self, node: ModuleNode, imports: Iterable[ModuleNode], kind: Any) -> Provider | None:
        found = dict.fromkeys(filter(None, (self._exported(imported, kind) for imported in imports)))
        if len(found) > 1:
            owners = " and ".join(provider.node.class_name for provider in found if provider.node)
            raise ImproperlyConfigured(
                f"{node.place}: {node.class_name} is given {_name(kind)} by {owners}: take it out of exports= of one"
            )
        return next(iter(found), None)

    def _exported(self, node: ModuleNode, kind: Any) -> Provider | None:
        if kind in node.spec.exports:
            return self._own[node].get(kind) or self._imported(node, node.imports, kind)
        return self._imported(node, [n for n in node.imports if n.module in node.spec.exports], kind)

    def dependency(
        self, node: ModuleNode, parameter: Parameter, asker: Callable[..., Any], protocol: Protocol | None
    ) -> Dependency | None:
        """How a handler, class or hook gets this parameter; None where its default serves. Raises for a missing one."""
        provider = self._wanted(node, parameter, asker, ())
        return None if provider is None else self._dependency(parameter.name, provider, (asker,), protocol)

    def guard(self, node: ModuleNode, kind: type[Any], protocol: Protocol) -> Dependency:
        """How to ask for a guard that a route names."""
        provider = self.find(node, kind) or self._own[node][kind]
        return self._dependency(_name(kind), provider, (), protocol)

    def dependencies(self, node: ModuleNode, declared: type[Any], protocol: Protocol | None) -> tuple[Dependency, ...]:
        """What the constructor of a class takes."""
        wanted = parameters(declared, node.local_names)
        return tuple(filter(None, (self.dependency(node, parameter, declared, protocol) for parameter in wanted)))

    def _dependency(
        self, name: str, provider: Provider, path: tuple[Any, ...], protocol: Protocol | None
    ) -> Dependency:
        plan = self.plan(provider, path)
        foreign = WebSocket if protocol == "http" else Request
        if protocol is not None and foreign in plan.connections:
            route = "an HTTP route" if protocol == "http" else "a websocket"
            raise ImproperlyConfigured(
                f"{place(provider.source)}: {_name(provider.source)} needs {foreign.__name__}, which {route}"
                f" ({_arrows(*path, provider.source)}) has not: take HTTPConnection"
            )
        return Dependency(name, provider.provides, self.component(provider), plan.level)

    def _wanted(
        self, node: ModuleNode | None, parameter: Parameter, asker: Callable[..., Any], path: tuple[Any, ...]
    ) -> Provider | None:
        provider = self.find(node, parameter.annotation) or self.find(node, parameter.without_none)
        if provider is None and parameter.required:
            raise UnknownProvider(self._missing(node, parameter, asker, path))
        return provider

    def _missing(
        self, node: ModuleNode | None, parameter: Parameter, asker: Callable[..., Any], path: tuple[Any, ...]
    ) -> str:
        if parameter.annotation is Any:
            return f"{place(asker)}: {_name(asker)} takes {parameter.name!r} without a type: annotate it"
        kind, module = _name(parameter.annotation), node.class_name if node else "the application"
        begin = f"{place(asker)}: {_name(asker)} needs {kind} for {parameter.name!r}{_led(*path, asker, kind)}, which "
        owner = next((owner for owner, own in self._own.items() if parameter.annotation in own), None)
        if owner is None and _is_config(parameter.without_none):
            return f"{begin}is not the config here: name it, or a subclass of it, by config_module="
        if owner is None or node is None:
            return f"{begin}nobody provides: add {_providing(parameter.annotation)} to providers= of {module}"
        if owner.leads_to(node):  # to import it back would be a circle
            return (
                f"{begin}is provided in {owner.class_name}, which imports {module}:"
                f" provide it in a module that {module} imports, and export it there{self._beside(owner, node)}"
            )
        exporting = None if parameter.annotation in owner.spec.exports else f"it to exports= of {owner.class_name}"
        importing = None if owner in node.imports else f"{owner.class_name} to modules= of {module}"
        remedy = ", and ".join(filter(None, (exporting, importing)))
        return f"{begin}is provided in {owner.class_name} but not seen in {module}: add {remedy}"

    def _beside(self, owner: ModuleNode, node: ModuleNode) -> str:
        """The other way out, where a module can import the one that lists it now: another one lists both."""
        above = next((module for module in self._own if owner in module.imports and module.is_written), None)
        if above is None or node not in owner.imports:
            return ""
        return (
            f"; or list {node.class_name} in {above.class_name} in place of {owner.class_name},"
            f" let {node.class_name} import {owner.class_name}, and export it there"
        )

    # Planning

    def plan(self, provider: Provider, path: tuple[Any, ...] = ()) -> Plan:
        """How to make what a provider gives. `path` is what led there."""
        if provider not in self._plans:
            self._plans[provider] = self._make_plan(provider, path)
        return self._plans[provider]

    def _make_plan(self, provider: Provider, path: tuple[Any, ...]) -> Plan:
        if provider.kind == "context":
            return Plan(Level.SESSION, {}, frozenset([provider.provides]))
        if provider.kind == "value":
            return Plan(Level.APP, {})
        _check_source(provider, path)
        arguments: dict[str, Provider] = {}
        for parameter in parameters(provider.source, provider.node.local_names if provider.node else None):
            wanted = self._wanted(provider.node, parameter, provider.source, path)
            if wanted is not None:
                arguments[parameter.name] = wanted
        path = (*path, provider.source)
        plans = [self.plan(argument, path) for argument in arguments.values()]
        connections = frozenset().union(*(plan.connections for plan in plans))
        return Plan(self._level(provider, arguments, path), arguments, connections)

    def _level(self, provider: Provider, arguments: Mapping[str, Provider], path: tuple[Any, ...]) -> Level:
        needed = max((self.plan(argument, path).level for argument in arguments.values()), default=Level.APP)
        if provider.scope is Scope.REQUEST:
            return Level.REQUEST
        if provider.scope is Scope.SINGLETON and needed is not Level.APP:
            short = next(a.provides for a in arguments.values() if self.plan(a, path).level is needed)
            name = _name(provider.source)
            raise ImproperlyConfigured(
                f"{place(provider.source)}: {name} is a singleton and needs {_name(short)}, which lives for one"
                f" request or connection ({_arrows(*path, short)}): write @injectable(scope=request_scope) above {name}"
            )
        return needed

    def providers(self) -> Iterator[Provider]:
        """All of them."""
        yield from self._ours.values()
        for own in self._own.values():
            yield from own.values()

    def component(self, provider: Provider) -> str:
        """A name of the module's own where two modules provide the same type, else dishka's default."""
        owners = [node for node, own in self._own.items() if provider.provides in own]
        if provider.node not in owners or (len(owners) == 1 and provider.provides not in self._ours):
            return ""
        return f"{owners.index(provider.node)}:{provider.node.spec.name}"


class EveryLoopsLock:
    """The lock of the application's singletons: unlike anyio's and asyncio's, for tasks of several event loops.

    Each test client outside a `with` runs one of its own. It is contended only while a singleton is being made.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    async def __aenter__(self) -> None:
        while not self._lock.acquire(blocking=False):  # noqa: ASYNC110 # an Event is of one loop
            await anyio.sleep(0.001)

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


class Opened:
    """A container of a connection, request or message, open for a `with` block. `given` is what is there already."""

    def __init__(self, container: AsyncContainer, lifetime: Lifetime, given: dict[Any, Any] | None = None) -> None:
        self._opened = container(given, lock_factory=_new_lock, scope=lifetime)

    async def __aenter__(self) -> AsyncContainer:
        return await self._opened.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._opened.__aexit__(kind, error, trace)
            return
        except ExitError as group:
            failed: Exception = group
        while isinstance(failed, ExitError) and len(failed.exceptions) == 1:
            failed = failed.exceptions[0]
        raise failed  # a commit that fails is answered as what it is, and not as dishka's group of it


def _new_lock() -> anyio.Lock:
    """A lock for a connection's container: without it, two tasks that ask at once would make an object twice."""
    return anyio.Lock(fast_acquire=True)


async def inject(dependencies: tuple[Dependency, ...], container: AsyncContainer) -> dict[str, Any]:
    """The injected arguments."""
    return {d.name: await container.get(d.provides, component=d.component) for d in dependencies}


def _runtime_providers(config: Config) -> Iterator[tuple[Any, Provider]]:
    for kind in _CONNECTION_TYPES:
        yield kind, Provider(kind, kind, "context", Scope.TRANSIENT, None)
    for kind in filter(_is_config, type(config).__mro__):
        yield kind, Provider(kind, config, "value", Scope.SINGLETON, None)
    yield Reflector, Provider(Reflector, Reflector(), "value", Scope.SINGLETON, None)


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
            f"{place(source)}: {name} is abstract and can't be made{_led(*path, source)}:"
            f" provide it by ProviderConfig({_name(provider.provides)}, use_class=...)"
        )


def _providing(kind: Any) -> str:
    """How to provide a type that nobody provides."""
    if inspect.isabstract(kind):
        return f"ProviderConfig({_name(kind)}, use_class=...)"
    is_own = isinstance(kind, type) and kind.__module__ != "builtins"
    return _name(kind) if is_own else f"ProviderConfig({_name(kind)}, use_value=...)"


def _is_config(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Config)


def _led(*path: Any) -> str:
    """What led to a fault that is not in what was asked for itself."""
    return f" ({_arrows(*path)})" if len(path) > 2 else ""


def _arrows(*kinds: Any) -> str:
    return " > ".join(kind if isinstance(kind, str) else _name(kind) for kind in kinds)


def _name(kind: Any) -> str:
    """As it is written in the code: `CarController.index`, not what is around it."""
    if isinstance(kind, type) or inspect.isfunction(kind):
        return kind.__qualname__.rpartition("<locals>.")[2]
    if isinstance(origin := get_origin(kind), type):
        return f"{_name(origin)}[{', '.join(map(_name, get_args(kind)))}]"
    return str(kind)
