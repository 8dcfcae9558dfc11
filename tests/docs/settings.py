"""The table of all settings, made of the class `Config` and its docstrings: `python -m tests.docs.settings`."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

from ellar.config import Config
from tests.docs.pages import DOCS

PAGE = DOCS / "config.md"
_TABLE = re.compile(r"(?<=\n)\| setting \| type \| default \| \|\n(?:\|.*\n)+")


def table() -> str:
    """As the page has to show it."""
    rows = ("| setting | type | default | |", "| --- | --- | --- | --- |", *_rows())
    return "".join(f"{row}\n" for row in rows)


def shown() -> str:
    """As the page shows it. Raises AttributeError where there is none."""
    found = _TABLE.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    return found[0]


def _rows() -> Iterator[str]:
    definition = ast.parse(inspect.getsource(Config)).body[0]
    assert isinstance(definition, ast.ClassDef)
    members = definition.body[1:]
    for setting, text in zip(members[::2], members[1::2], strict=True):
        assert isinstance(setting, ast.AnnAssign), ast.unparse(setting)
        assert isinstance(text, ast.Expr), f"{ast.unparse(setting)} has no docstring"
        name = ast.unparse(setting.target)
        kind = ast.unparse(setting.annotation).replace("|", "\\|")
        meaning = inspect.cleandoc(ast.literal_eval(text.value)).replace("\n", " ")
        yield f"| `{name}` | `{kind}` | `{getattr(Config, name)!r}` | {meaning} |"


if __name__ == "__main__":
    PAGE.write_text(_TABLE.sub(lambda _: table(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
