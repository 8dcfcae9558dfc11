"""Modules that no module lists, and routes that earlier ones hide."""

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from textwrap import dedent

from ellar.answering import hidden_by
from ellar.inspection import table_of
from ellar.modules import walk
from ellar_cli.doctor.case import Case
from ellar_cli.doctor.finding import CORRECT, Finding, NotChecked
from ellar_cli.doctor.imports import missing, way_out
from ellar_cli.project.imported import imported_files
from ellar_cli.project.modules import FoundModule, imported_by_module, module_places, modules_of, parent_of
from ellar_cli.project.registration import Registration
from ellar_cli.routes.words import never_reached
from ellar_cli.wiring.module_lists import Entry


def unlisted_modules(case: Case) -> Iterator[Finding]:
    """Yield the modules in the project's files that are not below its root module, and files that may hold such."""
    there = listed(case)
    yield from _unread(case)
    unlisted = [
        module
        for module in modules_of(case.project, case.changes)
        if (module.file.resolve(), module.class_name) not in there
    ]
    for module in unlisted:
        parent = parent_of(case.project, case.changes, module.file.parent)
        if parent.file not in (other.file for other in unlisted):  # that one may list it, and is to be listed first
            yield _unlisted(module, parent, case)


def hidden_routes(case: Case) -> Iterator[Finding]:
    """Yield the routes that are not reached, of a method at least."""
    routes = table_of(case.application)
    if routes is None:
        raise NotChecked("the application does not show its routes")
    for hidden in hidden_by(routes):
        place, _, words = never_reached(hidden, case.target.folder).partition(": ")
        problem, _, remedy = words.partition("; ")
        yield Finding("E202", place, problem, remedy)


def listed(case: Case) -> set[tuple[Path, str]]:
    """Return the modules below the root module, each by its file and class."""
    module, _, name = case.project.root_module.partition(":")
    try:
        with redirect_stdout(sys.stderr):
            nodes = walk(getattr(importlib.import_module(module), name))
    except (Exception, SystemExit):  # whatever it is, it is told as another finding
        raise NotChecked(f"{case.project.root_module} cannot be imported") from None
    return {(Path(inspect.getfile(node.module)).resolve(), node.module.__qualname__) for node in nodes}


def _unlisted(module: FoundModule, parent: FoundModule, case: Case) -> Finding:
    problem = f"no module lists {module.class_name}"
    for file in sorted(imported_files(case.project, case.changes, module.file)):
        if found := missing(case, file):  # to list it would keep the application from starting
            _, name = found
            problem = f"{problem}, and {name}, which it imports, is not there"
            return Finding("E201", _place(module, case), problem, way_out(case, module.file))
    return Finding("E201", _place(module, case), problem, _way(module, parent, case))


def _unread(case: Case) -> Iterator[Finding]:
    """Yield the files of modules that do not parse: what is listed was imported."""
    for place in module_places(case.project, case.changes):
        file = case.project.root / place / "module.py"
        try:
            ast.parse(case.changes.read(file))
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            problem = f"no module lists what is in here, and it does not parse: {getattr(error, 'msg', error)}"
            yield Finding("E201", f"{case.shown(file)}:{line}", problem, CORRECT)


def _place(module: FoundModule, case: Case) -> str:
    text = case.changes.read(module.file).decode(errors="replace")
    found = re.search(rf"^class\s+{module.class_name}\b", text, re.MULTILINE)
    line = text.count("\n", 0, found.start()) + 1 if found else 1
    return f"{case.shown(module.file)}:{line}"


def _way(module: FoundModule, parent: FoundModule, case: Case) -> str:
    if parent.file in imported_by_module(case.project, case.changes, module.file.parent):
        return f"take the import of {case.shown(parent.file)} out of it, and list it there"
    # The command that made it would make files again that a person has removed.
    entry = Entry("modules", module.import_path, module.class_name)
    by_hand = Registration(case.project, parent, [entry])
    return f"write into {by_hand.file}:\n{dedent(by_hand.by_hand)}"
