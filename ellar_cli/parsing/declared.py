"""What the commands declare, without the parser: help and completion are quick, and the parser takes long to import.

The parser is asked once, and what it said is kept as Python keeps compiled modules: in `__pycache__`, where that can be
written.
"""

import marshal
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import cache_from_source
from typing import Any, NamedTuple

_TOOL = os.path.dirname(os.path.dirname(__file__))


class Parameter(NamedTuple):
    """An argument or option of a command.

    `names` are how an option is typed, and `value` is what stands for its value, or for the argument: "" for a flag.
    `default` and `variable` (of the environment) are "" where there is none to tell.
    """

    is_option: bool
    names: tuple[str, ...]
    value: str
    choices: tuple[str, ...]
    default: str
    variable: str
    help: str
    is_required: bool
    is_repeated: bool


def parameters(command: str) -> list[Parameter]:
    """Return the parameters of a command as they are declared."""
    sources = tuple(_sources(_TOOL))
    table = _kept(sources)
    if table is None:
        # The parser is what is to be spared.
        from ellar_cli.parsing.table import declared

        table = declared()
        _keep(sources, table)
    return [Parameter(*row) for row in table[command]]


_Table = dict[str, list[tuple[Any, ...]]]
# A file: its path, its size and the time of its last change.
_Source = tuple[str, int, int]


def _sources(folder: str) -> Iterator[_Source]:
    """Yield what tells one state of the tool's code from another: a declaration may name what is anywhere in it."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.endswith(".py"):
            state = entry.stat()
            yield entry.path, state.st_size, state.st_mtime_ns
        elif entry.name.isidentifier() and entry.name != "__pycache__" and entry.is_dir():
            yield from _sources(entry.path)


def _kept(sources: tuple[_Source, ...]) -> _Table | None:
    # What another version or an interrupted write has left is no table of ours.
    with suppress(OSError, EOFError, ValueError, TypeError), open(_file(), "rb") as file:
        of, table = marshal.loads(file.read())
        return table if of == sources else None
    return None


def _keep(sources: tuple[_Source, ...], table: _Table) -> None:
    if sys.dont_write_bytecode:
        return
    new = f"{_file()}.{os.getpid()}"
    with suppress(OSError):
        os.makedirs(os.path.dirname(new), exist_ok=True)
        with open(new, "wb") as file:
            file.write(marshal.dumps((sources, table)))
        os.replace(new, _file())


def _file() -> str:
    return cache_from_source(os.path.join(os.path.dirname(__file__), "kept.py"))
