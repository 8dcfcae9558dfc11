"""What stands for the value of an option, or for an argument: choices, and names that the project has."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ellar_cli.errors import CliError
from ellar_cli.parsing.declared import Parameter
from ellar_cli.project.project import Project, find_project


class Candidate(NamedTuple):
    """A word, and what it is about."""

    word: str
    about: str = ""


# For the shell: it knows better how to complete the names of files.
FILES = Candidate(":files")
_FILES = ("FILE", "DIRECTORY", "FOLDER", "SOURCE", "SPEC")


def of(command: str, parameter: Parameter, typed: Sequence[str], start: Path) -> Iterator[Candidate]:
    """Yield what a parameter of a command can be, in the project around `start`, after the words that were typed."""
    if parameter.choices:
        yield from map(Candidate, parameter.choices)
    elif parameter.value.endswith(_FILES):
        yield FILES
    else:
        # Where a project is not in order, or none, there is nothing to offer: the command says why.
        with suppress(CliError, OSError, SyntaxError, ValueError):
            yield from _named(command, parameter, typed, start)


def _named(command: str, parameter: Parameter, typed: Sequence[str], start: Path) -> Iterator[Candidate]:
    of_parameter = (command, parameter.names[0])
    if parameter.value == "MODULE":
        yield from _modules(find_project(start))
    elif of_parameter == ("destroy", "name"):
        yield from _generated(find_project(start), typed[0])
    elif of_parameter == ("app", "arguments"):
        yield from _commands(find_project(start))
    elif of_parameter == ("config", "name"):
        yield from _settings(find_project(start))
    elif parameter.names[0] == "--config":
        yield from _config_classes(find_project(start))
    elif of_parameter == ("doctor", "--ignore"):
        yield from _codes()
    elif of_parameter in {("connect", "where"), ("routes", "--match")}:
        yield from _routes(find_project(start), of_websockets=command == "connect")


def _modules(project: Project) -> Iterator[Candidate]:
    from ellar_cli.changes.change_set import ChangeSet
    from ellar_cli.project.modules import module_places

    for place in module_places(project, ChangeSet(project.root)):
        yield Candidate(_seen_from_apps(project, place), f"{place}/module.py")


def _generated(project: Project, kind: str) -> Iterator[Candidate]:
    """Yield what the record has of a kind: nothing else can be destroyed."""
    from ellar_cli.changes.change_set import ChangeSet
    from ellar_cli.changes.record import Record

    for thing in sorted(Record.read(project.root, ChangeSet(project.root)).things()):
        of, _, place = thing.partition(" ")
        if of == kind:
            yield Candidate(_seen_from_apps(project, place), place)


def _seen_from_apps(project: Project, place: str) -> str:
    return place.removeprefix(f"{project.apps}/")


def _commands(project: Project) -> Iterator[Candidate]:
    from ellar_cli.completion.commands import commands

    return (Candidate(command.name, command.about) for command in commands(project))


def options_of_own(name: str, start: Path) -> Iterator[Candidate]:
    """Yield the options of a command of the application's own."""
    from ellar_cli.completion.commands import commands

    with suppress(CliError, OSError, SyntaxError, ValueError):
        for command in commands(find_project(start)):
            if command.name == name:
                yield from map(Candidate, command.options)


def _settings(project: Project) -> Iterator[Candidate]:
    from ellar_cli.completion.settings import settings

    return (Candidate(name, about) for name, about in settings(project))


def _config_classes(project: Project) -> Iterator[Candidate]:
    from ellar_cli.completion.settings import config_classes

    return map(Candidate, config_classes(project))


def _codes() -> Iterator[Candidate]:
    from ellar_cli.doctor.finding import CODES

    return (Candidate(code, about) for code, about in CODES.items())


def _routes(project: Project, *, of_websockets: bool) -> Iterator[Candidate]:
    from ellar_cli.completion.routes import routes

    found: dict[str, list[str]] = {}
    for path, method in routes(project):
        if method == "WS" or not of_websockets:
            found.setdefault(path, []).append(method)
    for path, methods in found.items():
        yield Candidate(path, " ".join(dict.fromkeys(methods)))
