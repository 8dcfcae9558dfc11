"""A running application without a server: what a command, a prompt or a script has of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from dishka import AsyncContainer

from ellar.di import Dependency, Graph, Provider, inject
from ellar.modules import ModuleNode

T = TypeVar("T")


class Running:
    """Between start and end, with one scope open, as a request has it."""

    def __init__(self, nodes: Sequence[ModuleNode], graph: Graph, container: AsyncContainer) -> None:
        self._nodes = nodes
        self._graph = graph
        self._container = container

    async def get(self, kind: type[T], module: type[Any] | None = None) -> T:
        """What the application provides of this type: as the root module sees it, else whichever module does.

        `module` says whose it is where several have one of their own. Raises LookupError where there is none, or more
        than one.
        """
        provider = self._provider(kind, module)
        if connections := self._graph.plan(provider).connections:
            needed = " and ".join(sorted(one.__name__ for one in connections))
            raise LookupError(f"{kind.__name__} needs {needed}, and there is no request or connection here")
        found: T = await self._container.get(provider.provides, component=self._graph.component(provider))
        return found

    def modules(self) -> Iterator[type[Any]]:
        """The classes of all modules."""
        return (node.module for node in self._nodes if node.is_written)

    def provided(self) -> Iterator[type[Any]]:
        """The classes of all that modules provide."""
        found = (provider.provides for provider in self._graph.providers() if provider.node is not None)
        return (kind for kind in found if isinstance(kind, type))

    async def inject(self, dependencies: tuple[Dependency, ...]) -> dict[str, Any]:
        """The arguments that these are, by name."""
        return await inject(dependencies, self._container)

    def _provider(self, kind: type[Any], module: type[Any] | None) -> Provider:
        nodes = [node for node in self._nodes if module in (None, node.module)]
        if not nodes:
            raise LookupError(f"{module!r} is no module of this application")
        if found := self._graph.find(nodes[-1], kind):  # the root is last
            return found
        seen = {self._graph.find(node, kind): node for node in nodes}
        owners = {provider: node for provider, node in seen.items() if provider is not None}
        if len(owners) > 1:
            names = " and ".join(sorted(node.class_name for node in owners.values()))
            raise LookupError(f"{kind.__name__} is provided by {names}: say whose, get({kind.__name__}, ...)")
        if not owners:
            where = nodes[0].class_name if module else "the application"
            raise LookupError(f"{getattr(kind, '__name__', repr(kind))} is provided nowhere in {where}")
        return next(iter(owners))
