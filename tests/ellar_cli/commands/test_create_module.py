import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ellar_cli.commands.create_module import ModuleOptions, create_module
from ellar_cli.errors import CliError

Ellar = Callable[..., subprocess.CompletedProcess[str]]
Tree = Callable[[Path], dict[str, bytes]]


def test_create_module_prints_every_change(project: Path, tree: Tree, ellar: Ellar) -> None:
    before = tree(project)
    run = ellar("create-module", "chat-room", cwd=project / "tests")
    lines = run.stdout.splitlines()
    made = {path for path, content in tree(project).items() if path not in before and content != b"<folder>"}
    assert (run.returncode, run.stderr) == (0, "")
    assert {line.removeprefix("create  ") for line in lines if line.startswith("create  ")} == made
    assert "create  project/apps/chat_room/templates/ws-index.html" in lines
    assert "update  project/root_module.py  + ChatRoomModule" in lines
    assert lines[-1].endswith("ellar runserver, and open http://127.0.0.1:8000/chat-room/ws-index")


def test_registration_touches_nothing_but_an_import_and_an_entry(project: Path) -> None:
    file = project / "project" / "root_module.py"
    file.write_bytes(before := file.read_bytes().replace(b"\n", b"\r\n") + b"# mine\r\n")
    create_module("car", project)
    added = b"\r\nfrom project.apps.car.module import CarModule\r\n"
    assert file.read_bytes() == before.replace(b"\r\n\r\n\r\n", b"\r\n" + added + b"\r\n\r\n", 1).replace(
        b"modules=[]", b"modules=[CarModule]"
    )


def test_module_without_websocket_has_no_page(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create_module("car", project, ModuleOptions(socket=None))
    assert not (project / "project/apps/car/templates").exists()
    assert capsys.readouterr().out.endswith("http://127.0.0.1:8000/car/\n")


@pytest.mark.parametrize("second", ["car", "Car", "CAR"])
def test_second_create_module_refuses_and_changes_nothing(project: Path, tree: Tree, second: str) -> None:
    create_module("car", project)
    before = tree(project)
    with pytest.raises(CliError, match=r"^project/apps/car exists already; 'car_2' would do$"):
        create_module(second, project)
    assert tree(project) == before


@pytest.mark.parametrize(
    ("existing", "typed"), [("project/apps/car.py", "car"), ("project/apps/car2/__init__.py", "car_2")]
)
def test_module_that_would_hide_another_is_refused(project: Path, tree: Tree, existing: str, typed: str) -> None:
    (project / existing).parent.mkdir(exist_ok=True)
    (project / existing).touch()
    before = tree(project)
    with pytest.raises(CliError, match="exists already"):
        create_module(typed, project)
    assert tree(project) == before


def test_name_of_the_root_module_is_refused(project: Path, tree: Tree) -> None:
    before = tree(project)
    with pytest.raises(CliError, match="ApplicationModule is the module above it; 'application_app' would do"):
        create_module("application", project)
    assert tree(project) == before


def test_refused_name_changes_nothing(project: Path, tree: Tree, ellar: Ellar) -> None:
    before = tree(project)
    run = ellar("create-module", "x;echo hi", cwd=project)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.count("\n") == 1
    assert tree(project) == before


def test_root_module_that_cannot_be_edited_gets_the_lines_to_paste(project: Path, ellar: Ellar) -> None:
    file = project / "project" / "root_module.py"
    file.write_text(before := file.read_text().replace("modules=[]", "modules=MODULES"))
    run = ellar("create-module", "car", cwd=project)
    assert run.returncode == 1
    assert "create  project/apps/car/module.py\n" in run.stdout
    assert "root_module.py" not in run.stdout
    assert run.stderr == (
        "error: project/root_module.py:7: modules= is not a list written out. "
        "The module is written, and not registered; add these by hand:\n"
        "  from project.apps.car.module import CarModule\n"
        "  @Module(modules=[..., CarModule])\n"
    )
    assert file.read_text() == before


def test_registered_module_whose_files_were_removed_is_made_again(project: Path, ellar: Ellar) -> None:
    create_module("car", project)
    root_module = (project / "project" / "root_module.py").read_bytes()
    for path in sorted((project / "project/apps/car").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (project / "project/apps/car").rmdir()
    run = ellar("create-module", "car", cwd=project)
    assert run.returncode == 0
    assert "root_module.py" not in run.stdout
    assert (project / "project" / "root_module.py").read_bytes() == root_module


def test_outside_a_project_is_one_line(tmp_path: Path, ellar: Ellar, tool: Path) -> None:
    run = ellar("create-module", "car")
    assert run.returncode == 1
    assert run.stderr == (
        f"error: no Ellar project in {tmp_path} or above it (a pyproject.toml with [tool.ellar]); "
        f"make one: {tool} new project\n"
    )


def test_broken_application_does_not_stop_create_module(project: Path) -> None:
    (project / "project" / "server.py").write_text("this is no python")
    create_module("car", project)
    assert (project / "project/apps/car/module.py").is_file()
