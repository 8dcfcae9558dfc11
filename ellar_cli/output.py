"""What a person reads in the terminal: lines, colours, and the command as it was typed."""

import os
import sys
from typing import TextIO

_COLOURS = {"green": "32", "yellow": "33", "red": "31", "cyan": "36", "bold": "1", "dim": "2"}


def say(line: str = "") -> None:
    """Print one line of the result."""
    sys.stdout.write(line + "\n")


def say_json(document: dict[str, object], error: dict[str, object] | None = None) -> None:
    """Print a result as one JSON document, whose last key is `error`."""
    import json

    sys.stdout.write(json.dumps(document | {"error": error}, indent=2) + "\n")


def warn(line: str) -> None:
    """Print one line beside the result, on standard error."""
    sys.stderr.write(paint("warning:", "yellow", sys.stderr) + f" {line}\n")


def progress(line: str) -> None:
    """Tell a person at a terminal what takes its time."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """Return `text` in a colour where `stream` (standard output) is a terminal that has some, without NO_COLOR."""
    if colour not in _COLOURS or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    if not (stream or sys.stdout).isatty():
        return text
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def on_one_line(text: str) -> str:
    """Return `text` with what is not printable, line ends among it, written as escapes."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def command(*arguments: str) -> str:
    """Return the line that runs this tool again from any folder: by its name where PATH finds it, else by its path."""
    # Here and below: the help page needs this file, and not what these import.
    from shutil import which

    typed = sys.argv[0]
    found = which(os.path.basename(typed))
    on_path = found is not None and os.path.realpath(found) == os.path.realpath(typed)
    return quote(os.path.basename(typed) if on_path else os.path.abspath(typed), *arguments)


def quote(*words: str) -> str:
    """Return words as one line that this machine's shell reads back as the same words."""
    import shlex
    import subprocess

    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
