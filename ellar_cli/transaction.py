"""Carries out changes on disk, all or nothing: temporary siblings, then renames, undone in reverse."""

import os
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path

from ellar_cli.change import Change, saved, staged
from ellar_cli.errors import CliError, Interrupted
from ellar_cli.output import warn

_INTERRUPTS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
# Where a git hook runs this, these name its repository and not the one to be made.
_OF_A_REPOSITORY = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"})

Undo = list[tuple[Path, Callable[[], object]]]


def carry_out(changes: Sequence[Change], seen: Iterable[Path], base: Path) -> None:
    """Carry out all changes, in their order, or leave everything as it was.

    What a killed run left beside the files of the changes, or beside those `seen`, goes too.
    Raises CliError where a step fails and Interrupted for a signal; both after undoing.
    """
    undo: Undo = []
    where = ""
    with _interrupts_held() as received:
        try:
            for step, change in product((_stage, _swap), [change for change in changes if change.does_something]):
                where = change.shown
                _check(received)
                step(change, undo)
            _check(received)
        except OSError as error:
            raise CliError(f"{where}: {error.strerror or error}; {_undone(undo)}") from None
        except CliError as error:
            raise CliError(f"{error}; {_undone(undo)}") from None
        except KeyboardInterrupt:
            raise Interrupted(received[0], _undone(undo)) from None
        except BaseException:
            _undone(undo)
            raise
        _clean_up(changes, seen, base)


def _check(received: list[int]) -> None:
    if received:
        raise KeyboardInterrupt


def _undone(undo: Undo) -> str:
    """Undo what was done and return the outcome in words."""
    left = []
    for path, step in reversed(undo):
        try:
            step()
        except OSError:
            left.append(str(path))
    return f"this could not be undone: {', '.join(left)}" if left else "nothing was changed"


def _stage(change: Change, undo: Undo) -> None:
    """Do all that needs room on the disk, so that the rest is renames."""
    if change.action == "remove":
        return
    target = change.target
    for folder in reversed([folder for folder in target.parents if not folder.exists()]):
        folder.mkdir()
        undo.append((folder, folder.rmdir))
    new = staged(target)
    if change.is_repository:
        _stage_repository(new, undo)
        return
    undo.append((new, lambda: new.unlink(missing_ok=True)))
    new.write_bytes(change.after or b"")
    if change.executable:
        mode = new.stat().st_mode
        new.chmod(mode | (mode & 0o444) >> 2)
    if change.action == "update":
        old = saved(target)
        undo.append((old, lambda: old.unlink(missing_ok=True)))
        shutil.copy2(target, old)
        _take_over(target, new)


def _take_over(target: Path, new: Path) -> None:
    """Give a file the mode, the owner and the attributes of the one that it replaces."""
    shutil.copystat(target, new)
    os.utime(new)
    if hasattr(os, "chown"):
        status = target.stat()
        with suppress(OSError):
            os.chown(new, status.st_uid, status.st_gid)


def _stage_repository(new: Path, undo: Undo) -> None:
    # Only one command needs it.
    import subprocess

    shutil.rmtree(new, ignore_errors=True)
    undo.append((new, lambda: shutil.rmtree(new, ignore_errors=True)))
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_REPOSITORY}
    run = subprocess.run(["git", "init", "--quiet", str(new)], env=environment, capture_output=True, text=True)
    if run.returncode:
        raise CliError(f"git init: {run.stderr.strip() or f'exit code {run.returncode}'}")


def _swap(change: Change, undo: Undo) -> None:
    target, new, old = change.target, staged(change.target), saved(change.target)
    if change.action == "create":
        if os.path.lexists(target):
            raise FileExistsError(None, "appeared while this command ran")
        (new / ".git" if change.is_repository else new).rename(target)
        undo.append((target, lambda: shutil.rmtree(target) if change.is_repository else target.unlink()))
        return
    if target.read_bytes() != change.before:
        raise OSError(None, "changed while this command ran")
    if change.action == "update":
        os.replace(new, target)
    else:
        os.replace(target, old)
    undo.append((target, lambda: os.replace(old, target)))


def _clean_up(changes: Sequence[Change], seen: Iterable[Path], base: Path) -> None:
    """Remove what is of no more use: temporary siblings, and folders that hold nothing any more."""
    for path in {*(change.target for change in changes), *seen}:
        for temporary in (staged(path), saved(path)):
            try:
                temporary.rmdir() if temporary.is_dir() else temporary.unlink(missing_ok=True)
            except OSError as error:
                warn(f"{temporary} could not be removed: {error.strerror}")
    for change in changes:
        if change.action == "remove":
            _remove_empty(change.path.parent, base)


def _remove_empty(folder: Path, base: Path) -> None:
    while folder != base and folder.is_relative_to(base):
        with suppress(OSError):
            if [entry.name for entry in folder.iterdir()] == ["__pycache__"]:
                shutil.rmtree(folder / "__pycache__")
            folder.rmdir()
        folder = folder.parent


@contextmanager
def _interrupts_held() -> Iterator[list[int]]:
    """Collect the signals that ask to stop, so that no step and no undo is cut in half."""
    received: list[int] = []
    before = {number: signal.getsignal(number) for number in _INTERRUPTS}
    # A signal that is ignored (by nohup, or of a job in the background) stays so.
    held = {number: handler for number, handler in before.items() if handler != signal.SIG_IGN}
    for number in held:
        signal.signal(number, lambda number, _: received.append(number))
    try:
        yield received
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
