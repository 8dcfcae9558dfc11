"""What was generated, held against what is there."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import product
from pathlib import Path

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.record import PLACE, Entry, Record
from ellar_cli.commands.create_module import ModuleOptions, files_of_module, generated_module
from ellar_cli.commands.create_websocket import WebsocketOptions, files_of_websocket, generated_websocket
from ellar_cli.doctor.case import Case
from ellar_cli.doctor.finding import Finding, NotChecked
from ellar_cli.errors import CliError
from ellar_cli.names import module_name
from ellar_cli.output import command
from ellar_cli.project.generated import Generated
from ellar_cli.project.modules import FoundModule, modules_of, root_of
from ellar_cli.project.places import Place
from ellar_cli.templates.websocket_options import DEFAULT, Socket

# What could be there, and the ways to make it: only who asks for them has to wait for the modules above to be read.
_Ways = tuple[Iterator[Mapping[Path, str]], Iterator[Generated]]

# The plain ones: they share files with all others.
_MODULES = [ModuleOptions(socket=socket, tests=tests) for socket, tests in product((DEFAULT, None), (True, False))]
_SOCKETS = [DEFAULT, Socket(encoding="json"), Socket(encoding="bytes")]
_WEBSOCKETS = [WebsocketOptions(socket=socket, tests=tests) for socket, tests in product(_SOCKETS, (True, False))]
_FORGET = f"or take the lines of what is gone out of {PLACE}"
_RESTORE = "restore it from your repository"


def unreadable(case: Case) -> Iterator[Finding]:
    """Yield the record where it cannot be read."""
    try:
        _entries(case)
    except CliError as error:
        place, words = case.split(str(error))
        problem, _, remedy = words.partition("; ")
        yield Finding("E503", place, problem, remedy or _RESTORE)


def gone(case: Case) -> Iterator[Finding]:
    """Yield the things of which recorded files are gone."""
    for thing, entries in _known(case).items():
        missing = [path for path in entries if not os.path.lexists(case.project.root / path)]
        if missing:
            yield _gone(thing, missing, entries)


def unknown(case: Case) -> Iterator[Finding]:
    """Yield the modules and websockets that hold what the commands write, and are not in the record."""
    known = _known(case)
    problem = f"it is as it was generated, and {PLACE} does not know it: ellar destroy takes it for yours"
    for made, ways in _unrecorded(case, known):
        if file := _as_generated(made):
            yield Finding("E501", case.shown(file), problem, _remedy(ways, case))


def _entries(case: Case) -> dict[str, Mapping[str, Entry]]:
    return {thing: case.record.of(thing) for thing in sorted(case.record.things())}


def _known(case: Case) -> dict[str, Mapping[str, Entry]]:
    try:
        return _entries(case)
    except CliError:
        raise NotChecked("the record cannot be read") from None


def _gone(thing: str, missing: list[str], entries: Mapping[str, Entry]) -> Finding:
    kind, _, place = thing.partition(" ")
    first, others = missing[0], len(missing) - 1
    problem = f"it is in {PLACE}, and gone" + (_counted(others, place or "the project"))
    if kind == "module" and len(missing) == len(entries):
        return Finding("E502", first, problem, command("destroy", "module", place))
    if kind != "project":
        again = command(*entries[first].command.split())
        return Finding("E502", first, problem, f"{again}\n{_FORGET}")
    return Finding("E502", first, problem, f"{_RESTORE}\n{_FORGET}")


def _counted(others: int, of_what: str) -> str:
    return f", as {'is' if others == 1 else 'are'} {others} more of {of_what}" if others else ""


def _unrecorded(case: Case, known: Mapping[str, object]) -> Iterator[_Ways]:
    """Yield every way that something could have been generated which the record does not know."""
    modules = {module.place: module for module in modules_of(case.project, case.changes)}
    owners = {**modules}
    with suppress(CliError):  # E203 tells of it
        root = root_of(case.project, case.changes)
        owners.setdefault(root.place, root)
    # Below, a folder may have a name that the commands do not take.
    for place, module in modules.items():
        if f"module {place}" not in known:
            with suppress(CliError):
                yield _ways_of_module(case, module.file.parent)
    for place, owner in owners.items():
        for folder in _packages_of(owner):
            if f"websocket {place}/{folder.name}" not in known:
                with suppress(CliError):
                    yield _ways_of_websocket(case, owner, folder)


def _ways_of_module(case: Case, folder: Path) -> _Ways:
    place = Place(case.project, folder, module_name(folder.name))
    made = (files_of_module(place, options) for options in _MODULES if options.tests)
    return made, (generated_module(case.project, case.changes, place, options) for options in _MODULES)


def _ways_of_websocket(case: Case, owner: FoundModule, folder: Path) -> _Ways:
    place = Place(case.project, folder, module_name(folder.name))
    made = (files_of_websocket(place, case.changes, owner, options) for options in _WEBSOCKETS if options.tests)
    return made, (
        generated_websocket(case.project, case.changes, owner, place.name, options) for options in _WEBSOCKETS
    )


def _packages_of(module: FoundModule) -> list[Path]:
    """Return the packages in a module that may be websockets: they have controllers, and no module of their own."""
    inside = sorted(path.parent for path in module.file.parent.glob("*/controllers.py"))
    return [folder for folder in inside if not (folder / "module.py").exists()]


def _as_generated(made: Iterable[Mapping[Path, str]]) -> Path | None:
    """Return a file that is as it would be generated, if there is one. An empty one says nothing."""
    return next((path for files in made for path, text in files.items() if text and _is_there(path, text)), None)


def _is_there(path: Path, text: str) -> bool:
    # Line ends of any kind are read as one.
    return path.is_file() and path.read_text(encoding="utf-8", errors="replace") == text


def _remedy(ways: Iterable[Generated], case: Case) -> str:
    """Return the command that records it again, where one of the plain ones makes it exactly as it is."""
    with suppress(CliError):  # what can be generated no more, like one whose parent has its name by now
        for way in ways:
            if all(_is_there(path, text) for path, text in way.files.items() if text):
                with suppress(CliError):
                    changes = ChangeSet(case.project.root)
                    way.plan(changes, Record.read(case.project.root, changes), register=True)
                    return command(*way.made_by.split())
    return f"restore {PLACE} from your repository"
