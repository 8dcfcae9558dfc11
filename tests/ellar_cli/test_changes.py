import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    with pytest.raises(CliError, match=r"^a.py exists already; nothing was written$"):
        ChangeSet(tmp_path).create(tmp_path / "a.py", "")


class _Fault:
    """Acts before or after one of the steps that `apply` asks of the file system, counted from 0."""

    STEPS = ((Path, "mkdir"), (Path, "write_bytes"), (shutil, "copy2"), (shutil, "copymode"), (os, "replace"))

    def __init__(self, patch: pytest.MonkeyPatch, moment: int, act: Callable[[], object], *, after: bool) -> None:
        self.left, self.act, self.after = moment, act, after
        for owner, name in self.STEPS:
            patch.setattr(owner, name, self._wrapped(getattr(owner, name)))

    def _wrapped(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def faulty(*arguments: Any, **options: Any) -> Any:
            is_now = self.left == 0
            self.left -= 1
            if is_now and not self.after:
                self.act()
            result = step(*arguments, **options)
            if is_now and self.after:
                self.act()
            return result

        return faulty


def _disk_full() -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("moment", range(10))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_failure_at_any_step_leaves_everything_as_it_was(
    changes: ChangeSet, tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, moment: int, after: bool
) -> None:
    before = tree(tmp_path)
    _Fault(monkeypatch, moment, _disk_full, after=after)
    with pytest.raises(OSError, match="No space left"):
        changes.apply()
    assert tree(tmp_path) == before


@pytest.mark.parametrize("moment", range(10))
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_at_any_step_leaves_everything_as_it_was(
    changes: ChangeSet, tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, moment: int, number: int
) -> None:
    before = tree(tmp_path)
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    _Fault(monkeypatch, moment, lambda: signal.raise_signal(number), after=False)
    with pytest.raises(KeyboardInterrupt):
        changes.apply()
    assert tree(tmp_path) == before
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_there_are_no_more_steps_than_the_tests_above_try(changes: ChangeSet, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = _Fault(monkeypatch, 10, _disk_full, after=False)
    changes.apply()
    assert fault.left == 0


def test_file_that_appears_meanwhile_is_kept(changes: ChangeSet, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "two.py").write_text("theirs")
    with pytest.raises(FileExistsError):
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
