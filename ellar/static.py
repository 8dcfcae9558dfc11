"""Static files: the folders that modules publish, each below the module's own name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from ellar.config import Config
from ellar.exceptions import ImproperlyConfigured
from ellar.modules import ModuleNode
from ellar.templating import folder_of


class _Files(StaticFiles):
    """Starlette's, which fails where a websocket asks for a file."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def static_mounts(config: Config, nodes: Sequence[ModuleNode]) -> Iterator[Mount]:
    """A mount for each module with a `static_folder`, by the name `module:static`."""
    taken: dict[str, ModuleNode] = {}
    for node in nodes:
        if node.spec.static_folder is None:
            continue
        name, folder = node.spec.name, folder_of(node.module) / node.spec.static_folder
        if not folder.is_dir():
            raise ImproperlyConfigured(
                f"{node.place}: static_folder={node.spec.static_folder!r} of {name} is not there: make {folder}"
            )
        if not re.fullmatch(r"[\w.~-]+", name, re.ASCII):
            raise ImproperlyConfigured(
                f'{node.place}: {name!r} can\'t be part of a URL, where its static files are: write name="letters-only"'
            )
        if taken.setdefault(name, node) is not node:
            raise ImproperlyConfigured(
                f"{node.place}: the static files of {name} are where those of {taken[name].place} are:"
                " write another name="
            )
        yield Mount(f"{_base(config)}/{name}", _Files(directory=folder), name=f"{name}:static")


def _base(config: Config) -> str:
    base = config.STATIC_URL.strip("/")
    if not base:
        raise ImproperlyConfigured(
            f'STATIC_URL={config.STATIC_URL!r} would hide the routes below the modules\' names: write "/static"'
        )
    if not config.STATIC_URL.startswith("/"):
        raise ImproperlyConfigured(f'STATIC_URL={config.STATIC_URL!r} must begin with "/": write "/{base}"')
    return f"/{base}"
