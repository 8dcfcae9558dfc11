"""Where something new goes in a project: its folder, the packages on the way to it, and its part of the URL."""

import keyword
import os
from dataclasses import dataclass
from pathlib import Path

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.errors import CliError
from ellar_cli.names import Name, clash, free, module_place, same_class
from ellar_cli.project.project import Project

# Folders that the runtime looks into beside a module's file.
_OF_MODULES = frozenset({"static", "templates"})


@dataclass(frozen=True)
class Place:
    """A folder of a project that something generated is the only content of."""

    project: Project
    folder: Path
    name: Name

    @property
    def shown(self) -> str:
        """The folder as lines and the record name it: project/apps/fleet/car."""
        return self.folder.relative_to(self.project.root).as_posix()

    @property
    def import_path(self) -> str:
        """The package that the folder is: project.apps.fleet.car."""
        return self.shown.replace("/", ".")

    @property
    def arguments(self) -> list[str]:
        """What create-module is given to get here from the project's folder: fleet/car, or a name and a directory."""
        apps = self.project.root / self.project.apps
        if self.folder.is_relative_to(apps):
            return [self.folder.relative_to(apps).as_posix()]
        return [self.name.snake, self.folder.parent.relative_to(self.project.root).as_posix()]

    @property
    def url(self) -> str:
        """What its routes begin with, without the leading slash: fleet/car."""
        apps = self.project.root / self.project.apps
        below = apps if self.folder.is_relative_to(apps) else self.project.root / self.shown.partition("/")[0]
        return self.folder.relative_to(below).as_posix().replace("_", "-")

    @property
    def variables(self) -> dict[str, str | bool]:
        """What templates know of it."""
        return {
            "name": self.name.snake,
            "path": self.url,
            "class_name": self.name.class_name,
            "title": self.name.title,
        }

    @property
    def packages(self) -> list[Path]:
        """The files that make packages of the folders between this one and the top, outermost first."""
        above = [folder for folder in self.folder.parents if folder.is_relative_to(self.project.root)]
        return [folder / "__init__.py" for folder in above[-3::-1]]

    def refuse_clash(self, changes: ChangeSet) -> None:
        """Raise CliError where another name beside this one hides it, or is the same to a file system or a reader."""
        apps = self.project.root / self.project.apps
        if apps.is_relative_to(self.folder):
            raise self.taken(changes)
        existing = self._beside(changes)
        others = existing - {self.name.snake} if self.is_open(changes) else existing
        if taken := clash(self.name.snake, others) or same_class(self.name, others):
            raise self.taken(changes, taken)
        if self.name.snake in _OF_MODULES and self.folder.parent != self.project.root / self.project.apps:
            raise CliError(f"{self.shown} is where a module keeps other files; {self.other_name(changes)} would do")

    def is_open(self, changes: ChangeSet) -> bool:
        """Whether the folder can be made, or is there and no file or link."""
        is_file = os.path.lexists(self.folder) and not self.folder.is_dir()
        return not is_file and not changes.exists(self.folder.with_suffix(".py"))

    def taken(self, changes: ChangeSet, by: str = "") -> CliError:
        """Return the error that says what stands in the way, with a name that would do."""
        there = _there(self.project, self.folder.with_name(by or self.name.snake))
        return CliError(f"{there} exists already; {self.other_name(changes)} would do")

    def other_name(self, changes: ChangeSet) -> str:
        """Return a name like this one that nothing beside it has, in quotes."""
        return repr(free(self.name.snake, {*self._beside(changes), self.name.snake}))

    def _beside(self, changes: ChangeSet) -> set[str]:
        return {name.removesuffix(".py") for name in changes.names_in(self.folder.parent)}


def place_of_module(project: Project, typed: str, directory: str, start: Path) -> Place:
    """Return the place of the module `typed`, like car or fleet/car, in `directory` or else among the apps.

    `directory` is relative to the folder `start`, or else to the apps.
    Raises CliError for names that will not do, and for a place that the application cannot import.
    """
    *folders, name = module_place(typed)
    folder = _directory(project, directory, start) if directory else project.root / project.apps
    for part in folders:
        folder = _inner(project, folder, part)
    return Place(project, folder / name.snake, name)


def _directory(project: Project, typed: str, start: Path) -> Path:
    is_here = os.path.lexists(start.joinpath(*Path(typed).parts[:1]))
    folder = Path(os.path.normpath((start if is_here else project.root / project.apps) / typed))
    tops = [top for top in project.packages if not (project.root / f"{top}.py").is_file()]
    where = " or ".join(f"{top}/" for top in tops)
    if not folder.is_relative_to(project.root):
        raise CliError(f"{typed} is outside of the project {project.root}; say a folder in its {where}")
    parts = folder.relative_to(project.root).parts
    if not parts or parts[0] not in tops:
        raise CliError(f"{typed} is not in a package of the application; say a folder in {where}")
    for part in parts:
        if not part.isidentifier() or keyword.iskeyword(part):
            raise CliError(f"{typed}: {part!r} cannot be imported; say a folder whose name can")
    return folder


def _inner(project: Project, above: Path, part: Name) -> Path:
    """Return the folder `part`, which may be there already, with nothing beside it that differs in case alone."""
    folder = above / part.snake
    existing = [path.name.removesuffix(".py") for path in above.iterdir()] if above.is_dir() else []
    if not folder.is_dir() and (taken := clash(part.snake, existing) or same_class(part, existing)):
        there = _there(project, above / taken)
        raise CliError(f"{there} exists already; {free(part.snake, existing)!r} would do")
    return folder


def _there(project: Project, folder: Path) -> str:
    """Return what has a folder's name, a folder or a Python file, as lines show it."""
    file = folder.with_suffix(".py")
    there = file if file.exists() and not folder.exists() else folder
    return there.relative_to(project.root).as_posix()
