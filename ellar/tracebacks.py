"""Tracebacks: the part of one that is the application's own, for the log and the error page."""

from __future__ import annotations

import linecache
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType

AROUND = 5
"""Lines that a frame shows before and after its own."""
MAX_FRAMES = 30
"""Innermost frames that are read: endless recursion has a thousand."""
_LIBRARIES = ("site-packages", "dist-packages")
_OURS = (Path(__file__).parent, Path(__file__).parents[1] / "ellar_cli")
_MACHINERY = (*_OURS, *(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of source; `before`, `marked` and `after` are its text in parts, the one that was run in the middle."""

    number: int
    before: str
    marked: str = ""
    after: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """One call on the way to an exception."""

    place: str
    function: str
    lines: tuple[Line, ...]
    is_own: bool


def frames_of(error: BaseException) -> list[Frame]:
    """The calls that led to an exception, the innermost first."""
    steps = list(_steps(error.__traceback__))
    return [_frame(step) for step in reversed(steps[-MAX_FRAMES:])]


def own_traceback(error: BaseException) -> TracebackType | None:
    """The traceback from the first of the application's own calls on; all of it where there is none."""
    return next((step for step in _steps(error.__traceback__) if is_own(_file(step))), error.__traceback__)


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """The exceptions that led to this one, as Python's own traceback tells them, the latest first."""
    seen = {id(error)}
    while True:
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is None or id(cause) in seen:
            return
        seen.add(id(cause))
        yield cause
        error = cause


def _steps(step: TracebackType | None) -> Iterator[TracebackType]:
    while step is not None:
        yield step
        step = step.tb_next


def _file(step: TracebackType) -> str:
    return step.tb_frame.f_code.co_filename


def is_own(filename: str) -> bool:
    """Is it a file of the application, rather than of Python, of a library or of ours?"""
    path = Path(filename)
    if not path.is_absolute() or any(part in _LIBRARIES for part in path.parts):
        return False
    return not any(path.is_relative_to(folder) for folder in _MACHINERY)


def _frame(step: TracebackType) -> Frame:
    name, code = _file(step), step.tb_frame.f_code
    function = code.co_name if code.co_qualname == "<module>" else code.co_qualname  # jinja2 names a template's so
    return Frame(f"{short(name)}:{step.tb_lineno}", function, tuple(_lines(step)), is_own(name))


def short(filename: str) -> str:
    """Below the project's folder as it is there, below a folder of Python's path as it is imported."""
    path = Path(filename)
    for folder in (_project(), *map(Path, sorted(filter(None, sys.path), key=len, reverse=True))):
        if path.is_absolute() and path.is_relative_to(folder):
            return str(path.relative_to(folder))
    return filename


def _project() -> Path:
    """The nearest folder with a pyproject.toml from the working directory up, or that directory."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "pyproject.toml").is_file()), here)


def _lines(step: TracebackType) -> Iterator[Line]:
    """The lines of the function around the one that was run, without the indentation that they have in common."""
    code, current = step.tb_frame.f_code, step.tb_lineno
    linecache.checkcache(code.co_filename)
    first = max(current - AROUND, code.co_firstlineno)
    last = min(current + AROUND, max(line for *_, line in code.co_lines() if line is not None))
    source = linecache.getlines(code.co_filename, step.tb_frame.f_globals)[first - 1 : last]
    indent = min((len(text) - len(text.lstrip()) for text in source if text.strip()), default=0)
    for number, text in enumerate(source, first):
        if number == current:
            yield _current(step, number, text.rstrip(), indent)
        else:
            yield Line(number, text[indent:].rstrip())


def _current(step: TracebackType, number: int, text: str, indent: int) -> Line:
    """Marks the expression that was run, where it is a part of the line; Python's positions count bytes of UTF-8."""
    found = next(islice(step.tb_frame.f_code.co_positions(), step.tb_lasti // 2, None), (None,) * 4)
    first, last, begin, end = found
    raw = text.encode()
    end = end if last == number else len(raw)
    if first != number or begin is None or end is None or raw[begin:end] == raw.strip():
        return Line(number, text[indent:], is_current=True)
    before, marked, after = (part.decode(errors="replace") for part in (raw[:begin], raw[begin:end], raw[end:]))
    return Line(number, before[indent:], marked, after, is_current=True)
