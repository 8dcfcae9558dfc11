"""Files that import what is not there, like those that stay of a module that was taken out."""

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ellar_cli.doctor.case import Case
from ellar_cli.doctor.finding import Finding
from ellar_cli.errors import CliError
from ellar_cli.output import command
from ellar_cli.project.project import Project

_OF_MODULE = "module.py"


def failing(case: Case) -> Iterator[Finding]:
    """Yield the files that the application does not run and that import a file of the project which is not there.

    The file of a module is left to who looks at modules.
    """
    files = _files(case.project)
    case.check_start()  # what it fails for may be one of these
    loaded = _loaded()
    for file in files:
        if file.name != _OF_MODULE and os.path.realpath(file) not in loaded and (found := missing(case, file)):
            line, name = found
            problem = f"it imports {name}, which is not there"
            yield Finding("E204", f"{case.shown(file)}:{line}", problem, way_out(case, file))


def missing(case: Case, file: Path) -> tuple[int, str] | None:
    """Return the line and the name of the first import of a module of the project that is not there.

    What stands in a condition, a `try` or a function may not be run, and does not count.
    """
    try:
        tree = ast.parse(case.changes.read(file))
    except (SyntaxError, ValueError):
        return None
    own = file.relative_to(case.project.root).parent.parts
    for node in tree.body:
        for name in _imported(node, own):
            if name.partition(".")[0] in case.project.packages and not _is_there(case.project.root, name):
                return node.lineno, name
    return None


def way_out(case: Case, file: Path) -> str:
    """Say how to be rid of a file that imports what is not there: with the rest of what it was generated with."""
    thing, again = _generated_with(case, file)
    kind, _, place = thing.partition(" ")
    folder = os.path.join(os.path.realpath(case.project.root / place), "")
    if kind not in ("module", "websocket") or any(path.startswith(folder) for path in _loaded()):
        return "correct that, or delete the file"
    above, _, name = place.rpartition("/")
    named = ["module", place] if kind == "module" else ["websocket", name, "--module", above]
    return f"{command('destroy', *named, '--force')}\nor make what is not there again: {command(*again.split())}"


def _generated_with(case: Case, file: Path) -> tuple[str, str]:
    """Return the thing that a file was generated for, and the command; nothing where the record knows none."""
    path = case.shown(file)
    try:
        for thing in case.record.things():
            if path.startswith(f"{thing.partition(' ')[2]}/") and (entry := case.record.of(thing).get(path)):
                return thing, entry.command
    except CliError:  # E503 tells of it
        pass
    return "", ""


def _loaded() -> set[str]:
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return {os.path.realpath(file) for file in files if file}


def _files(project: Project) -> Iterator[Path]:
    for package in project.packages:
        for folder, folders, files in os.walk(project.root / package):
            folders[:] = sorted(name for name in folders if name.isidentifier() and name != "__pycache__")
            paths = (Path(folder, name) for name in sorted(files) if name.endswith(".py"))
            yield from (path for path in paths if path.is_file())


def _imported(node: ast.stmt, own: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and node.level <= len(own):
        yield ".".join([*(own[: len(own) - node.level + 1] if node.level else ()), node.module])


def _is_there(root: Path, name: str) -> bool:
    """Say whether there is a package or a module of any kind, a compiled one as well."""
    path = root.joinpath(*name.split("."))
    return path.is_dir() or any(path.parent.glob(f"{path.name}.*"))
