"""The application's own commands as the sources have them: what modules list in `commands=[...]`, by its name there."""

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import NamedTuple

from ellar_cli.completion.routes import sources
from ellar_cli.project.project import Project

_PLAIN = re.compile(r"\b(str|int|float|bool|Path|UUID|date|datetime|Literal)\b")


class Command(NamedTuple):
    """A function or a group: its name and what it is for; the options of a function, as far as they can be read.

    `group` is the name of the group that it is in, if it is in one.
    """

    name: str
    about: str
    options: tuple[str, ...] = ()
    group: str = ""


def commands(project: Project) -> Iterator[Command]:
    """Yield the application's own commands."""
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


def _defined(body: list[ast.stmt], listed: set[str]) -> Iterator[Command]:
    groups: dict[str, str] = {}  # by how the decorators of their commands are written; "" for one without a name
    for node in body:
        if isinstance(node, ast.Assign) and (typers := {ast.unparse(one) for one in node.targets} & listed):
            for given in _given([node.value], {"Typer"}):
                groups |= {f"{typer}.command": given.get("name", "") for typer in typers}
                if "name" in given:
                    yield Command(given["name"], given.get("help", ""))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found = {
                group: given for function, group in groups.items() for given in _given(node.decorator_list, {function})
            }
            if node.name in listed:
                found[""] = {}
            about = (ast.get_docstring(node) or "").partition("\n")[0]
            for group, given in found.items():
                name = given.get("name", _command_name(node.name))
                yield Command(name, about, tuple(_options(node.args)), group)


def _options(taken: ast.arguments) -> Iterator[str]:
    """Yield what is typed for the parameters that have a default, as typer has it, without what is injected."""
    positional = [*taken.posonlyargs, *taken.args]
    defaults = [*[None] * (len(positional) - len(taken.defaults)), *taken.defaults, *taken.kw_defaults]
    for one, default in zip([*positional, *taken.kwonlyargs], defaults, strict=True):
        kind = ast.unparse(one.annotation) if one.annotation else ""
        option = next(_calls_of_option(one.annotation, default), None)
        named = [text for text in _texts(option) if text.startswith("-")] if option else []
        if named:
            yield from chain.from_iterable(text.split("/") for text in named)
        elif option or (isinstance(default, ast.Constant) and (default.value is not None or _PLAIN.search(kind))):
            name = one.arg.replace("_", "-")
            yield f"--{name}"
            if re.search(r"\bbool\b", kind):
                yield f"--no-{name}"


def _calls_of_option(*written: ast.expr | None) -> Iterator[ast.Call]:
    for node in chain.from_iterable(ast.walk(one) for one in written if one is not None):
        if isinstance(node, ast.Call) and ast.unparse(node.func).removeprefix("typer.") == "Option":
            yield node


def _texts(call: ast.Call) -> list[str]:
    return [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]


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
