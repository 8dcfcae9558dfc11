"""Instances: the one object of each module whose methods are called, made by injection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dishka import AsyncContainer

from ellar.di import Dependency, Graph, Level, inject
from ellar.exceptions import ImproperlyConfigured, place
from ellar.modules import ModuleNode


@dataclass(slots=True)
class Instance:
    """The object of one module: made when it is first asked for, and anew after `forget`."""

    module: type[Any]
    arguments: tuple[Dependency, ...]
    made: Any = None

    async def get(self, container: AsyncContainer) -> Any:
        """The same object for all hooks and handlers of the module."""
        if self.made is None:
            arguments = await inject(self.arguments, container)
            self.made = self.made or self.module(**arguments)  # another request may have been faster
        return self.made

    def forget(self) -> None:
        """The singletons that it holds have ended."""
        self.made = None


class Instances:
    """Those of all modules."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._found: dict[ModuleNode, Instance] = {}

    def of(self, node: ModuleNode) -> Instance:
        """The one of this module. Raises ImproperlyConfigured where its constructor takes what is no singleton."""
        if node not in self._found:
            arguments = singletons(node.module, self._graph.dependencies(node, node.module, None))
            self._found[node] = Instance(node.module, arguments)
        return self._found[node]


def singletons(asker: Callable[..., Any], dependencies: Sequence[Dependency]) -> tuple[Dependency, ...]:
    """What a method or constructor of a module takes, all of which lives as long as the application."""
    for dependency in dependencies:
        if dependency.level is not Level.APP:
            raise ImproperlyConfigured(
                f"{place(asker)}: {asker.__qualname__} takes {dependency.name!r}, which lives for one request or"
                " connection; there is none where a module's methods are called: take a singleton"
            )
    return tuple(dependencies)
