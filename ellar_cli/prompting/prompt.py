"""Python's own prompt, where `await` works."""

import builtins
import inspect
import linecache
import sys
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from asyncio import CancelledError
from code import InteractiveConsole
from collections.abc import Iterable
from contextlib import suppress
from itertools import dropwhile
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException
from types import CodeType, FunctionType
from typing import Any

import dishka

import ellar
from ellar_cli.prompting.waiting import Waiting

_NAME = "<shell>"
# What `get` does inside; the container also runs functions that it has made itself, of files like <get_Cars_async>.
_INSIDE = (Path(ellar.__file__).parent, Path(dishka.__file__).parent)


class Prompt(InteractiveConsole):
    """Runs what a person types, or a whole text."""

    def __init__(self, names: dict[str, Any], waiting: Waiting) -> None:
        # A script may ask for its name; and Python looks for the builtins there to tell of an `await` that is missing.
        self._names = {"__name__": "__main__", "__builtins__": builtins, **names}
        super().__init__(self._names, _NAME)
        self._waiting = waiting
        self.compile.compiler.flags |= PyCF_ALLOW_TOP_LEVEL_AWAIT

    def ask(self, banner: str) -> None:
        """Read and run lines until Ctrl-D."""
        _edit_lines(self._names)
        self.interact(banner, exitmsg="")

    def run(self, source: str) -> bool:
        """Run a text, and say whether it did; what it raises is shown."""
        linecache.cache[_NAME] = (len(source), None, f"{source}\n".splitlines(keepends=True), _NAME)
        try:
            self._execute(compile(source, _NAME, "exec", PyCF_ALLOW_TOP_LEVEL_AWAIT))
        except BrokenPipeError:  # whoever read its output has gone
            raise
        except (Exception, CancelledError):
            self.showtraceback()
            return False
        return True

    def runcode(self, code: CodeType) -> None:
        """Run what a person has typed; what it raises is shown."""
        try:
            self._execute(code)
        except SystemExit:
            raise
        except BaseException:
            self.showtraceback()

    def _execute(self, code: CodeType) -> None:
        result = FunctionType(code, self._names)()
        if inspect.iscoroutine(result):
            self._waiting.until(result)

    def showsyntaxerror(self, filename: str | None = None, **_: object) -> None:
        """Show a mistake in what was typed; Python's own asks `sys.excepthook`, which typer has set."""
        self.showtraceback()

    def showtraceback(self) -> None:
        """Show the exception at hand, from the person's first line on."""
        if (error := sys.exception()) is not None:
            traced = TracebackException.from_exception(error)
            traced.stack = StackSummary.from_list(_without_ours(traced.stack))
            self.write("".join(traced.format()))


def _without_ours(frames: Iterable[FrameSummary]) -> list[FrameSummary]:
    """Drop what runs the shell, and what `get` does inside."""
    shown = dropwhile(lambda frame: frame.filename != _NAME, frames)
    return [frame for frame in shown if not _is_inside(frame.filename)]


def _is_inside(filename: str) -> bool:
    return filename.startswith("<get_") or any(Path(filename).is_relative_to(folder) for folder in _INSIDE)


def _edit_lines(names: dict[str, Any]) -> None:
    """Let a person edit lines, complete names and go back to what was typed before, as Python's own prompt does."""
    if (hook := getattr(sys, "__interactivehook__", None)) is not None:
        hook()
    with suppress(ImportError):  # Windows has no readline
        import readline
        import rlcompleter

        readline.set_completer(rlcompleter.Completer(names).complete)
