"""Carries out changes on disk, all or nothing: temporary siblings, then renames, undone in reverse."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path

from ellar_cli.changes.change import TEMPORARY, Change, saved, shown, staged
from ellar_cli.errors import CliError, Interrupted
from ellar_cli.output import warn

_INTERRUPTS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
# Where a git hook runs this, these name its repository and not the one to be made.
_OF_A_REPOSITORY = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"})


def carry_out(changes: Sequence[Change], base: Path) -> None:
    """Carry out all changes, in their order, or leave everything as it was.

    What a killed run left beside their files goes too.
    Raises CliError where a step fails and Interrupted for a signal; both after undoing.
    """
    with _interrupts_held() as received:
        _Transaction(base, received).run([change for change in changes if change.does_something])
        _clear([change.target for change in changes], base)


def clear_up(base: Path, last: Path) -> None:
    """Clear away what a killed command has left below `base`; `last` is the file that its changes ended with.

    Where it had not come that far, files that it was to remove are there again.
    """
    if not any(map(os.path.lexists, (staged(last), saved(last)))):
        return
    files = _unfinished(base)
    if staged(last).exists():
        for file in files:
            if not file.exists() and saved(file).exists():
                saved(file).rename(file)
    _clear([*sorted(files - {last}, reverse=True), last], base)


def _unfinished(base: Path) -> set[Path]:
    """Return what has temporary siblings."""
    names = ((folder, name) for folder, folders, files in os.walk(base) for name in (*folders, *files))
    matches = ((folder, TEMPORARY.fullmatch(name)) for folder, name in names)
    return {Path(folder, match["name"]) for folder, match in matches if match}


def _clear(files: Sequence[Path], base: Path) -> None:
    """Remove the temporary siblings of files, and folders that hold nothing else."""
    for file in files:
        _remove_left(file.parent, base)
    for file in files:
        _remove_temporaries(file)


class _Transaction:
    """The steps done so far, each with the one that undoes it, and the place where the next one is at work."""

    def __init__(self, base: Path, received: list[int]) -> None:
        self._base = base
        self._received = received
        self._undo: list[Callable[[], object]] = []
        self._place = ""
        self._saved: dict[Path, Path] = {}  # what could not be put back, and what it would be

    def run(self, changes: Sequence[Change]) -> None:
        try:
            # The last file is the first to have a temporary sibling and the last to lose it: `clear_up` looks for that.
            for step, change in [*product([self._stage], reversed(changes)), *product([self._swap], changes)]:
                self._place = change.shown
                self._stop_if_asked()
                step(change)
            self._stop_if_asked()
        except BaseException as error:
            outcome = self._undone()
            if self._received:
                raise Interrupted(self._received[0], outcome) from None
            if isinstance(error, OSError):
                raise CliError(f"{self._place}: {error.strerror or error}; {outcome}") from None
            raise

    def _stop_if_asked(self) -> None:
        if self._received:
            raise KeyboardInterrupt

    def _undone(self) -> str:
        """Undo what was done and return the outcome in words."""
        left = []
        for step in reversed(self._undo):
            try:
                step()
            except OSError as error:
                left.append(f"{error.filename2 or error.filename}: {error.strerror}")
        left += [f"what {target} held is in {old}" for old, target in self._saved.items()]
        return f"this could not be undone: {', '.join(left)}" if left else "nothing was changed"

    def _stage(self, change: Change) -> None:
        """Do all that needs room on the disk, so that the rest is renames."""
        if change.action == "remove":
            return
        target = change.target
        self._make_folders(target.parent)
        new = staged(target)
        if change.is_repository:
            self._stage_repository(new)
            return
        self._undo.append(lambda: new.unlink(missing_ok=True))
        new.unlink(missing_ok=True)  # a link by that name would lead elsewhere
        if change.is_link:
            new.symlink_to(os.fsdecode(change.after or b""))
            return
        new.write_bytes(change.after or b"")
        if change.executable:
            mode = new.stat().st_mode
            new.chmod(mode | (mode & 0o444) >> 2)
        if change.action == "update":
            old = saved(target)
            self._undo.append(lambda: self._discard(old))
            _save(target, old)
            _take_over(target, new)

    def _make_folders(self, folder: Path) -> None:
        for missing in reversed([missing for missing in (folder, *folder.parents) if not missing.exists()]):
            place, self._place = self._place, shown(missing, self._base)
            missing.mkdir()
            self._undo.append(missing.rmdir)
            self._place = place

    def _stage_repository(self, new: Path) -> None:
        # Only one command needs it.
        import subprocess

        self._undo.append(lambda: _remove_tree(new))
        _remove_tree(new)
        environment = {name: value for name, value in os.environ.items() if name not in _OF_A_REPOSITORY}
        run = subprocess.run(["git", "init", "--quiet", str(new)], env=environment, capture_output=True, text=True)
        if run.returncode:
            reason = run.stderr.strip().rpartition("\n")[2] or f"exit code {run.returncode}"
            raise OSError(None, f"git init: {reason}")

    def _swap(self, change: Change) -> None:
        target, new, old = change.target, staged(change.target), saved(change.target)
        if change.action == "create":
            if os.path.lexists(target):
                raise OSError(None, "appeared while this command ran")
            (new / ".git" if change.is_repository else new).rename(target)
            self._undo.append(lambda: _remove_tree(target) if change.is_repository else target.unlink())
            return
        if target.read_bytes() != change.before:
            raise OSError(None, "changed while this command ran")
        if change.action == "update":
            os.replace(new, target)
        else:
            os.replace(target, old)
        self._undo.append(lambda: self._put_back(old, target))

    def _put_back(self, old: Path, target: Path) -> None:
        self._saved[old] = target
        os.replace(old, target)
        del self._saved[old]

    def _discard(self, old: Path) -> None:
        if old not in self._saved:
            old.unlink(missing_ok=True)


def _save(target: Path, old: Path) -> None:
    """Keep the file itself, with its owner and all, where the file system can give it a second name."""
    old.unlink(missing_ok=True)
    try:
        os.link(target, old)
    except OSError:
        shutil.copy2(target, old)


def _take_over(target: Path, new: Path) -> None:
    """Give a file the mode, the owner and the attributes of the one that it replaces."""
    shutil.copystat(target, new)
    os.utime(new)
    if hasattr(os, "chown"):
        status = target.stat()
        with suppress(OSError):
            os.chown(new, status.st_uid, status.st_gid)


def _remove_tree(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _remove_temporaries(file: Path) -> None:
    for temporary in filter(os.path.lexists, (staged(file), saved(file))):
        try:
            shutil.rmtree(temporary) if temporary.is_dir() and not temporary.is_symlink() else temporary.unlink()
        except OSError as error:
            warn(f"{temporary} is of no more use and could not be removed: {error.strerror}")


def _remove_left(folder: Path, base: Path) -> None:
    """Remove a folder, and those above it up to `base`, that hold only what is temporary and Python's caches."""
    try:
        while folder != base and folder.is_relative_to(base) and _is_left(folder):
            # In one step, for `clear_up` to find: where a kill left half of it, its name says that it is to go.
            _remove_tree(saved(folder))
            folder.rename(saved(folder))
            _remove_tree(saved(folder))
            folder = folder.parent
    except OSError as error:
        warn(f"{folder} is of no more use and could not be removed: {error.strerror}")


def _is_left(folder: Path) -> bool:
    if folder.is_symlink():
        return False
    names = (entry.name for entry in folder.iterdir()) if folder.is_dir() else ("",)
    return all(name == "__pycache__" or TEMPORARY.fullmatch(name) for name in names)


@contextmanager
def _interrupts_held() -> Iterator[list[int]]:
    """Collect the signals that ask to stop, so that no step and no undo is cut in half."""
    received: list[int] = []
    before = {number: signal.getsignal(number) for number in _INTERRUPTS}
    # A signal that is ignored (by nohup, or of a job in the background) stays so.
    held = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}
    for number in held:
        signal.signal(number, lambda number, _: received.append(number))
    try:
        yield received
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
