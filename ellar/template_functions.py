"""Template functions: globals and filters that modules give to all templates of the application."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isfunction
from typing import Any, Literal, TypeVar

from dishka import AsyncContainer
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.filters import FILTERS

from ellar.exceptions import ImproperlyConfigured, place
from ellar.instances import Instance, Instances
from ellar.modules import ModuleNode
from ellar.signatures import names_of, remember_locals

Function = TypeVar("Function", bound=Callable[..., Any])
Kind = Literal["global", "filter"]

_KIND = "__ellar_template_function__"
_TAKEN = {"global": {*DEFAULT_NAMESPACE, "request", "url_for", "static_url"}, "filter": {*FILTERS}}


def template_global(function: Function) -> Function:
    """Lets all templates call a method of a module by its name: `{{ site_name() }}`."""
    return _recorded(function, "global")


def template_filter(function: Function) -> Function:
    """Lets all templates filter by a method of a module, which takes the value first: `{{ car.price | euro }}`."""
    return _recorded(function, "filter")


def _recorded(function: Function, kind: Kind) -> Function:
    if isinstance(function, type) or not callable(function):
        raise ImproperlyConfigured(f"{place(function)}: write @template_{kind} above a method of a module")
    setattr(_bare(function), _KIND, kind)
    remember_locals(_bare(function))
    return function


def _bare(function: Any) -> Any:
    """A function without `staticmethod` or `classmethod` around it."""
    return getattr(function, "__func__", function)


@dataclass(slots=True)
class TemplateFunctions:
    """What the modules give, by kind and name; methods need the objects of their modules."""

    found: dict[tuple[Kind, str], Callable[..., Any]] = field(default_factory=dict)
    instances: list[Instance] = field(default_factory=list)

    def of(self, kind: Kind) -> dict[str, Callable[..., Any]]:
        """Those of one kind, by name."""
        return {name: function for (found, name), function in self.found.items() if found == kind}

    async def prepare(self, container: AsyncContainer) -> None:
        """Makes the objects whose methods templates call, where that has not been done."""
        for instance in self.instances:
            if instance.made is None:
                await instance.get(container)


def template_functions(nodes: Sequence[ModuleNode], instances: Instances) -> TemplateFunctions:
    """All that the modules declare. Raises ImproperlyConfigured for the first thing that is wrong with them."""
    functions, owners = TemplateFunctions(), dict[tuple[Kind, str], Callable[..., Any]]()
    for node in nodes:
        for controller in node.spec.controllers:
            for kind, name, written in _declared(controller):
                raise ImproperlyConfigured(
                    f"{place(_bare(written))}: {controller.__name__}.{name} is a template {kind} of a controller:"
                    f" move it to {node.class_name}, it is for all templates"
                )
        for kind, name, written in _declared(node.module):
            other = owners.setdefault((kind, name), _bare(written))
            _check(kind, name, _bare(written), other)
            if isfunction(written):
                instance = instances.of(node)
                functions.found[kind, name] = _bound(written, instance)
                functions.instances += [] if instance in functions.instances else [instance]
            else:
                functions.found[kind, name] = getattr(node.module, name)
    return functions


def _declared(owner: type[Any]) -> Iterator[tuple[Kind, str, Any]]:
    for name in names_of(owner):
        written = next(vars(kind)[name] for kind in owner.__mro__ if name in vars(kind))
        kind: Kind | None = getattr(_bare(written), _KIND, None)
        if kind is not None:
            yield kind, name, written


def _check(kind: Kind, name: str, function: Callable[..., Any], other: Callable[..., Any]) -> None:
    begin = f"{place(function)}: {function.__qualname__}"
    if iscoroutinefunction(function) or isasyncgenfunction(function):
        raise ImproperlyConfigured(f"{begin} is async, and templates can't wait: write def {name}")
    if other is not function:
        raise ImproperlyConfigured(
            f"{begin} is a template {kind} by the name of {other.__qualname__} ({place(other)}): call it otherwise"
        )
    if name in _TAKEN[kind]:
        raise ImproperlyConfigured(f"{begin} would hide the template {kind} {name!r} that is there: call it otherwise")


def _bound(method: Callable[..., Any], instance: Instance) -> Callable[..., Any]:
    """With the module's object in front. What jinja2.pass_context notes on a method is kept."""

    @wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        return method(instance.made, *arguments, **named)

    return call
