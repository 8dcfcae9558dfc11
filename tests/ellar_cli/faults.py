"""Runs work in a process of its own where something goes wrong at one moment: a full disk, Ctrl-C, a kill.

A moment is an event that Python tells its audit hooks of before a file is opened, renamed, removed ... .
"""

import os
import pickle
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from ellar_cli.errors import CliError

_OF_FILES = ("open", "os.", "shutil.", "subprocess.")
_OF_CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.chmod", "os.utime", "subprocess.Popen")
_NOBODY = 65534

Strike = Callable[[], None]
Tree = dict[str, tuple[object, ...]]


@dataclass(frozen=True)
class Outcome:
    """How the process ended (negative: by that signal), the fault that it told, and whether it was struck at all."""

    code: int
    fault: str = ""
    struck: bool = True


def failing(number: int) -> Strike:
    """Return what makes a step fail with an error of the system."""

    def strike() -> None:
        raise OSError(number, os.strerror(number))

    return strike


def signalled(*numbers: int) -> Strike:
    """Return what sends signals to the process itself, which its next step then meets."""

    def strike() -> None:
        for number in numbers:
            os.kill(os.getpid(), number)

    return strike


killed = signalled(getattr(signal, "SIGKILL", 9))


def at_every_moment(
    work: Callable[[], None], strike: Strike, *, lasting: bool = False, writing: bool = False
) -> Iterator[Outcome]:
    """Run the work again and again, struck at its first moment, its second ..., until it has no more.

    With `lasting`, all later moments are struck as well; with `writing`, only those that change the disk.
    """
    for moment in count():
        outcome = in_a_process(work, partial(_strike_at, moment, strike, lasting=lasting, writing=writing))
        if not outcome.struck:
            assert outcome.code == 0, outcome
            assert moment
            return
        yield outcome


def in_a_process(work: Callable[[], None], prepare: Callable[[], Callable[[], bool]] | None = None) -> Outcome:
    """Do the work in a child of this process and return how it ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _be_the_child(work, prepare, writer)
    os.close(writer)
    with open(reader, "rb") as pipe:
        told = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Outcome(code, *pickle.loads(told)) if told else Outcome(code)


def _be_the_child(work: Callable[[], None], prepare: Callable[[], Callable[[], bool]] | None, writer: int) -> None:
    code, fault = 99, ""
    try:
        was_struck = prepare() if prepare else lambda: True
        try:
            work()
            code = 0
        except CliError as error:
            code, fault = error.exit_code, str(error)
        except KeyboardInterrupt:
            code = 128 + signal.SIGINT
        except OSError as error:
            code, fault = 1, str(error)
        os.write(writer, pickle.dumps((fault, was_struck())))
    finally:
        os._exit(code)


def _strike_at(moment: int, strike: Strike, *, lasting: bool, writing: bool) -> Callable[[], bool]:
    process, left, is_striking = os.getpid(), moment, False
    is_moment = _changes_the_disk if writing else _concerns_files

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left, is_striking
        if is_striking or os.getpid() != process or not is_moment(event, arguments):
            return
        left -= 1
        if left == -1 or (lasting and left < -1):
            is_striking = True
            try:
                strike()
            finally:
                is_striking = False

    sys.addaudithook(hook)
    return lambda: left < 0


def _concerns_files(event: str, _: tuple[object, ...]) -> bool:
    return event.startswith(_OF_FILES) and event != "os.kill"


def _changes_the_disk(event: str, arguments: tuple[object, ...]) -> bool:
    if event == "open":
        flags = arguments[2]
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return event in _OF_CHANGES


def as_nobody() -> None:
    """Give up what root may: no permission stops root."""
    if os.geteuid() == 0:
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)


def state(folder: Path) -> Tree:
    """Read all that can differ between two states of a folder: contents, links, modes, times of files."""
    return {path.relative_to(folder).as_posix(): _state(path) for path in folder.rglob("*") if ".git" not in path.parts}


def _state(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    if path.is_symlink():
        return ("link", os.readlink(path))
    if path.is_dir():
        return ("folder", stat.S_IMODE(status.st_mode))
    return (path.read_bytes(), stat.S_IMODE(status.st_mode), status.st_mtime_ns, status.st_nlink)
