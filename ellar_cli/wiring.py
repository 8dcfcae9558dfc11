"""Adds classes to the lists of a `@Module`, and takes them out, without touching another byte of the file."""

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ellar_cli.errors import EditRefused

_DECORATORS = frozenset({"ellar.common.Module", "ellar.modules.Module"})
_BOM = "\ufeff"
_LINE_END = re.compile(r"\r\n|\r|\n")
# What may stand between the last entry and the closing bracket: the entry's own parentheses, comments, one comma.
_TAIL = re.compile(r"(?:[\s)\\]|#[^\r\n]*+)*+(?P<comma>,)?")
# The next of these parentheses: one that stands in a comment is none, so that what is skipped is never given back.
_CLOSING = re.compile(r"(?:[\s\\]|#[^\r\n]*+)*+\)")

Import = ast.Import | ast.ImportFrom
Edit = tuple[int, int, str]


@dataclass(frozen=True)
class Entry:
    """A class in one of `@Module`'s lists: `keyword` names the list, `module` is imported as it is written here.

    Entry("modules", "project.apps.car.module", "CarModule"), Entry("providers", ".chat.services", "ChatService").
    """

    keyword: str
    module: str
    class_name: str


def register(
    content: bytes, parent: str, entries: Sequence[Entry], line_length: int = 88, *, package: str = ""
) -> bytes:
    """Return the source file `content` with `entries`, and their imports, in the `@Module` of class `parent`.

    It is returned as it is where all of them are registered already. `package` is the one that the file is in: with it,
    relative and absolute imports of one thing are known to be the same.
    Raises EditRefused, with the line, where the edit could change the meaning of something else.
    """
    for entry in entries:
        content = _registered(content, parent, entry, line_length, package)
    return content


def unregister(
    content: bytes,
    parent: str,
    entries: Sequence[Entry],
    line_length: int = 88,
    before: str | None = None,
    *,
    package: str = "",
) -> bytes:
    """Return `content` without `entries` in the `@Module` of class `parent`, and without imports that only they need.

    `before` is the SHA-256 of the file as it was before they were registered: where that file can be had back, it is
    what is returned. Raises EditRefused, with the line, where something else could be lost.
    """
    for entry in reversed(entries):
        content = _unregistered(content, parent, entry, package)
    return content


def module_classes(content: bytes) -> list[str]:
    """Return the names of the classes with `@Module` in a source file. Raises EditRefused for what is no Python."""
    source = Source.read(content)
    classes = (node for node in source.tree.body if isinstance(node, ast.ClassDef))
    return [node.name for node in classes if _decorators(source, node)]


def _registered(content: bytes, parent: str, entry: Entry, line_length: int, package: str) -> bytes:
    source = Source.read(content, package)
    target = source.absolute(entry.module, entry.class_name)
    decorator = _decorator(source, parent)
    listed = _listed(decorator, entry.keyword)
    if _is_registered(source, listed, target):
        return content
    name = next((name for name, origin in source.imported(decorator.lineno) if origin == target), None)
    edits = _entry(source, decorator, listed, entry.keyword, name or entry.class_name, line_length)
    if name is None:
        edits.append(_import(source, decorator, entry.module, entry.class_name, line_length))
    result = source.edited(edits)
    after = _reread(result, decorator, package)
    if not _is_registered(after, _listed(_decorator(after, parent), entry.keyword), target):
        raise EditRefused("the edited file would not say what it has to", decorator.lineno)
    return result


def _unregistered(content: bytes, parent: str, entry: Entry, package: str) -> bytes:
    source = Source.read(content, package)
    target = source.absolute(entry.module, entry.class_name)
    decorator = _decorator(source, parent)
    listed = _listed(decorator, entry.keyword)
    names = [name for name, origin in source.imported(decorator.lineno) if origin == target]
    if listed is None or not _is_registered(source, listed, target):
        return content
    edits = [_entry_out(source, listed, target)]
    for node in source.imports(decorator.lineno):
        if isinstance(node, ast.ImportFrom) and len(node.names) == 1 and len(names) == 1:
            is_ours = (node.names[0].asname or node.names[0].name) in names
            uses = sum(isinstance(used, ast.Name) and used.id in names for used in ast.walk(source.tree))
            if is_ours and uses == 1:
                edits.append(_import_out(source, node))
    return source.edited(edits)


def _entry_out(source: "Source", listed: ast.List | ast.Tuple, target: str) -> Edit:
    index = next(index for index, node in enumerate(listed.elts) if source.origin(node, listed.lineno) == target)
    start, end = source.span(listed.elts[index])
    rest = _TAIL.match(source.text, end, source.span(listed)[1] - 1)
    if index:
        return source.span(listed.elts[index - 1])[1], end, ""
    return start, rest.end() if rest else end, ""


def _import_out(source: "Source", node: ast.ImportFrom) -> Edit:
    return source.starts[node.lineno - 1], source.starts[node.end_lineno or node.lineno], ""


def _reread(result: bytes, decorator: ast.expr, package: str) -> "Source":
    try:
        return Source.read(result, package)
    except EditRefused:
        raise EditRefused("the edited file would not parse", decorator.lineno) from None


@dataclass(frozen=True)
class Source:
    """A Python file: its text, its tree, and where each line starts in the text."""

    text: str
    tree: ast.Module
    starts: tuple[int, ...]
    encoding: str
    package: str

    @classmethod
    def read(cls, content: bytes, package: str = "") -> "Source":
        """Parse a file. Raises EditRefused for what is no Python."""
        encoding = "utf-8"
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            # All that is added is ASCII, so that any encoding that holds every byte gives the others back.
            encoding = "latin-1"
            text = content.decode(encoding)
        shift = len(_BOM) if text.startswith(_BOM) else 0
        try:
            tree = ast.parse(text[shift:])
        except SyntaxError as error:
            raise EditRefused(f"it does not parse: {error.msg.rstrip('.?')}", error.lineno or 1) from None
        return cls(text, tree, (shift, *(match.end() for match in _LINE_END.finditer(text))), encoding, package)

    @cached_property
    def origins(self) -> dict[str, str]:
        """The names that imports at the top level bind, each with the dotted path that it stands for."""
        return dict(self.imported(len(self.starts) + 1))

    @property
    def newline(self) -> str:
        """The file's first line end."""
        match = _LINE_END.search(self.text)
        return match.group() if match else "\n"

    def line(self, number: int) -> str:
        """Return a line, counted from 1, with its end."""
        return self.text[self.starts[number - 1] :][: self._length(number)]

    def offset(self, line: int, column: int) -> int:
        """Return the place in the text of what `ast` counts in UTF-8 bytes."""
        return self.starts[line - 1] + len(self.line(line).encode()[:column].decode())

    def span(self, node: ast.expr | ast.keyword) -> tuple[int, int]:
        """Return where a node starts and ends in the text."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def imports(self, before: int) -> list[Import]:
        """Return the imports at the file's top level above a line."""
        return [node for node in self.tree.body if isinstance(node, Import) and node.lineno < before]

    def imported(self, before: int) -> Iterable[tuple[str, str]]:
        """Yield the names that these imports bind, each with the dotted path that it stands for."""
        for node in self.imports(before):
            for alias in node.names:
                if isinstance(node, ast.ImportFrom):
                    yield alias.asname or alias.name, self.absolute("." * node.level + (node.module or ""), alias.name)
                elif alias.asname:
                    yield alias.asname, alias.name
                else:
                    yield alias.name.partition(".")[0], alias.name.partition(".")[0]

    def absolute(self, module: str, name: str) -> str:
        """Return the dotted path of `name` in a module, given as `from ... import` does."""
        inner = module.lstrip(".")
        if not self.package or module == inner:
            return f"{module}.{name}"
        above = self.package.split(".")[: len(inner) - len(module) + 1 or None]
        return ".".join([*above, *([inner] if inner else []), name])

    def origin(self, node: ast.expr, before: int) -> str | None:
        """Return the dotted path that an expression like `Module` or `common.Module` stands for."""
        if isinstance(node, ast.Attribute):
            owner = self.origin(node.value, before)
            return f"{owner}.{node.attr}" if owner else None
        return self.origins.get(node.id) if isinstance(node, ast.Name) else None

    def edited(self, edits: list[Edit]) -> bytes:
        """Return the file with pieces of its text, each from a start to an end, replaced."""
        text = self.text
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new.replace("\n", self.newline) + text[end:]
        return text.encode(self.encoding)

    def _length(self, number: int) -> int:
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return end - self.starts[number - 1]


def _decorator(source: Source, parent: str) -> ast.expr:
    classes = [node for node in source.tree.body if isinstance(node, ast.ClassDef) and node.name == parent]
    if len(classes) != 1:
        raise EditRefused(f"there is {'no' if not classes else 'more than one'} class {parent}", 1)
    found = _decorators(source, classes[0])
    if len(found) != 1:
        raise EditRefused(f"{parent} has {'no' if not found else 'more than one'} @Module", classes[0].lineno)
    return found[0]


def _decorators(source: Source, node: ast.ClassDef) -> list[ast.expr]:
    calls = [(found, found.func if isinstance(found, ast.Call) else found) for found in node.decorator_list]
    return [found for found, called in calls if source.origin(called, found.lineno) in _DECORATORS]


def _listed(decorator: ast.expr, keyword: str) -> ast.List | ast.Tuple | None:
    """Return the literal that a keyword's value is, or None where it is absent."""
    if not isinstance(decorator, ast.Call):
        return None
    for argument in decorator.keywords:
        if argument.arg == keyword:
            if not isinstance(argument.value, ast.List | ast.Tuple):
                raise EditRefused(f"{keyword}= is not a list written out", argument.lineno)
            return argument.value
    if decorator.args or any(argument.arg is None for argument in decorator.keywords):
        raise EditRefused(f"{keyword}= may be among the * or positional arguments", decorator.lineno)
    return None


def _is_registered(source: Source, modules: ast.List | ast.Tuple | None, target: str) -> bool:
    return modules is not None and any(source.origin(entry, modules.lineno) == target for entry in modules.elts)


def _import(source: Source, decorator: ast.expr, module: str, class_name: str, line_length: int) -> Edit:
    if class_name in _bound_names(source.tree):
        raise EditRefused(f"{class_name} is the name of something else here", decorator.lineno)
    line = f"from {module} import {class_name}\n"
    if len(line) > line_length + 1:
        line = f"from {module} import (\n    {class_name},\n)\n"
    imports = source.imports(decorator.lineno)
    if not imports:
        raise EditRefused("there is no import at the top level to put another beside", decorator.lineno)
    relative = [node for node in imports if isinstance(node, ast.ImportFrom) and node.level]
    own = relative if module.startswith(".") else [node for node in imports if _is_of_package(node, module)]
    if own:
        return _insert_sorted(source, own, module, line)
    if relative:
        return _insert_before(source, relative[0], f"{line}\n")
    return _insert_after(source, imports[-1], f"\n{line}")


def _bound_names(tree: ast.Module) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _is_of_package(node: Import, module: str) -> bool:
    package = module.partition(".")[0]
    if isinstance(node, ast.ImportFrom):
        return not node.level and (node.module or "").partition(".")[0] == package
    return node.names[0].name.partition(".")[0] == package


def _insert_sorted(source: Source, own: Sequence[Import], module: str, line: str) -> Edit:
    smaller = [node for node in own if isinstance(node, ast.Import) or _sort_key(_written(node)) < _sort_key(module)]
    return _insert_after(source, smaller[-1], line) if smaller else _insert_before(source, own[0], line)


def _written(node: ast.ImportFrom) -> str:
    return "." * node.level + (node.module or "")


def _sort_key(module: str) -> tuple[int, list[tuple[str, int]]]:
    """Keep the order of isort: the furthest first, and numbers in names counted as numbers."""
    inner = module.lstrip(".")
    pieces = re.findall(r"\d+|\D", inner.lower())
    return len(inner) - len(module), [("0", int(piece)) if piece.isdigit() else (piece, 0) for piece in pieces]


def _insert_after(source: Source, node: Import, line: str) -> Edit:
    last = node.end_lineno or node.lineno
    for statement in source.tree.body:
        # `import a; b = [` goes on below.
        if statement.lineno <= last:
            last = max(last, statement.end_lineno or 0)
    return source.starts[last], source.starts[last], line


def _insert_before(source: Source, node: Import, line: str) -> Edit:
    first = node.lineno
    while first > 1 and source.line(first - 1).startswith("#"):
        first -= 1
    return source.starts[first - 1], source.starts[first - 1], line


def _entry(
    source: Source, decorator: ast.expr, modules: ast.List | ast.Tuple | None, keyword: str, name: str, line_length: int
) -> list[Edit]:
    if not isinstance(decorator, ast.Call):
        end = source.span(decorator)[1]
        return [(end, end, f"({keyword}=[{name}])")]
    edits = _entry_beside(source, decorator, modules, keyword, name)
    grown = modules or decorator
    is_one_line = grown.lineno == grown.end_lineno
    if is_one_line and len(source.line(grown.lineno).rstrip()) + len(edits[0][2]) > line_length:
        return [_exploded(source, decorator, modules, keyword, name)]
    return edits


def _entry_beside(
    source: Source, call: ast.Call, modules: ast.List | ast.Tuple | None, keyword: str, name: str
) -> list[Edit]:
    if modules is None:
        return _append(
            source, source.span(call.func)[1], source.span(call)[1] - 1, call.keywords, f"{keyword}=[{name}]"
        )
    start, end = source.span(modules)
    is_empty_tuple = isinstance(modules, ast.Tuple) and not modules.elts
    return _append(source, start, end - 1, modules.elts, f"{name}," if is_empty_tuple else name)


def _append(source: Source, start: int, close: int, items: Sequence[ast.expr | ast.keyword], new: str) -> list[Edit]:
    """Add an item before the bracket at `close`, on a line of its own where the bracket has one."""
    after = source.span(items[-1])[1] if items else None
    tail = _TAIL.match(source.text, after, close) if after else None
    comma = tail.start("comma") + 1 if tail and tail["comma"] else None
    line_start = max(position for position in source.starts if position <= close)
    margin = source.text[line_start:close]
    if line_start <= start or margin.strip():
        return [_append_beside(source, after, comma, close, new)]
    if after is None:
        return [(line_start, line_start, f"{margin}{_deeper(margin)}{new.rstrip(',')},\n")]
    first = max(position for position in source.starts if position <= source.span(items[-1])[0])
    indent = source.text[first : source.span(items[-1])[0]]
    indent = indent if indent.isspace() else margin + _deeper(margin)
    if comma:
        return [(line_start, line_start, f"{indent}{new},\n")]
    # The comma belongs to the last entry, before the comment that may follow it.
    end = _end_of_entry(source, after, close)
    return [(end, end, ","), (line_start, line_start, f"{indent}{new}\n")]


def _append_beside(source: Source, after: int | None, comma: int | None, close: int, new: str) -> Edit:
    if after is None:
        return close, close, new
    if comma:
        return comma, comma, f" {new}"
    end = _end_of_entry(source, after, close)
    return end, end, f", {new}"


def _end_of_entry(source: Source, after: int, close: int) -> int:
    """Return where the last entry ends, with the parentheses that it may stand in."""
    end = after
    position = after
    while match := _CLOSING.match(source.text, position, close):
        end = position = match.end()
    return end


def _deeper(margin: str) -> str:
    return "\t" if margin.startswith("\t") else "    "


def _exploded(source: Source, call: ast.Call, modules: ast.List | ast.Tuple | None, keyword: str, name: str) -> Edit:
    """Write a list that has grown too long as a formatter would, and with it a call that stands on one line."""

    def text(node: ast.expr | ast.keyword) -> str:
        start, end = source.span(node)
        return source.text[start:end]

    line = source.line((modules or call).lineno)
    margin = line[: len(line) - len(line.lstrip())] if call.lineno != call.end_lineno else "    "
    opening, closing = ("(", ")") if isinstance(modules, ast.Tuple) else ("[", "]")
    entries = [*(text(entry) for entry in (modules.elts if modules else [])), name]
    written = "".join(f"{margin}{_deeper(margin)}{entry},\n" for entry in entries)
    listed = f"{opening}\n{written}{margin}{closing}"
    if modules and call.lineno != call.end_lineno:
        return *source.span(modules), listed
    arguments = [f"{keyword}={listed}" if argument.arg == keyword else text(argument) for argument in call.keywords] + (
        [] if modules else [f"{keyword}={listed}"]
    )
    # Formatters put no comma after a single argument that holds brackets.
    comma = "," if len(arguments) > 1 else ""
    body = ",\n    ".join(arguments)
    return *source.span(call), f"{text(call.func)}(\n    {body}{comma}\n)"
