"""Commands: functions of modules that are run from a terminal, checked at start, with what is injected into each.

Nothing here imports typer but where a module lists a Typer: then it is there already.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import isasyncgenfunction, iscoroutinefunction, isfunction, isgeneratorfunction, signature
from pathlib import PurePath
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Union, get_args, get_origin

from ellar.di import Dependency, Graph, InjectMarker
from ellar.exceptions import ImproperlyConfigured, place
from ellar.kinds import is_many, is_plain
from ellar.modules import ModuleNode
from ellar.params import Marker
from ellar.signatures import Parameter, parameters

if TYPE_CHECKING:
    from typer import Typer
    from typer.models import TyperInfo

Function = Callable[..., Any]
_NAME = re.compile(r"\w[\w:.-]*")


@dataclass(frozen=True, slots=True)
class Command:
    """A function: what is typed for it, and what is injected."""

    function: Function
    typed: tuple[Parameter, ...]
    injected: tuple[Dependency, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of `commands=` of a module's class: a function or a Typer; all commands in it, by their functions."""

    module: str
    entry: Any
    commands: Mapping[Function, Command]


class _Named(NamedTuple):
    """What is typed after `ellar app`: a function, or a Typer with a name; where it is written, and who lists it."""

    name: str
    named: Any
    where: str
    node: ModuleNode


def listed_commands(nodes: Sequence[ModuleNode], graph: Graph) -> tuple[Listed, ...]:
    """Those of all modules, the root's first. Raises ImproperlyConfigured for the first thing that is wrong."""
    found: list[Listed] = []
    taken: dict[str, _Named] = {}
    for node in (nodes[-1], *nodes[:-1]):
        for entry in node.spec.commands:
            functions = _functions(node, entry)
            for named in _names(node, entry):
                _check_name(named, taken)
            found.append(Listed(node.class_name, entry, {one: _command(node, one, graph) for one in functions}))
    return tuple(found)


def is_typer(entry: Any) -> bool:
    """Is it a typer.Typer?"""
    typer = sys.modules.get("typer")
    return typer is not None and isinstance(entry, typer.Typer)


def command_name(function: Function) -> str:
    """What is typed for it, as typer has it: `import_cars` is `import-cars`."""
    return function.__name__.lower().replace("_", "-")


def _functions(node: ModuleNode, entry: Any) -> list[Function]:
    functions = list(_of_typer(node, entry)) if is_typer(entry) else [entry]
    for function in functions:
        if not isfunction(function):
            raise ImproperlyConfigured(
                f"{node.place}: commands= of {node.class_name} lists {function!r}: write a function, or a typer.Typer()"
            )
        begin = f"{place(function)}: {function.__qualname__}"
        if isgeneratorfunction(function) or isasyncgenfunction(function):
            raise ImproperlyConfigured(f"{begin} has a yield, and a command is called once: take it out")
        if next(iter(function.__code__.co_varnames[: function.__code__.co_argcount]), None) == "self":
            raise ImproperlyConfigured(
                f"{begin} takes self and is in commands= of {node.class_name}: write a function outside of the class,"
                " which takes what it needs"
            )
    return functions


def _of_typer(node: ModuleNode, typer: Typer) -> Iterator[Function]:
    for callback in (typer.registered_callback and typer.registered_callback.callback, typer.info.callback):
        if isfunction(callback):
            _check_callback(node, callback)
    yield from (info.callback for info in typer.registered_commands if info.callback is not None)
    for group in typer.registered_groups:
        if group.typer_instance is not None:
            yield from _of_typer(node, group.typer_instance)


def _check_callback(node: ModuleNode, callback: Function) -> None:
    """It is called by typer, before it is known which command is to run."""
    begin = f"{place(callback)}: {callback.__qualname__} is the callback of a Typer, which runs before the application"
    if iscoroutinefunction(callback):
        raise ImproperlyConfigured(f"{begin}: write def {callback.__name__}")
    for parameter in parameters(callback, node.local_names):
        if not _is_typed(parameter):
            raise ImproperlyConfigured(f"{begin}: take {parameter.name!r} in its commands")


def _names(node: ModuleNode, entry: Any) -> Iterator[_Named]:
    if not is_typer(entry):
        yield _Named(command_name(entry), entry, place(entry), node)
        return
    from typer.models import TyperInfo

    yield from _names_of_group(node, TyperInfo(entry))


def _names_of_group(node: ModuleNode, info: TyperInfo) -> Iterator[_Named]:
    from typer.main import solve_typer_info_defaults

    solved, typer = solve_typer_info_defaults(info), info.typer_instance
    if solved.name or typer is None:
        yield _Named(solved.name or "", typer, node.place, node)
        return
    if solved.callback is not None:
        raise ImproperlyConfigured(
            f"{place(solved.callback)}: {solved.callback.__qualname__} is the callback of a Typer without a name,"
            " where it is never called: write typer.Typer(name=...)"
        )
    for command in typer.registered_commands:
        if command.callback is not None:
            function = command.callback
            yield _Named(command.name or command_name(function), function, place(function), node)
    for group in typer.registered_groups:
        yield from _names_of_group(node, group)


def _check_name(one: _Named, taken: dict[str, _Named]) -> None:
    if not _NAME.fullmatch(one.name):
        raise ImproperlyConfigured(
            f"{one.where}: a command can't be called {one.name!r}: write letters, digits and -, as in import-cars"
        )
    other = taken.setdefault(one.name, one)
    if other is one:
        return
    if other.named is one.named:
        also = " twice" if other.node is one.node else f", and so does {other.node.class_name}"
        raise ImproperlyConfigured(
            f"{one.node.place}: commands= of {one.node.class_name} lists {one.name!r}{also}: leave one"
        )
    raise ImproperlyConfigured(f"{one.where}: {one.name!r} is a command already ({other.where}): call it otherwise")


def _command(node: ModuleNode, function: Function, graph: Graph) -> Command:
    _check_named(function)
    wanted = parameters(function, node.local_names)
    typed = tuple(parameter for parameter in wanted if _is_typed(parameter))
    for parameter in typed:
        _check_typed(function, parameter)
    injected = (_injected(node, function, parameter, graph) for parameter in wanted if parameter not in typed)
    return Command(function, typed, tuple(filter(None, injected)))


def _check_named(function: Function) -> None:
    """Refuse *names and **names; a decorator's, which have no annotation, are let be."""
    begin = f"{place(function)}: {function.__qualname__} takes"
    for one in signature(function).parameters.values():
        if one.kind is one.VAR_POSITIONAL and one.annotation is not one.empty:
            raise ImproperlyConfigured(f"{begin} *{one.name}: write {one.name}: list[...]")
        if one.kind is one.VAR_KEYWORD and one.annotation is not one.empty:
            raise ImproperlyConfigured(f"{begin} **{one.name}: write each option by its name")


def _is_typed(parameter: Parameter) -> bool:
    """Does a person type it? What a Typer's own markers are on, and what a text can stand for."""
    if any(isinstance(extra, InjectMarker) for extra in parameter.metadata):
        return False
    return _has_typers_marker(parameter) or _is_text(parameter.without_none)


def _has_typers_marker(parameter: Parameter) -> bool:
    return any(_is_of_typer(type(extra)) for extra in (*parameter.metadata, parameter.default))


def _is_of_typer(kind: type[Any]) -> bool:
    return kind.__module__.partition(".")[0] == "typer"


def _is_text(kind: Any) -> bool:
    if get_origin(kind) in (Union, UnionType) or is_many(kind):
        return all(_is_text(one) for one in get_args(kind) if one not in (..., NoneType))
    return is_plain(kind) or (isinstance(kind, type) and (issubclass(kind, PurePath) or _is_of_typer(kind)))


def _check_typed(function: Function, parameter: Parameter) -> None:
    begin = f"{place(function)}: {function.__qualname__} takes {parameter.name!r}"
    for extra in (*parameter.metadata, parameter.default):
        if isinstance(extra, Marker):
            raise ImproperlyConfigured(
                f"{begin} as {extra.source.title()}, and a command has no request:"
                " write a plain default, or typer.Option()"
            )
    if not _has_typers_marker(parameter) and not _fits_a_line(parameter.without_none):
        kind = parameter.without_none
        name = kind.__name__ if isinstance(kind, type) else kind
        raise ImproperlyConfigured(
            f"{begin} as {name}, which nobody can type: write one type, or several as list[int] or tuple[int, str]"
        )


def _fits_a_line(kind: Any) -> bool:
    if get_origin(kind) in (list, tuple):
        return all(isinstance(one, type) for one in get_args(kind))
    return kind is Any or get_origin(kind) is Literal or (isinstance(kind, type) and not is_many(kind))


def _injected(node: ModuleNode, function: Function, parameter: Parameter, graph: Graph) -> Dependency | None:
    dependency = graph.dependency(node, parameter, function, None)
    provider = graph.find(node, parameter.annotation) or graph.find(node, parameter.without_none)
    if provider is not None and (connections := graph.plan(provider).connections):
        needed = " and ".join(sorted(kind.__name__ for kind in connections))
        raise ImproperlyConfigured(
            f"{place(function)}: {function.__qualname__} takes {parameter.name!r}, which needs {needed}, and a"
            " command has no request or connection: take what it needs of it as arguments"
        )
    return dependency
