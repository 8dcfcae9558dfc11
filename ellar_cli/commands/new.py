"""`ellar new`: a project in a new folder."""

import secrets
from pathlib import Path

from ellar_cli.changes import ChangeSet
from ellar_cli.errors import CliError
from ellar_cli.foreign import warn_of_foreign_distributions
from ellar_cli.names import Name, clash, distribution_name, free, project_name
from ellar_cli.output import command, quote
from ellar_cli.plan import Plan, Show, carry_out
from ellar_cli.record import Record
from ellar_cli.requirement import RuntimeRequirement, runtime_requirement
from ellar_cli.templates import render

_KEY_BYTES = 32


def new(typed: str, parent: Path, runtime: str | None = None) -> None:
    """Make the project `typed` in a folder of that name in `parent`.

    `runtime` says where its dependency on ellar-kit points, in place of where this tool came from.
    Raises CliError where the name will not do or is taken.
    """
    carry_out(parent, lambda: _plan(typed, parent, runtime), Show())
    warn_of_foreign_distributions()


def _plan(typed: str, parent: Path, runtime: str | None) -> Plan:
    name = project_name(typed)
    folder = parent / distribution_name(typed)
    existing = [entry.name for entry in parent.iterdir()]
    if taken := clash(folder.name, existing):
        raise CliError(f"{taken} exists already in {parent}; {free(name.snake, existing)!r} would do")
    requirement = runtime_requirement(runtime)
    changes = ChangeSet(parent)
    record = Record.read(folder, changes)
    for path, text in render("project", _variables(name, folder.name, requirement)).items():
        changes.create(folder / path, text)
        record.add(path, text.encode(), thing="project", command=quote("new", folder.name))
    record.plan(changes)
    steps = [quote("cd", folder.name), command("create-module", "car"), command("runserver")]
    return Plan("new", parent, changes, _notes(folder, requirement), steps)


def _variables(name: Name, distribution: str, requirement: RuntimeRequirement) -> dict[str, str | bool]:
    return {
        "project_name": distribution,
        "package": name.snake,
        "title": name.title,
        "requirement": requirement.text,
        "direct_reference": requirement.is_direct,
        "secret_key": secrets.token_urlsafe(_KEY_BYTES),
    }


def _notes(folder: Path, requirement: RuntimeRequirement) -> list[str]:
    notes = [f"Its ellar-kit comes from {requirement.place}: {requirement.text}"]
    if requirement.is_of_this_machine:
        file = f"{folder.name}/pyproject.toml"
        notes.append(f"No other machine has that path: change it in {file} before you share the project.")
    return notes
