"""Mistakes in a person's application, told as theirs: without a frame of ours."""

import importlib
import sys
from pathlib import Path
from traceback import StackSummary, TracebackException, extract_tb, format_exception

import ellar
import ellar_cli
from ellar.core import ImproperlyConfigured
from ellar_cli.application.target import Target
from ellar_cli.errors import CliError
from ellar_cli.output import quote

_HEADING = "the application does not start"


def mistake(error: Exception, target: Target, *, traceback: bool = False) -> CliError:
    """Return what a person is told of a mistake in their application; with `traceback`, every frame of it."""
    if traceback:
        return CliError(f"{_HEADING}\n{''.join(format_exception(error))}".rstrip())
    if isinstance(error, ImproperlyConfigured):
        return CliError(str(error))
    missing = _missing_module(error, target) if isinstance(error, ModuleNotFoundError) else None
    return CliError(missing or _shown(error))


def _missing_module(error: ModuleNotFoundError, target: Target) -> str | None:
    """Return what to do about a module that is not there, or None where it is one of the application's own."""
    name = error.name or ""
    module = target.import_path.partition(":")[0]
    if module == name or module.startswith(f"{name}."):
        return f"{target.setting}: there is no module {name}"
    package = name.partition(".")[0]
    importing = [frame for frame in extract_tb(error.__traceback__) if _is_own(frame.filename, target)]
    if (target.folder / package).exists() or not importing:
        return None
    place = f"{Path(importing[-1].filename).relative_to(target.folder)}:{importing[-1].lineno}"
    pip = quote(sys.executable, "-m", "pip", "install", package)
    return f"{place}: {error.msg}; if the name is right, install its package: {pip}"


def _is_own(filename: str, target: Target) -> bool:
    path = Path(filename)
    return path.is_relative_to(target.folder) and "site-packages" not in path.parts


def _shown(error: Exception) -> str:
    """Return the traceback of a person's mistake, without the frames that are not theirs to mend."""
    traced = TracebackException.from_exception(error)
    traced.stack = StackSummary.from_list([frame for frame in traced.stack if not _is_machinery(frame.filename)])
    return f"{_HEADING}\n{''.join(traced.format())}".rstrip()


def _is_machinery(filename: str) -> bool:
    folders = (Path(module.__file__ or "").parent for module in (ellar, ellar_cli, importlib))
    return filename.startswith("<frozen importlib") or any(Path(filename).is_relative_to(folder) for folder in folders)
