"""What was worked out from files: kept in `__pycache__`, like compiled modules, where that can be written."""

import marshal
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import cache_from_source
from typing import Any

# A file: its path, its size in bytes, and the time of its last change in nanoseconds; -1 where it is not there.
_Source = tuple[str, int, int]


def read(source: str) -> Any:
    """Return what was kept for a source file, which need not be there; None where nothing, or nothing whole, is."""
    with suppress(OSError, EOFError, ValueError, TypeError), open(cache_from_source(source), "rb") as file:
        return marshal.loads(file.read())
    return None


def write(source: str, value: Any) -> None:
    """Keep a value of built-in types, unless Python is to keep nothing; it is no fault where that can't be written."""
    if sys.dont_write_bytecode:
        return
    place = cache_from_source(source)
    new = f"{place}.{os.getpid()}"
    with suppress(OSError):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(new, "wb") as file:
            file.write(marshal.dumps(value))
        os.replace(new, place)


def state(*places: str) -> tuple[_Source, ...]:
    """Return what tells one state from another of files, and of all Python files in packages."""
    return tuple(source for place in places for source in (_inside(place) if os.path.isdir(place) else [_file(place)]))


def _file(path: str) -> _Source:
    with suppress(OSError):
        found = os.stat(path)
        return path, found.st_size, found.st_mtime_ns
    return path, -1, -1


def _inside(folder: str) -> Iterator[_Source]:
    entries: list[os.DirEntry[str]] = []
    with suppress(OSError):  # it may not be read
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.endswith(".py"):
            yield _file(entry.path)
        elif entry.name.isidentifier() and entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
            yield from _inside(entry.path)
