"""Columns: rows of text side by side, as wide as they are in a pipe, and fitted to the width of a terminal."""

import shutil
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ellar_cli.output import paint, say

_GAP = "  "


@dataclass(frozen=True)
class Column:
    """A title with its cells; `colours` has one for each cell, or one for all.

    On a narrow terminal its cells are cut down to `least` letters, where that is given: at their left end with
    `keeps_end`.
    """

    title: str
    cells: Sequence[str]
    colours: Sequence[str] = ("",)
    least: int | None = None
    keeps_end: bool = False

    @property
    def width(self) -> int:
        """How wide the widest of it is."""
        return max(map(_width, (self.title, *self.cells)))

    @property
    def least_width(self) -> int:
        """How wide it is at least."""
        return self.width if self.least is None else min(self.width, max(self.least, _width(self.title)))


def say_columns(
    columns: Sequence[Column], left_out_first: Sequence[str] = (), left_out_last: Sequence[str] = ()
) -> None:
    """Print rows with their titles above; on a terminal that is too narrow, cut or without the columns named."""
    width = terminal_width()
    shown = columns if width is None else fitted(columns, left_out_first, width, left_out_last)
    say(_GAP.join(paint(_padded(column.title, column.width), "bold") for column in shown).rstrip())
    for row in rows(shown):
        say(row)
    titles = [column.title for column in shown]
    if left_out := [column.title for column in columns if any(column.cells) and column.title not in titles]:
        say(paint(f"too narrow for {', '.join(left_out)}", "dim"))


def terminal_width() -> int | None:
    """How wide the terminal is that the result is shown on; None in a pipe, where nothing is cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def fitted(
    columns: Sequence[Column], left_out_first: Sequence[str], width: int, left_out_last: Sequence[str] = ()
) -> Sequence[Column]:
    """Those with anything in them: as they are, or without the first of those to leave out and cut where they must.

    The last of those to leave out are there as long as cutting is enough.
    """
    columns = [column for column in columns if any(column.cells)]
    if _total([column.width for column in columns]) <= width:
        return columns
    for title in left_out_first:
        columns = [column for column in columns if column.title != title]
        if _total([column.least_width for column in columns]) <= width:
            break
    for title in left_out_last:
        if _total([column.least_width for column in columns]) > width:
            columns = [column for column in columns if column.title != title]
    return _cut(columns, width)


def rows(columns: Sequence[Column]) -> list[str]:
    """Each row as one line, in its colours."""
    count = len(columns[0].cells) if columns else 0
    return [_GAP.join(_cell(column, number) for column in columns).rstrip() for number in range(count)]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _cut(columns: Sequence[Column], width: int) -> Sequence[Column]:
    widths = [column.width for column in columns]
    while _total(widths) > width:
        spare = [(widths[n], n) for n, column in enumerate(columns) if widths[n] > column.least_width]
        if not spare:
            break
        widths[max(spare)[1]] -= 1
    return [
        replace(column, cells=[_shortened(cell, widths[n], keeps_end=column.keeps_end) for cell in column.cells])
        for n, column in enumerate(columns)
    ]


def _shortened(text: str, width: int, *, keeps_end: bool) -> str:
    if _width(text) <= width:
        return text
    while _width(text) > width - 1:
        text = text[1:] if keeps_end else text[:-1]
    return f"…{text}" if keeps_end else f"{text}…"


def _cell(column: Column, row: int) -> str:
    padding = " " * (column.width - _width(column.cells[row]))
    return paint(column.cells[row], column.colours[row % len(column.colours)]) + padding


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """How many places of a terminal it takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
