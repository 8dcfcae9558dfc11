"""The lifespan: modules start after those that they import, and end in reverse, also when a start fails half-way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from inspect import getattr_static, isawaitable, isfunction
from typing import Any

from dishka import AsyncContainer

from ellar.di import Dependency, Graph, inject
from ellar.exceptions import ImproperlyConfigured
from ellar.instances import Instance, Instances, singletons
from ellar.modules import ModuleNode
from ellar.signatures import parameters


class Lifespan:
    """The hooks of all modules, `on_startup` and `on_shutdown`, with what is injected into them."""

    def __init__(self, graph: Graph, nodes: Sequence[ModuleNode], instances: Instances) -> None:
        self._modules = [_Hooks.of(graph, node, instances.of(node)) for node in nodes if _has_hooks(node.module)]

    @asynccontextmanager
    async def running(self, container: AsyncContainer) -> AsyncIterator[None]:
        """Between start and end. What has started is ended, whatever else fails."""
        async with AsyncExitStack() as started:
            for hooks in self._modules:
                started.callback(hooks.instance.forget)
                module = await hooks.instance.get(container)
                await hooks.startup.call(module, container)
                started.push_async_callback(hooks.shutdown.call, module, container)
            yield


@dataclass(frozen=True, slots=True)
class _Hook:
    """One method of a module; None where it has none of this name."""

    method: Callable[..., Any] | None
    arguments: tuple[Dependency, ...]

    async def call(self, module: Any, container: AsyncContainer) -> None:
        if self.method is not None:
            result = self.method(module, **await inject(self.arguments, container))
            if isawaitable(result):
                await result


@dataclass(frozen=True, slots=True)
class _Hooks:
    """What is called on one module."""

    instance: Instance
    startup: _Hook
    shutdown: _Hook

    @classmethod
    def of(cls, graph: Graph, node: ModuleNode, instance: Instance) -> _Hooks:
        return cls(instance, _hook(graph, node, "on_startup"), _hook(graph, node, "on_shutdown"))


def _has_hooks(module: type[Any]) -> bool:
    return hasattr(module, "on_startup") or hasattr(module, "on_shutdown")


def _hook(graph: Graph, node: ModuleNode, name: str) -> _Hook:
    method: Callable[..., Any] | None = getattr_static(node.module, name, None)
    if method is None:
        return _Hook(None, ())
    if not isfunction(method):
        raise ImproperlyConfigured(f"{node.place}: {name} of {node.class_name} is no method: write def {name}(self)")
    wanted = parameters(method, node.local_names, method=True)
    found = [graph.dependency(node, parameter, method, None) for parameter in wanted]
    return _Hook(method, singletons(method, [dependency for dependency in found if dependency is not None]))
