"""All pages, written and run once: their own tests, their conversations, and which functions that called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.docs import called, conversations
from tests.docs.pages import PAGES, ROOT, Block
from tests.early import Early


@dataclass(repr=False)
class Written:
    """The pages' files, a folder a page."""

    folder: Path

    def __post_init__(self) -> None:
        for page in PAGES:
            page.write(self.of(page.name))

    def of(self, page: str) -> Path:
        """The folder of one page."""
        return self.folder / f"{page}_page"

    @property
    def folders(self) -> list[str]:
        """Those that hold files."""
        return [str(path) for path in sorted(self.folder.glob("*_page"))]

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """A tool, by `python -m`, over all pages."""
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *self.folders])} | variables
        command = (sys.executable, "-m", *command)
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)


@dataclass(repr=False)
class Checked:
    """What the tests and the types of the pages came to, in a folder of their own, and the functions that were called.

    A function is the path of its file in that folder, and its line.
    """

    tests: subprocess.CompletedProcess[str]
    types: subprocess.CompletedProcess[str]
    called: list[tuple[str, int]]


def checked(folder: Path) -> Checked:
    written = Written(folder / "pages")
    note = folder / "called.json"
    options = ["-q", "-p", "no:cacheprovider", "-p", "tests.docs.called", "-c", str(ROOT / "pyproject.toml")]
    pages = str(written.folder)
    tests = written.run("pytest", *options, "--rootdir", pages, pages, CALLED=str(note))
    cache = str(ROOT / ".mypy_cache" / "docs")
    types = written.run("mypy", "--strict", "--config-file=", "--cache-dir", cache, *written.folders)
    called = (
        [(Path(file), line) for file, line in json.loads(note.read_text(encoding="utf-8"))] if note.exists() else []
    )
    return Checked(tests, types, [(str(f.relative_to(pages)), n) for f, n in called if f.is_relative_to(pages)])


CHECKED = Early(checked)


@dataclass(repr=False)
class Ran:
    """What came of holding their conversations, and the functions that these or the tests called."""

    conversations: dict[Block, str] = field(default_factory=dict)
    called: set[tuple[str, int]] = field(default_factory=set)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return Written(tmp_path_factory.mktemp("docs"))


@pytest.fixture(scope="session")
def ran(written: Written) -> Ran:
    ran = Ran()
    ran.called |= {(str(written.folder / file), line) for file, line in CHECKED.result().called}
    called.watch()
    try:
        for page in PAGES:
            for block in page.blocks():
                if block.is_conversation:
                    ran.conversations[block] = _failure(block, written.of(page.name))
    finally:
        called.stop()
    ran.called |= called.called
    return ran


def _failure(block: Block, folder: Path) -> str:
    try:
        conversations.hold(block, folder)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""
