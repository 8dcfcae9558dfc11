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
    monkeypatch.setattr(declared, "_file", lambda: str(tmp_path / "__pycache__/kept.pyc"))
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


@pytest.mark.parametrize("left", [b"", b"\xe3", b"i\x01\x00\x00\x00", b"not marshalled at all"])
def test_what_an_interrupted_write_has_left_is_no_obstacle(asked: list[str], tmp_path: Path, left: bytes) -> None:
    kept = tmp_path / "__pycache__/kept.pyc"
    kept.parent.mkdir()
    kept.write_bytes(left)
    assert parameters("new")
    assert parameters("new")
    assert asked == ["asked"]


def test_place_that_cannot_be_written_is_no_obstacle(asked: list[str], tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("in the way")
    assert parameters("new")


def test_nothing_is_kept_where_python_is_to_keep_nothing(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert parameters("new")
    assert list(tmp_path.iterdir()) == []
