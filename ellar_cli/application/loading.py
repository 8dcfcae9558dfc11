"""Imports an application and makes it."""

import importlib
import inspect
from difflib import get_close_matches
from pathlib import Path
from typing import Any

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
        return _made(found, target) if inspect.isroutine(found) else found
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
    if not callable(found):
        raise CliError(f"{target.setting}: {target.import_path} is no function or application")
    return found


def _made(function: Any, target: Target) -> Any:
    begin = f"{target.setting}: {target.import_path}"
    if inspect.iscoroutinefunction(function):
        if len(inspect.signature(function).parameters) == len(("scope", "receive", "send")):
            return function
        raise CliError(f"{begin} is async: make the application in a plain def")
    made = function()
    if not callable(made):
        raise CliError(f"{begin} returns {made!r}, which is no application")
    return made
