"""A set of file changes: planned in memory, shown, applied all or nothing."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ellar_cli.errors import CliError
from ellar_cli.output import paint

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
_COLOURS = {"create": "green", "update": "yellow"}


@dataclass(frozen=True)
class Change:
    """One file as it is to become. `note` says what an update adds."""

    verb: Literal["create", "update"]
    path: Path
    content: bytes
    note: str = ""

    @property
    def staged(self) -> Path:
        """The sibling that holds the new content until the whole set stands."""
        return self.path.with_name(f".{self.path.name}.{os.getpid()}.new")

    @property
    def saved(self) -> Path:
        """The sibling that holds the old content until the whole set is applied."""
        return self.path.with_name(f".{self.path.name}.{os.getpid()}.old")


class ChangeSet:
    """Changes to files, shown relative to `base`. Nothing is written before `apply`."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.changes: list[Change] = []

    def create(self, path: Path, text: str) -> None:
        """Plan a new file. Raises CliError where something is there already."""
        if os.path.lexists(path):
            raise CliError(f"{self._shown(path)} exists already; nothing was written")
        self.changes.append(Change("create", path, text.encode()))

    def update(self, path: Path, content: bytes, note: str) -> None:
        """Plan new content for a file that is there."""
        self.changes.append(Change("update", path.resolve(), content, note))

    def lines(self) -> list[str]:
        """Return a line for each change: verb, path, note."""
        return [
            f"{paint(change.verb, _COLOURS[change.verb])}  {self._shown(change.path)}  {change.note}".rstrip()
            for change in self.changes
        ]

    def apply(self) -> None:
        """Write all of it, or leave every file and folder as it was.

        Raises OSError where a step fails and KeyboardInterrupt for a Ctrl-C or SIGTERM; both after undoing.
        """
        undo: list[Callable[[], None]] = []
        with _interrupts_held() as check:
            try:
                for change in self.changes:
                    check()
                    _stage(change, undo)
                for change in self.changes:
                    check()
                    _swap(change, undo)
                check()
            except BaseException:
                for step in reversed(undo):
                    with suppress(OSError):
                        step()
                raise
            for change in self.changes:
                with suppress(OSError):
                    change.saved.unlink(missing_ok=True)

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.base).as_posix() if path.is_relative_to(self.base) else str(path)


def _stage(change: Change, undo: list[Callable[[], None]]) -> None:
    """Do all that needs room on the disk, so that the rest is renames."""
    for folder in reversed([folder for folder in change.path.parents if not folder.exists()]):
        undo.append(folder.rmdir)
        folder.mkdir()
    undo.append(lambda: change.staged.unlink(missing_ok=True))
    change.staged.write_bytes(change.content)
    if change.verb == "update":
        undo.append(lambda: change.saved.unlink(missing_ok=True))
        shutil.copy2(change.path, change.saved)
        shutil.copymode(change.path, change.staged)


def _swap(change: Change, undo: list[Callable[[], None]]) -> None:
    if change.verb == "update":
        undo.append(lambda: os.replace(change.saved, change.path))
    elif os.path.lexists(change.path):
        raise FileExistsError(None, "appeared while this command ran", str(change.path))
    else:
        undo.append(lambda: change.path.unlink(missing_ok=True))
    os.replace(change.staged, change.path)


@contextmanager
def _interrupts_held() -> Iterator[Callable[[], None]]:
    """Let Ctrl-C and SIGTERM in only where the given function is called, so that no step and no undo is cut in half."""
    received: list[int] = []

    def check() -> None:
        if received:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, lambda number, _: received.append(number)) for number in _INTERRUPTS}
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
