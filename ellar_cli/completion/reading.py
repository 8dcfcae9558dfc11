"""Reads the names of a project from its files; nothing of it is imported. Each kind imports what it needs, no more."""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ellar_cli.completion.project_names import Name
from ellar_cli.project.project import Project

if TYPE_CHECKING:
    from ellar_cli.completion.commands import Command


def files(project: Project) -> list[str]:
    """Return the files and folders that names are read from, and the code that reads them."""
    from ellar_cli.changes.record import PLACE
    from ellar_cli.completion.settings import of_runtime

    inside = ["pyproject.toml", PLACE, *project.packages, *(f"{package}.py" for package in project.packages)]
    paths = [*(project.root / path for path in inside), *project.files_of(project.config), *of_runtime()]
    return [*map(str, paths), os.path.dirname(__file__)]


def names(kind: str, project: Project) -> list[Name]:
    """Return the names of a kind: one of KINDS, and behind a space what it is of."""
    kind, _, of = kind.partition(" ")
    return list(KINDS[kind](project, of))


def _modules(project: Project, _: str) -> Iterator[Name]:
    from ellar_cli.changes.change_set import ChangeSet
    from ellar_cli.project.modules import module_places

    for place in module_places(project, ChangeSet(project.root)):
        yield _seen_from_apps(project, place), f"{place}/module.py"


def _generated(project: Project, kind: str) -> Iterator[Name]:
    """Yield what the record has of a kind: nothing else can be destroyed."""
    from ellar_cli.changes.change_set import ChangeSet
    from ellar_cli.changes.record import Record

    for thing in sorted(Record.read(project.root, ChangeSet(project.root)).things()):
        of, _, place = thing.partition(" ")
        if of == kind:
            yield _seen_from_apps(project, place), place


def _seen_from_apps(project: Project, place: str) -> str:
    return place.removeprefix(f"{project.apps}/")


def _commands(project: Project, _: str) -> Iterator[Name]:
    from ellar_cli.completion.commands import commands

    return ((_typed(command), command.about) for command in commands(project))


def _options(project: Project, _: str) -> Iterator[Name]:
    from ellar_cli.completion.commands import commands

    return ((f"{_typed(command)} {option}", "") for command in commands(project) for option in command.options)


def _typed(command: "Command") -> str:
    return f"{command.group} {command.name}".lstrip()


def _settings(project: Project, _: str) -> Iterator[Name]:
    from ellar_cli.completion.settings import settings

    return settings(project)


def _config_classes(project: Project, _: str) -> Iterator[Name]:
    from ellar_cli.completion.settings import config_classes

    return ((name, "") for name in config_classes(project))


def _routes(project: Project, method: str) -> Iterator[Name]:
    from ellar_cli.completion.routes import routes

    found: dict[str, list[str]] = {}
    for path, answers in routes(project):
        if method in ("", answers):
            found.setdefault(path, []).append(answers)
    return ((path, " ".join(dict.fromkeys(methods))) for path, methods in found.items())


KINDS: dict[str, Callable[[Project, str], Iterator[Name]]] = {
    "modules": _modules,
    "generated": _generated,  # module or websocket
    "commands": _commands,  # as they are typed: those of a group behind its name
    "options": _options,  # behind their commands
    "settings": _settings,
    "config-classes": _config_classes,
    "routes": _routes,  # WS, or nothing for all of them
}
