"""`ellar destroy`: what create-module and create-websocket have made, taken out again."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ellar_cli.asking import at_a_terminal, confirm
from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.plan import Plan, Show, carry_out
from ellar_cli.changes.record import PLACE, Record
from ellar_cli.errors import CliError, UsageError
from ellar_cli.names import module_name, module_place
from ellar_cli.output import command, say
from ellar_cli.project.generated import Kind
from ellar_cli.project.modules import find_module, root_of
from ellar_cli.project.places import Place
from ellar_cli.project.project import Project, find_project
from ellar_cli.project.removal import Removal

_SHOW = Show()


def destroy(kind: Kind, typed: str, module: str, start: Path, show: Show = _SHOW, *, force: bool = False) -> None:
    """Take out a module or a websocket of the project around `start`: its registration, its files, its record.

    Files that were edited since are kept, but for `force`, which asks where a person is there to answer. Raises
    CliError where it was not made by these commands, where others are in it or import it, where its registration cannot
    be undone safely, all with nothing removed; and, with all the rest removed, where edited files are kept.
    """
    if kind == "module" and module:
        raise UsageError("--module is about a websocket; a module is named by NAME alone, like fleet/car")
    project = find_project(start)
    agreed = _agreed(_removal(project, kind, typed, module), show) if force else []
    typed_again = [kind, typed, *(["--module", module] if module else [])]

    def make() -> Plan:
        removal = _removal(project, kind, typed, module)
        plan = Plan("destroy", project.root, removal.changes)
        if kept := removal.plan(agreed, force=force):
            plan.refusal = CliError(
                f"edited since they were made, and kept: {', '.join(kept)}; "
                f"to remove them too: {command('destroy', *typed_again, '--force')}"
            )
        removal.record.plan(removal.changes)
        return plan

    carry_out(project.root, make, show)


def _agreed(removal: Removal, show: Show) -> list[str]:
    """Return the edited files that may go: all, where nobody is there to be asked."""
    edited = removal.edited()
    if edited and not show.dry_run and not show.json and at_a_terminal():
        for line in ("Edited since they were made:", *(f"  {path}" for path in edited)):
            say(line)
        if not confirm("Remove them too?", default=False):
            raise CliError("nothing was removed")
    return edited


def _removal(project: Project, kind: Kind, typed: str, module: str) -> Removal:
    changes = ChangeSet(project.root)
    record = Record.read(project.root, changes)
    place = _meant(project, changes, record, kind, f"{module}/{typed}" if module else typed)
    folder = project.root / place
    return Removal(kind, Place(project, folder, module_name(folder.name)), changes, record)


def _meant(project: Project, changes: ChangeSet, record: Record, kind: Kind, typed: str) -> str:
    """Return the place of what was typed. Raises CliError where the record has none, or several."""
    recorded = {thing.partition(" ")[2] for thing in record.things() if thing.startswith(f"{kind} ")}
    for spelling in _spellings(project, changes, kind, typed):
        found = {place for place in recorded if f"/{place}".endswith(f"/{spelling}")}
        found = {f"{project.apps}/{spelling}", spelling} & recorded or found
        if len(found) > 1:
            raise CliError(f"{typed!r} is {' and '.join(sorted(found))}; type which one")
        if found:
            return found.pop()
    raise _unknown(project, changes, recorded, kind, typed)


def _spellings(project: Project, changes: ChangeSet, kind: Kind, typed: str) -> Iterator[str]:
    """Yield the places that may be meant, or their ends: as typed, as create-module spells it, by a class's name."""
    plain = typed.replace("\\", "/").strip("/")
    yield plain
    with suppress(CliError):
        yield "/".join(name.snake for name in module_place(plain))
    module, _, name = plain.rpartition("/") if kind == "websocket" else (plain, "", "")
    with suppress(CliError):
        owner = root_of(project, changes) if module == "root" else find_module(project, changes, module)
        yield "/".join([owner.place, *([module_name(name).snake] if name else [])])


def _unknown(project: Project, changes: ChangeSet, recorded: set[str], kind: Kind, typed: str) -> CliError:
    # Only a mistake needs it.
    from difflib import get_close_matches

    if kind == "module":
        module = find_module(project, changes, typed)
        return CliError(
            f"{module.place} is not in {PLACE}, so that nobody knows what was generated; "
            f"remove it by hand, and {module.class_name} where it is listed"
        )
    names = {place.removeprefix(f"{project.apps}/"): place for place in sorted(recorded)}
    close = get_close_matches(typed, names, 1) or get_close_matches(
        typed, [name.rpartition("/")[2] for name in names], 1
    )
    if close:
        return CliError(f"no websocket {typed!r} is in {PLACE}; did you mean {close[0]!r}?")
    return CliError(f"no websocket {typed!r} is in {PLACE}; there is {', '.join(names) or 'none'}")
