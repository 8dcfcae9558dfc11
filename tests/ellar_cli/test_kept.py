"""What was worked out from files is kept until they change, and is never in the way."""

import os
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from ellar_cli import kept

VALUE = {"car": [("--parent", 1)]}


@pytest.fixture(autouse=True)
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", False)


@pytest.fixture
def source(tmp_path: Path) -> str:
    return str(tmp_path / "source.py")


def test_what_was_written_is_read(source: str) -> None:
    assert kept.read(source) is None
    kept.write(source, VALUE)
    assert kept.read(source) == VALUE
    assert os.listdir(os.path.dirname(source)) == ["__pycache__"]


@pytest.mark.parametrize("left", [b"", b"\xe3", b"not marshalled at all"])
def test_what_an_interrupted_write_has_left_is_nothing_and_is_written_over(source: str, left: bytes) -> None:
    place = Path(cache_from_source(source))
    place.parent.mkdir()
    place.write_bytes(left)
    assert kept.read(source) is None
    kept.write(source, VALUE)
    assert kept.read(source) == VALUE


def test_place_that_cannot_be_written_is_no_obstacle(source: str, tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("in the way")
    kept.write(source, VALUE)
    assert kept.read(source) is None


def test_nothing_is_kept_where_python_is_to_keep_nothing(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    kept.write(source, VALUE)
    assert list(tmp_path.iterdir()) == []


def test_state_tells_of_a_file_that_changes_comes_or_goes(tmp_path: Path) -> None:
    file, package = tmp_path / "one.toml", tmp_path / "package"
    inner = package / "inner" / "new.py"
    inner.parent.mkdir(parents=True)

    def state() -> object:
        return kept.state(str(file), str(package))

    states = [state()]
    for change in (
        lambda: file.write_text("a"),
        lambda: file.write_text("ab"),
        lambda: inner.write_text(""),
        lambda: inner.rename(inner.with_name("renamed.py")),
        lambda: file.unlink(),
    ):
        change()
        states.append(state())
    assert len(set(map(str, states))) == len(states)


def test_state_can_be_told_of_what_cannot_be_read(tmp_path: Path) -> None:
    """An editor's lock is a link to nothing; a link may lead in a circle."""
    (tmp_path / ".#module.py").symlink_to("me@host.1")
    (tmp_path / "circle").symlink_to(tmp_path)
    assert kept.state(str(tmp_path)) == ((str(tmp_path / ".#module.py"), -1, -1),)


def test_state_is_that_of_python_files_in_packages(tmp_path: Path) -> None:
    for name in ("notes.txt", "__pycache__/a.py", ".hidden/a.py", "a-b/a.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert kept.state(str(tmp_path)) == ()
