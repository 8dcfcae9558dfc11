"""Every page: its code is clean and runs, its conversations are what a client meets, its links lead somewhere."""

from __future__ import annotations

import re

import pytest

from tests.docs.called import functions
from tests.docs.conftest import CHECKED, Ran, Written
from tests.docs.pages import DOCS, PAGES, ROOT, Block, Page

BLOCKS = [block for page in PAGES for block in page.blocks()]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "--no-cache"], ["ruff", "format", "--check", "--no-cache"]],
    ids=" ".join,
)
def test_the_code_of_all_pages_is_clean(written: Written, command: list[str]) -> None:
    done = written.run(
        *command, "--config", str(ROOT / "pyproject.toml"), "--config", f"src={written.folders}", *written.folders
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_code_of_all_pages_is_typed() -> None:
    done = CHECKED.result().types
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tests_of_all_pages_pass() -> None:
    done = CHECKED.result().tests
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.is_conversation], ids=str)
def test_a_conversation_goes_as_shown(ran: Ran, block: Block) -> None:
    assert ran.conversations[block] == ""


@every_page
def test_every_function_of_a_page_was_called(page: Page, written: Written, ran: Ran) -> None:
    files = [written.of(page.name) / name for name in page.files() if name.endswith(".py")]
    uncalled = [
        f"{file.name}:{line} {name}"
        for file in files
        for name, line in functions(file)
        if (str(file), line) not in ran.called
    ]
    assert uncalled == []


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "python"], ids=str)
def test_every_python_block_has_a_file_name(block: Block) -> None:
    assert block.file is not None, block.text


@every_page
def test_a_page_imports_nothing_of_another(page: Page) -> None:
    own = {_top(name) for name in page.files()}
    others = {_top(name) for other in PAGES for name in other.files()} - own
    imported = re.findall(r"^(?:from|import) (\w+)", "".join(page.files().values()), re.MULTILINE)

    assert not others & set(imported)


def _top(file: str) -> str:
    return file.split("/")[0].removesuffix(".py")


@every_page
def test_every_link_leads_somewhere(page: Page) -> None:
    anchors = {other.path: other.headings() for other in PAGES}
    for target in re.findall(r"\]\((?!https?://)([^)]+)\)", page.text):
        file, _, anchor = target.partition("#")
        path = (DOCS / file).resolve() if file else page.path
        assert path.exists(), target
        assert not anchor or anchor in anchors[path], target


def test_the_readme_and_the_index_lead_to_every_page() -> None:
    for index, folder in ((ROOT / "README.md", "docs/"), (DOCS / "README.md", "")):
        text = index.read_text(encoding="utf-8")
        assert [page.name for page in PAGES if f"]({folder}{page.name}.md)" not in text] == ["README"]


@every_page
def test_a_page_fits_its_lines(page: Page) -> None:
    """Tables, conversations and errors may be as long as they must."""
    for line in page.text.splitlines():
        assert len(line) <= 120 or line.startswith(("|", "<", ">", "log: ", "error: ", "warning: ")), line
