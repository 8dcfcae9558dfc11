"""Imports an application and makes it."""

import importlib
import inspect
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from ellar.app import App
from ellar.controllers import ControllerBase, route_of
from ellar.core import ModuleBase
from ellar.routers import ModuleRouter
from ellar_cli.application.mistakes import mistake
from ellar_cli.application.target import Target, find_target, prepare
from ellar_cli.errors import CliError


def loaded(start: Path, app: str | None = None, *, traceback: bool = False) -> tuple[Target, Any]:
    """Return the application `app`, or that of the project around `start`, after letting this process import it.

    `traceback` shows a mistake in it with all frames. Raises CliError, and UsageError for what `app` cannot be.
    """
    target = find_target(start, app)
    prepare(target)
    return target, load(target, traceback=traceback)


def load(target: Target, *, traceback: bool = False) -> Any:
    """Return the application, which may be a function's result. Raises CliError for a mistake in it."""
    try:
        found = _imported(target)
        return found if _is_application(found) and not inspect.isroutine(found) else _made(found, target)
    except (CliError, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit, and what a person derives from the base of all
        raise mistake(error, target, traceback=traceback) from None


def _imported(target: Target) -> Any:
    module_name, _, name = target.import_path.partition(":")
    module = importlib.import_module(module_name)
    if not hasattr(module, name):
        near = get_close_matches(name, [other for other in vars(module) if callable(getattr(module, other))], 1)
        meant = "".join(f"; did you mean {module_name}:{other}?" for other in near)
        raise CliError(f"{target.setting}: {target.import_path} is not there{meant}")
    found = getattr(module, name)
    if route_of(found) if inspect.isroutine(found) else not (_is_application(found) or _is_factory(found)):
        there = (other for other, value in vars(module).items() if isinstance(value, App | Starlette))
        what, remedy = _what_else(found, name)
        meant = next((f"did you mean {module_name}:{other}?" for other in there), remedy)
        raise CliError(f"{target.setting}: {target.import_path} is {what}; {meant}")
    return found


def _is_application(found: Any) -> bool:
    """Can it be called as an ASGI server calls? Of what is written in C nobody may be able to tell."""
    if isinstance(found, type):
        return hasattr(found, "__await__")  # one is made for each request, as of Starlette's endpoints
    try:
        inspect.signature(found).bind("scope", "receive", "send")
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _is_factory(found: Any) -> bool:
    """Can it be called without an argument, as a partial function may be? A class would be made, not an application."""
    if isinstance(found, type):
        return False
    try:
        inspect.signature(found).bind()
    except TypeError:
        return False
    return True


def _what_else(found: Any, name: str) -> tuple[str, str]:
    """Return what it is instead of an application, and how one comes of it."""
    written = "write app = AppFactory.{} and name that"
    if isinstance(found, type) and issubclass(found, ControllerBase):
        return "a controller", written.format(f"create_app(controllers=[{name}])")
    if isinstance(found, type) and issubclass(found, ModuleBase):
        return "a module", written.format(f"create_from_app_module({name})")
    if isinstance(found, ModuleRouter) or route_of(found):
        what = "a router" if isinstance(found, ModuleRouter) else "a route"
        return what, written.format(f"create_app(routers=[{name}])")
    remedy = "name an application, or a function that makes one"
    if isinstance(found, type) or not callable(found):
        return "a class" if isinstance(found, type) else "no function or application", remedy
    return f"a {type(found).__name__}, which is not called with scope, receive and send as ASGI has it", remedy


def _made(function: Any, target: Target) -> Any:
    begin = f"{target.setting}: {target.import_path}"
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        if len(inspect.signature(function).parameters) == len(("scope", "receive", "send")):
            return function
        raise CliError(f"{begin} is async: make the application in a plain def")
    made = function()
    if not _is_application(made):
        raise CliError(f"{begin} returns {made!r}, which is no application")
    return made
