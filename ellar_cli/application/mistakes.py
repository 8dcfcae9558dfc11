"""Mistakes in a person's application, told as theirs: where they are, what led there, and the way out."""

import builtins
import os
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException, extract_tb, format_exception, walk_tb
from typing import TypeGuard

import ellar_cli
from ellar.core import ImproperlyConfigured
from ellar.tracebacks import causes_of, is_own, short
from ellar_cli.application.target import Target
from ellar_cli.distribution.pip import pip
from ellar_cli.errors import CliError

_OURS = Path(ellar_cli.__file__).parent
# Endless recursion has a thousand.
_MOST_STEPS = 8


def mistake(error: BaseException, target: Target, *, traceback: bool = False) -> CliError:
    """Return what a person is told of a mistake in their application; with `traceback`, every frame of it."""
    if traceback:
        return CliError(f"the application fails\n{''.join(format_exception(error))}".rstrip())
    if isinstance(error, ImproperlyConfigured):
        return CliError(str(error).replace(f"{target.folder}{os.sep}", ""))
    if isinstance(error, ModuleNotFoundError) and _is_target(error.name or "", target):
        return CliError(f"{target.setting}: there is no module {error.name}{_nearest(error.name or '')}")
    return CliError("\n".join(_told(error, target)))


def _is_target(module: str, target: Target) -> bool:
    return f"{target.import_path.partition(':')[0]}.".startswith(f"{module}.")


def _told(error: BaseException, target: Target) -> Iterator[str]:
    """Yield the lines of it: the place and the words, the source, what led there, and what to do."""
    steps = _own_steps(error)
    yield from _headed(error, steps, target, otherwise=f"{target.setting}: {target.import_path}: ")
    yield from _source(error, steps)
    if trail := steps if _is_in_syntax(error) else steps[:-1]:
        yield f"  from {_shown(trail, target)}"
    for cause in causes_of(error):
        yield from _indented(_headed(cause, _own_steps(cause), target, before="caused by "))
    yield from _parts(error, target)
    yield from _indented(_hints(error, target))


def _parts(error: BaseException, target: Target) -> Iterator[str]:
    """Yield the lines of each exception in a group, which are what went wrong."""
    for part in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        steps = _own_steps(part)
        yield from _indented(_headed(part, steps, target))
        yield from _indented(_source(part, steps))
        yield from _indented(_parts(part, target))


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _own_steps(error: BaseException) -> list[FrameSummary]:
    return [frame for frame in extract_tb(error.__traceback__) if is_own(frame.filename)]


def _is_in_syntax(error: BaseException) -> TypeGuard[SyntaxError]:
    """Is the place in the exception, and not in its traceback? Not where a library parses a text of its own."""
    return isinstance(error, SyntaxError) and is_own(error.filename or "")


def _words(error: BaseException) -> list[str]:
    """Return what the exception says of itself, by line; a person who ends the process says it without a name."""
    if isinstance(error, SyntaxError):
        said = error.msg if _is_in_syntax(error) else error
        return [f"{type(error).__name__}: {said}", *getattr(error, "__notes__", ())]
    if isinstance(error, SystemExit):
        return f"the application ends the process: sys.exit({error.code!r})".splitlines()
    return "".join(TracebackException.from_exception(error).format_exception_only()).rstrip().splitlines()


def _headed(
    error: BaseException, steps: list[FrameSummary], target: Target, *, before: str = "", otherwise: str = ""
) -> Iterator[str]:
    """Yield what the exception says after its place; `otherwise` goes before it where nothing of theirs was run."""
    if _is_in_syntax(error):
        place = f"{_path(error.filename or '', target)}:{error.lineno or 1}: "
    else:
        place = f"{_step(steps[-1], target)}: " if steps else otherwise
    words, *more = _words(error)
    yield f"{before}{place}{words}"
    yield from _indented(more)


def _source(error: BaseException, steps: list[FrameSummary]) -> Iterator[str]:
    """Yield the line where it happened, with a mark below the part that it was."""
    if _is_in_syntax(error):
        # The first line names the file, the last the error.
        lines = [line for line in TracebackException.from_exception(error).format_exception_only() if line[0] == " "]
    else:
        lines = "".join(StackSummary.from_list(steps[-1:]).format()).splitlines()
    yield from (line.rstrip() for line in lines[1:])


def _shown(steps: list[FrameSummary], target: Target) -> str:
    names = [name for name, _ in groupby(f"{_step(step, target)}{_function(step)}" for step in steps)]
    if len(names) > _MOST_STEPS:
        names[_MOST_STEPS // 2 : -_MOST_STEPS // 2] = ["…"]
    return " → ".join(names)


def _function(step: FrameSummary) -> str:
    return "" if step.name == "<module>" else f" in {step.name}"


def _step(step: FrameSummary, target: Target) -> str:
    return f"{_path(step.filename, target)}:{step.lineno}"


def _path(filename: str, target: Target) -> str:
    path = Path(filename)
    return str(path.relative_to(target.folder)) if path.is_relative_to(target.folder) else short(filename)


def _hints(error: BaseException, target: Target) -> Iterator[str]:
    if isinstance(error, ModuleNotFoundError) and error.name:
        yield from _missing(error.name, target)
        return
    if _is_in_syntax(error) or isinstance(error, BaseExceptionGroup):
        return  # they are raised by who reads the source, and by who has waited for the parts
    if near := _meant(error):
        yield f"did you mean {near}?"
    called = [frame for frame in extract_tb(error.__traceback__) if not frame.filename.startswith("<")]
    if called and not is_own(called[-1].filename) and not Path(called[-1].filename).is_relative_to(_OURS):
        yield f"raised in {short(called[-1].filename)}:{called[-1].lineno}; --traceback shows every step"


def _missing(module: str, target: Target) -> Iterator[str]:
    package = module.partition(".")[0]
    if near := _nearest(module):
        yield near.removeprefix("; ")
    if package == module and not (target.folder / package).exists():
        yield f"if the name is right, install its package: {pip('install', package)}"


def _meant(error: BaseException) -> str | None:
    """Return the name that is there and nearly the one that is not, as Python itself says from 3.12 on."""
    if "Did you mean" in _words(error)[0] or not isinstance(error, NameError | AttributeError | ImportError):
        return None
    name, there = error.name, set[str]()
    if isinstance(error, ImportError):
        imported = re.match(r"cannot import name '(\w+)'", error.msg)
        there, name = set(dir(sys.modules.get(error.name or ""))), imported and imported[1]
    elif isinstance(error, AttributeError):
        there = set(dir(error.obj))
    else:
        for frame, _ in walk_tb(error.__traceback__):
            there = {*dir(builtins), *frame.f_globals, *frame.f_locals}
    return next(iter(get_close_matches(name, there, 1, 0.75)), None) if name else None


def _nearest(module: str) -> str:
    """Return a question after a module that is there, is imported like this one and has nearly its name."""
    parent, _, name = module.rpartition(".")
    folders = getattr(sys.modules.get(parent), "__path__", []) if parent else None
    there = {found.name for found in pkgutil.iter_modules(folders)} | (set() if parent else sys.stdlib_module_names)
    near = get_close_matches(name, there, 1, 0.75)
    return f"; did you mean {parent}{'.' if parent else ''}{near[0]}?" if near else ""
