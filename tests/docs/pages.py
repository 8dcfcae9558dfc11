"""The pages of docs/, taken apart: their blocks, and the files that the blocks make.

A block whose first line is a comment with a file's name is that file: `# chat.py`, `<!-- templates/chat.html -->`. The
files of one page make one folder, and each name comes once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE_NAME = re.compile(r"(?:#|//|<!--|/\*) ([\w./-]*\.\w+)(?: -->| \*/)?\n")
_APP = re.compile(r"^app = ", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code; `app` is the module that a conversation talks to, the last one above that has an `app`."""

    page: str
    number: int
    language: str
    text: str
    app: str | None

    @property
    def file(self) -> str | None:
        """The file's name in its first line."""
        found = _FILE_NAME.match(self.text)
        return found[1] if found else None

    @property
    def is_conversation(self) -> bool:
        """Does it show what a client sends and gets?"""
        return self.language == "text" and re.match(r"(\w+ +)?connect |[A-Z]+ /", self.text) is not None

    def __str__(self) -> str:
        return f"{self.page}-{self.number}"


@dataclass(frozen=True)
class Page:
    """One page of docs/."""

    path: Path

    @property
    def name(self) -> str:
        """`websockets` of websockets.md."""
        return self.path.stem

    @property
    def text(self) -> str:
        """What is written there."""
        return self.path.read_text(encoding="utf-8")

    def blocks(self) -> Iterator[Block]:
        """Its blocks of code, from top to bottom."""
        app = None
        for number, (language, text) in enumerate(_BLOCK.findall(self.text), 1):
            block = Block(self.name, number, language, text, app)
            if language == "python" and block.file and _APP.search(text):
                app = block.file.removesuffix(".py").replace("/", ".")
            yield block

    def files(self) -> dict[str, str]:
        """What its blocks make, by name. Raises ValueError for a name that comes twice."""
        blocks = [block for block in self.blocks() if block.file is not None]
        files = {str(block.file): block.text.partition("\n")[2].lstrip("\n") for block in blocks}
        if len(files) < len(blocks):
            raise ValueError(f"{self.path}: two blocks have one name")
        return files

    def write(self, folder: Path) -> None:
        """Writes its files; a folder with Python files of an application becomes a package."""
        for name, text in self.files().items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            if file.suffix == ".py" and file.parent != folder and file.parent.name != "tests":
                (file.parent / "__init__.py").touch()

    def headings(self) -> set[str]:
        """The anchors of its headings, as GitHub makes them."""
        prose = _BLOCK.sub("", self.text)
        titles = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}

    def shown_errors(self) -> list[str]:
        """The first column of the table below "What goes wrong"."""
        _, _, section = self.text.partition("\n## What goes wrong\n")
        rows = re.findall(r"^\| `(.+?)` \|", section.split("\n## ")[0], re.MULTILINE)
        return [row.replace("\\|", "|") for row in rows]


PAGES = [Page(path) for path in sorted(DOCS.glob("*.md"))]
