"""What goes wrong while changes are carried out: nothing is left half done."""

import errno
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.plan import Plan, Show, carry_out
from ellar_cli.changes.record import PLACE
from ellar_cli.errors import CliError
from tests.ellar_cli.faults import (
    Outcome,
    Tree,
    as_nobody,
    at_every_moment,
    failing,
    in_a_process,
    killed,
    signalled,
    state,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each fault needs a process of its own, made fast")

INTERRUPTS = ("SIGINT", "SIGTERM", "SIGHUP")
_FURNITURE_PAGES = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with something of each kind that a command may meet."""
    folder = tmp_path / "work"
    _furnish(folder)
    return folder


def _furnish(folder: Path) -> None:
    for name in (".ellar", "gone/deeper", "gone/__pycache__", "kept", "elsewhere"):
        (folder / name).mkdir(parents=True)
    (folder / "elsewhere" / "real.py").write_bytes(b"old\r\n")
    (folder / "elsewhere" / "real.py").chmod(0o640)
    (folder / "root.py").symlink_to("elsewhere/real.py")
    (folder / PLACE).write_text("{}")
    for name in ("gone/deeper/one.py", "gone/two.py", "gone/__pycache__/two.cpython-311.pyc", "kept/three.py"):
        (folder / name).write_text(name)
    (folder / "kept" / "mine.py").write_text("mine")
    for path in folder.rglob("*"):
        os.utime(path, (1e9, 1e9))


def command(folder: Path) -> Callable[[], None]:
    """Return what makes every kind of change, as a command does that may be typed again."""

    def plan() -> Plan:
        changes = ChangeSet(folder)
        changes.create(folder / "new" / "deeper" / "one.py", "one\n")
        changes.create(folder / "new" / "run", "#!/bin/sh\n", executable=True)
        changes.update(folder / "root.py", changes.read(folder / "root.py").replace(b"old", b"new"), "+ one")
        for name in ("gone/deeper/one.py", "gone/two.py", "kept/three.py"):
            changes.remove(folder / name)
        changes.update(folder / PLACE, b'{"new": 1}', "")
        return Plan("new", folder, changes)

    return lambda: carry_out(folder, plan, Show())


def _clean(folder: Path, before: Tree) -> None:
    if state(folder) != before:
        shutil.rmtree(folder)
        _furnish(folder)


def timeless(tree: Tree) -> Tree:
    return {path: entry[:2] for path, entry in tree.items()}


@pytest.fixture
def after(tmp_path: Path) -> Tree:
    """What the command makes of the folder."""
    folder = tmp_path / "undisturbed"
    _furnish(folder)
    command(folder)()
    return timeless(state(folder))


def _whole(folder: Path, outcome: Outcome, before: Tree, after: Tree) -> bool:
    """Say whether it was undone; make sure that it was done or undone altogether, and reported so."""
    found = state(folder)
    if outcome.code:
        assert found == before, outcome
        assert "could not be undone" not in outcome.fault
        assert not (folder / "new").exists()
    else:
        litter = {path for path in found if path not in after}
        assert {path: entry for path, entry in timeless(found).items() if path not in litter} == after, outcome
        assert all("ellar-old" in path or path.startswith("gone") for path in litter)
    return bool(outcome.code)


def _tried(folder: Path, after: Tree, outcomes: Iterator[Outcome]) -> int:
    """Look at every outcome from the same start, and return how many were undone."""
    before = state(folder)
    undone = 0
    for outcome in outcomes:
        undone += _whole(folder, outcome, before, after)
        _clean(folder, before)
    return undone


def test_all_of_it_is_done_where_nothing_goes_wrong(folder: Path, after: Tree) -> None:
    command(folder)()
    assert timeless(state(folder)) == after
    assert after["elsewhere/real.py"] == (b"new\r\n", 0o640)
    assert after["root.py"] == ("link", "elsewhere/real.py")
    assert after["new/run"][1] == 0o755
    assert {path.split("/")[0] for path in after} == {"elsewhere", "kept", "new", ".ellar", "root.py"}
    assert "kept/three.py" not in after


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES], ids=errno.errorcode.get)
def test_failure_before_any_step_leaves_everything_as_it_was(folder: Path, after: Tree, number: int) -> None:
    assert _tried(folder, after, at_every_moment(command(folder), failing(number))) > 30


@pytest.mark.parametrize("name", INTERRUPTS)
def test_signal_at_any_moment_leaves_everything_as_it_was(folder: Path, after: Tree, name: str) -> None:
    number = getattr(signal, name)

    def outcomes() -> Iterator[Outcome]:
        for outcome in at_every_moment(command(folder), signalled(number)):
            assert outcome.code in (0, 128 + number, -number)  # the last before anything is written
            yield outcome

    assert _tried(folder, after, outcomes()) > 30


def test_one_signal_after_another_does_not_cut_the_undoing_short(folder: Path, after: Tree) -> None:
    strike = signalled(signal.SIGINT, signal.SIGTERM)
    assert _tried(folder, after, at_every_moment(command(folder), strike, lasting=True)) > 30


def test_kill_at_any_moment_is_made_good_by_the_same_command(folder: Path, after: Tree) -> None:
    before = state(folder)
    moments = 0
    for outcome in at_every_moment(command(folder), killed):
        assert outcome.code == -signal.SIGKILL
        assert (folder / "root.py").read_bytes() in (b"old\r\n", b"new\r\n")
        command(folder)()
        assert timeless(state(folder)) == after
        _clean(folder, before)
        moments += 1
    assert moments > 40


@pytest.fixture
def repository(tmp_path: Path) -> Callable[[], None]:
    """What makes a project in a repository of its own."""

    def run() -> None:
        changes = ChangeSet(tmp_path)
        changes.create(tmp_path / "project" / "README.md", "# Project\n")
        changes.initialise_git(tmp_path / "project")
        changes.apply()

    return run


def _commits(folder: Path) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for arguments in (["add", "."], ["commit", "--quiet", "-m", "Start"]):
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def test_repository_is_one_to_commit_to_even_from_a_hook_of_another(
    tmp_path: Path, repository: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as hook:
        hook.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
        hook.setenv("GIT_INDEX_FILE", str(tmp_path / "other" / "index"))
        repository()
    _commits(tmp_path / "project")
    assert not (tmp_path / "other").exists()
    assert sorted(os.listdir(tmp_path / "project")) == [".git", "README.md"]


def test_repository_that_cannot_be_made_leaves_nothing(
    tmp_path: Path, repository: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "nonsense")
    with pytest.raises(CliError, match=r"^project/.git: git init: .*config.*; nothing was changed$"):
        repository()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("strike", [failing(errno.EACCES), signalled(signal.SIGINT)], ids=["failure", "interrupt"])
def test_repository_goes_with_the_rest_when_it_is_undone(
    tmp_path: Path, repository: Callable[[], None], strike: Callable[[], None]
) -> None:
    undone = 0
    for outcome in at_every_moment(repository, strike):
        if outcome.code:
            assert os.listdir(tmp_path) == []
            undone += 1
        else:
            assert (tmp_path / "project" / ".git" / "HEAD").is_file()
            shutil.rmtree(tmp_path / "project")
    assert undone >= 5


def test_repository_of_a_killed_run_is_whole_or_made_again(tmp_path: Path, repository: Callable[[], None]) -> None:
    for outcome in at_every_moment(repository, killed):
        assert outcome.code == -signal.SIGKILL
        repository()
        assert sorted(os.listdir(tmp_path / "project")) == [".git", "README.md"]
        _commits(tmp_path / "project")
        shutil.rmtree(tmp_path / "project")


def test_what_cannot_be_undone_is_named_and_not_lost(folder: Path) -> None:
    before = state(folder)
    told = []
    for outcome in at_every_moment(command(folder), failing(errno.EACCES), lasting=True):
        if outcome.code:
            texts = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
            assert {b"old\r\n", b"gone/two.py", b"mine"} <= {*texts}, outcome
        told.append(outcome.fault)
        _clean(folder, before)
    assert any("; this could not be undone: " in fault and "Permission denied" in fault for fault in told)
    assert any("elsewhere/real.py held is in " in fault for fault in told)


def test_file_changed_while_the_command_ran_is_kept(folder: Path) -> None:
    changes = ChangeSet(folder)
    changes.create(folder / "new.py", "")
    changes.update(folder / "root.py", b"new", "")
    (folder / "elsewhere" / "real.py").write_bytes(b"theirs")
    with pytest.raises(CliError, match=r"^root.py: changed while this command ran; nothing was changed$"):
        changes.apply()
    assert (folder / "root.py").read_bytes() == b"theirs"
    assert not (folder / "new.py").exists()


def test_file_that_appears_meanwhile_is_kept(folder: Path) -> None:
    changes = ChangeSet(folder)
    changes.create(folder / "new" / "one.py", "")
    changes.create(folder / "two.py", "")
    (folder / "two.py").write_text("theirs")
    with pytest.raises(CliError, match=r"^two.py: appeared while this command ran; nothing was changed$"):
        changes.apply()
    assert (folder / "two.py").read_text() == "theirs"
    assert not (folder / "new").exists()


def test_ignored_signal_stays_ignored(folder: Path, after: Tree) -> None:
    def work() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # what nohup does
        command(folder)()

    for outcome in at_every_moment(work, signalled(signal.SIGHUP)):
        assert outcome.code == 0
        break
    assert timeless(state(folder)) == after


def test_edited_file_keeps_its_owner(folder: Path) -> None:
    if os.geteuid():
        pytest.skip("only root gives files away")
    os.chown(folder / "elsewhere" / "real.py", 1234, 1234)
    command(folder)()
    status = (folder / "elsewhere" / "real.py").stat()
    assert (status.st_uid, status.st_gid) == (1234, 1234)


@pytest.fixture
def others_folder() -> Iterator[Path]:
    """A folder that belongs to an ordinary user."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "work"
        _furnish(folder)
        for path in (Path(made), folder, *folder.rglob("*")):
            if os.geteuid() == 0:
                os.chown(path, 65534, 65534, follow_symlinks=False)
        yield folder


def _as_ordinary_user(work: Callable[[], None]) -> Outcome:
    def demoted() -> None:
        as_nobody()
        work()

    return in_a_process(demoted)


@pytest.mark.parametrize("name", ["root.py", "kept/three.py"])
def test_read_only_file_is_refused(others_folder: Path, name: str) -> None:
    (others_folder / name).chmod(0o444)
    before = state(others_folder)
    outcome = _as_ordinary_user(command(others_folder))
    assert (outcome.code, outcome.fault) == (1, f"{name} is read-only; nothing was written")
    assert state(others_folder) == before


@pytest.mark.parametrize(("name", "place"), [("", "new"), ("kept", "kept/three.py"), ("elsewhere", "root.py")])
def test_read_only_folder_is_no_obstacle_to_undoing(others_folder: Path, name: str, place: str) -> None:
    (others_folder / name).chmod(0o555)
    before = state(others_folder)
    outcome = _as_ordinary_user(command(others_folder))
    (others_folder / name).chmod(0o755)
    assert (outcome.code, outcome.fault) == (1, f"{place}: Permission denied; nothing was changed")
    assert {**state(others_folder), name: 0} == {**before, name: 0}


def test_full_disk_leaves_everything_as_it_was(tmp_path: Path) -> None:
    refused = 0
    for pages in count(_FURNITURE_PAGES):
        with _disk(tmp_path / "disk", pages) as disk:
            before = state(disk)
            outcome = in_a_process(command(disk))
            if not outcome.code:
                break
            assert outcome.fault.endswith(": No space left on device; nothing was changed")
            assert state(disk) == before
            refused += 1
    assert refused > 1


@contextmanager
def _disk(place: Path, pages: int) -> Iterator[Path]:
    """A real disk of a few pages."""
    place.mkdir(exist_ok=True)
    size = f"size={pages * 4096}"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", place], capture_output=True).returncode:
        pytest.skip("only root mounts a disk")
    try:
        _furnish(place / "work")
        yield place / "work"
    finally:
        subprocess.run(["umount", place], check=True)


def test_file_that_cannot_be_seen_is_not_taken_for_gone(others_folder: Path) -> None:
    (others_folder / "kept").chmod(0)
    before = {path: entry for path, entry in state(others_folder).items() if not path.startswith("kept/")}
    outcome = _as_ordinary_user(command(others_folder))
    assert outcome.code == 1
    assert "Permission denied" in outcome.fault
    (others_folder / "kept").chmod(0o755)
    found = {path: entry for path, entry in state(others_folder).items() if not path.startswith("kept/")}
    assert {**found, "kept": ()} == {**before, "kept": ()}
