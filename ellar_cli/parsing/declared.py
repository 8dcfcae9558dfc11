"""What the commands declare, without the parser: help and completion are quick, and the parser takes long to import.

The parser is asked once, and what it said is kept until the tool changes.
"""

import os
from typing import NamedTuple

from ellar_cli import kept

_TOOL = os.path.dirname(os.path.dirname(__file__))
_PLACE = os.path.join(os.path.dirname(__file__), "kept.py")


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
    state = kept.state(_TOOL)  # whole: a declaration may name what is anywhere in it
    match kept.read(_PLACE):
        case (of, table) if of == state:
            pass
        case _:
            # The parser is what is to be spared.
            from ellar_cli.parsing.table import declared

            table = declared()
            kept.write(_PLACE, (state, table))
    return [Parameter(*row) for row in table[command]]
