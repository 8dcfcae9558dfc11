"""Files with a module's class as people write them, tidy and not, for hypothesis to draw from."""

import ast

from hypothesis import strategies as st

from ellar_cli.wiring.module_lists import Entry

ENTRIES = [
    Entry("modules", "project.apps.car.module", "CarModule"),
    Entry("modules", f"project.apps.{'long' * 12}.module", f"{'Long' * 12}Module"),
    Entry("controllers", ".controllers", "CarController"),
    Entry("providers", ".services", "CarService"),
]
IMPORTS = [
    "from project.apps.bus.module import BusModule",
    "from project.apps.dog.module import (\n    DogModule,\n)",
    "import project.zoo",
    "from project.apps.car.module import thing",
    "from project.apps.car.module import (  # why\n    thing,\n    AThing\n)",
    "from project.apps.car.module import athing, \\\n    bthing",
    "from project.apps.car.module import *",
    "# about\nfrom project.apps.car10.module import Car10",
    "from project.apps.car.module import CarModule",
    "from project.apps.car.module import CarModule as Car",
    "from project.apps.car import module",
    "from .apps.car.module import CarModule",
    "from .local import x  # here",
    "from . import y",
    "from .services import Other",
    "import os; import sys",
    "import os; x = [\n1]",
    "import os \\\n",
    "x = '\\d'; \\\ny = 1",
    "if x:\n    from project.apps.car.module import other",
    "",
]
_ITEMS = st.sampled_from(["A", "B", "*more", "(A)", "f(a, b)", "x.y", "((A) )", "'ü'", "*(C)", "A if x else B"])
_COMMENTS = st.sampled_from(["", "", "  # c", "  # ], (", "  # ä"])
_SPACE = st.sampled_from(["", "", " ", "\n   ", " \\\n ", "  # y, )\n"])


def _on_one_line(draw: st.DrawFn, items: list[str]) -> str:
    separator = draw(st.sampled_from([", ", ", ", ",", " , "]))
    return separator.join(items) + draw(st.sampled_from(["", "", ",", ", "] if items else ["", " "]))


def _on_many_lines(draw: st.DrawFn, items: list[str]) -> str:
    indent = draw(st.sampled_from(["        ", "\t\t", "    "]))
    text = "\n"
    for at, item in enumerate(items):
        text += draw(st.sampled_from(["", "", f"{indent}# about ]\n"]))
        text += f"{indent}{item}{',' if at < len(items) - 1 else draw(st.sampled_from(['', ',']))}{draw(_COMMENTS)}\n"
    return f"{text}{draw(st.sampled_from(['', f'{indent}# last' + chr(10)]))}{indent[: len(indent) // 2]}"


def _in_any_way(draw: st.DrawFn, items: list[str]) -> str:
    ends = [","] * (len(items) - 1) + [draw(st.sampled_from(["", ","]))]
    return "".join(f"{item}{draw(_SPACE)}{end}{draw(_SPACE)}" for item, end in zip(items, ends, strict=False))


@st.composite
def _lists(draw: st.DrawFn) -> str:
    opening, closing = draw(st.sampled_from([("[", "]"), ("[", "]"), ("(", ")")]))
    items = draw(st.lists(_ITEMS, max_size=4))
    written = draw(st.sampled_from([_on_one_line, _on_one_line, _on_many_lines, _in_any_way]))(draw, items)
    return f"{opening}{written}{closing}"


@st.composite
def _decorators(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(["Module", "M", "common.Module", "(Module)"]))
    keywords = draw(st.lists(st.sampled_from(["modules", "controllers", "providers", "exports"]), unique=True))
    arguments = [f"{keyword}={draw(_lists())}" for keyword in keywords]
    written = draw(st.sampled_from([_on_one_line, _on_many_lines, _in_any_way]))(draw, arguments)
    return f"@{name}{draw(st.sampled_from([f'({written})'] * 4 + ['']))}{draw(_COMMENTS)}"


@st.composite
def odd_files(draw: st.DrawFn) -> bytes:
    """A file that parses, with a class Root that is a module."""
    head = draw(
        st.sampled_from(["", '"""Doc."""\n', "from __future__ import annotations\n", "# -*- coding: utf-8 -*-\n"])
    )
    imports = ["from ellar.common import Module", "from ellar.common import Module as M", "from ellar import common"]
    imports += draw(st.lists(st.sampled_from(IMPORTS), max_size=6, unique=True))
    space = draw(st.sampled_from(["\n", "\n\n", "\n\n\n"]))
    other = draw(st.sampled_from(["", "@other\n", "class Other: ...\n\n\n"]))
    body = draw(st.sampled_from(['class Root:\n    """Root."""\n', "class Root: ...\n", "class Root(B):\n\tpass"]))
    text = f"{head}{chr(10).join(imports)}{space}{other}{draw(_decorators())}\n{body}"
    newline = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    return text.replace("\n", newline).encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig"])))


def parses(content: bytes) -> bool:
    """Not all that is drawn is Python: a list in round brackets with a single entry is none."""
    try:
        ast.parse(content)
    except SyntaxError:
        return False
    return True


FILES = odd_files().filter(parses)
