import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from ellar_cli.main import main

Ellar = Callable[..., subprocess.CompletedProcess[str]]


def test_version_names_what_it_stands_on(ellar: Ellar) -> None:
    run = ellar("--version")
    named = dict(line.split(" ") for line in run.stdout.splitlines())
    assert run.returncode == 0
    assert named == {
        "Python": platform.python_version(),
        **{name: metadata.version(name) for name in ("ellar-kit", "starlette", "pydantic", "uvicorn")},
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["creat-module", "car"], "No such command 'creat-module'; did you mean: "),
        (["run-server"], "; did you mean: "),
        (["frobnicate"], "No such command 'frobnicate'; see "),
        (["new"], "Missing argument 'NAME'; see "),
        (["new", "a", "b", "c"], "see "),
        (["new", "--nope"], "No such option: --nope; see "),
        (["create-module", "car", "--no-websockets"], "--no-websocket"),
        (
            ["runserver", "--port", "x"],
            "error: Invalid value for '--port': 'x' is no whole number from 0 to 65535; see ",
        ),
        (
            ["create-module", "car", "--style", "x"],
            "for '--style': 'x' is not one of 'route', 'session', 'message'; see ",
        ),
        (["runserver", "--port", "65536"], "'65536' is no whole number from 0 to 65535; see "),
        (["--nope"], "No such option: --nope; see "),
        (["shell", "-c"], "ellar shell --help\n"),
    ],
)
def test_line_that_cannot_be_understood_is_one_line_and_exit_code_2(
    ellar: Ellar, tmp_path: Path, arguments: list[str], words: str
) -> None:
    run = ellar(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("error: ")
    assert run.stderr.count("\n") == 1
    assert words in run.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "option", "about", "message", "code"),
    [
        ("routes", "--app=nowhere:app", {"application": "nowhere:app"}, "--app: there is no module nowhere", 1),
        ("doctor", "--ignore=E1", {}, "--ignore cannot be 'E1'; write a code like E501", 2),
    ],
)
def test_refusal_of_what_changes_nothing_is_a_document_without_changes(
    ellar: Ellar, command: str, option: str, about: dict[str, str], message: str, code: int
) -> None:
    run = ellar(command, option, "--json")
    error = {"message": message, "exit_code": code}
    assert json.loads(run.stdout) == {"command": command, **about, "error": error}
    assert (run.returncode, run.stderr) == (code, f"error: {message}\n")


def test_way_out_is_a_line_that_works_as_typed(ellar: Ellar, tool: Path) -> None:
    run = ellar("new")
    line = run.stderr.partition("see ")[2].strip()
    assert line == f"{tool} new --help"
    assert subprocess.run(line, shell=True, capture_output=True).returncode == 0


def test_bug_of_the_tool_is_a_plain_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def new(*_: object) -> None:
        raise KeyError("bug")

    monkeypatch.setattr("ellar_cli.commands.new.new", new)
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    with pytest.raises(KeyError) as failed:
        main(["new", "shop"])
    sys.excepthook(failed.type, failed.value, failed.tb)
    told = capsys.readouterr().err
    assert told.startswith("Traceback (most recent call last):\n")
    assert told.endswith("KeyError: 'bug'\n")


def test_reader_that_leaves_early_gets_no_traceback(tool: Path) -> None:
    run = subprocess.run(f"{tool} --help | true", shell=True, capture_output=True, text=True)
    assert run.stderr == ""


def test_closed_output_is_no_obstacle(tool: Path, tmp_path: Path) -> None:
    run = subprocess.run(f"{tool} new project >&- 2>&-", shell=True, cwd=tmp_path)
    assert run.returncode == 0
    assert (tmp_path / "project" / "pyproject.toml").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_that_cannot_be_written_is_one_line(tool: Path) -> None:
    run = subprocess.run(f"{tool} --help >/dev/full", shell=True, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (1, "error: No space left on device\n")


def test_refused_permission_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert main(["new", "project"]) == 1
    assert capsys.readouterr().err == "error: project: Permission denied; nothing was changed\n"
    assert os.listdir(tmp_path) == []


def test_interrupt_is_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ellar_cli.commands.new.new", interrupt)
    assert main(["new", "project"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_folder_that_is_gone_is_one_line(tool: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        f"mkdir gone && cd gone && rmdir ../gone && {tool} new project",
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert run.stderr == "error: the folder that this was typed in is not there any more; cd to another one\n"


def test_what_can_be_chosen_is_told_in_one_line(ellar: Ellar) -> None:
    run = ellar("destroy")
    assert run.returncode == 2
    assert run.stderr.startswith("error: Missing argument 'KIND'. Choose from: module, websocket; did you mean: ")
