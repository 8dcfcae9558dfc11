"""Finds the modules of a project by reading its files; nothing of it is imported."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.errors import CliError, EditRefused
from ellar_cli.names import module_place
from ellar_cli.project.imported import imported_files
from ellar_cli.project.project import Project
from ellar_cli.wiring.decorator import module_classes

_FILE = "module.py"


@dataclass(frozen=True)
class FoundModule:
    """A class with `@Module`, and the file that holds it.

    `place` is the file's folder, relative to the project's root with "/" between: `project/apps/fleet/car`.
    """

    place: str
    file: Path
    class_name: str
    import_path: str

    @property
    def package(self) -> str:
        """The package that relative imports in the file start from."""
        return self.place.replace("/", ".").strip(".")


def find_module(project: Project, changes: ChangeSet, typed: str) -> FoundModule:
    """Return the module that was typed as "car", "fleet/car", "project/apps/fleet/car" or "CarModule".

    Raises CliError where there is none, where there are several, and for a file that holds no single `@Module`.
    """
    places = _places_typed(project, changes, typed)
    if not places:
        there = list(module_places(project, changes))
        spelt = (_as_place(typed), _as_generated(typed))
        places = [place for place in there if f"/{place}".endswith(tuple(f"/{one}" for one in spelt))]
        if not places:
            return _of_class(project, changes, typed, there)
    if len(places) > 1:
        raise CliError(f"{typed!r} is {_one_of(places)}; type which one")
    return _only_class(project, changes, places[0])


def modules_of(project: Project, changes: ChangeSet) -> Iterator[FoundModule]:
    """Yield every module in a module file of the project; files that do not parse, and those of tests, have none."""
    for place in module_places(project, changes):
        if "tests" in place.split("/"):
            continue
        with suppress(CliError):
            for class_name in _classes(changes, project.root / place / _FILE):
                yield _found(project, place, class_name)


def root_of(project: Project, changes: ChangeSet) -> FoundModule:
    """Return the root module. Raises CliError where its file is missing."""
    path, _, class_name = project.root_module.partition(":")
    files = project.files_of(path)
    for file in files:
        if changes.exists(file):
            return FoundModule(file.parent.relative_to(project.root).as_posix(), file, class_name, path)
    raise CliError(f"{project.root / 'pyproject.toml'}: [tool.ellar] root-module: there is no {files[0]}")


def parent_of(project: Project, changes: ChangeSet, folder: Path) -> FoundModule:
    """Return the module that is to list the one in `folder`: of the nearest folder above, or else the root module.

    A file that does not hold exactly one `@Module` is nobody's parent, and neither is one that the module in `folder`
    imports: to be imported back would be a circle.
    """
    imported = imported_by_module(project, changes, folder)
    for above in folder.parents:
        if above == project.root or not above.is_relative_to(project.root):
            break
        if changes.exists(above / _FILE) and above / _FILE not in imported:
            place = above.relative_to(project.root).as_posix()
            classes = _classes(changes, above / _FILE)
            if len(classes) == 1:
                return _found(project, place, classes[0])
    return root_of(project, changes)


def imported_by_module(project: Project, changes: ChangeSet, folder: Path) -> set[Path]:
    """Return the files that run when the module in `folder` is imported; none where there is no module yet."""
    return imported_files(project, changes, folder / _FILE) if changes.exists(folder / _FILE) else set()


def _as_place(typed: str) -> str:
    return typed.replace("\\", "/").removeprefix("./").strip("/").replace("-", "_")


def _as_generated(typed: str) -> str:
    """Return a place as the commands spell it: they take a name in any way that it can be written."""
    try:
        return "/".join(name.snake for name in module_place(_as_place(typed)))
    except CliError:
        return _as_place(typed)


def _places_typed(project: Project, changes: ChangeSet, typed: str) -> list[str]:
    """Return the place that was typed whole, seen from the apps or from the project's root."""
    place = _as_place(typed)
    if not place or not all(part.isidentifier() for part in place.split("/")):
        return []
    candidates = (f"{project.apps}/{place}", place)
    return [place for place in candidates if changes.exists(project.root / place / _FILE)][:1]


def module_places(project: Project, changes: ChangeSet) -> Iterator[str]:
    """Yield the folder of every module file in the project's packages."""
    for package in project.packages:
        for folder, folders, files in os.walk(project.root / package):
            folders[:] = sorted(name for name in folders if name.isidentifier() and name != "__pycache__")
            if _FILE in files and changes.exists(Path(folder, _FILE)):
                yield Path(folder).relative_to(project.root).as_posix()


def _of_class(project: Project, changes: ChangeSet, typed: str, places: list[str]) -> FoundModule:
    named = [place for place in places if typed.encode() in changes.read(project.root / place / _FILE)]
    found = [place for place in named if typed in _classes(changes, project.root / place / _FILE)]
    if len(found) == 1:
        return _found(project, found[0], typed)
    if found:
        raise CliError(f"{typed!r} is in {_one_of(found)}; type which one")
    raise CliError(f"there is no module {typed!r}; {_offer(project, typed, places)}")


def _offer(project: Project, typed: str, places: list[str]) -> str:
    # Only a mistake needs it.
    from difflib import get_close_matches

    names = {place.removeprefix(f"{project.apps}/"): place for place in places}
    words = {place.rpartition("/")[2]: name for name, place in names.items()}
    place = _as_place(typed)
    close = get_close_matches(place, names, 1) or [words[w] for w in get_close_matches(place, words, 1)]
    if close:
        return f"did you mean {close[0]!r}?"
    return f"there is {listed(sorted(names))}" if names else "there is none yet"


def listed(names: list[str], last: str = "and") -> str:
    """Return names as a line lists them, no more than ten; `last` is the word before the last."""
    shown = names if len(names) <= 10 else [*names[:9], f"{len(names) - 9} more"]
    return f" {last} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _one_of(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]])


def _only_class(project: Project, changes: ChangeSet, place: str) -> FoundModule:
    classes = _classes(changes, project.root / place / _FILE)
    if len(classes) != 1:
        fault = f"has {len(classes)} classes with @Module: {_one_of(classes)}; type which one" if classes else ""
        raise CliError(f"{place}/{_FILE} {fault or 'has no class with @Module'}")
    return _found(project, place, classes[0])


def _classes(changes: ChangeSet, file: Path) -> list[str]:
    """Return the names of the classes with `@Module` in a file. Raises CliError for one that does not parse."""
    try:
        return module_classes(changes.read(file))
    except EditRefused as refused:
        raise CliError(f"{file}:{refused.line}: {refused}") from None


def _found(project: Project, place: str, class_name: str) -> FoundModule:
    file = project.root / place / _FILE
    return FoundModule(place, file, class_name, f"{place.replace('/', '.')}.module")
