"""Metadata: what an application notes on its handlers and controllers, for its guards to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ellar.controllers import check_is_reached

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Target = Callable[..., Any] | None
_METADATA = "__ellar_metadata__"


def set_metadata(key: str, value: Any) -> Callable[[Decorated], Decorated]:
    """Notes `value` under `key` on a handler, a controller or any class, above or below its other decorators.

    Where the same key is set twice on one, the upper decorator wins.
    """

    def decorate(decorated: Decorated) -> Decorated:
        check_is_reached(decorated, "@set_metadata")
        # Anew each time: a functools.wraps decorator shares what it wraps the dict with.
        setattr(decorated, _METADATA, {**vars(decorated).get(_METADATA, {}), key: value})
        return decorated

    return decorate


class Reflector:
    """Reads what `set_metadata` has noted. Injectable everywhere.

    Its targets are `context.get_handler()` and `context.get_class()`. A controller inherits its bases' notes; None,
    which is the class of a plain function, has none.
    """

    def get(self, key: str, target: Target) -> Any:
        """The value that one target has; None where nothing is set."""
        return self.get_all_and_override(key, target)

    def get_all_and_override(self, key: str, *targets: Target) -> Any:
        """The value of the first target that has one; None where none of them has."""
        return next(_values(key, targets), None)

    def get_all_and_merge(self, key: str, *targets: Target) -> list[Any]:
        """One list of what all targets have, in their order: the members of a list, tuple or set, and other values."""
        merged: list[Any] = []
        for value in _values(key, targets):
            merged += value if isinstance(value, list | tuple | set | frozenset) else [value]
        return merged


def _values(key: str, targets: tuple[Target, ...]) -> Iterator[Any]:
    for target in targets:
        holders = target.__mro__ if isinstance(target, type) else (target,)
        notes = (getattr(holder, "__dict__", {}).get(_METADATA, {}) for holder in holders)
        yield from [note[key] for note in notes if key in note][:1]
