"""What was generated, held against what is there."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.record import PLACE, Entry, Record
from ellar_cli.commands.create_module import ModuleOptions, plan_module, rendered
from ellar_cli.doctor.case import Case
from ellar_cli.doctor.finding import Finding, NotChecked
from ellar_cli.errors import CliError
from ellar_cli.names import module_name
from ellar_cli.output import command
from ellar_cli.project.modules import modules_of
from ellar_cli.project.places import Place
from ellar_cli.templates.websocket_options import DEFAULT

_WAYS = tuple(ModuleOptions(socket=socket, tests=tests) for socket in (DEFAULT, None) for tests in (True, False))
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
    """Yield the modules that hold what create-module writes, and are not in the record."""
    known = _known(case)
    for place in dict.fromkeys(module.place for module in modules_of(case.project, case.changes)):
        if f"module {place}" not in known and (file := _generated(place, case)):
            problem = f"it is as it was generated, and {PLACE} does not know it: ellar destroy takes it for yours"
            yield Finding("E501", f"{place}/{file}", problem, _way(place, case))


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
    problem = f"it is in {PLACE}, and gone" + (f", as are {others} more of {place or 'the project'}" if others else "")
    if kind == "module" and len(missing) == len(entries):
        return Finding("E502", first, problem, command("destroy", "module", place))
    if kind != "project":
        again = command(*entries[first].command.split())
        return Finding("E502", first, problem, f"{again}\n{_FORGET}")
    return Finding("E502", first, problem, f"{_RESTORE}\n{_FORGET}")


def _generated(place: str, case: Case) -> str | None:
    """Return a file of a module that is as create-module writes it, if there is one."""
    with suppress(CliError):  # the folder's name is none that create-module takes
        return next((path for options in _WAYS for path, is_same in _compared(place, options, case) if is_same), None)
    return None


def _compared(place: str, options: ModuleOptions, case: Case) -> Iterator[tuple[str, bool]]:
    """Yield the files that create-module makes, but empty ones, each with whether it is there like that."""
    folder = case.project.root / place
    for path, text in rendered(Place(case.project, folder, module_name(folder.name)), options).items():
        if text:
            yield path, (folder / path).is_file() and (folder / path).read_bytes() == text.encode()


def _way(place: str, case: Case) -> str:
    """Return the command that records a module again, where one of the plain ones makes it exactly as it is."""
    apps = f"{case.project.apps}/"
    for options in _WAYS if place.startswith(apps) else ():
        if all(is_same for _, is_same in _compared(place, options, case)):
            changes = ChangeSet(case.project.root)
            record = Record.read(case.project.root, changes)
            with suppress(CliError):
                plan_module(changes, record, case.project, place.removeprefix(apps), options, case.project.root)
                return command(*next(iter(record.of(f"module {place}").values())).command.split())
    return f"restore {PLACE} from your repository"
