"""What is run when a file of the project is imported, found by reading."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.project.importers import imported_names
from ellar_cli.project.project import Project


def imported_files(project: Project, changes: ChangeSet, file: Path) -> set[Path]:
    """Return the files of the project that run when `file` is imported, itself among them.

    What functions import, and what is for type checkers alone, does not run then.
    """
    found: set[Path] = set()
    waiting = [file]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += _files(project.root, changes, file)
    return found


def _files(root: Path, changes: ChangeSet, file: Path) -> Iterator[Path]:
    """Yield the files of the project that one file imports, those of the packages on the way among them."""
    try:
        tree = ast.parse(changes.read(file))
    except (SyntaxError, ValueError, OSError):
        return
    own = file.relative_to(root).parent.parts
    for name in {name for node in _run(tree.body) for name in imported_names(node, own)}:
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            there = root.joinpath(*parts[:length])
            yield from (path for path in (there / "__init__.py", there.with_suffix(".py")) if changes.exists(path))


def _run(nodes: Iterable[ast.AST]) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield from _run(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _run(ast.iter_child_nodes(node))
