"""`ellar create-module`: a package in the project's apps, registered in the root module."""

from pathlib import Path

from ellar_cli.changes import ChangeSet
from ellar_cli.errors import CliError, EditRefused
from ellar_cli.names import Name, clash, free, module_name, same_class
from ellar_cli.output import command
from ellar_cli.plan import Plan, Show, carry_out
from ellar_cli.project import Project, find_project
from ellar_cli.record import Record, hash_of
from ellar_cli.templates import render
from ellar_cli.wiring import Entry, register


def create_module(typed: str, start: Path, *, websocket: bool = True) -> None:
    """Make the module `typed` in the project around `start` and register it in the root module.

    Raises CliError where the name will not do or is taken, with nothing written; and, with the files written,
    where the root module cannot be edited safely.
    """
    name = module_name(typed)
    project = find_project(start)
    carry_out(project.root, lambda: _plan(name, project, websocket), Show())


def _plan(name: Name, project: Project, websocket: bool) -> Plan:
    _refuse_taken(name, project)
    changes = ChangeSet(project.root)
    record = Record.read(project.root, changes)
    place = f"{project.apps}/{name.snake}"
    files = {f"{place}/{path}": text for path, text in _rendered(name, project, websocket).items()}
    for path, text in files.items():
        changes.create(project.root / path, text)
    edits, refusal = _register(changes, record, name, project)
    for path, text in files.items():
        record.add(
            path,
            text.encode(),
            thing=f"module {place}",
            command=f"create-module {name.snake}{'' if websocket else ' --no-websocket'}",
            edits=edits if path == f"{place}/module.py" else {},
        )
    record.plan(changes)
    run = f"{command('runserver')}, and open http://127.0.0.1:8000{_address(name, websocket)}"
    return Plan("create-module", project.root, changes, next=[run], refusal=refusal)


def _refuse_taken(name: Name, project: Project) -> None:
    apps = project.root / project.apps
    existing = [entry.name.removesuffix(".py") for entry in apps.iterdir()] if apps.is_dir() else []
    if taken := clash(name.snake, existing) or same_class(name, existing):
        raise CliError(f"{project.apps}/{taken} exists already; {free(name.snake, existing)!r} would do")
    if f"{name.class_name}Module" == project.root_class:
        raise CliError(f"{project.root_class} is the root module; {f'{name.snake}_app'!r} would do")


def _rendered(name: Name, project: Project, websocket: bool) -> dict[str, str]:
    variables: dict[str, str | bool] = {
        "name": name.snake,
        "path": name.kebab,
        "class_name": name.class_name,
        "title": name.title,
    }
    return render("module", variables, over="websocket" if websocket else None)


def _import_path(name: Name, project: Project) -> str:
    return ".".join((*project.apps.split("/"), name.snake))


def _register(
    changes: ChangeSet, record: Record, name: Name, project: Project
) -> tuple[dict[str, str], CliError | None]:
    """Plan the edit of the root module: what it was before, or what its person has to do instead."""
    file = project.root_module_file
    path = file.relative_to(project.root).as_posix()
    class_name = f"{name.class_name}Module"
    module = f"{_import_path(name, project)}.module"
    before = changes.read(file)
    try:
        after = register(before, project.root_class, [Entry("modules", module, class_name)], project.line_length)
    except EditRefused as refused:
        return {}, CliError(
            f"{path}:{refused.line}: {refused}. The module is written, and not registered; add these two by hand:\n"
            f"  from {module} import {class_name}\n"
            f"  @Module(modules=[..., {class_name}])"
        )
    if after == before:
        return {}, None
    changes.update(file, after, f"+ {class_name}")
    record.edited(path, before, after)
    return {path: hash_of(before)}, None


def _address(name: Name, websocket: bool) -> str:
    return f"/{name.kebab}/ws-index" if websocket else f"/{name.kebab}/"
