"""Guards: may this request or this connection go on?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from dishka import AsyncContainer

from ellar.context import IExecutionContext
from ellar.controllers import check_is_reached
from ellar.di import Dependency
from ellar.exceptions import ImproperlyConfigured, place
from ellar.signatures import users_place

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
_GUARDS = "__ellar_guards__"


class GuardCanActivate(ABC):
    """Base of all guards. Listed as a class, it is made by injection; listed as an instance, it is used as it is."""

    @abstractmethod
    async def can_activate(self, context: IExecutionContext) -> bool:
        """True, and nothing else, lets the request or connection through. An APIException refuses with its status."""


Guard = type[GuardCanActivate] | GuardCanActivate


def Guards(*guards: Guard) -> Callable[[Decorated], Decorated]:
    """Puts guards before a route or before all routes of a controller, above or below its other decorators."""
    for guard in guards:
        check(guard)

    def decorate(decorated: Decorated) -> Decorated:
        check_is_reached(decorated, "@Guards")
        setattr(decorated, _GUARDS, (*guards, *guards_of(decorated)))
        return decorated

    return decorate


UseGuards = Guards


def guards_of(decorated: Any) -> tuple[Guard, ...]:
    """What `Guards` recorded, uppermost first."""
    found: tuple[Guard, ...] = getattr(decorated, _GUARDS, ())
    return found


def check(guard: object) -> None:
    """Refuses what is no guard."""
    if isinstance(guard, list | tuple):
        raise ImproperlyConfigured(f"{users_place()}: guards are written one after the other: @Guards(One, Two)")
    kind = guard if isinstance(guard, type) else type(guard)
    if not issubclass(kind, GuardCanActivate):
        raise ImproperlyConfigured(
            f"{users_place()}: {guard!r} is not a guard: write a subclass of ellar.common.GuardCanActivate"
        )
    if not iscoroutinefunction(kind.can_activate):
        raise ImproperlyConfigured(f"{place(kind.can_activate)}: a guard must be async: write async def can_activate")


async def made(guard: GuardCanActivate | Dependency, container: AsyncContainer) -> GuardCanActivate:
    """The instance of a route's guard."""
    if isinstance(guard, GuardCanActivate):
        return guard
    instance: GuardCanActivate = await container.get(guard.provides, component=guard.component)
    return instance
