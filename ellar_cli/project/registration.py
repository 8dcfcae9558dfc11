"""Registers what is generated in the `@Module` above it, and takes it out again."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.record import Record, hash_of
from ellar_cli.errors import EditRefused
from ellar_cli.names import module_name
from ellar_cli.project.modules import FoundModule
from ellar_cli.project.places import Place
from ellar_cli.project.project import Project
from ellar_cli.wiring.module_lists import Entry, register, unregister

_MOST_MADE_AGAIN = 50


@dataclass(frozen=True)
class Registration:
    """The entries that a class with `@Module` is to have."""

    project: Project
    parent: FoundModule
    entries: Sequence[Entry]

    @property
    def file(self) -> str:
        """The file with the `@Module`, relative to the project's root."""
        return self.parent.file.relative_to(self.project.root).as_posix()

    @property
    def classes(self) -> str:
        """What is registered, for a line that says so."""
        return ", ".join(entry.class_name for entry in self.entries)

    @property
    def by_hand(self) -> str:
        """The lines that a person writes in place of the edit."""
        imports = [f"  from {entry.module} import {entry.class_name}\n" for entry in self.entries]
        arguments = [f"{entry.keyword}=[..., {entry.class_name}]" for entry in self.entries]
        return f"{''.join(imports)}  @Module({', '.join(arguments)})"

    def refused(self, refusal: EditRefused) -> str:
        """Return where and why the file cannot be edited."""
        return f"{self.file}:{refusal.line}: {refusal}"

    def name_in_use(self, changes: ChangeSet) -> str | None:
        """Return the first of the classes whose name stands for something else in the file."""
        content = changes.read(self.parent.file)
        if not any(entry.class_name.encode() in content for entry in self.entries):
            return None
        try:
            tree = ast.parse(content)
        except (SyntaxError, ValueError):
            return None
        bound = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        for node in tree.body:
            if isinstance(node, ast.ImportFrom):
                # The package that an import goes up from is left out: the last names tell enough.
                bound |= {alias.asname or alias.name for alias in node.names if not self._is_ours(node, alias)}
        return next((entry.class_name for entry in self.entries if entry.class_name in bound), None)

    def is_entered(self, changes: ChangeSet) -> bool:
        """Whether all of it is there. Raises EditRefused where that cannot be told."""
        content = changes.read(self.parent.file)
        return self._with(content) == content

    def enter(self, changes: ChangeSet, record: Record, *, is_new: bool) -> dict[str, str]:
        """Plan the edit, and return what the record keeps of it: the file, and its hashes before and after.

        Raises EditRefused where it is not safe.
        """
        content = before = changes.read(self.parent.file)
        after = self._with(content)
        if is_new and after == content:
            # A command that was killed may have come as far as this, and no farther.
            before = self._without(content, record.hash_of(self.file))
        if before == after or (before != content and self._with(before) != after):
            return {}
        if after != content:
            changes.update(self.parent.file, after, f"+ {self.classes}")
        record.edited(self.file, before, after)
        return {self.file: f"{hash_of(before)}..{hash_of(after)}"}

    def leave(self, changes: ChangeSet, record: Record, edit: str) -> None:
        """Plan the inverse; `edit` is what the record has kept of the edit, "" where it has nothing.

        Raises EditRefused where it is not safe.
        """
        if not changes.exists(self.parent.file):
            return
        content = changes.read(self.parent.file)
        after = self._as_if_never(content, record, edit)
        if after is None:
            after = self._without(content, edit.partition("..")[0] or None)
            record.undone(self.file, edit, content, after)
        if after != content:
            changes.update(self.parent.file, after, f"- {self.classes}")
            record.edited(self.file, content, after)

    def _as_if_never(self, content: bytes, record: Record, edit: str) -> bytes | None:
        """Return the file as the edits since would have made it without this one: they are undone and made again.

        None where there are none, or too many, or where a person has edited the file in between.
        """
        later = record.edits_since(self.file, edit)
        if not 0 < len(later) <= _MOST_MADE_AGAIN:
            return None
        others = [replace(self, entries=entries_of(self.project, entry.thing)) for entry in later.values()]
        starts = [entry.edits[self.file].partition("..")[0] for entry in later.values()]
        try:
            for other, start in reversed([(self, edit.partition("..")[0]), *zip(others, starts, strict=True)]):
                content = other._without(content, start)
                if hash_of(content) != start:
                    return None
            states = [content]
            for other in others:
                states.append(other._with(states[-1]))
        except EditRefused:
            return None
        for (path, entry), (before, after) in zip(later.items(), pairwise(states), strict=True):
            record.keep_edits(path, {**entry.edits, self.file: f"{hash_of(before)}..{hash_of(after)}"})
        return states[-1]

    def _is_ours(self, node: ast.ImportFrom, alias: ast.alias) -> bool:
        module = (node.module or "").split(".")
        return any(
            alias.name == entry.class_name and entry.module.split(".")[-len(module) :] == module
            for entry in self.entries
        )

    def _with(self, content: bytes) -> bytes:
        return register(
            content, self.parent.class_name, self.entries, self.project.line_length, package=self.parent.package
        )

    def _without(self, content: bytes, before: str | None = None) -> bytes:
        return unregister(
            content,
            self.parent.class_name,
            self.entries,
            self.project.line_length,
            before,
            package=self.parent.package,
        )


def entries_of(project: Project, thing: str) -> list[Entry]:
    """Return what a thing, as the record calls it, is in the `@Module` above it."""
    kind, _, shown = thing.partition(" ")
    folder = project.root / shown
    place = Place(project, folder, module_name(folder.name))
    return module_entries(place) if kind == "module" else websocket_entries(place)


def module_entries(place: Place) -> list[Entry]:
    """Return what a module is to the one that lists it."""
    return [Entry("modules", f"{place.import_path}.module", f"{place.name.class_name}Module")]


def websocket_entries(place: Place) -> list[Entry]:
    """Return what a websocket is to its module."""
    package, class_name = f".{place.name.snake}", place.name.class_name
    return [
        Entry("controllers", f"{package}.controllers", f"{class_name}Controller"),
        Entry("providers", f"{package}.services", f"{class_name}Service"),
    ]
