from collections.abc import Callable
from pathlib import Path

import pytest

from ellar_cli.changes import ChangeSet
from ellar_cli.errors import CliError

Tree = Callable[[Path], dict[str, bytes]]


@pytest.fixture
def changes(tmp_path: Path) -> ChangeSet:
    (tmp_path / "root.py").write_bytes(b"old\r\n")
    (tmp_path / "root.py").chmod(0o640)
    changes = ChangeSet(tmp_path)
    changes.create(tmp_path / "a" / "b" / "one.py", "one\n")
    changes.create(tmp_path / "a" / "two.py", "two ü\n")
    changes.update(tmp_path / "root.py", b"new\r\n", "+ Car")
    return changes


def test_nothing_is_written_before_apply(changes: ChangeSet, tmp_path: Path) -> None:
    assert [path.name for path in tmp_path.iterdir()] == ["root.py"]


def test_apply_writes_all_of_it(changes: ChangeSet, tmp_path: Path, tree: Tree) -> None:
    changes.apply()
    assert {path: text for path, text in tree(tmp_path).items() if text != b"<folder>"} == {
        "a/b/one.py": b"one\n",
        "a/two.py": "two ü\n".encode(),
        "root.py": b"new\r\n",
    }
    assert (tmp_path / "root.py").stat().st_mode & 0o777 == 0o640


def test_lines_are_aligned_and_relative_to_the_base(changes: ChangeSet) -> None:
    assert changes.lines() == ["create  a/b/one.py", "create  a/two.py", "update  root.py  + Car"]


def test_existing_file_is_refused_when_it_is_planned(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CliError, match=r"^a.py exists and is no file; nothing was written$"):
        ChangeSet(tmp_path).create(tmp_path / "a.py", "")


def test_file_that_appears_meanwhile_is_kept(changes: ChangeSet, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "two.py").write_text("theirs")
    with pytest.raises(CliError, match=r"^a/two.py: appeared while this command ran; nothing was changed$"):
        changes.apply()
    assert (tmp_path / "a" / "two.py").read_text() == "theirs"
    assert not (tmp_path / "a" / "b").exists()


def test_link_to_the_updated_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_text("old")
    (tmp_path / "root.py").symlink_to("real.py")
    changes = ChangeSet(tmp_path)
    changes.update(tmp_path / "root.py", b"new", "")
    changes.apply()
    assert (tmp_path / "root.py").is_symlink()
    assert (tmp_path / "real.py").read_text() == "new"
