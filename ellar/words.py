"""Words: what a document calls a route and says of it, by its names and docstrings."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ellar.declared import Declared


def own_doc(kind: type[Any]) -> str:
    """A class's docstring, and none of its bases'."""
    return inspect.cleandoc(vars(kind).get("__doc__") or "")


def words(declared: Declared) -> dict[str, str]:
    """Summary and description: a docstring's first paragraph and the others; without one, the handler's name."""
    summary, _, description = inspect.cleandoc(declared.handler.__doc__ or "").partition("\n\n")
    name = declared.handler.__name__.strip("_").replace("_", " ")
    told = {"summary": " ".join(summary.split()).removesuffix(".") or name[:1].upper() + name[1:]}
    return told | ({"description": description.strip()} if description.strip() else {})


def tag_of(declared: Declared) -> dict[str, str] | None:
    """The Tag Object of its controller, or for a function of its module."""
    owner = declared.controller or (declared.node.module if declared.node.is_written else None)
    if owner is None:
        return None
    name = declared.node.spec.name if declared.controller is None else owner.__name__
    text = own_doc(owner)
    told = {"name": re.sub(r"(?<=.)(Controller|Module)$", "", name)}
    return told | ({"description": text} if text else {})


def tags_of(found: Iterable[Declared]) -> list[dict[str, str]]:
    """Those of all routes, each once."""
    tags: dict[str, dict[str, str]] = {}
    for tag in filter(None, map(tag_of, found)):
        tags[tag["name"]] = tag | tags.get(tag["name"], {})
    return list(tags.values())


def short_id(declared: Declared) -> str:
    """`CarController_create`, or a function's name."""
    name = declared.handler.__name__
    return f"{declared.controller.__name__}_{name}" if declared.controller else name


def unique_ids(wanted: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Of each (id, what tells it from others of that id), so much as makes it the only one."""
    shorts = Counter(short for short, _ in wanted)
    taken: Counter[str] = Counter()
    for short, more in wanted:
        name = short if shorts[short] == 1 else re.sub(r"[\W_]+", "_", f"{short}_{more}").strip("_")
        taken[name] += 1
        yield name if taken[name] == 1 else f"{name}_{taken[name]}"
