"""Which functions of the pages were called; a plugin for the pytest that runs the pages' own tests, too."""

from __future__ import annotations

import ast
import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

called: set[tuple[str, int]] = set()
"""File and first line."""


def _note(frame: FrameType, event: str, _: Any) -> None:
    if event == "call":
        called.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))


def watch() -> None:
    """Notes what is called from now on, in this thread and in new ones."""
    threading.setprofile(_note)
    sys.setprofile(_note)


def stop() -> None:
    """Ends it."""
    threading.setprofile(None)
    sys.setprofile(None)


def pytest_configure() -> None:
    """As a plugin: watches all tests."""
    watch()


def pytest_unconfigure() -> None:
    """As a plugin: leaves what was called in the file that CALLED names."""
    stop()
    Path(os.environ["CALLED"]).write_text(json.dumps(sorted(called)), encoding="utf-8")


def functions(file: Path) -> Iterator[tuple[str, int]]:
    """The name and first line of each function in a file, without those that do nothing when called."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_empty(node.body[0]):
            yield node.name, min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _is_empty(first: ast.stmt) -> bool:
    """`...`, or an error that says that it is not to be called."""
    return ast.unparse(first) == "..." or ast.unparse(first).startswith("raise NotImplementedError")
