"""Templates: found in their module, else beside their controller; missing ones are an error at start."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, TemplateNotFound, TemplateSyntaxError, select_autoescape
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from ellar.exceptions import ImproperlyConfigured, place
from ellar.modules import ModuleNode

Renderer = Callable[[Request, Mapping[str, Any]], Response]


class Templates:
    """The environments of an application, one for each set of folders."""

    def __init__(self, *, debug: bool) -> None:
        self._debug = debug
        self._environments: dict[tuple[Path, ...], Jinja2Templates] = {}

    def renderer(self, name: str, node: ModuleNode, handler: Callable[..., Any]) -> Renderer:
        """What renders this template for this handler. Raises ImproperlyConfigured where it is missing or broken."""
        folders = _folders(node, handler)
        templates = self._environment(folders)
        try:
            templates.get_template(name)
        except TemplateNotFound as error:
            looked = ", ".join(str(folder / name) for folder in folders)
            raise ImproperlyConfigured(
                f"{place(handler)}: {handler.__qualname__} renders {name!r}, which is not there: make {looked}"
            ) from error
        except TemplateSyntaxError as error:
            raise ImproperlyConfigured(f"{error.filename}:{error.lineno}: {error.message}") from error

        def render(request: Request, values: Mapping[str, Any]) -> Response:
            return templates.TemplateResponse(request, name, dict(values))

        return render

    def _environment(self, folders: tuple[Path, ...]) -> Jinja2Templates:
        if folders not in self._environments:
            loader = FileSystemLoader(folders)
            environment = Environment(loader=loader, autoescape=select_autoescape(), auto_reload=self._debug)
            self._environments[folders] = Jinja2Templates(env=environment)
        return self._environments[folders]


def _folders(node: ModuleNode, handler: Callable[..., Any]) -> tuple[Path, ...]:
    """The module's template folder, then `templates/` beside the file of the controller."""
    beside = folder_of(handler) / "templates"
    if node.spec.template_folder is None:
        return (beside,)
    return tuple(dict.fromkeys([folder_of(node.module) / node.spec.template_folder, beside]))


def folder_of(declared: Any) -> Path:
    """The folder of the file that a class or function is written in."""
    return Path(inspect.getfile(inspect.unwrap(declared))).resolve().parent
