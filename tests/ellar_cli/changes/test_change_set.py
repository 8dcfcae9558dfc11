import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.errors import CliError

Tree = Callable[[Path], dict[str, bytes]]


@pytest.fixture
def changes(tmp_path: Path) -> ChangeSet:
    """One of each kind."""
    (tmp_path / "root.py").write_bytes(b"first\nold\nlast")
    (tmp_path / "gone.py").write_text("gone\n")
    (tmp_path / "same.py").write_text("same\n")
    changes = ChangeSet(tmp_path)
    changes.keep(tmp_path / "README.md", "yours")
    changes.create(tmp_path / "a" / "one.py", "one ü\n")
    changes.create(tmp_path / "a" / "__init__.py", "")
    changes.create(tmp_path / "same.py", "same\n")
    changes.create(tmp_path / "run", b"#!/bin/sh\n", executable=True)
    changes.update(tmp_path / "root.py", b"first\nnew\nlast", "+ Car")
    changes.remove(tmp_path / "gone.py")
    changes.remove(tmp_path / "never.py")
    return changes


def test_nothing_is_written_before_apply(changes: ChangeSet, tmp_path: Path) -> None:
    assert sorted(os.listdir(tmp_path)) == ["gone.py", "root.py", "same.py"]


def test_lines_say_action_path_and_note_in_the_planned_order(changes: ChangeSet) -> None:
    assert changes.lines() == [
        "keep  README.md  yours",
        "create  a/one.py",
        "create  a/__init__.py",
        "unchanged  same.py",
        "create  run",
        "update  root.py  + Car",
        "remove  gone.py",
    ]


def test_document_has_the_same_and_a_diff_where_it_is_asked_for(changes: ChangeSet) -> None:
    document = changes.document(diff=False)
    assert [" ".join(entry.values()) for entry in document] == [
        "keep README.md yours",
        "create a/one.py",
        "create a/__init__.py",
        "unchanged same.py",
        "create run",
        "update root.py + Car",
        "remove gone.py",
    ]
    with_diffs = changes.document(diff=True)
    assert [{key: entry[key] for key in entry if key != "diff"} for entry in with_diffs] == document
    assert "".join(entry.get("diff", "") for entry in with_diffs) == changes.diff()


def test_git_makes_of_the_diff_what_apply_makes(changes: ChangeSet, tmp_path: Path) -> None:
    copy = tmp_path.with_name("copy")
    shutil.copytree(tmp_path, copy)
    diff = changes.diff()
    subprocess.run(["git", "apply", "-"], cwd=copy, input=diff.encode(), check=True)
    changes.apply()
    assert _files(copy) == _files(tmp_path)
    assert (copy / "run").stat().st_mode & 0o111 == (tmp_path / "run").stat().st_mode & 0o111 != 0


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"one\r\ntwo\r\n", b"one\r\nthree\r\n"),
        (b"no end", b"no end\nof line"),
        (b"end\n", b"no end"),
        (b"", b"something\n"),
        (b"something\n", b""),
        ("form\x0cfeed\u2028line\n".encode(), b"plain\n"),
        (b"-- minus\n++ plus\n", b"++ plus\n-- minus\n"),
    ],
)
def test_diff_of_any_text_is_one_that_git_applies(tmp_path: Path, before: bytes, after: bytes) -> None:
    (tmp_path / "file").write_bytes(before)
    changes = ChangeSet(tmp_path)
    changes.update(tmp_path / "file", after, "")
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=changes.diff().encode(), check=True)
    assert (tmp_path / "file").read_bytes() == after


def test_binary_file_is_one_line_of_the_diff_that_git_passes_over(tmp_path: Path) -> None:
    (tmp_path / "old.png").write_bytes(b"\0old")
    (tmp_path / "gone.png").write_bytes(b"\0gone")
    changes = ChangeSet(tmp_path)
    changes.create(tmp_path / "a.txt", "first\n")
    changes.create(tmp_path / "image.png", b"\x89PNG\0\xff")
    changes.update(tmp_path / "old.png", b"\0new", "")
    changes.remove(tmp_path / "gone.png")
    changes.create(tmp_path / "z.txt", "last\n")
    diff = changes.diff()
    for line in ("image.png is created", "old.png is changed", "gone.png is removed"):
        assert f"\nBinary file {line}\n" in diff
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff.encode(), check=True)
    assert (tmp_path / "a.txt").read_text() + (tmp_path / "z.txt").read_text() == "first\nlast\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "gone.png", "old.png", "z.txt"]


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        (lambda path: path.write_text("theirs"), "exists with other contents"),
        (lambda path: path.mkdir(), "exists and is no file"),
        (lambda path: path.symlink_to("nowhere"), "exists and is no file"),
    ],
    ids=["file", "folder", "link"],
)
def test_what_is_there_is_refused_when_it_is_planned(
    tmp_path: Path, there: Callable[[Path], object], reason: str
) -> None:
    there(tmp_path / "a.py")
    with pytest.raises(CliError, match=rf"^a\.py {reason}; nothing was written$"):
        ChangeSet(tmp_path).create(tmp_path / "a.py", "ours")


def test_file_in_place_of_a_folder_is_refused_when_it_is_planned(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(CliError, match=r"^a is no folder; nothing was written$"):
        ChangeSet(tmp_path).create(tmp_path / "a" / "b" / "c.py", "")


def test_planned_view_is_of_what_will_be(changes: ChangeSet, tmp_path: Path) -> None:
    there = {name: changes.exists(tmp_path / name) for name in ("a", "a/one.py", "root.py", "gone.py", "nowhere")}
    assert there == {"a": True, "a/one.py": True, "root.py": True, "gone.py": False, "nowhere": False}
    assert changes.names_in(tmp_path / "a") == {"__init__.py", "one.py"}
    assert {"a", "root.py"} <= changes.names_in(tmp_path)
    assert changes.read(tmp_path / "a" / "one.py") == "one ü\n".encode()
    assert changes.read(tmp_path / "root.py") == b"first\nnew\nlast"
    with pytest.raises(FileNotFoundError):
        changes.read(tmp_path / "gone.py")


def test_file_that_changes_between_its_reading_and_its_edit_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("first\n")
    changes = ChangeSet(tmp_path)
    content = changes.read(file)
    file.write_text("theirs\n")
    changes.update(file, content + b"ours\n", "")
    with pytest.raises(CliError, match=r"^a\.py: changed while this command ran"):
        changes.apply()
    assert file.read_text() == "theirs\n"


def test_edit_of_a_planned_file_is_part_of_its_making(changes: ChangeSet, tmp_path: Path) -> None:
    changes.update(tmp_path / "a" / "one.py", b"two\n", "+ Car")
    assert "create  a/one.py" in changes.lines()
    assert changes.read(tmp_path / "a" / "one.py") == b"two\n"


def test_edits_of_one_file_are_one(tmp_path: Path) -> None:
    (tmp_path / "root.py").write_bytes(b"")
    changes = ChangeSet(tmp_path)
    changes.update(tmp_path / "root.py", b"Car", "+ Car")
    changes.update(tmp_path / "root.py", b"Car, Van", "+ Van")
    assert changes.lines() == ["update  root.py  + Car, + Van"]
    changes.update(tmp_path / "root.py", b"", "nothing")
    assert changes.lines() == []


def test_set_without_an_effect_is_empty(tmp_path: Path) -> None:
    (tmp_path / "same.py").write_text("same")
    changes = ChangeSet(tmp_path)
    changes.create(tmp_path / "same.py", "same")
    changes.update(tmp_path / "same.py", b"same", "nothing")
    changes.keep(tmp_path / "mine.py")
    changes.remove(tmp_path / "never.py")
    assert changes.is_empty
    changes.create(tmp_path / "new.py", "")
    assert not changes.is_empty


def test_planned_file_that_is_removed_again_is_nothing(tmp_path: Path) -> None:
    changes = ChangeSet(tmp_path)
    changes.create(tmp_path / "a.py", "")
    changes.remove(tmp_path / "a.py")
    assert changes.is_empty
    assert not changes.exists(tmp_path / "a.py")


def test_folder_that_holds_only_caches_goes_with_its_last_file(tmp_path: Path, tree: Tree) -> None:
    for name in ("apps/car/module.py", "apps/car/__pycache__/module.pyc", "apps/van/module.py", "apps/van/mine.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    changes = ChangeSet(tmp_path)
    changes.remove(tmp_path / "apps" / "car" / "module.py")
    changes.remove(tmp_path / "apps" / "van" / "module.py")
    changes.apply()
    assert set(tree(tmp_path)) == {"apps", "apps/van", "apps/van/mine.txt"}


def test_base_itself_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    changes = ChangeSet(tmp_path)
    changes.remove(tmp_path / "a.py")
    changes.apply()
    assert tmp_path.is_dir()
