"""What was generated, by which command: .ellar/generated.json, which belongs into the repository."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ellar_cli.changes import ChangeSet
from ellar_cli.errors import CliError

PLACE = ".ellar/generated.json"


@dataclass(frozen=True)
class Entry:
    """One generated file: of which thing it is, by which command, of which version, and the hash of its content.

    `edits` holds the files that the command edited besides, each with its hashes before and after, as `before..after`.
    """

    command: str
    sha256: str
    thing: str
    version: str
    edits: Mapping[str, str] = field(default_factory=dict)


def hash_of(content: bytes) -> str:
    """Return the SHA-256 of a file, the same for Windows' line ends as for the others'."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


class Record:
    """The generated files of a project by their path, which is relative to its root with `/` between the parts."""

    def __init__(self, root: Path, entries: dict[str, Entry]) -> None:
        self.root = root
        self._entries = entries

    @classmethod
    def read(cls, root: Path, changes: ChangeSet) -> "Record":
        """Read the record of a project as it is planned or on disk; an empty one where there is none.

        Raises CliError, with the line, for what is no record.
        """
        file = root / PLACE
        if not changes.exists(file):
            return cls(root, {})
        try:
            document = json.loads(changes.read(file))
            return cls(root, {path: Entry(**entry) for path, entry in document.items()})
        except json.JSONDecodeError as error:
            raise CliError(f"{file}:{error.lineno}: {error.msg}") from None

    def __contains__(self, path: str) -> bool:
        """Say whether a file is recorded."""
        return path in self._entries

    def of(self, thing: str) -> dict[str, Entry]:
        """Return the files of a thing, like `module project/apps/car`."""
        return {path: entry for path, entry in self._entries.items() if entry.thing == thing}

    def things(self) -> set[str]:
        """Return all that was generated."""
        return {entry.thing for entry in self._entries.values()}

    def add(
        self, path: str, content: bytes, *, thing: str, command: str, edits: Mapping[str, str] | None = None
    ) -> None:
        """Record a generated file."""
        # Its import of metadata is for commands that write.
        from ellar_cli.requirement import DISTRIBUTION, installed_version

        version = installed_version(DISTRIBUTION) or "unknown"
        self._entries[path] = Entry(command, hash_of(content), thing, version, edits or {})

    def edited(self, path: str, before: bytes, after: bytes) -> None:
        """Follow an edit of our own, so that a generated file still counts as untouched; a person's stays theirs."""
        if self.is_untouched(path, before):
            self._entries[path] = replace(self._entries[path], sha256=hash_of(after))

    def keep_edits(self, path: str, edits: Mapping[str, str]) -> None:
        """Record, with a generated file, what its command edited besides."""
        self._entries[path] = replace(self._entries[path], edits=edits)

    def undone(self, file: str, edit: str, before: bytes, after: bytes) -> None:
        """Follow the end of an edit of `file`, so that those made since can be undone to the byte as well.

        What came after it starts from where it started; `before` and `after` are the file as it was and as it becomes.
        """
        start, _, end = edit.partition("..")
        starts, ends = {end: start}, {hash_of(before): hash_of(after)}
        for path, entry in self._entries.items():
            if file in entry.edits:
                first, _, last = entry.edits[file].partition("..")
                span = f"{starts.get(first, first)}..{ends.get(last, last)}"
                self._entries[path] = replace(entry, edits={**entry.edits, file: span})

    def forget(self, path: str) -> None:
        """Take a file out of the record; it may be missing already."""
        self._entries.pop(path, None)

    def is_untouched(self, path: str, content: bytes) -> bool:
        """Say whether a file is recorded and still as it was generated."""
        entry = self._entries.get(path)
        return entry is not None and entry.sha256 == hash_of(content)

    def plan(self, changes: ChangeSet) -> None:
        """Plan the record's own file: the last of the changes."""
        file = self.root / PLACE
        if not self._entries:
            changes.remove(file)
        elif changes.exists(file):
            changes.update(file, self._text().encode(), "")
        else:
            changes.create(file, self._text())

    def _text(self) -> str:
        lines = (f"{json.dumps(path)}: {_line(entry)}" for path, entry in sorted(self._entries.items()))
        return "{\n" + ",\n".join(lines) + "\n}\n"


def _line(entry: Entry) -> str:
    document: dict[str, Any] = {"command": entry.command}
    if entry.edits:
        document["edits"] = dict(sorted(entry.edits.items()))
    return json.dumps(document | {"sha256": entry.sha256, "thing": entry.thing, "version": entry.version})
