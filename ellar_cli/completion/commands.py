"""The application's own commands as the sources have them: what modules list in `commands=[...]`, by its name there."""

import ast
from collections.abc import Iterator
from contextlib import suppress

from ellar_cli.completion.routes import sources
from ellar_cli.project.project import Project


def commands(project: Project) -> Iterator[tuple[str, str]]:
    """Yield the names of functions and of groups, with what each is for."""
    texts = list(sources(project))
    listed = {name for text in texts if b"commands=" in text for tree in _parsed(text) for name in _listed(tree)}
    for text in texts:
        if any(name.encode() in text for name in listed):
            for tree in _parsed(text):
                yield from _defined(tree.body, listed)


def _parsed(text: bytes) -> Iterator[ast.Module]:
    with suppress(SyntaxError, ValueError):
        yield ast.parse(text)


def _listed(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "commands" and isinstance(node.value, ast.List | ast.Tuple):
            yield from (ast.unparse(entry).rpartition(".")[2] for entry in node.value.elts)


def _defined(body: list[ast.stmt], listed: set[str]) -> Iterator[tuple[str, str]]:
    nameless: set[str] = set()
    for node in body:
        if isinstance(node, ast.Assign) and (typers := {ast.unparse(one) for one in node.targets} & listed):
            for given in _given([node.value], {"Typer"}):
                if "name" in given:
                    yield given["name"], given.get("help", "")
                else:
                    nameless |= typers
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorated = list(_given(node.decorator_list, {f"{typer}.command" for typer in nameless}))
            if node.name in listed or decorated:
                name = {"name": _command_name(node.name), **next(iter(decorated), {})}["name"]
                yield name, (ast.get_docstring(node) or "").partition("\n")[0]


def _command_name(function: str) -> str:
    """Return what is typed for a function, as typer has it."""
    return function.lower().replace("_", "-")


def _given(calls: list[ast.expr], functions: set[str]) -> Iterator[dict[str, str]]:
    """Yield the texts that are given to one of the functions, by name; the first is its name."""
    for call in calls:
        if isinstance(call, ast.Call) and ast.unparse(call.func).removeprefix("typer.") in functions:
            given = [*(("name", one) for one in call.args[:1]), *((one.arg, one.value) for one in call.keywords)]
            yield {
                name: value.value
                for name, value in given
                if name is not None and isinstance(value, ast.Constant) and isinstance(value.value, str)
            }
