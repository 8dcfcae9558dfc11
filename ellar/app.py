"""App: reads the module tree once, and builds the routes, the container and the lifespan."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from dishka import Scope as Lifetime
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from ellar.api_pages import api_routes
from ellar.commands import Listed, listed_commands
from ellar.config import Config, ConfigSource, load_config
from ellar.container import build
from ellar.declared import declared_routes
from ellar.di import Graph, Opened, ProviderConfig
from ellar.errors import Errors, is_answered
from ellar.exception_handlers import exception_handlers
from ellar.guards import Guard, check
from ellar.inspection import ModuleInfo, RouteInfo, owners, table, tree
from ellar.instances import Instances
from ellar.lifespan import Lifespan
from ellar.logs import AnswerWithId, configure, logger, serving, settings_in_force
from ellar.middleware import middleware_of
from ellar.modules import ModuleBase, ModuleSpec, record, walk
from ellar.mounts import MethodNotAllowed, hosts_first, in_order
from ellar.routing import Compiler
from ellar.running import Running
from ellar.security import check_routes
from ellar.signatures import as_listed, remember_locals
from ellar.static import StaticFolders
from ellar.template_functions import template_functions
from ellar.templating import Templates
from ellar.websockets import Serving, last_words, refuse_unrouted
from ellar.welcome import welcome_route


class App:
    """The application, for any ASGI server. All that is declared wrongly is an ImproperlyConfigured when it is made."""

    def __init__(
        self,
        root: type[Any],
        *,
        config_module: ConfigSource | None = None,
        global_guards: Sequence[Guard] = (),
        overrides: Mapping[Any, ProviderConfig] | None = None,
    ) -> None:
        self.config: Config = load_config(config_module)
        configure(self.config)
        for guard in global_guards:
            check(guard)
        self._nodes = nodes = walk(root)
        self._graph = graph = Graph(nodes, self.config, overrides)
        self._connections: Serving = {}
        instances = Instances(graph)
        static = StaticFolders(self.config, nodes)
        templates = self._templates = Templates(static, template_functions(nodes, instances), debug=self.config.DEBUG)
        compiler = Compiler(graph, self.config, templates, self._connections)
        declared = declared_routes(nodes, tuple(global_guards))
        check_routes(declared, graph, self.config)
        drafts = compiler.drafts(declared)
        self._modules = Lifespan(graph, nodes, instances)
        self.commands: tuple[Listed, ...] = listed_commands(nodes, graph)
        handlers = exception_handlers(graph, nodes, instances)
        self._container = build(graph)
        compiled = [(draft.declared, draft.route(self._container)) for draft in drafts]
        owned = in_order(nodes, [(declared.node, route) for declared, route in compiled])
        mounts = list(static.mounts())
        pages = api_routes(self.config, nodes[-1], graph, compiled, handlers, taken=[route for _, route in owned])
        welcome = welcome_route(self.config, root, nodes, owned)
        routes = hosts_first([*pages, *(route for _, route in [*mounts, *owned]), *welcome])
        self._root = nodes[-1]
        self._owners = owners([*mounts, *owned], compiled)
        self._asgi = Starlette(
            routes=[*routes, MethodNotAllowed(routes)],
            middleware=middleware_of(self.config),
            exception_handlers=Errors(handlers, self._container, self.config.DEBUG).table(),
            lifespan=self._lifespan,
        )
        self._asgi.router.redirect_slashes = self.config.REDIRECT_SLASHES
        self._asgi.router.default = self._unrouted
        self._served: ASGIApp = AnswerWithId(self._asgi) if self.config.REQUEST_ID_HEADER else self._asgi

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        serving.set(scope)
        try:
            await self._served(scope, receive, send)
        except Exception as error:
            if not is_answered(scope, error):
                raise

    async def _unrouted(self, scope: Scope, receive: Receive, send: Send) -> None:
        refuse = refuse_unrouted if scope["type"] == "websocket" else self._asgi.router.not_found
        await refuse(scope, receive, send)

    @property
    def routes(self) -> list[BaseRoute]:
        """Starlette's routes, in the order in which they are tried."""
        return [route for route in self._asgi.routes if not isinstance(route, MethodNotAllowed)]

    def table(self) -> list[RouteInfo]:
        """What each of `routes` is, in the same order: path, handler, place, guards, module."""
        return table(self.routes, self._owners)

    def tree(self) -> ModuleInfo:
        """The modules from the root on, with the routes of each; the pages of ellar's own are nobody's."""
        return tree(self._root, self.table(), self._owners)

    def watched_templates(self) -> set[Path]:
        """The folders of its templates, for who watches them; each is read anew when it changes, from now on."""
        return self._templates.watched()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Running]:
        """Starts it without a server, and ends it after the block: for a command, a prompt or a script.

        What is provided for a request is there too, once; it is told of an exception that ends the block.
        """
        configure(self.config)
        async with self._started(), Opened(self._container, Lifetime.REQUEST) as container:
            yield Running(self._nodes, self._graph, container)

    @asynccontextmanager
    async def _started(self) -> AsyncIterator[None]:
        try:
            async with self._modules.running(self._container):
                yield
        finally:
            await self._container.close()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        configure(self.config)
        try:
            async with self._started():
                logger.info("started with %d routes; settings: %s", len(self.routes), settings_in_force(self.config))
                try:
                    yield
                finally:
                    await last_words(self._connections)
        finally:
            logger.info("ended")


class AppFactory:
    """The ways to make an App."""

    @staticmethod
    def create_from_app_module(
        module: type[Any], *, config_module: ConfigSource | None = None, global_guards: Sequence[Guard] = ()
    ) -> App:
        """An application of this root module and all that it imports."""
        return App(module, config_module=config_module, global_guards=global_guards)

    @staticmethod
    def create_app(
        *,
        modules: Sequence[type[Any]] = (),
        controllers: Sequence[type[Any]] = (),
        routers: Sequence[Any] = (),
        providers: Sequence[Any] = (),
        commands: Sequence[Any] = (),
        global_guards: Sequence[Guard] = (),
        config_module: ConfigSource | None = None,
    ) -> App:
        """An application without a root module of its own, out of what is listed."""
        root = root_module(modules, controllers, routers, providers, commands)
        return App(root, config_module=config_module, global_guards=global_guards)


def root_module(
    modules: Sequence[type[Any]],
    controllers: Sequence[type[Any]],
    routers: Sequence[Any],
    providers: Sequence[Any],
    commands: Sequence[Any] = (),
) -> type[ModuleBase]:
    """A root module for what is listed; its controllers find their templates beside their own files."""

    class ApplicationModule(ModuleBase):
        """Holds what was listed."""

    spec = ModuleSpec(
        "the application",
        as_listed("controllers", controllers),
        as_listed("routers", routers),
        as_listed("providers", providers),
        as_listed("modules", modules),
        commands=as_listed("commands", commands),
    )
    remember_locals(ApplicationModule)
    return record(ApplicationModule, spec)
