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
class Ran:
    """What came of running them."""

    tests: subprocess.CompletedProcess[str]
    conversations: dict[Block, str] = field(default_factory=dict)
    called: set[tuple[str, int]] = field(default_factory=set)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return Written(tmp_path_factory.mktemp("docs"))


@pytest.fixture(scope="session")
def ran(written: Written, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    note = tmp_path_factory.mktemp("called") / "called.json"
    options = ["-q", "-p", "no:cacheprovider", "-p", "tests.docs.called", "-c", str(ROOT / "pyproject.toml")]
    folder = str(written.folder)
    ran = Ran(written.run("pytest", *options, "--rootdir", folder, folder, CALLED=str(note)))
    if note.exists():
        ran.called |= {(file, line) for file, line in json.loads(note.read_text(encoding="utf-8"))}
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
