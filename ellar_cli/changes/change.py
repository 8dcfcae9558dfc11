"""One change of a file: what is there, what is to be there, and how the two differ."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

TEMPORARY = re.compile(r"\.(?P<name>.+)\.ellar-(new|old)")

Action = Literal["create", "update", "remove", "unchanged", "keep"]

_DONE: dict[Action, str] = {"create": "created", "update": "changed", "remove": "removed"}


@dataclass(frozen=True)
class Change:
    """What becomes of one file. `before` and `after` are its contents, None where there is no file.

    The content of a symbolic link is where it leads.
    """

    action: Action
    path: Path
    shown: str
    before: bytes | None = None
    after: bytes | None = None
    note: str = ""
    executable: bool = False
    is_link: bool = False
    is_repository: bool = False

    @property
    def target(self) -> Path:
        """The file itself: a link to it stays a link when the file is edited."""
        return self.path.resolve() if self.action == "update" else self.path

    @property
    def does_something(self) -> bool:
        """Whether the disk would differ."""
        return self.is_repository or self.before != self.after

    def diff(self) -> Iterator[str]:
        """Yield the lines of the change in git's form of a unified diff, without their ends.

        A binary file is one line that `git apply` passes over: it takes no patch that names one and has no content.
        """
        if self.is_repository or not self.does_something:
            return
        if b"\0" in (self.before or b"") + (self.after or b""):
            yield f"Binary file {self.shown} is {_DONE[self.action]}"
            return
        yield f"diff --git a/{self.shown} b/{self.shown}"
        if self.before is None:
            yield f"new file mode {'120000' if self.is_link else '100755' if self.executable else '100644'}"
        if self.after is None:
            yield "deleted file mode 100644"
        old = "/dev/null" if self.before is None else f"a/{self.shown}"
        new = "/dev/null" if self.after is None else f"b/{self.shown}"
        yield from _unified(_lines(self.before), _lines(self.after), old, new)


def shown(path: Path, base: Path) -> str:
    """Return a path as people read it: relative to `base` where it lies there."""
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)


def staged(path: Path) -> Path:
    """Return the sibling of a file that holds its new content until the whole set stands."""
    return path.with_name(f".{path.name}.ellar-new")


def saved(path: Path) -> Path:
    """Return the sibling of a file that holds its old content until the whole set is carried out."""
    return path.with_name(f".{path.name}.ellar-old")


def _lines(content: bytes | None) -> list[str]:
    *lines, last = (content or b"").decode(errors="replace").split("\n")
    return [*(f"{line}\n" for line in lines), *([last] if last else [])]


def _unified(before: list[str], after: list[str], old: str, new: str) -> Iterator[str]:
    # A diff is rarely asked for.
    from difflib import unified_diff

    for line in unified_diff(before, after, old, new):
        yield line.removesuffix("\n")
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"
