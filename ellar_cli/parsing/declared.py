"""What the commands declare, without the parser: help and completion are quick, and the parser takes long to import.

The parser is asked once, and what it said is kept as Python keeps compiled modules: in `__pycache__`, where that can be
written.
"""

import marshal
import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source, source_hash
from pathlib import Path
from typing import Any, NamedTuple

_FOLDER = Path(__file__).parent
# What a declaration is made of: the rest of the tool says nothing about parameters.
_SOURCES = (*sorted(_FOLDER.glob("*.py")), _FOLDER.with_name("help.py"), *_FOLDER.parent.glob("templates/*_options.py"))


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
    key = source_hash(b"".join(file.read_bytes() for file in _SOURCES))
    table = _kept(key)
    if table is None:
        # The parser is what is to be spared.
        from ellar_cli.parsing.table import declared

        table = declared()
        _keep(key, table)
    return [Parameter(*row) for row in table[command]]


_Table = dict[str, list[tuple[Any, ...]]]


def _kept(key: bytes) -> _Table | None:
    # What another version or an interrupted write has left is no table of ours.
    with suppress(OSError, EOFError, ValueError, TypeError):
        of, table = marshal.loads(_file().read_bytes())
        return table if of == key else None
    return None


def _keep(key: bytes, table: _Table) -> None:
    if sys.dont_write_bytecode:
        return
    new = _file().with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        new.parent.mkdir(exist_ok=True)
        new.write_bytes(marshal.dumps((key, table)))
        new.replace(_file())


def _file() -> Path:
    return Path(cache_from_source(str(Path(__file__).with_name("table.py"))))
