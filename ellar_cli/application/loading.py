"""Imports an application and makes it."""

import importlib
import inspect
from typing import Any

from ellar.core import ImproperlyConfigured
from ellar_cli.application.mistakes import missing_module, shown
from ellar_cli.application.target import Target
from ellar_cli.errors import CliError


def load(target: Target) -> Any:
    """Return the application, which may be a function's result. Raises CliError for a mistake in it."""
    try:
        found = _imported(target)
        return found() if inspect.isroutine(found) else found
    except CliError:
        raise
    except ImproperlyConfigured as error:
        raise CliError(str(error)) from None
    except ModuleNotFoundError as error:
        raise CliError(missing_module(error, target) or shown(error)) from None
    except Exception as error:
        raise CliError(shown(error)) from None


def _imported(target: Target) -> Any:
    module_name, _, name = target.import_path.partition(":")
    module = importlib.import_module(module_name)
    if not hasattr(module, name):
        raise CliError(f"{target.setting}: {target.import_path} is not there")
    found = getattr(module, name)
    if not callable(found):
        raise CliError(f"{target.setting}: {target.import_path} is no function or application")
    return found
