"""A line that the parser has refused, told in one line with the way out."""

import re
from collections.abc import Sequence
from typing import Any

from typer.exceptions import TyperException
from typer.main import get_group

from ellar_cli.dead_ends import meant
from ellar_cli.help import COMMANDS
from ellar_cli.output import command, on_one_line
from ellar_cli.parsing.app import parser

_KINDS = {int: "whole number", float: "number", bool: "switch: write true or false"}


def told(error: TyperException, arguments: Sequence[str]) -> str:
    """Return what is wrong with a line, and the lines that may have been meant or the page to read."""
    message = worded(error).replace("\n\t", " ")  # how the parser lists what can be chosen
    # The parser's own guesses leave out what else was typed.
    reason = on_one_line(re.split(r"\.? Did you mean | \(Possible options: ", message)[0].rstrip("."))
    if lines := meant(arguments, get_group(parser())):
        return f"{reason}; did you mean: {' or: '.join(command(*line) for line in lines)}"
    context = getattr(error, "ctx", None)
    path = context.command_path.split()[1:] if context else [word for word in arguments[:1] if word in COMMANDS]
    return f"{reason}; see {command(*path, '--help')}"


def worded(error: Any) -> str:
    """Return the parser's words, but for numbers and switches: what it says of those is its own parser's."""
    message = _without_variable(error, str(getattr(error, "format_message", error.__str__)()))
    if (kind := _annotation(error)) in _KINDS:
        (fault, *_) = error.__cause__.errors()
        return message.replace(error.message, no_such(fault["input"], kind, error.param))
    return message.replace(": Value error, ", ": ")  # how that parser begins


def no_such(text: str, kind: type, limits: Any = None) -> str:
    """Return what is said of a text that is no number or switch, or not from `limits.min` to `limits.max`."""
    return f"{text!r} is no {_KINDS[kind]}{_bounds(limits)}"


def _without_variable(error: Any, message: str) -> str:
    """Return the words without the variable of an option that was typed."""
    parameter, context = getattr(error, "param", None), getattr(error, "ctx", None)
    source = context.get_parameter_source(parameter.name) if parameter and context else None
    is_typed = getattr(source, "name", None) == "COMMANDLINE"
    return message.replace(f" (env var: '{parameter.envvar}')", "") if parameter and is_typed else message


def _annotation(error: Any) -> Any:
    from_validation = hasattr(error.__cause__, "errors")
    return getattr(getattr(error.param, "type_descriptor", None), "annotation", None) if from_validation else None


def _bounds(limits: Any) -> str:
    least, most = getattr(limits, "min", None), getattr(limits, "max", None)
    if least is None:
        return f" up to {most}" if most is not None else ""
    return f" from {least}" + (f" to {most}" if most is not None else " on")
