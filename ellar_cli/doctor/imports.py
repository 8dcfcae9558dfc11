"""Files that import what is not there, like those that stay of a module that was taken out."""

import ast
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from itertools import takewhile
from pathlib import Path

from ellar_cli.doctor.case import Case
from ellar_cli.doctor.finding import Finding
from ellar_cli.errors import CliError
from ellar_cli.output import command
from ellar_cli.project.importers import imported_names, python_files

_OF_MODULE = "module.py"


def failing(case: Case) -> Iterator[Finding]:
    """Yield the files that the application does not run and that import a file of the project which is not there.

    The file of a module is left to who looks at modules.
    """
    folders = [case.project.root / package for package in case.project.packages]
    files = [file for folder in folders for file in python_files(folder) if file.is_file()]
    case.check_start()  # what it fails for may be one of these
    loaded = _loaded()
    for file in files:
        if file.name != _OF_MODULE and os.path.realpath(file) not in loaded and (found := missing(case, file)):
            line, name = found
            problem = f"it imports {name}, which is not there"
            yield Finding("E204", f"{case.shown(file)}:{line}", problem, way_out(case, file))


def missing(case: Case, file: Path) -> tuple[int, str] | None:
    """Return the line and the name of the first import of a module of the project that is not there.

    Only the imports that the file begins with count: whether those after other statements are run, nobody can tell.
    """
    try:
        tree = ast.parse(case.changes.read(file))
    except (SyntaxError, ValueError):
        return None
    own = _package(case.project.root, file.parent)
    for node in takewhile(_is_import_or_text, tree.body):
        for name in _modules(node, own):
            if name.partition(".")[0] in case.project.packages and _leads_nowhere(name):
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


def _package(root: Path, folder: Path) -> tuple[str, ...]:
    """Return the package that a folder is: that of the application, which may not begin at the project's root."""
    shown = folder.relative_to(root).parts
    for start in range(len(shown)):
        top = sys.modules.get(shown[start])
        if str(root.joinpath(*shown[: start + 1])) in getattr(top, "__path__", ()):
            return shown[start:]
    return shown


def _is_import_or_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _modules(node: ast.stmt, own: tuple[str, ...]) -> Iterator[str]:
    """Yield the modules that a statement imports, or imports from."""
    if isinstance(node, ast.Import):
        yield from imported_names(node, own)
    elif isinstance(node, ast.ImportFrom):
        yield from (name.rpartition(".")[0] for name in imported_names(node, own))


def _leads_nowhere(name: str) -> bool:
    """Say whether the import system finds nothing of that name, and no code that was not run may change that."""
    parts = name.split(".")
    path: Sequence[str] | None = None
    for length in range(1, len(parts) + 1):
        package = ".".join(parts[:length])
        module = sys.modules.get(package)
        spec = module.__spec__ if module else _spec(package, path)
        if spec is None:
            return module is None and length > 1
        path = getattr(module, "__path__", None) if module else spec.submodule_search_locations
        has_more = not module and spec.origin and os.path.getsize(spec.origin)
        # One at the top without an __init__.py goes on wherever the path does that a test is run with.
        is_open = length == 1 and not spec.origin
        if path is None or has_more or is_open:
            return False
    return False


def _spec(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    return next(filter(None, (finder.find_spec(name, path) for finder in sys.meta_path)), None)
