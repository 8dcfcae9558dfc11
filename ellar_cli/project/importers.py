"""Who imports a package of the project, found by reading."""

import ast
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.project.project import Project


def importers(project: Project, changes: ChangeSet, package: str, stays: Collection[str]) -> Iterator[str]:
    """Yield file and line of every import of `package` outside of it, in the files as they are planned.

    The packages in it that stay are outside of it, and imports of them do not count.
    """
    folder = _folder(project, package)
    outside = [_folder(project, other) for other in stays]
    word = package.rpartition(".")[2].encode()
    for file in python_files(project.root):
        is_in_it = file.is_relative_to(folder)
        if not changes.exists(file) or (is_in_it and not any(map(file.is_relative_to, outside))):
            continue
        text = _text(file, changes)
        if word not in text and not (is_in_it and b"from .." in text):
            continue
        own = file.relative_to(project.root).parent.parts
        for line in sorted(_lines(text, own, package, stays)):
            yield f"{file.relative_to(project.root).as_posix()}:{line}"


def _folder(project: Project, package: str) -> Path:
    return project.root.joinpath(*package.split("."))


def python_files(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        # Environments, caches and node_modules are no packages of the project.
        folders[:] = sorted(
            name for name in folders if name.isidentifier() and not os.path.lexists(Path(folder, name, "pyvenv.cfg"))
        )
        yield from (Path(folder, name) for name in sorted(files) if name.endswith(".py"))


def _text(file: Path, changes: ChangeSet) -> bytes:
    """Return what is in a file; nothing where it is none: an editor's lock, a pipe that would be waited for."""
    try:
        return changes.read(file) if file.is_file() else b""
    except OSError:
        return b""


def _lines(text: bytes, own: tuple[str, ...], package: str, stays: Collection[str]) -> set[int]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return set()
    return {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imported_names(node, own)
        if _is_in(name, [package]) and not _is_in(name, stays)
    }


def _is_in(name: str, packages: Collection[str]) -> bool:
    return any(f"{name}.".startswith(f"{package}.") for package in packages)


def imported_names(node: ast.Import | ast.ImportFrom, own: tuple[str, ...]) -> Iterator[str]:
    """Yield the dotted path of each thing imported; `own` is the package of the file."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    above = own[: len(own) - node.level + 1] if node.level else ()
    module = ".".join([*above, *([node.module] if node.module else [])])
    yield from (f"{module}.{alias.name}" for alias in node.names)
