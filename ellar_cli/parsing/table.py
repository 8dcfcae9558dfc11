"""The table of what the commands declare, as the parser says it."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from typer.core import TyperArgument, TyperOption
from typer.main import get_group

from ellar_cli.parsing.app import parser
from ellar_cli.parsing.declared import Parameter
from ellar_cli.parsing.options import ASKED_FOR


def declared() -> dict[str, list[tuple[Any, ...]]]:
    """Return the parameters of every command, made of what `marshal` can write."""
    commands = get_group(parser()).commands
    return {name: [tuple(parameter(one)) for one in command.params] for name, command in commands.items()}


def parameter(asked: Any) -> Parameter:
    """Return what is to be told of one, as typer has it."""
    assert isinstance(asked, TyperArgument | TyperOption)
    is_option = isinstance(asked, TyperOption)
    is_flag = isinstance(asked, TyperOption) and asked.is_flag
    choices = tuple(_choices(asked.type_descriptor.annotation))
    return Parameter(
        is_option,
        (*asked.opts, *asked.secondary_opts),
        "" if is_flag else asked.metavar or "|".join(choices) or str(asked.name).rpartition("_")[2].upper(),
        choices,
        _default(asked),
        str(asked.envvar or ""),
        asked.help or "",
        asked.required or asked.show_default == ASKED_FOR,
        asked.multiple or asked.nargs != 1,
    )


def _choices(annotation: Any) -> Iterator[str]:
    """Yield what a Literal or an Enum allows, alone or in a union or a list."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (str(one.value) for one in annotation)
    elif get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    else:
        for part in get_args(annotation):
            yield from _choices(part)


def _default(asked: TyperArgument | TyperOption) -> str:
    if isinstance(asked.show_default, str):
        return asked.show_default
    if not asked.show_default or asked.default in (None, False, "") or callable(asked.default):
        return ""
    if asked.default is True and isinstance(asked, TyperOption):
        return str(asked.opts[0])
    return str(asked.default.value if isinstance(asked.default, Enum) else asked.default)
