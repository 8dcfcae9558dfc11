"""One command at a time in a project."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ellar_cli.errors import CliError

PATIENCE_SECONDS = 5.0
_PAUSE_SECONDS = 0.05

if sys.platform == "win32":
    import msvcrt

    _BEYOND_THE_END = 1 << 30

    def _open(folder: Path) -> int | None:
        """Open what is locked: Windows opens no folder, and a byte behind a file's last keeps nobody from reading."""
        try:
            return os.open(folder / "pyproject.toml", os.O_RDONLY)
        except FileNotFoundError:
            return None

    def _locked(descriptor: int) -> bool:
        os.lseek(descriptor, _BEYOND_THE_END, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _holder(_: int) -> str:
        return ""  # Windows does not tell

else:
    import errno
    import fcntl

    def _open(folder: Path) -> int | None:
        """Open what is locked: the folder itself, so that no file is left behind."""
        return os.open(folder, os.O_RDONLY)

    def _locked(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            # A file system without locks is worked on without one.
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL):
                raise
        return True

    def _holder(descriptor: int) -> str:
        """Return which process has the lock, where the system tells (Linux)."""
        with suppress(OSError):
            status = os.fstat(descriptor)
            place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
            for line in Path("/proc/locks").read_text().splitlines():
                words = line.split()
                if words[1:2] == ["FLOCK"] and words[5:6] == [place]:
                    return f" (process {words[4]})"
        return ""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other command out of a folder, or wait a little for the one that is in it.

    Raises CliError, with who it is where that is known, when it takes longer.
    """
    descriptor = _open(folder)
    if descriptor is None:
        yield
        return
    try:
        _wait(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, folder: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not _locked(descriptor):
        if time.monotonic() > end:
            raise CliError(
                f"another ellar command{_holder(descriptor)} is at work in {folder}; try again when it is done"
            )
        time.sleep(_PAUSE_SECONDS)
