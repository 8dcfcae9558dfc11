import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ellar_cli import output
from ellar_cli.changes import lock, transaction
from ellar_cli.errors import CliError

Ellar = Callable[..., subprocess.CompletedProcess[str]]
Tree = Callable[[Path], dict[str, bytes]]

TEXT = {"type": "string"}
LINES = {"type": "array", "items": TEXT}
SCHEMA = jsonschema_rs.validator_for(
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["command", "root", "dry_run", "applied", "changes", "notes", "next", "error"],
        "properties": {
            "command": {"enum": ["new", "create-module", "create-websocket", "destroy", "frobnicate", None]},
            "root": {"type": ["string", "null"]},
            "dry_run": {"type": "boolean"},
            "applied": {"type": "boolean"},
            "changes": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["action", "path"],
                    "properties": {
                        "action": {"enum": ["create", "update", "remove", "unchanged", "keep"]},
                        "path": TEXT,
                        "note": TEXT,
                        "diff": TEXT,
                    },
                },
            },
            "notes": LINES,
            "next": LINES,
            "error": {
                "type": ["object", "null"],
                "additionalProperties": False,
                "required": ["message", "exit_code"],
                "properties": {"message": TEXT, "exit_code": {"type": "integer", "minimum": 1}},
            },
        },
    }
)


def _document(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Read the whole of standard output as one document, which says of an error what standard error says."""
    document: dict[str, Any] = json.loads(run.stdout)
    SCHEMA.validate(document)
    error = document["error"] or {"exit_code": 0, "message": ""}
    assert error["exit_code"] == run.returncode
    assert run.stderr == (f"error: {error['message']}\n" if document["error"] else "")
    return document


def test_document_of_a_dry_run_is_that_of_the_real_one(project: Path, tree: Tree, ellar: Ellar) -> None:
    before = tree(project)
    planned = _document(ellar("create-module", "car", "--json", "--dry-run", cwd=project))
    assert (planned["dry_run"], planned["applied"]) == (True, False)
    assert tree(project) == before
    done = _document(ellar("create-module", "car", "--json", cwd=project))
    assert (done["dry_run"], done["applied"]) == (False, True)
    assert done["changes"] == planned["changes"]
    made = {path for path, content in tree(project).items() if path not in before and content != b"<folder>"}
    assert {change["path"] for change in done["changes"] if change["action"] == "create"} == made
    assert {"action": "update", "path": "project/root_module.py", "note": "+ CarModule"} in done["changes"]
    assert done["root"] == str(project)


def test_diffs_of_the_document_make_what_the_command_makes(project: Path, tree: Tree, ellar: Ellar) -> None:
    changes = _document(ellar("create-module", "car", "--json", "--dry-run", "--diff", cwd=project))["changes"]
    diff = "".join(change["diff"] for change in changes)
    subprocess.run(["git", "apply", "-"], cwd=project, input=diff, text=True, check=True)
    by_git = tree(project)
    subprocess.run(["git", "apply", "-R", "-"], cwd=project, input=diff, text=True, check=True)
    ellar("create-module", "car", cwd=project)
    assert tree(project) == by_git


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["create-module", "class", "--json"], 1),
        (["create-module", "car", "--json", "--nope"], 2),
        (["destroy", "module", "car", "--json"], 1),
        (["frobnicate", "--json"], 2),
    ],
)
def test_refusal_is_a_document_too(project: Path, ellar: Ellar, arguments: list[str], code: int) -> None:
    document = _document(ellar(*arguments, cwd=project))
    assert document["error"]["exit_code"] == code
    assert (document["command"], document["applied"], document["changes"]) == (arguments[0], False, [])


def test_edit_left_to_the_person_is_an_error_beside_what_was_done(project: Path, ellar: Ellar) -> None:
    file = project / "project" / "root_module.py"
    file.write_text(file.read_text().replace("modules=[]", "modules=MODULES"))
    document = _document(ellar("create-module", "car", "--json", cwd=project))
    assert document["applied"]
    assert document["error"]["exit_code"] == 1
    assert "project/root_module.py:" in document["error"]["message"]
    assert {"action": "create", "path": "project/apps/car/module.py"} in document["changes"]


def test_dry_run_writes_nothing_and_says_so(project: Path, tree: Tree, ellar: Ellar) -> None:
    before = tree(project)
    run = ellar("create-module", "car", "--dry-run", cwd=project)
    assert run.returncode == 0
    assert "create  project/apps/car/module.py\n" in run.stdout
    assert "Next:" not in run.stdout
    assert run.stdout.endswith("\n\nNothing was written: this was a dry run.\n")
    assert tree(project) == before


def test_diff_shows_contents_in_place_of_names(project: Path, ellar: Ellar) -> None:
    lines = ellar("create-module", "car", "--diff", cwd=project).stdout.splitlines()
    assert "+++ b/project/apps/car/module.py" in lines
    assert "+from project.apps.car.module import CarModule" in lines
    assert not any(line.startswith("create  ") for line in lines)
    assert (project / "project/apps/car/module.py").is_file()


@pytest.mark.parametrize(
    ("settings", "is_coloured"),
    [({"TERM": "xterm"}, True), ({"NO_COLOR": "1", "TERM": "xterm"}, False), ({"TERM": "dumb"}, False)],
)
@pytest.mark.parametrize("options", [[], ["--diff"]])
def test_colours_are_for_a_terminal_whose_owner_wants_them(
    project: Path, tool: Path, settings: dict[str, str], is_coloured: bool, options: list[str]
) -> None:
    shown = _on_a_terminal([str(tool), "create-module", "car", "--dry-run", *options], project, settings)
    assert "CarModule" in shown
    assert ("\x1b[32m" in shown) is is_coloured
    assert ("\x1b" in shown) is is_coloured


def test_pipe_gets_no_colours(project: Path, ellar: Ellar) -> None:
    assert "\x1b" not in ellar("create-module", "car", "--diff", cwd=project).stdout


def _on_a_terminal(command: list[str], folder: Path, settings: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    environment = os.environ | settings
    with subprocess.Popen(command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while part := _read(ours):
            shown += part
        assert process.wait() == 0
    os.close(ours)
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's end of a terminal
        return b""


def test_commands_at_once_wait_for_each_other(project: Path, tool: Path) -> None:
    names = ["car", "van", "bus", "tram"]
    running = [
        subprocess.Popen([str(tool), "create-module", name], cwd=project, stdout=subprocess.PIPE) for name in names
    ]
    assert [process.communicate()[0][:6] for process in running] == [b"create"] * 4
    assert [process.returncode for process in running] == [0] * 4
    root_module = (project / "project" / "root_module.py").read_text()
    record = json.loads((project / ".ellar" / "generated.json").read_text())
    for name in names:
        assert f"{name.capitalize()}Module," in root_module.replace("]", ",")
        assert f"project/apps/{name}/module.py" in record


def test_of_the_same_command_twice_at_once_one_is_refused(project: Path, tool: Path) -> None:
    command = [str(tool), "create-module", "car"]
    running = [subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in "ab"]
    told = [process.communicate()[1] for process in running]
    assert sorted(process.returncode for process in running) == [0, 1]
    assert b"project/apps/car exists already" in b"".join(told)


@contextmanager
def _held(folder: Path) -> Iterator[int]:
    """Another process that is at work in the folder, and its number."""
    code = (
        "import sys; from pathlib import Path; from ellar_cli.changes.lock import locked\n"
        "with locked(Path(sys.argv[1])): print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline()
        yield process.pid
        process.communicate(b"")


def test_folder_in_use_is_refused_with_who_uses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0.2)
    with _held(tmp_path) as number:
        who = rf" \(process {number}\)" if Path("/proc/locks").exists() else ""
        expected = rf"^another ellar command{who} is at work in {tmp_path}; try again when it is done$"
        with pytest.raises(CliError, match=expected), lock.locked(tmp_path):
            pytest.fail("two at once")
    with lock.locked(tmp_path):
        assert os.listdir(tmp_path) == []


def test_lock_of_a_killed_command_is_nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 2.0)
    with _held(tmp_path) as number:
        os.kill(number, 9)
        with lock.locked(tmp_path):
            pass


def test_what_runs_on_windows_is_typed_for_it() -> None:
    files = [str(module.__file__) for module in (lock, transaction, output)]
    command = [sys.executable, "-m", "mypy", "--platform", "win32", "--strict", *files]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
