"""A Python file as text and as a tree, and edits of the text that leave every other byte as it is."""

import ast
import re
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ellar_cli.errors import EditRefused

_BOM = "\ufeff"
_LINE_END = re.compile(r"\r\n|\r|\n")
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+")

Edit = tuple[int, int, str]
"""Where a piece of the text starts, where it ends, and what stands there instead, with "\\n" for every line end."""


@dataclass(frozen=True)
class Row:
    """Statements of the top level that share lines, as `;` lets them; from the first line to the last."""

    first: int
    last: int
    statements: tuple[ast.stmt, ...]


@dataclass(frozen=True, eq=False)
class Source:
    """A Python file. `starts` says where each line begins in the text."""

    text: str
    tree: ast.Module
    starts: tuple[int, ...]
    encoding: str

    @classmethod
    def read(cls, content: bytes) -> "Source":
        """Parse a file. Raises EditRefused, with the line, for what is no Python."""
        encoding = _encoding(content)
        text = content.decode(encoding)
        shift = len(_BOM) if text.startswith(_BOM) else 0
        return cls(text, _parsed(text[shift:]), (shift, *(m.end() for m in _LINE_END.finditer(text))), encoding)

    @cached_property
    def newline(self) -> str:
        """The file's first line end."""
        match = _LINE_END.search(self.text)
        return match.group() if match else "\n"

    @cached_property
    def indent(self) -> str:
        """One step of indentation: that of the first body that is indented, else four spaces."""
        bodies = (node.body[0] for node in self.tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef))
        margins = (self.margin(self.span(statement)[0]) for statement in bodies)
        return next((margin for margin in margins if margin), "    ")

    @cached_property
    def rows(self) -> list[Row]:
        """The statements of the top level, those together that share a line."""
        rows: list[Row] = []
        for statement in self.tree.body:
            first, last = first_line(statement), statement.end_lineno or statement.lineno
            shared: tuple[ast.stmt, ...] = ()
            if rows and first <= rows[-1].last:
                shared, first = rows[-1].statements, rows.pop().first
            while last < len(self.starts) and self._goes_on(last):
                last += 1
            rows.append(Row(first, last, (*shared, statement)))
        return rows

    def line(self, number: int) -> str:
        """Return a line, counted from 1, with its end."""
        return self.text[self.starts[number - 1] : self.end(number)]

    def end(self, number: int) -> int:
        """Return where a line ends in the text, behind its line end."""
        return self.starts[number] if number < len(self.starts) else len(self.text)

    def line_start(self, position: int) -> int:
        """Return where the line of a place in the text starts."""
        return self.starts[bisect_right(self.starts, position) - 1]

    def margin(self, position: int) -> str:
        """Return the space before what stands first on its line; nothing before what does not."""
        before = self.text[self.line_start(position) : position]
        return before if before.isspace() else ""

    def indent_of(self, number: int) -> str:
        """Return the space that a line starts with."""
        line = self.line(number)
        return line[: len(line) - len(line.lstrip())]

    def number(self, position: int) -> int:
        """Return the line, counted from 1, of a place in the text."""
        return bisect_right(self.starts, position)

    def span(self, node: ast.expr | ast.keyword | ast.alias | ast.stmt) -> tuple[int, int]:
        """Return where a node starts and ends in the text."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)

    def is_blank(self, number: int) -> bool:
        """Say whether a line of the file has nothing on it."""
        return 0 < number <= len(self.starts) and bool(_LINE_END.fullmatch(self.line(number)))

    def comment_line(self, start: int, end: int) -> int | None:
        """Return the line of a comment in a piece of the text, or behind it on a line where nothing is before it."""
        piece = self.text[start:end]
        is_first = "\n" in piece or "\r" in piece or not self.text[self.line_start(start) : start].strip()
        behind = "" if piece[-1:] in ("\r", "\n") else self.text[end : self.end(self.number(end))]
        if "#" in piece:
            return self.number(start + piece.index("#"))
        return self.number(end) if is_first and behind.lstrip().startswith("#") else None

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """Return the file with pieces of its text replaced. Raises EditRefused for what its encoding cannot say."""
        try:
            return self._with(edits, 0, len(self.text)).encode(self.encoding)
        except UnicodeEncodeError:
            raise EditRefused(f"its encoding, {self.encoding}, has no letters for what would be added", 1) from None

    def after(self, edits: Sequence[Edit]) -> "Source":
        """Return the file with pieces of its text replaced, for its tree alone: what is where is not said anew.

        A file is a sequence of rows: those that no edit touches stay what they are, and are not parsed again.
        Raises EditRefused for what is no Python any more.
        """
        if _encoding(self.edited(edits)) != self.encoding:
            raise EditRefused("its encoding would be another", 1)
        body: list[ast.stmt] = []
        position = 0
        starts = [self.starts[0], *(self.starts[row.first - 1] for row in self.rows[1:]), len(self.text)]
        for first, last, inside in _touched(starts, edits):
            body += (statement for row in self.rows[position:first] for statement in row.statements)
            body += _parsed(self._with(inside, starts[first], starts[last])).body
            position = last
        body += (statement for row in self.rows[position:] for statement in row.statements)
        return replace(self, tree=ast.Module(body, []))

    def _with(self, edits: Iterable[Edit], position: int, end: int) -> str:
        pieces = []
        for start, stop, new in sorted(edits):
            pieces += [self.text[position:start], _LINE_END.sub(self.newline, new)]
            position = stop
        return "".join([*pieces, self.text[position:end]])

    def _offset(self, line: int, column: int) -> int:
        """Return the place in the text of what `ast` counts in UTF-8 bytes."""
        text = self.line(line)
        return self.starts[line - 1] + (column if text.isascii() else len(text.encode()[:column].decode()))

    @cached_property
    def _has_backslash(self) -> bool:
        return "\\" in self.text

    def _goes_on(self, number: int) -> bool:
        if not self._has_backslash:
            return False
        line = self.line(number).rstrip("\r\n")
        return line.endswith("\\") and "#" not in line


def first_line(statement: ast.stmt) -> int:
    """Return the line that a statement starts on, its decorators counted in."""
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return min([statement.lineno, *(decorator.lineno for decorator in statement.decorator_list)])
    return statement.lineno


def _touched(starts: list[int], edits: Iterable[Edit]) -> list[tuple[int, int, list[Edit]]]:
    """Return which rows, from one up to another, edits touch; one at the start of a row touches that above as well."""
    touched: list[tuple[int, int, list[Edit]]] = []
    for edit in sorted(edits):
        first = max(bisect_left(starts, edit[0]) - 1, 0)
        last = min(bisect_right(starts, edit[1]), len(starts) - 1)
        if touched and first < touched[-1][1]:
            first, before, others = touched.pop()
            touched.append((first, max(before, last), [*others, edit]))
        else:
            touched.append((first, last, [edit]))
    return touched


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        # An odd escape in somebody's string is no business of ours.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except SyntaxError as error:
            raise EditRefused(f"it does not parse: {error.msg.rstrip('.?')}", error.lineno or 1) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise EditRefused(f"it does not parse: {str(error) or 'it is nested too deeply'}", 1) from None


def _encoding(content: bytes) -> str:
    """Return the encoding that Python reads a file in. Raises EditRefused where it could not be written back."""
    encoding = "utf-8"
    if any(_COOKIE.match(line) for line in content.splitlines()[:2]):
        # Few files name one, and the import takes longer than the edit.
        from tokenize import detect_encoding

        try:
            encoding, _ = detect_encoding(iter(content.splitlines(keepends=True)).__next__)
        except SyntaxError as error:
            raise EditRefused(f"it does not parse: {error.msg}", 1) from None
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
    try:
        if content.decode(encoding).encode(encoding) == content:
            return encoding
    except UnicodeError:
        pass
    raise EditRefused(f"it does not parse: it is not written in {encoding}", 1)
