"""What was generated, by which command: .ellar/generated.json, which belongs into the repository."""

import hashlib
import json
import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.errors import CliError

PLACE = ".ellar/generated.json"

_CONFLICT = re.compile(r"^(<{7}|={7}|>{7}|\|{7})", re.MULTILINE)
_NO_ENTRY = "not what this version of ellar writes; restore it from your repository"
_THING = b'"thing": "'
_END = b"\xff"  # sorted behind all that a line may hold
_TEXTS = ("command", "sha256", "thing", "version")


@dataclass(frozen=True)
class Entry:
    """One generated file: of which thing it is, by which command, of which version, and the hash of its content.

    `edits` holds the files that the command edited besides, each with its hashes `before..after`.
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

    def __init__(self, root: Path, lines: list[bytes], line_end: bytes) -> None:
        self._file = root / PLACE
        # git takes a checkout's file for changed where its line ends are.
        self._line_end = line_end
        # A project of a thousand modules has eight thousand lines: only those that are asked for are parsed.
        self._parsed: dict[bytes, tuple[str, dict[str, Any]]] = {}
        self._read = lines
        self._lines = sorted(lines)
        if self._lines != lines:
            # A merge may leave them in another order, and two of one file: it is the last that counts, as JSON has it.
            self._lines = sorted(lines, key=lambda line: line[: line.find(b'": {') + 3])

    @classmethod
    def read(cls, root: Path, changes: ChangeSet) -> "Record":
        """Read the record of a project as it is planned or on disk; an empty one where there is none.

        Raises CliError, with the line, for what is no record.
        """
        file = root / PLACE
        content = changes.read(file) if changes.exists(file) else b"{}"
        line_end = b"\r\n" if b"\r" in content else b"\n"  # one letter is found sooner than two
        content = content.replace(b"\r\n", b"\n") if line_end == b"\r\n" else content
        lines = _standing(content)
        if lines is None:
            entries = _parsed(content.decode(errors="replace"), file)
            lines = [_line(path, entry) for path, entry in entries.items()]
        return cls(root, lines, line_end)

    def __contains__(self, path: str) -> bool:
        """Say whether a file is recorded."""
        return bool(self._lines[self._span(path)])

    def of(self, thing: str) -> dict[str, Entry]:
        """Return the files of a thing, like `module project/apps/car`. Raises CliError for what `add` never writes."""
        return {path: self._entry(path) for path in self._paths_with(thing) if self._thing(self._line(path)) == thing}

    def things(self) -> set[str]:
        """Return all that was generated."""
        return set(map(self._thing, self._lines))

    def add(
        self, path: str, content: bytes, *, thing: str, command: str, edits: Mapping[str, str] | None = None
    ) -> None:
        """Record a generated file; `command` is what would be typed to generate it."""
        self._put(path, {"command": command, "sha256": hash_of(content), "thing": thing, "version": _version()})
        if edits:
            self.keep_edits(path, edits)

    def edited(self, path: str, before: bytes, after: bytes) -> None:
        """Follow an edit of our own, so that a generated file still counts as untouched; a person's stays theirs."""
        if self.is_untouched(path, before):
            self._put(path, self._fields(path) | {"sha256": hash_of(after)})

    def keep_edits(self, path: str, edits: Mapping[str, str]) -> None:
        """Record, with a generated file, what its command edited besides."""
        entry = {key: value for key, value in self._fields(path).items() if key != "edits"}
        self._put(path, entry | ({"edits": dict(sorted(edits.items()))} if edits else {}))

    def edits_since(self, file: str, edit: str) -> dict[str, Entry]:
        """Return the generated files whose command edited `file` after `edit`, in order, each from where one ended."""
        starts = {edits[file].partition("..")[0]: path for path, edits in self._edits_of(file)}
        found: dict[str, Entry] = {}
        end = edit.partition("..")[2]
        while path := starts.pop(end, None):
            found[path] = self._entry(path)
            end = found[path].edits[file].partition("..")[2]
        return found

    def undone(self, file: str, edit: str, before: bytes, after: bytes) -> None:
        """Follow the end of an edit of `file`, so that those made since can be undone to the byte as well.

        What came after it starts from where it started; `before` and `after` are the file as it was and as it becomes.
        """
        start, _, end = edit.partition("..")
        if hash_of(after) == start and self.hash_of(file) == end:
            # A command that was killed has undone it already.
            self._put(file, self._fields(file) | {"sha256": start})
        starts, ends = {end: start}, {hash_of(before): hash_of(after)}
        for path, edits in self._edits_of(file):
            first, _, last = edits[file].partition("..")
            span = f"{starts.get(first, first)}..{ends.get(last, last)}"
            if span != edits[file]:
                self.keep_edits(path, edits | {file: span})

    def forget(self, path: str) -> None:
        """Take a file out of the record; it may be missing already."""
        del self._lines[self._span(path)]

    def is_untouched(self, path: str, content: bytes) -> bool:
        """Say whether a file is recorded and still as it was generated."""
        return path in self and self._fields(path).get("sha256") == hash_of(content)

    def hash_of(self, path: str) -> str | None:
        """Return the hash that a file had when it was generated, or None where it is not recorded."""
        return self._fields(path).get("sha256") if path in self else None

    def plan(self, changes: ChangeSet) -> None:
        """Plan the record's own file: the last of the changes."""
        if not self._lines:
            changes.remove(self._file)
        elif changes.exists(self._file):
            changes.update(self._file, self._text(), "")
        else:
            changes.create(self._file, self._text())

    def _entry(self, path: str) -> Entry:
        entry = self._fields(path)
        if not (_lies_within(path) and _is_complete(entry)):
            raise CliError(f"{self._file}: {json.dumps(path)}: {_NO_ENTRY}")
        return Entry(**entry)

    def _fields(self, path: str) -> dict[str, Any]:
        return self._parsed_line(self._line(path))[1]

    def _parsed_line(self, line: bytes) -> tuple[str, dict[str, Any]]:
        if line not in self._parsed:
            try:
                (self._parsed[line],) = _parsed(f"{{{line[:-1].decode()}}}", self._file).items()
            except (CliError, ValueError):
                raise CliError(f"{self._file}:{self._read.index(line) + 2}: {_NO_ENTRY}") from None
        return self._parsed[line]

    def _line(self, path: str) -> bytes:
        return self._lines[self._span(path)][-1]

    def _span(self, path: str) -> slice:
        """Return where the lines of a file are, or would be."""
        start = _start(path)
        return slice(bisect_left(self._lines, start), bisect_left(self._lines, start + _END))

    def _thing(self, line: bytes) -> str:
        if b"\\" in line:
            return str(self._parsed_line(line)[1]["thing"])
        return line.rpartition(_THING)[2].partition(b'"')[0].decode()

    def _path(self, line: bytes) -> str:
        return self._parsed_line(line)[0] if b"\\" in line else line[1:].partition(b'"')[0].decode()

    def _paths_with(self, text: str) -> list[str]:
        """Return the files that have a text in their lines."""
        quoted = json.dumps(text).encode()
        return [self._path(line) for line in self._lines if line.find(quoted) >= 0]  # `in` takes twice as long

    def _edits_of(self, file: str) -> list[tuple[str, dict[str, str]]]:
        """Return the generated files whose command edited `file`, with all that it edited."""
        found = [(path, self._fields(path).get("edits", {})) for path in self._paths_with(file)]
        return [(path, edits) for path, edits in found if file in edits]

    def _put(self, path: str, entry: dict[str, Any]) -> None:
        self._lines[self._span(path)] = [_line(path, entry)]

    def _text(self) -> bytes:
        text = _joined(self._lines)
        if b"\\" in text:
            # A letter has its place in the file, and not the escape that is written for it.
            text = _joined(sorted(self._lines, key=self._path))
        return text if self._line_end == b"\n" else text.replace(b"\n", self._line_end)


@cache
def _version() -> str:
    # Only what writes needs it.
    from ellar_cli.distribution.requirement import DISTRIBUTION, installed_version

    return installed_version(DISTRIBUTION) or "unknown"


def _start(path: str) -> bytes:
    return f"{json.dumps(path)}: ".encode()


def _line(path: str, entry: dict[str, Any]) -> bytes:
    return _start(path) + f"{json.dumps(entry, sort_keys=True)},".encode()


def _joined(lines: list[bytes]) -> bytes:
    *rest, last = lines
    return b"\n".join([b"{", *rest, last.removesuffix(b","), b"}", b""])


def _standing(content: bytes) -> list[bytes] | None:
    """Return the line of each entry, where the file looks as `plan` writes it, in any order; else None."""
    if not (content.startswith(b'{\n"') and content.endswith(b'"}\n}\n') and content.isascii()) or b"\\" in content:
        return None
    _, *lines, last, _, _ = content.split(b"\n")
    lines.append(last + b",")
    is_whole = content.count(b'"},\n"') + 1 == content.count(_THING) == len(lines)
    return lines if is_whole else None


def _parsed(text: str, file: Path) -> dict[str, dict[str, Any]]:
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise CliError(f"{file}:{_fault(text, error)}") from None
    except RecursionError:
        raise CliError(f"{file}: {_NO_ENTRY}") from None
    if not isinstance(entries, dict) or not all(map(_has_thing, entries.values())):
        raise CliError(f"{file}: {_NO_ENTRY}")
    return entries


def _fault(text: str, error: json.JSONDecodeError) -> str:
    if conflict := _CONFLICT.search(text):
        line = text.count("\n", 0, conflict.start()) + 1
        return f"{line}: a merge conflict; keep the lines of both sides, with a comma after each but the last"
    return f"{error.lineno}: {error.msg}; mend it, or restore it from your repository"


def _has_thing(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("thing"), str)


def _is_complete(entry: dict[str, Any]) -> bool:
    edits = entry.get("edits", {})
    texts = [entry.get(key) for key in _TEXTS]
    return (
        len(entry) == len(texts) + ("edits" in entry)
        and isinstance(edits, dict)
        and all(isinstance(text, str) for text in (*texts, *edits.values()))
        and all(map(_lies_within, edits))
    )


def _lies_within(path: str) -> bool:
    """Say whether a path stays in the project, on every system: `destroy` removes what is recorded."""
    return not (path.startswith("/") or "\\" in path or ":" in path or ".." in path.split("/"))
