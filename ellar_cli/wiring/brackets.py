"""What stands between two brackets of a file: items, with commas and comments between; adding and removing one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ellar_cli.wiring.source import Edit, Source

# What may stand between an item and the next comma: the item's own parentheses, line ends, comments.
_TAIL = re.compile(r"(?:[\s)\\]|#[^\r\n]*+)*+(?P<comma>,)?")
# The next of these parentheses: one that stands in a comment is none, so that what is skipped is never given back.
_CLOSING = re.compile(r"(?:[\s\\]|#[^\r\n]*+)*+\)")
_SPACE = re.compile(r"(?:[\s\\]|#[^\r\n]*+)*+")


@dataclass(frozen=True, eq=False)
class Brackets:
    """Items between the brackets that `open` follows and `close` is.

    `items` are spans with the parentheses that an item may stand in, `commas` the places of the comma after each.
    In a `tuple` a single item needs one.
    """

    source: Source
    open: int
    close: int
    items: tuple[tuple[int, int], ...]
    commas: tuple[int | None, ...]
    is_tuple: bool = False

    @classmethod
    def read(
        cls, source: Source, start: int, close: int, nodes: Sequence[tuple[int, int]], is_tuple: bool = False
    ) -> "Brackets":
        """Find the commas between nodes, given by their spans, and the nodes' own parentheses."""
        items: list[tuple[int, int]] = []
        commas: list[int | None] = []
        position = start
        for _, end in nodes:
            tail = _TAIL.match(source.text, end, close)
            comma = tail.start("comma") if tail and tail["comma"] else None
            skipped = _SPACE.match(source.text, position, close)
            items.append((skipped.end() if skipped else position, _end_of_item(source, end, close)))
            commas.append(comma)
            position = close if comma is None else comma + 1
        return cls(source, start, close, tuple(items), tuple(commas), is_tuple)

    @property
    def texts(self) -> list[str]:
        """The items as they are written."""
        return [self.source.text[start:end] for start, end in self.items]

    @property
    def indent(self) -> str:
        """The space before an item on a line of its own, where the closing bracket is on one."""
        margin = self.source.margin(self.close)
        return (self.source.margin(self.items[-1][0]) if self.items else "") or margin + deeper(self.source, margin)

    @property
    def has_closing_line(self) -> bool:
        """Does the closing bracket start a line of its own?"""
        line_start = self.source.line_start(self.close)
        return line_start > self.open and not self.source.text[line_start : self.close].strip()

    def append(self, new: str) -> list[Edit]:
        """Add an item at the end, on a line of its own where the closing bracket has one."""
        if not self.has_closing_line:
            return self.append_beside(new)
        line_start = self.source.line_start(self.close)
        if not self.items or self.commas[-1] is not None:
            return [(line_start, line_start, f"{self.indent}{new},\n")]
        # The comma belongs to the last item, before the comment that may follow it. A formatter ends the last of
        # several items with a comma as well.
        end = self.items[-1][1]
        comma = "," if len(self.items) == 1 else ""
        return [(end, end, ","), (line_start, line_start, f"{self.indent}{new}{comma}\n")]

    def append_beside(self, new: str) -> list[Edit]:
        """Add an item at the end, on the line of the last one."""
        if not self.items:
            return [(self.close, self.close, f"{new}," if self.is_tuple else new)]
        comma, end = self.commas[-1], self.items[-1][1]
        if comma is None:
            return [(end, end, f", {new}")]
        is_needed = self.is_tuple and len(self.items) == 1
        return [(comma + 1, comma + 1, f" {new}" if is_needed else f" {new},")]

    def insert(self, index: int, new: str) -> list[Edit]:
        """Add an item before another, on a line of its own where the other has one."""
        if index == len(self.items):
            return self.append(new)
        start = self.items[index][0]
        margin = self.source.margin(start)
        # Without brackets, a line goes on after a backslash alone.
        if not margin or self.source.text[self.open - 1] not in "([":
            return [(start, start, f"{new}, ")]
        # A comment on a line of its own stays above what it stands above.
        line = self.source.number(self.items[index - 1][1] if index else self.open)
        end = self.source.end(line)
        return [(end, end, f"{margin}{new},\n")]

    def removals(self, index: int) -> Iterator[list[Edit]]:
        """Yield what takes an item out: the smallest edit first, then others that `append` may have come from."""
        start, end = self.items[index]
        comma = self.commas[index]
        stop = end if comma is None else comma + 1
        if not self._is_alone(start, stop):
            yield [(*self._span_beside(index, start, stop), "")]
            return
        line = (self.source.line_start(start), self.source.end(self.source.number(stop)), "")
        before = self.commas[index - 1] if index and index == len(self.items) - 1 else None
        is_needed = self.is_tuple and index == 1
        if before is None or is_needed:
            yield [line]
        elif comma is None:
            yield [line, (before, before + 1, "")]
        else:
            yield [line]
            yield [line, (before, before + 1, "")]

    def _is_alone(self, start: int, stop: int) -> bool:
        """Does an item have its lines for itself?"""
        line_start, line_end = self.source.line_start(start), self.source.end(self.source.number(stop))
        text = self.source.text
        around = text[line_start:start] + text[stop:line_end]
        return line_start >= self.open and line_end <= self.close and not around.strip()

    def _span_beside(self, index: int, start: int, stop: int) -> tuple[int, int]:
        """Return what goes with an item that shares its line; a comment between it and another stays."""
        before = self.commas[index - 1] if index else None
        is_last = index == len(self.items) - 1
        if before is None or (not is_last and self.source.margin(start)):
            span = (start, stop if is_last else self.items[index + 1][0])
        elif self.commas[index] is not None or (self.is_tuple and index == 1):
            span = (before + 1, stop)
        else:
            span = (self.items[index - 1][1], stop)
        between = self.source.text[span[0] : start] + self.source.text[stop : span[1]]
        return (start, stop) if "#" in between else span


def deeper(source: Source, margin: str) -> str:
    """Return what is added to a margin one step further in."""
    return "\t" if margin.startswith("\t") else source.indent if not margin or source.indent[0] == " " else "    "


def _end_of_item(source: Source, after: int, close: int) -> int:
    end = after
    while match := _CLOSING.match(source.text, end, close):
        end = match.end()
    return end
