"""What stands for the value of an option, or for an argument: choices, and names that the project has."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ellar_cli.completion.project_names import Name, project_names
from ellar_cli.parsing.declared import Parameter


class Candidate(NamedTuple):
    """A word, and what it is about."""

    word: str
    about: str = ""


# For the shell: it knows better how to complete the names of files.
FILES = Candidate(":files")
_FILES = ("FILE", "DIRECTORY", "FOLDER", "SOURCE", "SPEC")
# What names stand for a parameter of a command.
_NAMES = {
    ("config", "name"): "settings",
    ("connect", "where"): "routes WS",
    ("routes", "--match"): "routes",
}


def of(command: str, parameter: Parameter, typed: Sequence[str], start: str) -> Iterator[Candidate]:
    """Yield what a parameter of a command can be, in the project around `start`, after the words that were typed."""
    of_command = (command, parameter.names[0])
    if parameter.choices:
        yield from map(Candidate, parameter.choices)
    elif parameter.value.endswith(_FILES):
        yield FILES
    elif of_command == ("app", "arguments"):
        yield from of_own((), "", start)
    elif of_command == ("doctor", "--ignore"):
        yield from _codes()
    elif kind := _kind(of_command, parameter, typed):
        yield from (Candidate(*name) for name in project_names(kind, start))


def _kind(of_command: tuple[str, str], parameter: Parameter, typed: Sequence[str]) -> str | None:
    if parameter.value == "MODULE":
        return "modules"
    if parameter.names[0] == "--config":
        return "config-classes"
    return f"generated {typed[0]}" if of_command == ("destroy", "name") else _NAMES.get(of_command)


def of_own(typed: Sequence[str], word: str, start: str) -> Iterator[Candidate]:
    """Yield what stands behind words for the application's own commands: a command, or its options."""
    if word.startswith("-"):
        options = project_names("options", start)
        yield from list(_behind(typed[:1], options)) or _behind(typed[:2], options)
    else:
        yield from _behind(typed, project_names("commands", start))


def _behind(typed: Sequence[str], names: Iterable[Name]) -> Iterator[Candidate]:
    """Yield the last words of names that go on where what was typed ends."""
    for name, about in names:
        *before, last = name.split(" ")
        if before == [*typed]:
            yield Candidate(last, about)


def _codes() -> Iterator[Candidate]:
    from ellar_cli.doctor.finding import CODES

    return (Candidate(code, about) for code, about in CODES.items())
