"""A set of file changes: planned in memory, shown, carried out all or nothing."""

import os
from dataclasses import replace
from pathlib import Path

from ellar_cli.changes.change import Action, Change, shown
from ellar_cli.errors import CliError
from ellar_cli.output import paint

_COLOURS = {"create": "green", "update": "yellow", "remove": "red", "unchanged": "dim", "keep": "dim"}
_DIFF_COLOURS = {"+": "green", "-": "red", "@": "cyan", "d": "bold"}


class ChangeSet:
    """Changes to files, shown relative to `base`. Nothing is written before `apply`."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self._changes: dict[Path, Change] = {}
        self._folders: set[Path] = set()
        self._seen: dict[Path, bytes] = {}  # what an edit starts from: `apply` refuses where it is no more

    def exists(self, path: Path) -> bool:
        """Say whether there is something, or will be."""
        if change := self._changes.get(path):
            return change.action != "remove"
        return _is_there(path) or path in self._folders

    def names_in(self, folder: Path) -> set[str]:
        """Return the names of what is in a folder, and of what is planned to be."""
        planned = {path.name for path in (*self._changes, *self._folders) if path.parent == folder}
        return {*planned, *(os.listdir(folder) if folder.is_dir() else ())}

    def read(self, path: Path) -> bytes:
        """Return a file's content as it is planned, or else as it is on disk. Raises OSError where there is none."""
        change = self._changes.get(path)
        if change is None or change.action == "keep":
            self._seen[path] = path.read_bytes()
            return self._seen[path]
        if change.after is None:
            raise FileNotFoundError(None, "is planned to be removed", str(path))
        return change.after

    def create(self, path: Path, content: str | bytes, *, executable: bool = False, is_link: bool = False) -> None:
        """Plan a new file; the same one there already is left alone. A symbolic link leads to its content.

        Raises CliError where anything else is there.
        """
        after = content.encode() if isinstance(content, str) else content
        before = self._there(path, is_link)
        if before not in (None, after):
            raise CliError(f"{shown(path, self.base)} exists with other contents; nothing was written")
        self._plan(
            "create" if before is None else "unchanged", path, before, after, executable=executable, is_link=is_link
        )
        self._folders.update(path.parents)

    def keep(self, path: Path, note: str = "") -> None:
        """Show a person's file as left alone."""
        self._plan("keep", path, None, None, note)

    def update(self, path: Path, content: bytes, note: str) -> None:
        """Plan new content for a file that is there or planned; `note` says what is new in it.

        Raises CliError where the file is read-only.
        """
        planned = self._changes.get(path)
        if planned and planned.action == "create":
            self._changes[path] = replace(planned, after=content)
            return
        before = planned.before if planned and planned.before is not None else self._editable(path)
        notes = ", ".join(dict.fromkeys(text for text in (planned.note if planned else "", note) if text))
        if content != before:
            self._plan("update", path, before, content, notes)
        elif planned and planned.action == "update":
            del self._changes[path]

    def remove(self, path: Path) -> None:
        """Plan the end of a file, and of folders that hold nothing else, up to `base`; it may be missing already.

        Raises CliError where the file is read-only.
        """
        planned = self._changes.get(path)
        if planned and planned.action == "create":
            del self._changes[path]
            self._folders = {folder for change in self._changes.values() for folder in change.path.parents}
            return
        before = self._editable(path) if _is_there(path) else None
        self._plan("remove", path, before, None)

    def initialise_git(self, folder: Path) -> None:
        """Plan an empty git repository in a folder; one that is there is kept."""
        path = folder / ".git"
        if _is_there(path):
            self.keep(path)
            return
        self._changes[path] = Change(
            "create", path, shown(path, self.base), note="an empty repository", is_repository=True
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change on disk."""
        return not any(change.does_something for change in self._changes.values())

    def lines(self) -> list[str]:
        """Return a line for each change: action, path, note."""
        return [
            f"{paint(change.action, _COLOURS[change.action])}  {change.shown}  {change.note}".rstrip()
            for change in self._shown_changes()
        ]

    def diff(self) -> str:
        """Return the changes as unified diffs in git's form, which `git apply` takes."""
        lines = [line for change in self._shown_changes() for line in change.diff()]
        return "".join(f"{paint(line, _DIFF_COLOURS.get(line[0], ''))}\n" for line in lines)

    def document(self, *, diff: bool) -> list[dict[str, str]]:
        """Return the changes as JSON has them."""
        return [_document(change, diff) for change in self._shown_changes()]

    def apply(self) -> None:
        """Carry out all of it, or leave every file and folder as it was.

        Raises CliError where a step fails or a signal asks to stop, both after undoing.
        """
        # Planning needs none of this.
        from ellar_cli.changes.transaction import carry_out

        carry_out(list(self._changes.values()), self.base)

    def _shown_changes(self) -> list[Change]:
        return [change for change in self._changes.values() if change.does_something or change.action != "remove"]

    def _there(self, path: Path, is_link: bool) -> bytes | None:
        """Return what is there or planned. Raises CliError for what is no file, or stands where a folder has to."""
        if planned := self._changes.get(path):
            return planned.after
        blocking = next((folder for folder in path.parents if _is_there(folder)), self.base)
        if not blocking.is_dir():
            raise CliError(f"{shown(blocking, self.base)} is no folder; nothing was written")
        if not _is_there(path):
            return None
        if is_link and path.is_symlink():
            return os.fsencode(os.readlink(path))
        if not path.is_file():
            raise CliError(f"{shown(path, self.base)} exists and is no file; nothing was written")
        return path.read_bytes()

    def _editable(self, path: Path) -> bytes:
        if not os.access(path, os.W_OK):
            raise CliError(f"{shown(path, self.base)} is read-only; nothing was written")
        return self._seen[path] if path in self._seen else path.read_bytes()

    def _plan(
        self,
        action: Action,
        path: Path,
        before: bytes | None,
        after: bytes | None,
        note: str = "",
        *,
        executable: bool = False,
        is_link: bool = False,
    ) -> None:
        self._changes[path] = Change(action, path, shown(path, self.base), before, after, note, executable, is_link)


def _document(change: Change, diff: bool) -> dict[str, str]:
    entry = {"action": change.action, "path": change.shown}
    if change.note:
        entry["note"] = change.note
    if diff and (text := "".join(f"{line}\n" for line in change.diff())):
        entry["diff"] = text
    return entry


def _is_there(path: Path) -> bool:
    """Say whether there is anything, be it a link that leads nowhere. Raises OSError where that cannot be seen."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
