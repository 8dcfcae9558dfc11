"""Adds classes to the lists of a `@Module`, and takes them out, without touching another byte of the file."""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from ellar_cli.changes.record import hash_of
from ellar_cli.errors import EditRefused
from ellar_cli.wiring.decorator import Decorator
from ellar_cli.wiring.entries import added, removals
from ellar_cli.wiring.imports import Import, bound_name
from ellar_cli.wiring.source import Edit, Source


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
    return _File(parent, line_length, package).with_all(content, entries)


def unregister(
    content: bytes,
    parent: str,
    entries: Sequence[Entry],
    line_length: int = 88,
    before: str | None = None,
    *,
    package: str = "",
) -> bytes:
    """Return `content` without `entries` in the `@Module` of class `parent`, and without their imports.

    `before` is the hash that the file had before they were registered, which may have been among others that are gone
    by now: where taking them out can give that file, it does. Else they are taken out by the smallest edit, and what is
    not registered is left alone.
    Raises EditRefused, with the line, where a comment could be lost, or where something else needs an import.
    """
    file = _File(parent, line_length, package)
    # Only what was registered alone is as `register` made it; and there are far fewer of these to try.
    for is_alone in (True, False) if before else ():
        for past in file.pasts(content, entries, is_alone=is_alone):
            if hash_of(past) == before:
                return past
    for entry in reversed(entries):
        content = file.without(content, entry)
    return content


@dataclass(frozen=True)
class _File:
    """What is known of the file that is edited."""

    parent: str
    line_length: int
    package: str

    def read(self, content: bytes) -> Decorator:
        return Decorator.read(Source.read(content), self.parent, self.package)

    def with_all(self, content: bytes, entries: Sequence[Entry]) -> bytes:
        for entry in entries:
            content = self._with(content, entry)
        return content

    def without(self, content: bytes, entry: Entry) -> bytes:
        """Take one entry out by the smallest edit."""
        decorator = self.read(content)
        index = decorator.find(entry.keyword, _target(decorator, entry))
        name = _name(decorator, entry, index)
        if name is None:
            return content
        edits = _removal(decorator, entry.keyword, index, name, self.line_length)
        result = decorator.source.edited(edits)
        expected = _tree_without(decorator, entry.keyword, index, name)
        if ast.dump(self._reread(decorator, lambda: Source.read(result)).source.tree) != ast.dump(expected):
            raise EditRefused("the edited file would not say what it has to", decorator.line)
        return result

    def pasts(self, content: bytes, entries: Sequence[Entry], *, is_alone: bool) -> Iterator[bytes]:
        """Yield the files that may have become `content` by `register`, of the entries alone or of others as well."""
        if not entries:
            yield content
            return
        earlier, last = entries[:-1], entries[-1]
        for past in self._pasts_of_one(content, last):
            # The hash tells of the first step; the others are checked before all that could come before them.
            if not earlier or not is_alone or self._becomes(past, last, content):
                yield from self.pasts(past, earlier, is_alone=is_alone)

    def _becomes(self, past: bytes, entry: Entry, content: bytes) -> bool:
        """Does `register` make `content` of `past`?"""
        try:
            return self.with_all(past, [entry]) == content
        except EditRefused:
            return False

    def _with(self, content: bytes, entry: Entry) -> bytes:
        decorator = self.read(content)
        imports, target = decorator.imports, _target(decorator, entry)
        if decorator.find(entry.keyword, target) is not None:
            return content
        name = imports.name_of(target)
        edits = added(decorator, entry.keyword, name or entry.class_name, self.line_length)
        if name is None:
            edits += imports.with_name(entry.module, entry.class_name, self.line_length)
        result = decorator.source.edited(edits)
        after = self._reread(decorator, lambda: decorator.source.after(edits))
        if _counted(after, entry.keyword) != _counted(decorator, entry.keyword, entries=1, names=int(name is None)):
            raise EditRefused("the edited file would not say what it has to", decorator.line)
        if after.find(entry.keyword, target) is None:
            raise EditRefused(f"{entry.class_name} would not be {target} here", decorator.line)
        return result

    def _pasts_of_one(self, content: bytes, entry: Entry) -> Iterator[bytes]:
        decorator = self.read(content)
        index = decorator.find(entry.keyword, _target(decorator, entry))
        name = _name(decorator, entry, index)
        if index is None or name is None:
            return
        yield content
        seen = {content}
        imports = [*decorator.imports.removals(name), []]
        for entry_edits, import_edits in product(removals(decorator, entry.keyword, index, self.line_length), imports):
            edits = [*entry_edits, *import_edits]
            past = decorator.source.edited(edits)
            if past not in seen and not any("#" in decorator.source.text[start:end] for start, end, _ in edits):
                seen.add(past)
                yield past

    def _reread(self, decorator: Decorator, read: Callable[[], Source]) -> Decorator:
        try:
            return Decorator.read(read(), self.parent, self.package)
        except EditRefused:
            raise EditRefused("the edited file would not parse", decorator.line) from None


def _target(decorator: Decorator, entry: Entry) -> str:
    return decorator.imports.absolute(entry.module, entry.class_name)


def _name(decorator: Decorator, entry: Entry, index: int | None) -> str | None:
    """Return the imported name that an entry starts with, or would."""
    listed = decorator.listed(entry.keyword)
    if listed is None or index is None:
        return decorator.imports.name_of(_target(decorator, entry))
    node = listed.elts[index]
    while isinstance(node, ast.Attribute):
        node = node.value
    assert isinstance(node, ast.Name)
    return node.id


def _removal(decorator: Decorator, keyword: str, index: int | None, name: str, line_length: int) -> list[Edit]:
    """Return the smallest edit. Raises EditRefused where a comment could be lost, or something else needs the name."""
    listed = decorator.listed(keyword)
    own = {listed.elts[index].lineno} if listed and index is not None else set()
    uses = decorator.imports.uses(name)
    if len(uses) > len(own):
        raise EditRefused(f"{name} is used here as well", next((line for line in uses if line not in own), uses[0]))
    entry = [] if index is None else next(removals(decorator, keyword, index, line_length))
    imported = next(decorator.imports.removals(name), None)
    if imported is None:
        raise EditRefused(f"the import of {name} shares its line", decorator.imports.node_of(name).lineno)
    edits = [*entry, *imported]
    for start, end, new in edits:
        line = None if new else decorator.source.comment_line(start, end)
        if line:
            raise EditRefused(f"a comment stands beside {name}", line)
    return edits


def _tree_without(decorator: Decorator, keyword: str, index: int | None, name: str) -> ast.Module:
    """Take an entry and its import out of the tree."""
    listed, tree = decorator.listed(keyword), decorator.source.tree
    if listed and index is not None:
        del listed.elts[index]
    node = decorator.imports.node_of(name)
    node.names = [alias for alias in node.names if bound_name(alias) != name]
    tree.body = [statement for statement in tree.body if statement is not node or node.names]
    return tree


def _counted(decorator: Decorator, keyword: str, entries: int = 0, names: int = 0) -> tuple[int, int, int]:
    """Count what an edit may change, and what it may not, with what it is to add."""
    listed = decorator.listed(keyword)
    statements = sum(not isinstance(node, Import) for node in decorator.source.tree.body)
    imported = sum(len(node.names) for node in decorator.imports.nodes)
    return len(listed.elts if listed else ()) + entries, imported + names, statements
