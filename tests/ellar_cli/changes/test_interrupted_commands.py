"""Commands that are stopped half way: nothing is left of them, or what is left runs and can be completed."""

import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path

import pytest

import ellar.app  # noqa: F401 -- so that each process below need not import it
from ellar_cli.changes.plan import Show
from ellar_cli.changes.record import PLACE
from ellar_cli.commands.create_module import create_module
from ellar_cli.commands.create_websocket import WebsocketOptions, create_websocket
from ellar_cli.commands.destroy import destroy
from ellar_cli.commands.new import new
from ellar_cli.errors import CliError
from tests.ellar_cli.faults import Strike, Tree, at_every_moment, failing, in_a_process, killed, signalled, state

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each fault needs a process of its own, made fast")

COMMANDS: dict[str, Callable[[Path], None]] = {
    "create-module": lambda project: create_module("fleet/van", project),
    "create-websocket": lambda project: create_websocket("chat", "car", project, WebsocketOptions(), Show()),
    "destroy": lambda project: destroy("module", "car", "", project),
}
STRIKES = {
    "ENOSPC": failing(errno.ENOSPC),
    "EACCES": failing(errno.EACCES),
    "SIGINT": signalled(signal.SIGINT),
    "SIGTERM": signalled(signal.SIGTERM),
}


@pytest.fixture
def shop(project: Path) -> Path:
    """A project with a module, and with what Python and a person leave in it."""
    create_module("car", project)
    (project / "project" / "apps" / "car" / "__pycache__").mkdir()
    (project / "project" / "apps" / "car" / "__pycache__" / "module.cpython-311.pyc").touch()
    (project / "notes.txt").write_text("mine")
    shutil.copytree(project, project.with_name("before"), symlinks=True)
    return project


def _restore(project: Path) -> None:
    shutil.rmtree(project)
    shutil.copytree(project.with_name("before"), project, symlinks=True)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("strike", STRIKES.values(), ids=STRIKES)
def test_command_that_is_stopped_leaves_no_trace(shop: Path, name: str, strike: Strike) -> None:
    before = _contents(shop)
    undone = 0
    for outcome in at_every_moment(partial(COMMANDS[name], shop), strike, writing=True):
        undone += outcome.code != 0
        if outcome.code:
            assert _contents(shop) == before, outcome
        else:
            assert _contents(shop) != before, outcome
            _restore(shop)
    assert undone >= 5


@pytest.mark.parametrize("name", COMMANDS)
def test_command_that_was_killed_leaves_a_project_that_runs_and_is_completed_by_itself(shop: Path, name: str) -> None:
    COMMANDS[name](shop)
    after = _contents(shop)
    _restore(shop)
    for outcome in at_every_moment(partial(COMMANDS[name], shop), killed, writing=True):
        assert outcome.code == -signal.SIGKILL
        assert in_a_process(partial(_start, shop)).code == 0
        # Where all was done, that is what it says.
        with suppress(CliError) if _contents(shop)[PLACE] == after[PLACE] else nullcontext():
            COMMANDS[name](shop)
        assert _contents(shop) == after
        _restore(shop)


@pytest.mark.parametrize("name", COMMANDS)
def test_next_command_clears_away_what_a_killed_one_left(shop: Path, name: str) -> None:
    for _ in at_every_moment(partial(COMMANDS[name], shop), killed, writing=True):
        create_module("bus", shop)
        assert not [path for path in shop.rglob("*") if "ellar-" in path.name]
        assert (shop / "project/apps/car/module.py").is_file() is _is_recorded("car", shop)
        _restore(shop)


@pytest.mark.parametrize("strike", STRIKES.values(), ids=STRIKES)
def test_new_that_is_stopped_leaves_no_trace(tmp_path: Path, strike: Strike) -> None:
    undone = 0
    for outcome in at_every_moment(partial(new, "project", tmp_path), strike, writing=True):
        undone += outcome.code != 0
        if outcome.code:
            assert os.listdir(tmp_path) == []
        else:
            shutil.rmtree(tmp_path / "project")
    assert undone > 20


def _contents(project: Path) -> Tree:
    return {path: entry[:2] for path, entry in state(project).items()}


def _is_recorded(module: str, project: Path) -> bool:
    return f'"project/apps/{module}/module.py"' in (project / PLACE).read_text()


def _start(project: Path) -> None:
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(project))
    os.environ["ELLAR_CONFIG_MODULE"] = "project.config:DevelopmentConfig"
    from project.server import bootstrap  # type: ignore[import-not-found]  # of the generated project

    bootstrap()
