"""`ellar create-websocket`: a package in a module that is there, and its page among the module's."""

import ast
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ellar_cli.asking import ask
from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.plan import Plan, Show
from ellar_cli.changes.record import Record
from ellar_cli.errors import CliError
from ellar_cli.names import Name, module_name
from ellar_cli.output import command
from ellar_cli.project.generated import Generated, generate
from ellar_cli.project.modules import FoundModule, find_module, listed, module_places, root_of
from ellar_cli.project.places import Place
from ellar_cli.project.project import Project, find_project
from ellar_cli.project.registration import Registration, websocket_entries
from ellar_cli.templates.rendering import render
from ellar_cli.templates.websocket_options import DEFAULT, Socket

_ROUTE = "live"
_NO_PACKAGE = "."


@dataclass(frozen=True)
class WebsocketOptions:
    """How a websocket is made in a module, and whether the module lists it."""

    socket: Socket = DEFAULT
    tests: bool = True
    register: bool = True


_DEFAULTS = WebsocketOptions()
_SHOW = Show()


def create_websocket(
    typed: str | None, module: str | None, start: Path, options: WebsocketOptions = _DEFAULTS, show: Show = _SHOW
) -> None:
    """Make the websocket `typed` in a module of the project around `start`, and list it there.

    For what is None, the person at the terminal is asked.
    Raises CliError where it cannot be made, with nothing written; and, with the files written, where the module cannot
    be edited safely.
    """
    name = None if typed is None else module_name(typed)
    project = find_project(start)
    owner = _asked_module(project) if module is None else module
    name = name or _asked_name(project, owner, options)
    generate(project, lambda changes, record: _plan(changes, record, project, name, owner, options), show)


def _asked_module(project: Project) -> str:
    """Ask for one of the modules that are there; the only one is the default."""
    changes = ChangeSet(project.root)
    root = root_of(project, changes).place
    places = [place for place in module_places(project, changes) if place != root and "tests" not in place.split("/")]
    there = [*(place.removeprefix(f"{project.apps}/") for place in places), *(["root"] if root != _NO_PACKAGE else [])]
    if not there:
        raise CliError(f"there is no module that it could be in; make one: {command('create-module')}")
    question = f"Its module, {listed(there, 'or')}" if len(there) > 1 else "Its module"
    return ask(question, lambda answer: _owner(project, changes, answer), there[0] if len(places) <= 1 else None)


def _asked_name(project: Project, module: str, options: WebsocketOptions) -> Name:
    # What no name would mend.
    Record.read(project.root, changes := ChangeSet(project.root))
    _owner(project, changes, module)

    def check(answer: str) -> None:
        changes = ChangeSet(project.root)
        _plan(changes, Record.read(project.root, changes), project, module_name(answer), module, options)

    return module_name(ask("Name of the websocket", check))


def _owner(project: Project, changes: ChangeSet, module: str) -> FoundModule:
    return root_of(project, changes) if module == "root" else find_module(project, changes, module)


def _plan(
    changes: ChangeSet, record: Record, project: Project, name: Name, module: str, options: WebsocketOptions
) -> Plan:
    generated = generated_websocket(project, changes, _owner(project, changes, module), name, options)
    return generated.plan(changes, record, register=options.register)


def generated_websocket(
    project: Project, changes: ChangeSet, owner: FoundModule, name: Name, options: WebsocketOptions
) -> Generated:
    """Return what a websocket in the module `owner` is made of.

    Raises CliError for a name that the module has, and for a module in no package, which nothing in it can import.
    """
    if owner.place == _NO_PACKAGE:
        way_out = command("create-module", name.snake)
        raise CliError(
            f"{owner.file.name} is in no package, which a websocket in it would need; make a module: {way_out}"
        )
    place = Place(project, owner.file.parent / name.snake, name)
    if f"{name.class_name}Module" == owner.class_name:
        raise CliError(f"{owner.class_name} is the module itself; {f'{name.snake}_socket'!r} would do")
    is_root = owner.file == root_of(project, changes).file
    module = "root" if is_root else owner.place.removeprefix(f"{project.apps}/")
    no_tests = [] if options.tests else ["--no-tests"]
    made_by = " ".join(["create-websocket", name.snake, "--module", module, *options.socket.options, *no_tests])
    files = files_of_websocket(place, changes, owner, options)
    registration = Registration(project, owner, websocket_entries(place))
    return Generated("websocket", place, files, made_by, registration, options.socket.first_step(place, _ROUTE))


def files_of_websocket(
    place: Place, changes: ChangeSet, owner: FoundModule, options: WebsocketOptions
) -> dict[Path, str]:
    """Return the text of a websocket's files, its page among those of the module `owner`."""
    template = f"{place.name.kebab}.html"
    variables: dict[str, str | bool] = {
        **place.variables,
        **options.socket.variables,
        "template": template,
        "socket": _ROUTE,
        "topic": place.name.title.lower(),
        "module_class": owner.class_name,
        "module_import": f"...{'' if owner.file.stem == '__init__' else owner.file.stem}",
    }
    files = render("websocket", variables)
    pages = _pages(place, changes, owner)
    return {
        (pages / path.removeprefix("templates/") if path.startswith("templates/") else place.folder / path): text
        for path, text in sorted(files.items())
        if options.tests or not path.startswith("tests/")
    }


def _pages(place: Place, changes: ChangeSet, owner: FoundModule) -> Path:
    """Return the folder of the module's templates; where its file does not tell, the one beside the controller."""
    folder = _template_folder(changes.read(owner.file), owner.class_name)
    return place.folder / "templates" if folder is None else owner.file.parent / folder


def _template_folder(content: bytes, class_name: str) -> PurePosixPath | None:
    """Return what `@Module` says of it; None where that is no plain text, or leads out of the module's folder."""
    try:
        nodes = [node for node in ast.parse(content).body if isinstance(node, ast.ClassDef) and node.name == class_name]
    except (SyntaxError, ValueError):
        nodes = []
    if not nodes:
        return None
    calls = [decorator for decorator in nodes[0].decorator_list if isinstance(decorator, ast.Call)]
    given = [argument for call in calls for argument in call.keywords]
    told = next((argument.value for argument in given if argument.arg in ("template_folder", None)), None)
    if told is None:
        return PurePosixPath("templates")
    if not isinstance(told, ast.Constant) or not isinstance(told.value, str):
        return None
    folder = PurePosixPath(told.value)
    return None if folder.is_absolute() or ".." in folder.parts else folder
