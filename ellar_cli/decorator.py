"""A class's `@Module` in its file: which one it is, and the lists written in it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ellar_cli.brackets import Brackets, deeper
from ellar_cli.errors import EditRefused
from ellar_cli.imports import Imports
from ellar_cli.source import Edit, Source, first_line

_ORIGINS = frozenset({"ellar.common.Module", "ellar.modules.Module"})
# The bracket of a call, behind the parentheses that the function may stand in.
_OPENING = re.compile(r"(?:[\s)\\]|#[^\r\n]*+)*+\(")

Literal = ast.List | ast.Tuple


@dataclass(frozen=True, eq=False)
class Decorator:
    """The `@Module` of a class. `node` is what follows the `@`."""

    source: Source
    imports: Imports
    node: ast.expr

    @classmethod
    def read(cls, source: Source, class_name: str, package: str) -> "Decorator":
        """Find the decorator of a class at the top level. Raises EditRefused where that is not exactly one."""
        classes = [node for node in source.tree.body if isinstance(node, ast.ClassDef) and node.name == class_name]
        if len(classes) != 1:
            raise EditRefused(f"there is {'no' if not classes else 'more than one'} class {class_name}", 1)
        imports = Imports(source, package, first_line(classes[0]))
        found = _of_module(classes[0], imports)
        if len(found) != 1:
            raise EditRefused(f"{class_name} has {'no' if not found else 'more than one'} @Module", classes[0].lineno)
        return cls(source, imports, found[0])

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.node.lineno

    def listed(self, keyword: str) -> Literal | None:
        """Return the literal that a keyword's value is, or None where it is absent. Raises EditRefused for another."""
        if not isinstance(self.node, ast.Call):
            return None
        for argument in self.node.keywords:
            if argument.arg == keyword:
                if not isinstance(argument.value, Literal):
                    raise EditRefused(f"{keyword}= is not a list written out", argument.lineno)
                return argument.value
        if self.node.args or any(argument.arg is None for argument in self.node.keywords):
            raise EditRefused(f"{keyword}= may be among the * or positional arguments", self.line)
        return None

    def find(self, keyword: str, target: str) -> int | None:
        """Return the index of the entry that stands for a dotted path, or None."""
        listed = self.listed(keyword)
        origins = [self.imports.origin(entry) for entry in listed.elts] if listed else []
        return origins.index(target) if target in origins else None

    def with_entry(self, keyword: str, name: str, line_length: int) -> list[Edit]:
        """Add a name to a list, written as a formatter would where one has written the rest."""
        listed = self.listed(keyword)
        if not isinstance(self.node, ast.Call):
            end = self.source.span(self.node)[1]
            return [(end, end, self._new_call(keyword, name, line_length))]
        if listed is None:
            edits = self._arguments.append(self._new_argument(keyword, name, line_length))
        else:
            edits = self._items(listed).append(name)
        return self._exploded(keyword, name, line_length, edits) or edits

    def removals(self, keyword: str, index: int) -> Iterator[list[Edit]]:
        """Yield what takes an entry out of a list: the smallest edit first, then others that it may have come from."""
        call, listed = self.node, self.listed(keyword)
        assert isinstance(call, ast.Call)
        assert listed is not None
        items = self._items(listed)
        rest = [text for at, text in enumerate(items.texts) if at != index]
        if not rest:
            yield from self._emptied(keyword, listed)
        yield from items.removals(index)
        if listed.lineno != listed.end_lineno:
            yield [(*self.source.span(listed), _written(listed, rest))]
        yield [(*self.source.span(call), self._one_line(keyword, _written(listed, rest)))]
        if not rest:
            yield from self._arguments.removals(self._index(keyword))
            yield [(*self.source.span(call), self._one_line(keyword, None))]
        if not rest and len(self._arguments.items) == 1:
            yield [(self.source.span(call.func)[1], self.source.span(call)[1], "")]

    def _emptied(self, keyword: str, listed: Literal) -> Iterator[list[Edit]]:
        """Yield what a formatter leaves of a list on many lines, and of a call that holds nothing else."""
        call_start, call_end = self.source.span(self.node)
        is_all = self._arguments.commas == (None,) and self.node.lineno != self.node.end_lineno
        if is_all and "#" not in self.source.text[call_start:call_end]:
            yield [(call_start, call_end, self._one_line(keyword, _written(listed, [])))]
        start, end = self.source.span(listed)
        if listed.lineno != listed.end_lineno and "#" not in self.source.text[start:end]:
            yield [(start, end, _written(listed, []))]

    @property
    def _arguments(self) -> Brackets:
        assert isinstance(self.node, ast.Call)
        opening = _OPENING.match(self.source.text, self.source.span(self.node.func)[1])
        assert opening
        return Brackets.read(self.source, opening.end(), self.source.span(self.node)[1] - 1, self._argument_spans)

    @property
    def _argument_spans(self) -> list[tuple[int, int]]:
        assert isinstance(self.node, ast.Call)
        nodes: list[ast.expr | ast.keyword] = [*self.node.args, *self.node.keywords]
        return sorted(map(self.source.span, nodes))

    def _items(self, listed: Literal) -> Brackets:
        start, end = self.source.span(listed)
        nodes = [self.source.span(entry) for entry in listed.elts]
        return Brackets.read(self.source, start + 1, end - 1, nodes, isinstance(listed, ast.Tuple))

    def _index(self, keyword: str) -> int:
        """Return which of the arguments a keyword is."""
        assert isinstance(self.node, ast.Call)
        spans = self._argument_spans
        return next(spans.index(self.source.span(one)) for one in self.node.keywords if one.arg == keyword)

    def _new_call(self, keyword: str, name: str, line_length: int) -> str:
        new = f"({keyword}=[{name}])"
        if self._fits(self.line, len(new), line_length):
            return new
        step = self.source.indent
        return f"(\n{step}{keyword}=[\n{step * 2}{name},\n{step}]\n)"

    def _new_argument(self, keyword: str, name: str, line_length: int) -> str:
        new, indent = f"{keyword}=[{name}]", self._arguments.indent
        if not self._arguments.has_closing_line or len(f"{indent}{new},") <= line_length:
            return new
        return f"{keyword}=[\n{indent}{deeper(self.source, indent)}{name},\n{indent}]"

    def _exploded(self, keyword: str, name: str, line_length: int, edits: list[Edit]) -> list[Edit] | None:
        """Return what writes a list that has grown too long one entry a line, and with it a call on one line.

        Only a line that was as formatters write it, and short enough, is written anew.
        """
        call, listed = self.node, self.listed(keyword)
        grown = listed or call
        added = sum(len(new) for _, _, new in edits)
        if grown.lineno != grown.end_lineno or self._fits(grown.lineno, added, line_length):
            return None
        texts = self._items(listed).texts if listed else []
        now = _written(listed, texts) if listed else None
        is_one_line = call.lineno == call.end_lineno
        if (listed and self._text(listed) != now) or (is_one_line and self._text(call) != self._one_line(keyword, now)):
            return None
        margin = self.source.indent if is_one_line else self._margin(grown.lineno)
        step = deeper(self.source, margin)
        opening, closing = ("(", ")") if isinstance(listed, ast.Tuple) else ("[", "]")
        entries = "".join(f"{margin}{step}{entry},\n" for entry in [*texts, name])
        written = f"{opening}\n{entries}{margin}{closing}"
        if not is_one_line:
            return [(*self.source.span(grown), written)]
        return [(*self.source.span(call), self._call_of_lines(keyword, written))]

    def _call_of_lines(self, keyword: str, written: str) -> str:
        arguments = self._arguments_with(keyword, written)
        # Formatters put no comma after a single argument.
        comma = "," if len(arguments) > 1 else ""
        body = f",\n{self.source.indent}".join(arguments)
        return f"{self._called}(\n{self.source.indent}{body}{comma}\n)"

    def _one_line(self, keyword: str, written: str | None) -> str:
        return f"{self._called}({', '.join(self._arguments_with(keyword, written))})"

    @property
    def _called(self) -> str:
        assert isinstance(self.node, ast.Call)
        return self.source.text[self.source.span(self.node)[0] : self._arguments.open - 1]

    def _arguments_with(self, keyword: str, written: str | None) -> list[str]:
        """Return the arguments as they are written, that of a keyword anew; None leaves it out."""
        texts = self._arguments.texts
        new = [] if written is None else [f"{keyword}={written}"]
        if self.listed(keyword) is None:
            return [*texts, *new]
        index = self._index(keyword)
        return [*texts[:index], *new, *texts[index + 1 :]]

    def _fits(self, line: int, added: int, line_length: int) -> bool:
        """Is a line short enough with something added, or was it never?"""
        length = len(self.source.line(line).rstrip())
        return length + added <= line_length or length > line_length

    def _margin(self, line: int) -> str:
        text = self.source.line(line)
        return text[: len(text) - len(text.lstrip())]

    def _text(self, node: ast.expr) -> str:
        start, end = self.source.span(node)
        return self.source.text[start:end]


def module_classes(content: bytes) -> list[str]:
    """Return the names of the classes with `@Module` in a source file. Raises EditRefused for what is no Python."""
    source = Source.read(content)
    imports = Imports(source, "", len(source.starts) + 1)
    classes = (node for node in source.tree.body if isinstance(node, ast.ClassDef))
    return [node.name for node in classes if _of_module(node, imports)]


def _of_module(node: ast.ClassDef, imports: Imports) -> list[ast.expr]:
    called = [(found, found.func if isinstance(found, ast.Call) else found) for found in node.decorator_list]
    return [found for found, function in called if imports.origin(function) in _ORIGINS]


def _written(listed: Literal, entries: list[str]) -> str:
    """Write a list on one line as formatters do."""
    if isinstance(listed, ast.List):
        return f"[{', '.join(entries)}]"
    return f"({', '.join(entries)}{',' if len(entries) == 1 else ''})"
