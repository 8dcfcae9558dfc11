"""Templates: found in their module, else beside their controller; missing ones are an error at start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from dishka import AsyncContainer
from jinja2 import Environment, FileSystemLoader, TemplateNotFound, TemplateSyntaxError, select_autoescape
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from ellar.exceptions import ImproperlyConfigured, MissingTemplate, place
from ellar.modules import ModuleNode
from ellar.static import StaticFolders, folder_of
from ellar.template_functions import TemplateFunctions

Renderer = Callable[[Request, Mapping[str, Any], AsyncContainer], Awaitable[Response]]

_ESCAPED = select_autoescape(disabled_extensions=("txt", "txt.jinja", "txt.jinja2", "txt.j2"), default=True)


class Templates:
    """The environments of an application, one for each set of folders of a module."""

    def __init__(self, static: StaticFolders, functions: TemplateFunctions, *, debug: bool) -> None:
        self._static = static
        self._functions = functions
        self._debug = debug
        self._environments: dict[tuple[ModuleNode, tuple[Path, ...]], Jinja2Templates] = {}

    def renderer(self, name: str, node: ModuleNode, handler: Callable[..., Any]) -> Renderer:
        """What renders this template for this handler. Raises ImproperlyConfigured where it is missing or broken."""
        folders = _folders(node, handler)
        templates = self._environment(node, folders)
        try:
            templates.get_template(name)
        except TemplateNotFound as error:
            looked = ", ".join(str(folder / name) for folder in folders)
            raise MissingTemplate(
                f"{place(handler)}: {handler.__qualname__} renders {name!r}, which is not there: make {looked}"
            ) from error
        except TemplateSyntaxError as error:
            raise ImproperlyConfigured(f"{error.filename}:{error.lineno}: {error.message}") from error

        media_type = None if _ESCAPED(name) else "text/plain"  # a page of what is not escaped could hold a script

        async def render(request: Request, values: Mapping[str, Any], container: AsyncContainer) -> Response:
            await self._functions.prepare(container)
            return templates.TemplateResponse(request, name, dict(values), media_type=media_type)

        return render

    def watched(self) -> set[Path]:
        """The folders of the templates; from now on, each is read anew when it changes, in production as well."""
        for templates in self._environments.values():
            templates.env.auto_reload = True
        return {folder for _, folders in self._environments for folder in folders}

    def _environment(self, node: ModuleNode, folders: tuple[Path, ...]) -> Jinja2Templates:
        if (node, folders) not in self._environments:
            loader = FileSystemLoader(folders)
            environment = Environment(loader=loader, autoescape=_ESCAPED, auto_reload=self._debug)
            environment.globals |= {"static_url": self._static.url_function(node), **self._functions.of("global")}
            environment.filters |= self._functions.of("filter")
            self._environments[node, folders] = Jinja2Templates(env=environment)
        return self._environments[node, folders]


def _folders(node: ModuleNode, handler: Callable[..., Any]) -> tuple[Path, ...]:
    """The module's template folder, then `templates/` beside the file of the controller."""
    beside = folder_of(handler) / "templates"
    if node.spec.template_folder is None:
        return (beside,)
    return tuple(dict.fromkeys([folder_of(node.module) / node.spec.template_folder, beside]))
