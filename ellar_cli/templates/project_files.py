"""What `ellar new` can be told, and the files that come of it, whatever is on the disk."""

import os
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.record import PLACE, Record
from ellar_cli.distribution.requirement import RuntimeRequirement, runtime_requirement, vendored_requirement
from ellar_cli.errors import CliError
from ellar_cli.names import Name, project_name
from ellar_cli.output import command, quote
from ellar_cli.project.destination import Destination, NewFile
from ellar_cli.templates.rendering import render

VENDOR = "vendor"

_KEY_BYTES = 32
_KEY = r'^    SECRET_KEY = "([\w-]+)"$'
_LINE_LENGTH = 120
# The files are made as if nothing were on the disk; what is there is then compared with the whole.
_NOWHERE = Path(__file__).with_name("nowhere")


class NewOptions(NamedTuple):
    """What is left open is None; `git` is then for where git is, and no repository is around."""

    directory: str | None = None
    package: str | None = None
    modules: tuple[str, ...] = ()
    runtime: str | None = None
    template: str | None = None
    trust: bool = False
    git: bool | None = None
    docker: bool | None = None
    ci: str | None = None
    defaults: bool = False


@dataclass
class ProjectFiles:
    """The files of a project by their path in it, the record of those that are ours, and what a person is told."""

    files: dict[str, NewFile]
    record: Record | None = None
    notes: list[str] = field(default_factory=list)
    next: list[str] = field(default_factory=list)

    def beside(self, kept: Collection[str]) -> dict[str, NewFile]:
        """Return the files and their record, without those in whose place a person's own are kept."""
        names = {name.casefold() for name in kept}
        files = {path: file for path, file in self.files.items() if path.casefold() not in names}
        if self.record:
            for path in self.files.keys() - files.keys():
                self.record.forget(path)
            changes = ChangeSet(_NOWHERE)
            self.record.plan(changes)
            files[PLACE] = NewFile(changes.read(_NOWHERE / PLACE))
        return files


def project_files(place: Destination, options: NewOptions) -> ProjectFiles:
    """Make the files of a new project: of the bundled template, of its modules, and the runtime's where it is vendored.

    Raises CliError for a package or a module whose name will not do, and for a runtime that cannot be had.
    """
    package = place.name if options.package is None else project_name(options.package)
    requirement, vendored = _runtime(options)
    made_by = _command(place, package, options, requirement)
    changes = ChangeSet(_NOWHERE)
    record = Record.read(_NOWHERE, changes)
    texts = render("project", _variables(place, package, options, requirement))
    contents = {path: text.encode() for path, text in texts.items()} | vendored
    for path, content in sorted(contents.items()):
        changes.create(_NOWHERE / path, content)
        record.add(path, content, thing="project", command=made_by)
    made = ProjectFiles({}, record, _notes(place, requirement))
    _add_modules(made, record, changes, package, options.modules)
    paths = [entry["path"] for entry in changes.document(diff=False)]
    made.files.update({path: NewFile(changes.read(_NOWHERE / path)) for path in paths})
    made.notes.append(f"To run its tests, in its folder: {_installing(requirement)}")
    return made


def _installing(requirement: RuntimeRequirement) -> str:
    """Return the line that installs a project in an environment of its own, and runs its tests."""
    is_windows = os.name == "nt"
    programs = Path(".venv", "Scripts" if is_windows else "bin")
    vendored = ["--find-links", VENDOR] if requirement.vendored else []
    make = ["python" if is_windows else "python3", "-m", "venv", ".venv"]
    install = [str(programs / "pip"), "install", *vendored, "-e", ".[dev]"]
    return " && ".join(quote(*words) for words in (make, install, [str(programs / "pytest")]))


def _runtime(options: NewOptions) -> tuple[RuntimeRequirement, dict[str, bytes]]:
    """Return what the project requires, and the files that it brings along for machines that have no index with it."""
    if not (options.docker or options.ci):
        return runtime_requirement(options.runtime), {}
    if options.runtime is None:
        from ellar_cli.distribution.wheel import pack_runtime

        name, content = pack_runtime()
    else:
        requirement = runtime_requirement(options.runtime)
        if not requirement.is_of_this_machine:
            return requirement, {}
        archive = requirement.archive
        if archive is None:
            raise CliError(
                f"--runtime: {requirement.text} is a folder of this machine, which no other has; "
                f"leave it out, and this tool's own goes to {VENDOR}/, or say a wheel"
            )
        name, content = archive.name, archive.read_bytes()
    return vendored_requirement(f"{VENDOR}/{name}"), {f"{VENDOR}/{name}": content}


def _command(place: Destination, package: Name, options: NewOptions, requirement: RuntimeRequirement) -> str:
    words = ["new", place.distribution]
    words += ["--package", package.snake] if package != place.name else []
    words += [word for module in options.modules for word in ("--module", module)]
    words += ["--docker"] if options.docker else []
    words += ["--ci", options.ci] if options.ci else []
    is_for_all = options.runtime and not requirement.is_of_this_machine and not requirement.vendored
    words += ["--runtime", options.runtime] if is_for_all and options.runtime else []
    return quote(*words)


def _variables(
    place: Destination, package: Name, options: NewOptions, requirement: RuntimeRequirement
) -> dict[str, str | bool]:
    return {
        "project_name": place.distribution,
        "package": package.snake,
        "title": place.name.title,
        "requirement": requirement.text,
        "direct_reference": requirement.is_direct,
        "secret_key": _secret_key(place.folder / package.snake / "config.py"),
        "readme": place.readme,
        "docker": bool(options.docker),
        "github": options.ci == "github",
        "vendor": bool(requirement.vendored),
    }


def _secret_key(config: Path) -> str:
    """Return a new key, or the one that a killed run has written."""
    written = re.search(_KEY, config.read_text(errors="replace"), re.MULTILINE) if config.is_file() else None
    return written[1] if written else secrets.token_urlsafe(_KEY_BYTES)


def _add_modules(
    made: ProjectFiles, record: Record, changes: ChangeSet, package: Name, modules: tuple[str, ...]
) -> None:
    if not modules:
        made.next = [command("create-module", "car"), command("runserver")]
        return
    # A project without modules needs none of what makes and registers them.
    from ellar_cli.commands.create_module import ModuleOptions, plan_module
    from ellar_cli.project.project import Project

    # As the bundled pyproject.toml says.
    project = Project(
        root=_NOWHERE,
        application=f"{package.snake}.server:bootstrap",
        config=f"{package.snake}.config:DevelopmentConfig",
        root_module=f"{package.snake}.root_module:ApplicationModule",
        apps=f"{package.snake}/apps",
        line_length=_LINE_LENGTH,
    )
    for module in modules:
        plan = plan_module(changes, record, project, module, ModuleOptions(), project.root)
        made.notes += plan.notes
        made.next = plan.next


def _notes(place: Destination, requirement: RuntimeRequirement) -> list[str]:
    notes = [f"Its ellar-kit comes from {requirement.place}: {requirement.text}"]
    if requirement.is_of_this_machine:
        file = place.shown("pyproject.toml")
        notes.append(f"No other machine has that path: change it in {file} before you share the project.")
    return notes
