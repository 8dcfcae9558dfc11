"""What the commands declare, without the parser: help and completion are quick, and the parser takes long to import.

The parser is asked once, and what it said is kept as Python keeps compiled modules: in `__pycache__`, where that can be
written.
"""

import marshal
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import cache_from_source, source_hash
from typing import Any, NamedTuple

# What a declaration is made of: the rest of the tool says nothing about parameters.
_FOLDERS = (os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), os.pardir, "templates"))


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
    key = source_hash(b"".join(_sources()))
    table = _kept(key)
    if table is None:
        # The parser is what is to be spared.
        from ellar_cli.parsing.table import declared

        table = declared()
        _keep(key, table)
    return [Parameter(*row) for row in table[command]]


_Table = dict[str, list[tuple[Any, ...]]]


def _sources() -> Iterator[bytes]:
    for folder in _FOLDERS:
        for name in sorted(os.listdir(folder)):
            if name.endswith(".py"):
                with open(os.path.join(folder, name), "rb") as file:
                    yield file.read()


def _kept(key: bytes) -> _Table | None:
    # What another version or an interrupted write has left is no table of ours.
    with suppress(OSError, EOFError, ValueError, TypeError), open(_file(), "rb") as file:
        of, table = marshal.loads(file.read())
        return table if of == key else None
    return None


def _keep(key: bytes, table: _Table) -> None:
    if sys.dont_write_bytecode:
        return
    new = f"{_file()}.{os.getpid()}"
    with suppress(OSError):
        os.makedirs(os.path.dirname(new), exist_ok=True)
        with open(new, "wb") as file:
            file.write(marshal.dumps((key, table)))
        os.replace(new, _file())


def _file() -> str:
    return cache_from_source(os.path.join(os.path.dirname(__file__), "kept.py"))
