"""The imports at a file's top level: what their names stand for, where isort puts another, taking one out."""

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import takewhile

from ellar_cli.errors import EditRefused
from ellar_cli.wiring.brackets import Brackets
from ellar_cli.wiring.source import Edit, Row, Source, first_line

Import = ast.Import | ast.ImportFrom

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Closed = Import | ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Key = tuple[object, ...]


class Imports:
    """The imports at the top level of a file above the class `before`; relative ones start from `package`."""

    def __init__(self, source: Source, package: str, before: ast.ClassDef | None = None) -> None:
        self.source = source
        self.package = package
        self.before = first_line(before) if before else 1
        above = takewhile(lambda node: node is not before, source.tree.body)
        self.nodes = [node for node in above if isinstance(node, Import)]

    @cached_property
    def origins(self) -> dict[str, str]:
        """The names that only these imports bind, each with the dotted path that it stands for."""
        return {
            name: origin for node in self.nodes for name, origin in self._bound(node) if name not in self._other_names
        }

    def absolute(self, module: str, name: str) -> str:
        """Return the dotted path of `name` in a module, given as `from ... import` has it."""
        inner = module.lstrip(".")
        if not self.package or module == inner:
            return f"{module}.{name}"
        above = self.package.split(".")[: len(inner) - len(module) + 1 or None]
        return ".".join([*above, *([inner] if inner else []), name])

    def origin(self, node: ast.expr) -> str | None:
        """Return the dotted path that an expression like `Module` or `common.Module` stands for."""
        if isinstance(node, ast.Attribute):
            owner = self.origin(node.value)
            return f"{owner}.{node.attr}" if owner else None
        return self.origins.get(node.id) if isinstance(node, ast.Name) else None

    def name_of(self, target: str) -> str | None:
        """Return the name that stands for a dotted path."""
        return next((name for name, origin in self.origins.items() if origin == target), None)

    def with_name(self, module: str, name: str, line_length: int) -> list[Edit]:
        """Add `from module import name`, where isort puts it. Raises EditRefused where the name is taken."""
        if name in self._other_names or name in self.origins:
            raise EditRefused(self._taken(name), self.before)
        path = self.absolute(module, "")
        same = next((node for node in self.nodes if self._is_plain_import_from(node, path)), None)
        if isinstance(same, ast.ImportFrom):
            return self._merged(same, name, line_length)
        line = f"from {module} import {name}\n"
        if len(line) > line_length + 1:
            line = f"from {module} import (\n{self.source.indent}{name},\n)\n"
        return [self._new_line(module, name, line)]

    def removals(self, name: str) -> Iterator[list[Edit]]:
        """Yield what takes the import of a name out: the smallest edit first, then others that it may come from."""
        node = self.node_of(name)
        if len(node.names) == 1:
            yield from self._line_removals(node)
            return
        index = next(at for at, alias in enumerate(node.names) if bound_name(alias) == name)
        yield from self._names(node).removals(index)
        if isinstance(node, ast.ImportFrom):
            yield self._on_one_line(node, index)

    def node_of(self, name: str) -> Import:
        """Return the import that binds a name."""
        return next(node for node in reversed(self.nodes) if name in dict(self._bound(node)))

    def uses(self, name: str) -> list[int]:
        """Return the lines that use a name, or hold it as a string, as `__all__` does."""
        return [
            node.lineno
            for node in ast.walk(self.source.tree)
            if (isinstance(node, ast.Name) and node.id == name)
            or (isinstance(node, ast.Constant) and node.value == name)
        ]

    @cached_property
    def _other_names(self) -> dict[str, ast.AST]:
        """What the file's own scope binds besides, whether by a class, in `if TYPE_CHECKING` or further down."""
        ours = set(map(id, self.nodes))
        return dict(_bindings([statement for statement in self.source.tree.body if id(statement) not in ours]))

    def _bound(self, node: Import) -> list[tuple[str, str]]:
        if isinstance(node, ast.ImportFrom):
            above = self.absolute(_module(node), "")
            return [(alias.asname or alias.name, above + alias.name) for alias in node.names]
        return [(bound_name(alias), alias.name if alias.asname else bound_name(alias)) for alias in node.names]

    def _taken(self, name: str) -> str:
        node = self._other_names.get(name)
        if isinstance(node, Import):
            return f"the import of {name} in line {node.lineno} does not serve here"
        return f"{name} is the name of something else here"

    def _is_plain_import_from(self, node: Import, path: str) -> bool:
        """Does a statement import from the module at a path, without `as` and `*`? isort keeps these apart."""
        return (
            isinstance(node, ast.ImportFrom)
            and self.absolute(_module(node), "") == path
            and not any(alias.asname or alias.name == "*" for alias in node.names)
        )

    def _merged(self, node: ast.ImportFrom, name: str, line_length: int) -> list[Edit]:
        names = self._names(node)
        index = bisect_left([_member_key(alias.name) for alias in node.names], _member_key(name))
        start, end = self.source.span(node)
        line_end = start + len(self.source.line(node.lineno).rstrip("\r\n"))
        is_written = self.source.text[start:end] == f"{self._start(node)} {', '.join(names.texts)}"
        is_alone = not self.source.text[end:line_end].partition("#")[0].strip()
        length = line_end - start
        if is_written and is_alone and length <= line_length < length + len(f", {name}"):
            texts = [*names.texts[:index], name, *names.texts[index:]]
            # isort keeps the comment of such a line behind the bracket.
            lines = "".join(f"\n{self.source.indent}{text}," for text in texts)
            return [(start, end, f"{self._start(node)} ("), (line_end, line_end, f"{lines}\n)")]
        return names.insert(index, name)

    def _on_one_line(self, node: ast.ImportFrom, left_out: int) -> list[Edit]:
        """Write an import without one of its names on one line; the comment behind its bracket stays."""
        names = self._names(node)
        rest = [text for at, text in enumerate(names.texts) if at != left_out]
        start, end = self.source.span(node)
        line_end = start + len(self.source.line(node.lineno).rstrip("\r\n"))
        written = f"{self._start(node)} {', '.join(rest)}"
        if line_end >= end:
            return [(start, end, written)]
        return [(start, names.open, written), (line_end, end, "")]

    def _names(self, node: Import) -> Brackets:
        """Return the imported names, with or without brackets around them."""
        spans = [self.source.span(alias) for alias in node.names]
        start, end = self.source.span(node)
        bracket = self.source.text.find("(", start, spans[0][0])
        if bracket < 0:
            return Brackets.read(self.source, spans[0][0], end, spans)
        return Brackets.read(self.source, bracket + 1, end - 1, spans)

    def _start(self, node: ast.ImportFrom) -> str:
        return f"from {_module(node)} import"

    def _new_line(self, module: str, name: str, line: str) -> Edit:
        if not self.nodes:
            raise EditRefused("there is no import at the top level to put another beside", self.before)
        relative = [node for node in self.nodes if isinstance(node, ast.ImportFrom) and node.level]
        own = relative if module.startswith(".") else [node for node in self.nodes if _is_of_package(node, module)]
        if own:
            return self._sorted_in(own, _key(module, name), line)
        if relative and not module.startswith("."):
            return self._above(relative[0], f"{line}\n")
        return self._below(self.nodes[-1], f"\n{line}")

    def _sorted_in(self, own: Sequence[Import], key: _Key, line: str) -> Edit:
        index = bisect_left(own, key, key=_key_of)
        return self._below(own[index - 1], line) if index else self._above(own[0], line)

    def _below(self, node: Import, line: str) -> Edit:
        end = self.source.end(self._row(node).last)
        return end, end, line

    def _above(self, node: Import, line: str) -> Edit:
        row = self._row(node)
        if not all(isinstance(one, Import) and not _is_future(one) for one in row.statements):
            return self._below(node, line)
        first = row.first
        index = self.source.rows.index(row)
        above = self.source.rows[index - 1] if index else None
        # What stands above the first import of all is about the file; above another, it is about that.
        if above and isinstance(above.statements[-1], Import):
            while first - 1 > above.last and self.source.line(first - 1).startswith("#"):
                first -= 1
        start = self.source.starts[first - 1]
        # isort wants space above a comment.
        return start, start, line if first == row.first or line.endswith("\n\n") else f"{line}\n"

    def _row(self, node: Import) -> Row:
        return next(row for row in self.source.rows if row.last >= node.lineno)

    def _line_removals(self, node: Import) -> Iterator[list[Edit]]:
        row = self._row(node)
        if len(row.statements) > 1:
            return
        start, end = self.source.starts[row.first - 1], self.source.end(row.last)
        has_blank_above, has_blank_below = self.source.is_blank(row.first - 1), self.source.is_blank(row.last + 1)
        with_above = [(self.source.starts[row.first - 2], end, "")]
        if has_blank_above and has_blank_below:
            yield with_above
        yield [(start, end, "")]
        if has_blank_above:
            yield with_above
        if has_blank_below:
            yield [(start, self.source.end(row.last + 1), "")]


def bound_name(alias: ast.alias) -> str:
    """Return the name that a part of an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def _module(node: ast.ImportFrom) -> str:
    return "." * node.level + (node.module or "")


def _is_future(node: Import) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_of_package(node: Import, module: str) -> bool:
    package = module.partition(".")[0]
    if isinstance(node, ast.ImportFrom):
        return not node.level and (node.module or "").partition(".")[0] == package
    return node.names[0].name.partition(".")[0] == package


def _key_of(node: Import) -> _Key:
    """Sort a statement: isort puts each `import` before all of `from`."""
    return _key(_module(node), node.names[0].name) if isinstance(node, ast.ImportFrom) else ()


def _key(module: str, name: str) -> _Key:
    """Sort as isort does: the furthest first, numbers in names as numbers, and what comes from one module by name."""
    inner = module.lstrip(".")
    return len(inner) - len(module), _natural(inner.lower()), inner, _member_key(name)


def _member_key(name: str) -> _Key:
    """Sort `*` before constants before classes before the rest."""
    is_constant = len(name) > 1 and name.isupper()
    kind = 0 if is_constant or name == "*" else 1 if name[:1].isupper() else 2
    return kind, _natural(name)


def _natural(name: str) -> list[str | int]:
    """Compare digits as the number that they are, but as digits with other letters."""
    *pieces, last = re.split("([0-9]+)", name)
    return [*(int(piece) if at % 2 else f"{piece}0" for at, piece in enumerate(pieces)), last]


def _bindings(statements: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.AST]]:
    """Yield the names that statements bind in the file's own scope, each with the node that does."""
    pending: list[ast.AST] = [*statements]
    while pending:
        node = pending.pop()
        yield from ((name, node) for name in _bound_names(node))
        if isinstance(node, _Definition):
            inner = (one for statement in node.body for one in ast.walk(statement) if isinstance(one, ast.Global))
            yield from ((name, one) for one in inner for name in one.names)
        elif not isinstance(node, _Closed):
            pending.extend(ast.iter_child_nodes(node))


def _bound_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, Import):
        yield from map(bound_name, node.names)
    elif isinstance(node, _Definition):
        yield node.name
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
