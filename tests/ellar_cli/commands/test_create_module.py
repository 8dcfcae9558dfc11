import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ellar_cli.commands.create_module import ModuleOptions, create_module
from ellar_cli.errors import CliError
from ellar_cli.templates.websocket_options import Socket
from tests.terminal import ENTER, Terminal

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


def test_folder_of_the_modules_is_no_place_for_one(project: Path, tree: Tree, ellar: Ellar) -> None:
    before = tree(project)
    for command in (["create-module", "apps", "project"], ["create-websocket", "apps", "--module", "root"]):
        run = ellar(*command, cwd=project)
        assert (run.returncode, run.stderr) == (1, "error: project/apps exists already; 'apps_2' would do\n")
    assert tree(project) == before


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
        "error: project/root_module.py:7: modules= is not a list written out; "
        "to register the module, add these by hand:\n"
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


def test_nested_module_is_registered_in_the_nearest_one_above(project: Path, tree: Tree, ellar: Ellar) -> None:
    create_module("fleet", project)
    root_module = (project / "project/root_module.py").read_bytes()
    run = ellar("create-module", "fleet/far/car", cwd=project)
    assert "create  project/apps/fleet/far/__init__.py\n" in run.stdout
    assert "update  project/apps/fleet/module.py  + CarModule\n" in run.stdout
    assert run.stdout.endswith("http://127.0.0.1:8000/fleet/far/car/ws-index\n")
    assert '@Controller("/fleet/far/car")' in (project / "project/apps/fleet/far/car/controllers.py").read_text()
    assert (
        "from project.apps.fleet.far.car.module import CarModule"
        in (project / "project/apps/fleet/module.py").read_text()
    )
    assert (project / "project/root_module.py").read_bytes() == root_module


@pytest.mark.parametrize(
    ("parent", "file"), [("root", "project/root_module.py"), ("BusModule", "project/apps/bus/module.py")]
)
def test_parent_lists_it_in_place_of_the_nearest(project: Path, parent: str, file: str) -> None:
    create_module("fleet", project)
    create_module("bus", project)
    create_module("fleet/car", project, ModuleOptions(parent=parent))
    assert "CarModule" in (project / file).read_text()
    assert "CarModule" not in (project / "project/apps/fleet/module.py").read_text()


def test_parent_that_is_not_there_is_one_line_and_no_file(project: Path, tree: Tree) -> None:
    create_module("fleet", project)
    before = tree(project)
    with pytest.raises(CliError, match=r"^there is no module 'fleat'; did you mean 'fleet'\?$"):
        create_module("car", project, ModuleOptions(parent="fleat"))
    assert tree(project) == before


def test_parent_that_does_not_parse_is_one_line_and_no_file(project: Path, tree: Tree) -> None:
    create_module("fleet", project)
    (project / "project/apps/fleet/module.py").write_text("x = 1\nthis is no python\n")
    before = tree(project)
    with pytest.raises(CliError, match=r"project/apps/fleet/module.py:2: it does not parse"):
        create_module("fleet/car", project)
    assert tree(project) == before


@pytest.mark.parametrize("directory", ["fleet", "project/apps/fleet", "{project}/project/apps/fleet"])
def test_directory_is_seen_from_here_or_else_from_the_apps(project: Path, directory: str) -> None:
    create_module("car", project, ModuleOptions(directory.format(project=project), socket=None))
    assert (project / "project/apps/fleet/car/module.py").is_file()


def test_new_package_named_almost_like_a_module_is_asked_about(project: Path, ellar: Ellar) -> None:
    create_module("order", project)
    first = ellar("create-module", "ordr/invoice", cwd=project).stdout
    assert "ordr is a new package. Did you mean order? Then take it back: " in first
    assert "ellar destroy module ordr/invoice\n" in first
    for other in ("ordr/bill", "order/bill", "fleet/bus"):
        assert "Did you mean" not in ellar("create-module", other, cwd=project).stdout


def test_directory_may_be_anywhere_in_the_package(project: Path) -> None:
    create_module("car", project / "project", ModuleOptions("."))
    assert '@Controller("/car")' in (project / "project/car/controllers.py").read_text()


@pytest.mark.parametrize(
    ("directory", "words"),
    [
        ("..", r"^\.\. is outside of the project {project}; say a folder in its project/$"),
        ("/", "^/ is outside of the project"),
        (".", r"^\. is not in a package of the application; say a folder in project/$"),
        ("tests", "^tests is not in a package of the application"),
        ("project/my-fleet", "^project/my-fleet: 'my-fleet' cannot be imported; say a folder whose name can$"),
        ("project/class", "'class' cannot be imported"),
    ],
)
def test_directory_that_cannot_be_imported_is_refused(project: Path, tree: Tree, directory: str, words: str) -> None:
    before = tree(project.parent)
    with pytest.raises(CliError, match=words.format(project=project)):
        create_module("car", project, ModuleOptions(directory))
    assert tree(project.parent) == before


@pytest.mark.parametrize(
    ("existing", "typed"),
    [
        ("project/apps/Fleet/__init__.py", "fleet/car"),
        ("project/apps/fleet.py", "fleet/car"),
        ("project/apps/fleet/Car/__init__.py", "fleet/car"),
    ],
)
def test_nothing_differs_from_what_is_there_in_case_alone(project: Path, tree: Tree, existing: str, typed: str) -> None:
    (project / existing).parent.mkdir(parents=True, exist_ok=True)
    (project / existing).touch()
    before = tree(project)
    with pytest.raises(CliError, match=rf"^{existing.removesuffix('/__init__.py')} exists already; '\w+_2' would do$"):
        create_module(typed, project)
    assert tree(project) == before


def test_folder_of_a_modules_templates_is_no_place_for_another(project: Path) -> None:
    create_module("car", project, ModuleOptions(socket=None))
    with pytest.raises(CliError, match=r"car/templates is where a module keeps other files; 'templates_2' would do"):
        create_module("car/templates", project)


def test_class_that_the_module_above_has_from_elsewhere_is_refused(project: Path, tree: Tree) -> None:
    create_module("fleet/car", project)
    before = tree(project)
    with pytest.raises(CliError, match=r"^project/root_module.py has another CarModule; 'car_2' would do$"):
        create_module("car", project)
    assert tree(project) == before


@pytest.mark.parametrize("options", [[], ["--no-register"]])
def test_unregistered_module_has_no_next_step(project: Path, ellar: Ellar, options: list[str]) -> None:
    file = project / "project/root_module.py"
    file.write_text(file.read_text().replace("modules=[]", "modules=MODULES"))
    assert json.loads(ellar("create-module", "car", "--json", *options, cwd=project).stdout)["next"] == []


def test_import_that_is_there_already_is_used(project: Path) -> None:
    file = project / "project/root_module.py"
    line = "from project.apps.car.module import CarModule"
    file.write_text(file.read_text().replace("\n\n\n@", f"\n\n{line}\n\n\n@"))
    create_module("car", project)
    assert file.read_text().count(line) == 1
    assert "modules=[CarModule]" in file.read_text()


def test_folder_with_a_persons_files_is_refused(project: Path, tree: Tree) -> None:
    (project / "project/apps/car").mkdir()
    (project / "project/apps/car/models.py").touch()
    before = tree(project)
    with pytest.raises(CliError, match=r"^project/apps/car exists already; 'car_2' would do$"):
        create_module("car", project)
    assert tree(project) == before


def test_folder_with_nothing_but_what_python_left_is_used(project: Path) -> None:
    (project / "project/apps/car/__pycache__").mkdir(parents=True)
    (project / "project/apps/car/__pycache__/module.cpython-311.pyc").touch()
    create_module("car", project)
    assert (project / "project/apps/car/module.py").is_file()


def test_module_without_tests_has_none(project: Path) -> None:
    create_module("car", project, ModuleOptions(tests=False))
    assert not (project / "project/apps/car/tests").exists()


def test_unregistered_module_comes_with_the_lines_to_paste(project: Path, ellar: Ellar) -> None:
    before = (project / "project/root_module.py").read_bytes()
    run = ellar("create-module", "car", "--no-register", cwd=project)
    assert (run.returncode, run.stderr) == (0, "")
    assert (
        "Not registered. To do that, write into project/root_module.py:\n"
        "  from project.apps.car.module import CarModule\n"
        "  @Module(modules=[..., CarModule])\n"
        "When it is registered: "
    ) in run.stdout
    assert "Next:" not in run.stdout
    assert run.stdout.endswith("runserver, and open http://127.0.0.1:8000/car/ws-index\n")
    assert (project / "project/root_module.py").read_bytes() == before
    assert ellar("create-module", "car", cwd=project).returncode == 0
    assert b"modules=[CarModule]" in (project / "project/root_module.py").read_bytes()


@pytest.mark.parametrize("left", ["nothing", "files", "files and registration"])
def test_command_that_was_killed_is_completed_when_typed_again(project: Path, tree: Tree, left: str) -> None:
    start = tree(project)
    create_module("fleet/car", project)
    whole = tree(project)
    for path in (".ellar/generated.json", *(["project/root_module.py"] if "registration" not in left else [])):
        (project / path).write_bytes(start[path])
    if left == "nothing":
        (project / "project/apps/fleet/car/module.py").unlink()
    (project / "project/apps/fleet/car/.module.py.ellar-new").touch()
    create_module("fleet/car", project)
    (project / "project/apps/fleet/car/.module.py.ellar-new").unlink(missing_ok=True)
    assert tree(project) == whole


def test_module_that_is_recorded_and_gone_is_in_nobodys_way(project: Path) -> None:
    create_module("car_2", project, ModuleOptions(register=False))
    with pytest.raises(CliError, match=r"^project/apps/car_2 exists already"):
        create_module("car2", project)
    shutil.rmtree(project / "project/apps/car_2")
    create_module("car2", project)
    assert (project / "project/apps/car2/module.py").is_file()


def test_files_that_are_missing_are_made_again_beside_edited_ones(project: Path, ellar: Ellar, tree: Tree) -> None:
    create_module("car", project)
    whole = tree(project)
    (project / "project/apps/car/services.py").write_text("mine = 1\n")
    (project / "project/apps/car/module.py").unlink()
    run = ellar("create-module", "car", cwd=project)
    assert run.returncode == 0
    assert "create  project/apps/car/module.py\n" in run.stdout
    assert "keep  project/apps/car/services.py  edited since it was made\n" in run.stdout
    assert tree(project) == whole | {"project/apps/car/services.py": b"mine = 1\n"}


def test_module_that_is_there_in_part_is_completed_by_its_own_command(project: Path) -> None:
    create_module("car", project, ModuleOptions(tests=False))
    (project / "project/apps/car/module.py").unlink()
    with pytest.raises(
        CliError, match=r"^project/apps/car is there in part; complete it: .* create-module car --no-tests$"
    ):
        create_module("car", project)


def test_address_in_the_next_step_has_the_parameter(project: Path, ellar: Ellar) -> None:
    run = ellar("create-module", "car", "--query", "name", cwd=project)
    assert run.stdout.endswith("http://127.0.0.1:8000/car/ws-index?name=Ada\n")


@pytest.mark.parametrize("option", ["--guard", "--no-page", "--query=name", "--style=route", "--encoding=json"])
def test_option_of_a_websocket_without_one_is_a_usage_error(
    project: Path, tree: Tree, ellar: Ellar, option: str
) -> None:
    before = tree(project)
    run = ellar("create-module", "car", "--no-websocket", option, cwd=project)
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (2, "", 1)
    assert option.partition("=")[0] in run.stderr
    assert tree(project) == before


def test_name_is_asked_for_on_a_terminal_alone(project: Path, ellar: Ellar, tool: Path) -> None:
    run = ellar("create-module", cwd=project)
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)
    assert "Missing argument 'NAME'; see " in run.stderr
    with Terminal([tool, "create-module"], project) as terminal:
        terminal.answer("Name of the module: ", "class" + ENTER)
        terminal.answer("'class' is a Python keyword; 'class_app' would do\nName of the module: ", "chat-room" + ENTER)
        assert terminal.exit_code() == 0
    assert (project / "project/apps/chat_room/module.py").is_file()
    with Terminal([tool, "create-module"], project) as terminal:
        terminal.answer("Name of the module: ", "chat-room" + ENTER)
        terminal.answer("project/apps/chat_room exists already; 'chat_room_2' would do\n", "")
        terminal.answer("Name of the module: ", "car" + ENTER)
        assert terminal.exit_code() == 0


def test_address_in_the_next_step_is_where_the_server_will_be(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".env").write_text("ELLAR_PORT=8443\nELLAR_SSL_CERTFILE=mine.pem\n")
    create_module("car", project)
    assert capsys.readouterr().out.endswith(" runserver, and open https://127.0.0.1:8443/car/ws-index\n")
    monkeypatch.setenv("ELLAR_PORT", "9001")
    monkeypatch.setenv("ELLAR_HOST", "::")
    create_module("bus", project, ModuleOptions(socket=None))
    assert capsys.readouterr().out.endswith(" runserver, and open https://[::1]:9001/bus/\n")


@pytest.mark.parametrize("line", ["ELLAR_PORT=none", 'ELLAR_HOST="a'])
def test_broken_env_file_does_not_stop_create_module(
    project: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    (project / ".env").write_text(f"{line}\n")
    create_module("car", project)
    assert capsys.readouterr().out.endswith(" runserver, and open http://127.0.0.1:8000/car/ws-index\n")


@pytest.fixture
def bid(project: Path) -> Path:
    """A module that imports the one above it, which nobody lists; its page was deleted."""
    create_module("lot", project, ModuleOptions(socket=None))
    create_module("lot/bid", project, ModuleOptions(register=False))
    file = project / "project/apps/lot/bid/module.py"
    text = file.read_text().replace("\n\n@Module(", "\nfrom project.apps.lot.module import LotModule\n\n\n@Module(", 1)
    file.write_text(text.replace("@Module(", "@Module(\n    modules=[LotModule],"))
    (file.parent / "templates/ws-index.html").unlink()
    return file


BY_HAND = "  from project.apps.lot.bid.module import BidModule\n  @Module(modules=[..., BidModule])"


def test_module_that_imports_the_one_above_is_registered_in_the_root_module(project: Path, bid: Path) -> None:
    lot = (project / "project/apps/lot/module.py").read_bytes()
    create_module("lot/bid", project)
    assert "modules=[LotModule, BidModule]" in (project / "project/root_module.py").read_text()
    assert (project / "project/apps/lot/module.py").read_bytes() == lot
    run = subprocess.run([sys.executable, "-c", "import project.root_module"], cwd=project)
    assert run.returncode == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ModuleOptions(parent="root"),
            "project/apps/lot/bid is there in part; complete it: .* create-module lot/bid; "
            f"or register it alone, by hand in project/root_module.py:\n{re.escape(BY_HAND)}",
        ),
        (
            ModuleOptions(parent="lot"),
            "BidModule imports project/apps/lot/module.py, which cannot list it then; "
            f"to register it in ApplicationModule, write into project/root_module.py:\n{re.escape(BY_HAND)}",
        ),
    ],
)
def test_other_parent_of_a_module_that_is_there_comes_with_the_lines_to_paste(
    project: Path, bid: Path, tree: Tree, options: ModuleOptions, words: str
) -> None:
    before = tree(project)
    with pytest.raises(CliError, match=f"^{words}$"):
        create_module("lot/bid", project, options)
    assert tree(project) == before


def test_module_that_imports_the_root_module_is_refused(project: Path, bid: Path) -> None:
    bid.write_text("from ..services import *\nimport project.server\n" + bid.read_text())
    with pytest.raises(CliError, match=r"^BidModule imports project/root_module.py, .*; take that import out$"):
        create_module("lot/bid", project)


def test_record_says_which_command_made_it(project: Path) -> None:
    create_module("Fleet/car", project, ModuleOptions(socket=Socket(query="name"), tests=False, parent="root"))
    record = json.loads((project / ".ellar/generated.json").read_text())
    assert record["project/apps/fleet/car/module.py"]["command"] == (
        "create-module fleet/car --no-tests --query name --parent root"
    )
    assert record["project/apps/fleet/__init__.py"]["thing"] == "package project/apps/fleet"
    assert str(project) not in (project / ".ellar/generated.json").read_text()
