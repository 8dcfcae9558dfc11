"""Described: what a document says of any route, of HTTP or websocket, by what was declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata

from starlette.routing import Route, WebSocketRoute

from ellar.config import Config
from ellar.declared import Declared
from ellar.di import Graph
from ellar.exception_handlers import Handlers
from ellar.guards import Guard, GuardCanActivate
from ellar.modules import ModuleNode
from ellar.schemes import Scheme, scheme_of
from ellar.security import provided
from ellar.words import own_doc


@dataclass(frozen=True, slots=True)
class Application:
    """All that the documents are made from."""

    config: Config
    root: ModuleNode
    graph: Graph
    routes: Sequence[tuple[Declared, Route | WebSocketRoute]]
    handlers: Handlers

    @property
    def info(self) -> dict[str, str]:
        """The title is the name of the application's package, the description the docstring of its root module."""
        package = self.root.module.__module__.partition(".")[0]
        is_named = self.root.is_written and package != "__main__"
        title = self.config.API_TITLE or (package if is_named else "Application")
        told = {"title": title, "version": self.config.API_VERSION or _installed(package if is_named else "")}
        text = own_doc(self.root.module) if self.root.is_written else ""
        return told | ({"description": text} if text else {})

    def schemes_of(self, declared: Declared) -> tuple[list[Scheme], bool]:
        """Where a route's guards take credentials from, and whether there are guards besides."""
        found = [scheme_of(self._known(guard, declared), self.config) for guard in declared.guards]
        return [scheme for scheme in found if scheme is not None], None in found

    def _known(self, guard: Guard, declared: Declared) -> Guard:
        """What stands in a guard's place; what a factory makes is taken for what it stands for."""
        found = provided(guard, declared, self.graph)
        return found if isinstance(found, type | GuardCanActivate) else guard


def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except (metadata.PackageNotFoundError, ValueError):
        return "0.0.0"
