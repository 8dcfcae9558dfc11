"""Static files: the folders that modules publish, each below the module's own name, and the URLs of what is in them.

A URL by `static_url` tells the version of the file, a hash of its content. What it answers may be kept for ever,
outside debug; what any other URL answers has to be asked for anew, which is short where nothing has changed.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from hashlib import file_digest
from pathlib import Path
from typing import Any
from urllib.parse import quote

from anyio.to_thread import run_sync
from jinja2 import pass_context
from jinja2.runtime import Context
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from ellar.config import Config, source_of
from ellar.exceptions import ImproperlyConfigured, MissingFolder
from ellar.modules import ModuleNode

_ANEW = "no-cache"
_FOR_EVER = "public, max-age=31536000, immutable"


class _Versions:
    """Hashes of files, each made when it is first asked for, and again when the file has changed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, int, str]] = {}

    def of(self, path: str | Path) -> str | None:
        """Sixteen digits; None where there is no such file."""
        try:
            now = os.stat(path)
            known = self._known.get(str(path))
            if known is None or known[:2] != (now.st_mtime_ns, now.st_size):
                with open(path, "rb") as file:
                    version = file_digest(file, "sha256").hexdigest()[:16]
                known = self._known[str(path)] = (now.st_mtime_ns, now.st_size, version)
        except (OSError, ValueError):
            return None
        return known[2]


class _Files(StaticFiles):
    """Starlette's, which fails where a websocket asks for a file, and says nothing of how long one may be kept."""

    def __init__(self, directory: Path, versions: _Versions, *, may_be_kept: bool) -> None:
        super().__init__(directory=directory)
        self._versions = versions
        self._may_be_kept = may_be_kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        query: bytes = scope["query_string"]
        is_kept = self._may_be_kept and query.startswith(b"v=") and await run_sync(self._is_version, path, query[2:])
        response.headers["Cache-Control"] = _FOR_EVER if is_kept else _ANEW
        return response

    def _is_version(self, path: str, asked: bytes) -> bool:
        """Is it that of the file as it is? Else a server that is not up to date yet would be believed for ever."""
        version = self._versions.of(self.lookup_path(path)[0])
        return version is not None and version.encode() == asked


class StaticFolders:
    """The static folders of an application. Raises ImproperlyConfigured for one that can't be served."""

    def __init__(self, config: Config, nodes: Sequence[ModuleNode]) -> None:
        self._debug = config.DEBUG
        self._versions = _Versions()
        self._folders: dict[str, Path] = {}
        self._owners: dict[str, ModuleNode] = {}
        for node in nodes:
            if node.spec.static_folder is not None:
                self._folders[node.spec.name] = _folder(node, node.spec.static_folder)
                other = self._owners.setdefault(node.spec.name, node)
                if other is not node:
                    raise ImproperlyConfigured(
                        f"{node.place}: the static files of {node.spec.name} are where those of {other.place} are:"
                        " write another name="
                    )
        self._base = _base(config) if self._folders else ""

    def mounts(self) -> Iterator[tuple[ModuleNode, Mount]]:
        """A mount for each, by the name `module:static`, and whose it is."""
        for name, folder in self._folders.items():
            files = _Files(folder, self._versions, may_be_kept=not self._debug)
            yield self._owners[name], Mount(f"{self._base}/{name}", files, name=f"{name}:static")

    def url_function(self, node: ModuleNode) -> Callable[..., str]:
        """`static_url` for the templates of a module: `static_url("chat.css")`, or `static_url("car:chat.css")`."""

        @pass_context
        def static_url(context: Context, name: str) -> str:
            request = context.get("request")  # a macro that is imported without its context has none
            return (request.scope.get("root_path", "") if request else "") + self._url(node, name)

        return static_url

    def _url(self, node: ModuleNode, name: str) -> str:
        module, _, file = name.rpartition(":")
        folder = self._folders.get(module or node.spec.name)
        if folder is None:
            raise ImproperlyConfigured(self._without_folder(node, name, module))
        file = file.lstrip("/")
        version = None if ".." in file else self._versions.of(folder / file)
        if version is None and self._debug:
            raise ImproperlyConfigured(f"static_url({name!r}): there is no such file: make {folder / file}")
        return f"{self._base}/{module or node.spec.name}/{quote(file)}" + (f"?v={version}" if version else "")

    def _without_folder(self, node: ModuleNode, name: str, module: str) -> str:
        if not module:
            return f'{node.place}: static_url({name!r}): write static_folder="static" of {node.class_name}, it has none'
        near = "".join(f": did you mean {near!r}?" for near in get_close_matches(module, self._folders, 1))
        return f"static_url({name!r}): there is no module {module!r} with a static_folder{near}"


def _folder(node: ModuleNode, written: str) -> Path:
    name, folder = node.spec.name, folder_of(node.module) / written
    if not folder.is_dir():
        raise MissingFolder(f"{node.place}: static_folder={written!r} of {name} is not there: make {folder}")
    if not re.fullmatch(r"[\w.~-]+", name, re.ASCII):
        raise ImproperlyConfigured(
            f'{node.place}: {name!r} can\'t be part of a URL, where its static files are: write name="letters-only"'
        )
    return folder.resolve()


def folder_of(declared: Any) -> Path:
    """The folder of the file that a class or function is written in."""
    return Path(inspect.getfile(inspect.unwrap(declared))).resolve().parent


def _base(config: Config) -> str:
    base, begin = config.STATIC_URL.strip("/"), f"{source_of(config, 'STATIC_URL')}: STATIC_URL={config.STATIC_URL!r}"
    if not base:
        raise ImproperlyConfigured(f'{begin} would hide the routes below the modules\' names: write "/static"')
    if not config.STATIC_URL.startswith("/"):
        raise ImproperlyConfigured(f'{begin} must begin with "/": write "/{base}"')
    return f"/{base}"
