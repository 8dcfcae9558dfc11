"""A class's `@Module` in its file: which one it is, and the lists written in it."""

import ast
import re
from dataclasses import dataclass

from ellar_cli.errors import EditRefused
from ellar_cli.wiring.brackets import Brackets
from ellar_cli.wiring.imports import Imports
from ellar_cli.wiring.source import Source

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
            number = "no" if not classes else "more than one"
            raise EditRefused(f"there is {number} class {class_name} at the top level", 1)
        imports = Imports(source, package, classes[0])
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

    @property
    def arguments(self) -> Brackets:
        """What the call holds."""
        assert isinstance(self.node, ast.Call)
        opening = _OPENING.match(self.source.text, self.source.span(self.node.func)[1])
        assert opening
        return Brackets.read(self.source, opening.end(), self.source.span(self.node)[1] - 1, self._argument_spans)

    @property
    def _argument_spans(self) -> list[tuple[int, int]]:
        assert isinstance(self.node, ast.Call)
        nodes: list[ast.expr | ast.keyword] = [*self.node.args, *self.node.keywords]
        return sorted(map(self.source.span, nodes))

    def items(self, listed: Literal) -> Brackets:
        """Return what one of the lists holds."""
        start, end = self.source.span(listed)
        nodes = [self.source.span(entry) for entry in listed.elts]
        return Brackets.read(self.source, start + 1, end - 1, nodes, isinstance(listed, ast.Tuple))

    def index(self, keyword: str) -> int:
        """Return which of the arguments a keyword is."""
        assert isinstance(self.node, ast.Call)
        spans = self._argument_spans
        return next(spans.index(self.source.span(one)) for one in self.node.keywords if one.arg == keyword)

    def on_one_line(self, keyword: str, written: str | None) -> str:
        """Write the call on one line, with a keyword's value anew; None leaves it out."""
        return f"{self.called}({', '.join(self.arguments_with(keyword, written))})"

    def indented(self, keyword: str, written: str | None) -> str:
        """Write the call with its arguments on a line of their own, with a keyword's value anew."""
        arguments = ", ".join(self.arguments_with(keyword, written))
        return f"{self.called}({self.source.newline}{self.source.indent}{arguments}{self.source.newline})"

    @property
    def called(self) -> str:
        """What the call calls, as it is written."""
        assert isinstance(self.node, ast.Call)
        return self.source.text[self.source.span(self.node)[0] : self.arguments.open - 1]

    def arguments_with(self, keyword: str, written: str | None) -> list[str]:
        """Return the arguments as they are written, that of a keyword anew; None leaves it out."""
        texts = self.arguments.texts
        new = [] if written is None else [f"{keyword}={written}"]
        if self.listed(keyword) is None:
            return [*texts, *new]
        index = self.index(keyword)
        return [*texts[:index], *new, *texts[index + 1 :]]

    def text(self, node: ast.expr) -> str:
        """Return an expression as it is written."""
        return self.source.text[slice(*self.source.span(node))]


def module_classes(content: bytes) -> list[str]:
    """Return the names of the classes with `@Module` in a source file. Raises EditRefused for what is no Python."""
    source = Source.read(content)
    imports = Imports(source, "")
    classes = (node for node in source.tree.body if isinstance(node, ast.ClassDef))
    return [node.name for node in classes if _of_module(node, imports)]


def _of_module(node: ast.ClassDef, imports: Imports) -> list[ast.expr]:
    called = [(found, found.func if isinstance(found, ast.Call) else found) for found in node.decorator_list]
    return [found for found, function in called if imports.origin(function) in _ORIGINS]
