"""`ellar create-module`: a package in the project's apps, registered in the module above it."""

from dataclasses import dataclass, replace
from pathlib import Path

from ellar_cli.asking import ask
from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.plan import Plan, Show
from ellar_cli.changes.record import Record
from ellar_cli.connecting.server import server_of_project
from ellar_cli.errors import CliError
from ellar_cli.output import command
from ellar_cli.project.generated import Generated, generate
from ellar_cli.project.modules import FoundModule, find_module, imported_by_module, parent_of, root_of
from ellar_cli.project.places import Place, place_of_module
from ellar_cli.project.project import Project, find_project
from ellar_cli.project.registration import Registration, module_entries
from ellar_cli.templates.rendering import render
from ellar_cli.templates.websocket_options import DEFAULT, Socket

_ROUTE = "live-support"


@dataclass(frozen=True)
class ModuleOptions:
    """How a module is made: where, with which websocket (None: without one), and whether its parent lists it."""

    directory: str = ""
    parent: str = ""
    socket: Socket | None = DEFAULT
    tests: bool = True
    register: bool = True


_DEFAULTS = ModuleOptions()
_SHOW = Show()


def create_module(typed: str | None, start: Path, options: ModuleOptions = _DEFAULTS, show: Show = _SHOW) -> None:
    """Make the module `typed` in the project around `start`, and register it in the nearest module above.

    Without a name, the person at the terminal is asked for one that will do.
    Raises CliError where it cannot be made, with nothing written; and, with the files written, where the module above
    cannot be edited safely.
    """
    project = find_project(start)
    name = _asked(project, options, start) if typed is None else typed
    generate(project, lambda changes, record: plan_module(changes, record, project, name, options, start), show)


def _asked(project: Project, options: ModuleOptions, start: Path) -> str:
    # What no name would mend.
    Record.read(project.root, changes := ChangeSet(project.root))
    if options.parent not in ("", "root"):
        find_module(project, changes, options.parent)

    def check(answer: str) -> None:
        changes = ChangeSet(project.root)
        plan_module(changes, Record.read(project.root, changes), project, answer, options, start)

    return ask("Name of the module", check)


def plan_module(
    changes: ChangeSet, record: Record, project: Project, typed: str, options: ModuleOptions, start: Path
) -> Plan:
    """Plan the files of a module, the edit of its parent, and what the record says of both, but the record's own file.

    Raises CliError where the module cannot be made.
    """
    place = place_of_module(project, typed, options.directory, start)
    generated = generated_module(project, changes, place, options)
    misspelt = _misspelt(place, changes)
    plan = generated.plan(changes, record, register=options.register)
    plan.notes += misspelt
    return plan


def _misspelt(place: Place, changes: ChangeSet) -> list[str]:
    """Tell of a package that is new, and named almost like a module beside it."""
    folder = next((package.parent for package in place.packages if not package.parent.is_dir()), None)
    if folder is None or not folder.parent.is_dir():
        return []
    # Few places have a package on the way that is new.
    from difflib import get_close_matches

    modules = [name for name in changes.names_in(folder.parent) if (folder.parent / name / "module.py").is_file()]
    close = get_close_matches(folder.name, modules, 1)
    undo = command("destroy", "module", *place.arguments[:1])
    return [f"{folder.name} is a new package. Did you mean {close[0]}? Then take it back: {undo}"] if close else []


def generated_module(project: Project, changes: ChangeSet, place: Place, options: ModuleOptions) -> Generated:
    """Return what a module is made of. Raises CliError where none above can list it."""
    class_name = f"{place.name.class_name}Module"
    parent = _parent(project, changes, place, options)
    registration = Registration(project, parent, module_entries(place))
    if parent.file in imported_by_module(project, changes, place.folder):
        raise CliError(_circle(registration, parent_of(project, changes, place.folder)))
    if class_name == parent.class_name:
        raise CliError(f"{class_name} is the module above it; {f'{place.name.snake}_app'!r} would do")
    files = files_of_module(place, options)
    made_by = _command(place, options, parent)
    return Generated("module", place, files, made_by, registration, _first_step(place, options))


def _parent(project: Project, changes: ChangeSet, place: Place, options: ModuleOptions) -> FoundModule:
    if options.parent == "root":
        return root_of(project, changes)
    if options.parent:
        return find_module(project, changes, options.parent)
    return parent_of(project, changes, place.folder)


def _circle(registration: Registration, other: FoundModule) -> str:
    """Say why the parent cannot list a module that is there, and which one can."""
    fault = f"{registration.classes} imports {registration.file}, which cannot list it then"
    if other.file == registration.parent.file:
        return f"{fault}; take that import out"
    way_out = replace(registration, parent=other)
    return f"{fault}; to register it in {other.class_name}, write into {way_out.file}:\n{way_out.by_hand}"


def files_of_module(place: Place, options: ModuleOptions) -> dict[Path, str]:
    """Return the text of a module's files."""
    variables: dict[str, str | bool] = {
        **place.variables,
        **(options.socket or DEFAULT).variables,
        "template": "ws-index.html",
        "socket": _ROUTE,
        "topic": "live support",
        "module_class": f"{place.name.class_name}Module",
        "module_import": "..module",
    }
    files = render("module", variables, over="websocket" if options.socket else None)
    return {
        place.folder / path: text
        for path, text in sorted(files.items())
        if options.tests or not path.startswith("tests/")
    }


def _command(place: Place, options: ModuleOptions, parent: FoundModule) -> str:
    switches = {"--no-websocket": options.socket is None, "--no-tests": not options.tests}
    given = [switch for switch, is_on in switches.items() if is_on] + (options.socket.options if options.socket else [])
    above = "root" if options.parent == "root" else parent.place.removeprefix(f"{place.project.apps}/")
    return " ".join(["create-module", *place.arguments, *given, *(["--parent", above] if options.parent else [])])


def _first_step(place: Place, options: ModuleOptions) -> str:
    if options.socket:
        return options.socket.first_step(place, _ROUTE)
    return f"{command('runserver')}, and open {server_of_project(place.project).url}/{place.url}/"
