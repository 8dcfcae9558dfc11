"""What the commands declare: kept between runs, and never older than the commands."""

from pathlib import Path

import pytest

from ellar_cli.parsing import declared, table
from ellar_cli.parsing.declared import Parameter, parameters


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An empty place to keep it; and a line for every time that the parser was asked."""
    times: list[str] = []
    original = table.declared

    def counted() -> object:
        times.append("asked")
        return original()

    monkeypatch.setattr(table, "declared", counted)
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    monkeypatch.setattr(declared, "_PLACE", str(tmp_path / "kept.py"))
    return times


def test_parser_is_asked_once(asked: list[str]) -> None:
    first = parameters("create-module")
    assert parameters("create-module") == first
    assert asked == ["asked"]
    assert (
        Parameter(
            True,
            ("--parent",),
            "MODULE",
            (),
            "",
            "",
            "The module that lists it, or root; by default the nearest one above.",
            False,
            False,
        )
        in first
    )


def test_parser_is_asked_again_after_the_tool_has_changed_anywhere(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "tool/templates/options.py"
    source.parent.mkdir(parents=True)
    source.write_text("before")
    monkeypatch.setattr(declared, "_TOOL", str(tmp_path / "tool"))
    parameters("new")
    source.write_text("after")
    parameters("new")
    parameters("new")
    assert asked == ["asked", "asked"]
