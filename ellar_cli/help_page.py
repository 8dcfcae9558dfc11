"""The pages of `--help`: in colours on a terminal, plain in a pipe, without the parser, which takes long to import."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ellar_cli import help as words
from ellar_cli.output import paint

if TYPE_CHECKING:
    from ellar_cli.parsing.declared import Parameter

_MOST_COLUMNS = 100
_WIDEST_NAME = 30
_NARROWEST_TEXT = 30


class Row(NamedTuple):
    """What is typed, what stands for its value, what it does, and what else is to be known."""

    name: str
    value: str
    text: str
    facts: str = ""

    @property
    def left(self) -> str:
        """What stands on the left."""
        return f"{self.name} {self.value}".rstrip()


def tool_page() -> str:
    """Return the page of the tool: its commands by their groups."""
    groups: dict[str, list[Row]] = {"Options": [Row(name, "", text) for name, text in words.OPTIONS.items()]}
    for name, entry in words.COMMANDS.items():
        groups.setdefault(entry.group, []).append(Row(name, "", entry.summary))
    column = max(len(row.name) for rows in groups.values() for row in rows)
    sections = [_section(title, rows, column) for title, rows in groups.items()]
    usage = _usage("ellar [OPTIONS] COMMAND [ARGS]...")
    return (
        "\n\n".join([usage, _paragraph(words.ABOUT), *sections, f"{_heading('Start here:')}\n  {words.START}"]) + "\n"
    )


def command_page(command: str, listed: Mapping[str, list[Row]] | None = None, note: str = "", example: str = "") -> str:
    """Return the page of a command: what it declares, what else is `listed`, or why nothing is, and a line to try."""
    # The page of the tool needs none of it.
    from ellar_cli.parsing.declared import parameters

    entry = words.COMMANDS[command]
    declared = parameters(command)
    notes = ["\n  ".join([_heading("Commands:"), *_wrapped(Row("", "", note), _width() - 2)])] if note else []
    end = [*notes, f"{_heading('Example:')} {example or entry.example}"]
    return page(usage(f"ellar {command}", declared), [entry.summary], declared, listed or {}, end)


def page(
    line: str, about: list[str], declared: list[Parameter], listed: Mapping[str, list[Row]], end: list[str]
) -> str:
    """Return a page: how the line is written, what it is about, its parameters, what else is listed, and the end."""
    arguments = [_argument(one) for one in declared if not one.is_option]
    options = [_option(one) for one in declared if one.is_option] + [Row("--help", "", words.OPTIONS["--help"])]
    groups = {"Arguments": arguments, "Options": options, **listed}
    column = min(max(len(row.left) for rows in groups.values() for row in rows), _WIDEST_NAME)
    sections = [_section(title, rows, column) for title, rows in groups.items() if rows]
    return "\n\n".join([_usage(line), *map(_paragraph, about), *sections, *end]) + "\n"


def usage(line: str, declared: list[Parameter]) -> str:
    """Return how a line goes on."""
    return " ".join([line, "[OPTIONS]", *_typed(declared)])


def _usage(line: str) -> str:
    return f"{_heading('Usage:')} {line}"


def _heading(text: str) -> str:
    return paint(text, "bold")


def _typed(declared: list[Parameter]) -> Iterator[str]:
    """Yield what a line needs, and then what it may have besides options."""
    for one in declared:
        if one.is_option and one.is_required:
            yield f"{one.names[0]} {one.value}"
    for one in declared:
        if not one.is_option:
            name = one.value + ("..." if one.is_repeated else "")
            yield name if one.is_required else f"[{name}]"


def _argument(declared: Parameter) -> Row:
    return Row(declared.value, "", declared.help, _facts(declared))


def _option(declared: Parameter) -> Row:
    return Row(" / ".join(declared.names), declared.value, declared.help, _facts(declared))


def _facts(declared: Parameter) -> str:
    if declared.is_required:
        first = declared.default or ("required" if declared.is_option else "")
    else:
        first = f"default: {declared.default}" if declared.default else ""
    facts = [first, f"env: {declared.variable}" if declared.variable else ""]
    return f"[{', '.join(filter(None, facts))}]" if any(facts) else ""


def _paragraph(text: str) -> str:
    return "\n".join(_wrapped(Row("", "", text), _width()))


def _section(title: str, rows: list[Row], column: int) -> str:
    return "\n".join([_heading(f"{title}:"), *(line for row in rows for line in _lines(row, column))])


def _lines(row: Row, column: int) -> Iterator[str]:
    name = paint(row.name, "cyan") + (f" {paint(row.value, 'yellow')}" if row.value else "")
    # In a narrow terminal, what it does stands below the name.
    is_beside = _width() - column - 4 >= _NARROWEST_TEXT
    indent = " " * (column + 4 if is_beside else 6)
    wrapped = _wrapped(row, max(_width() - len(indent), 1))
    if len(row.left) > column or not is_beside:
        yield f"  {name}"
    else:
        yield f"  {name}{' ' * (column - len(row.left))}  {wrapped.pop(0)}".rstrip()
    yield from (indent + line for line in wrapped)


def _wrapped(row: Row, width: int) -> list[str]:
    """Return the lines of what it does; the facts stay in one piece where that fits."""
    lines = [""]
    facts = [row.facts] if len(row.facts) <= width else row.facts.split(" ")
    for word in [*row.text.split(" "), *filter(None, facts)]:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    # Painted last: what colours are written with has a length, too.
    return [line.replace(row.facts, paint(row.facts, "dim")) if row.facts else line for line in lines]


def _width() -> int:
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size(sys.stdout.fileno()).columns)
    except (OSError, ValueError):  # no terminal
        columns = 80
    return min(columns, _MOST_COLUMNS)
