import random
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from ellar_cli.changes.plan import Show
from ellar_cli.commands.create_module import ModuleOptions, create_module
from ellar_cli.commands.create_websocket import WebsocketOptions, create_websocket
from ellar_cli.commands.destroy import destroy
from ellar_cli.errors import CliError
from ellar_cli.project.generated import Kind
from ellar_cli.templates.websocket_options import Socket
from tests.terminal import ENTER, Terminal

Ellar = Callable[..., subprocess.CompletedProcess[str]]
Git = Callable[..., str]
Tree = Callable[[Path], dict[str, bytes]]

ROOT_MODULE = "project/root_module.py"
PLAIN = ModuleOptions(socket=None, tests=False)
MAKE: dict[str, Callable[[Path], None]] = {
    "module car": lambda project: create_module("car", project),
    "module bus": lambda project: create_module("bus", project, ModuleOptions(socket=None)),
    "module fleet/truck": lambda project: create_module("fleet/truck", project, ModuleOptions(tests=False)),
    "module fleet": lambda project: create_module("fleet", project, ModuleOptions(socket=Socket(page=False))),
    "module fleet/van": lambda project: create_module("van", project, ModuleOptions("fleet", socket=None)),
    "module far/off/x": lambda project: create_module("far/off/x", project, PLAIN),
    "module y": lambda project: create_module("y", project, ModuleOptions("project/other", socket=None)),
    "module z": lambda project: create_module("z", project, ModuleOptions(socket=None, register=False)),
    "module q": lambda project: create_module("q", project, ModuleOptions(parent="car", socket=None)),
    "module car/inner": lambda project: create_module("car/inner", project, PLAIN),
    "websocket bus/live": lambda project: create_websocket("live", "bus", project),
    "websocket bus/talk": lambda project: create_websocket("talk", "bus", project, WebsocketOptions(tests=False)),
    "websocket root/news": lambda project: create_websocket("news", "root", project),
}
ROOT = """from ellar.common import Module
from ellar.core import ModuleBase


@Module{arguments}
class ApplicationModule(ModuleBase): ...
"""
ROOTS = [
    "(modules=[])",
    "",
    "()",
    "(\n    modules=(),\n    routers=[],\n)",
    "(modules=[*MODULES, ThatHasALongName, AndAnotherThatHasOne], providers=[AndAServiceWithALongName])  # all",
]


@pytest.fixture
def git(project: Path) -> Git:
    """Runs git in the project, which is a repository with all of it committed."""

    def run(*arguments: str) -> str:
        command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments]
        return subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout

    run("init", "--quiet")
    commit(run)
    return run


def commit(git: Git) -> None:
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", "as it is")


def try_to(work: Callable[[Path], None], project: Path) -> bool:
    try:
        work(project)
    except CliError:
        return False
    return True


def take_out(thing: str, project: Path) -> None:
    kind, _, name = thing.partition(" ")
    destroy("module" if kind == "module" else "websocket", name, "", project)


def in_any_order(things: list[str], project: Path, chance: random.Random) -> None:
    """Takes all of them out, each as soon as nothing is in its way."""
    while things:
        left = [thing for thing in chance.sample(things, len(things)) if not try_to(partial(take_out, thing), project)]
        assert len(left) < len(things)
        things = left


@pytest.mark.parametrize("seed", range(12))
def test_after_create_and_destroy_in_any_order_git_sees_no_difference(project: Path, git: Git, seed: int) -> None:
    chance = random.Random(seed)
    (project / ROOT_MODULE).write_text(ROOT.format(arguments=ROOTS[seed % len(ROOTS)]))
    there = [thing for thing in chance.sample(list(MAKE), 5) if try_to(MAKE[thing], project)]
    commit(git)
    added = [thing for thing in chance.sample(list(MAKE), len(MAKE)) if thing not in there]
    made = [thing for thing in added if try_to(MAKE[thing], project)]
    assert made
    in_any_order(made, project, chance)
    assert git("status", "--porcelain") == ""


def test_checkout_with_windows_line_ends_gets_its_bytes_back(project: Path, git: Git, tree: Tree) -> None:
    create_module("bus", project)
    commit(git)
    git("config", "core.autocrlf", "true")
    git("rm", "-r", "--quiet", "--cached", ".")
    git("reset", "--quiet", "--hard")
    before = tree(project / "project")
    assert b"\r\n" in before["root_module.py"]
    create_module("car", project)
    create_websocket("chat", "bus", project)
    destroy("module", "car", "", project)
    destroy("websocket", "chat", "bus", project)
    assert tree(project / "project") == before
    assert git("status", "--porcelain") == ""
    destroy("module", "bus", "", project)
    assert not (project / "project/apps/bus").exists()


def test_package_that_a_person_had_made_is_there_afterwards(project: Path, git: Git) -> None:
    (project / "project/apps/fleet").mkdir()
    (project / "project/apps/fleet/__init__.py").touch()
    commit(git)
    create_module("fleet/car", project)
    create_module("fleet", project)
    destroy("module", "fleet/car", "", project)
    destroy("module", "fleet", "", project)
    assert git("status", "--porcelain") == ""


def test_edits_of_a_person_in_between_are_all_that_is_left(project: Path) -> None:
    file = project / ROOT_MODULE
    before = file.read_text()
    create_module("car", project)
    file.write_text(file.read_text().replace("@Module(", "@Module(name='mine', ") + "\n\nMINE = 1\n")
    destroy("module", "car", "", project)
    assert file.read_text() == before.replace("@Module(", "@Module(name='mine', ") + "\n\nMINE = 1\n"


def test_project_without_a_record_has_none_afterwards(project: Path, tree: Tree) -> None:
    (project / ".ellar/generated.json").unlink()
    (project / ".ellar").rmdir()
    before = tree(project)
    create_module("car", project)
    destroy("module", "car", "", project)
    assert tree(project) == before


def test_destroy_prints_every_change(project: Path, ellar: Ellar) -> None:
    create_module("car", project, ModuleOptions(socket=None, tests=False))
    run = ellar("destroy", "module", "car", cwd=project / "tests")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines() == [
        "update  project/root_module.py  - CarModule",
        *(
            f"remove  project/apps/car/{name}.py"
            for name in ("__init__", "controllers", "module", "schemas", "services")
        ),
        "update  .ellar/generated.json",
    ]


def test_module_above_that_does_not_parse_is_one_line(project: Path, tree: Tree) -> None:
    create_module("car", project)
    (project / ROOT_MODULE).write_text("from project.apps.car.module import CarModule\nthis is no python\n")
    before = tree(project)
    with pytest.raises(CliError, match=r"^project/root_module.py:2: it does not parse: .* Nothing was removed; "):
        destroy("module", "car", "", project)
    assert tree(project) == before


def test_dry_run_removes_nothing(project: Path, tree: Tree) -> None:
    create_module("car", project)
    before = tree(project)
    destroy("module", "car", "", project, Show(dry_run=True))
    assert tree(project) == before


def test_edited_file_is_kept_and_named_until_forced(project: Path, git: Git, ellar: Ellar) -> None:
    create_module("car", project)
    (project / "project/apps/car/services.py").write_text("mine = 1\n")
    run = ellar("destroy", "module", "car", cwd=project)
    assert run.returncode == 1
    assert "keep  project/apps/car/services.py  edited since it was made\n" in run.stdout
    assert run.stderr.startswith("error: edited since they were made, and kept: project/apps/car/services.py; ")
    assert run.stderr.endswith("/ellar destroy module car --force\n")
    assert [path.name for path in (project / "project/apps/car").iterdir()] == ["services.py"]
    assert "CarModule" not in (project / ROOT_MODULE).read_text()
    assert subprocess.run(run.stderr.partition("too: ")[2], shell=True, cwd=project, check=False).returncode == 0
    assert git("status", "--porcelain") == ""


def test_module_that_was_destroyed_but_for_edited_files_can_be_made_again(project: Path, tree: Tree) -> None:
    create_module("car", project)
    (project / "project/apps/car/services.py").write_text("mine = 1\n")
    before = tree(project)
    assert not try_to(partial(take_out, "module car"), project)
    create_module("car", project)
    assert tree(project) == before


@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("", 1), ("y", 0)])
def test_force_asks_on_a_terminal(project: Path, tree: Tree, tool: Path, answer: str, code: int) -> None:
    create_module("car", project)
    (project / "project/apps/car/services.py").write_text("mine = 1\n")
    before = tree(project)
    with Terminal([tool, "destroy", "module", "car", "--force"], project) as terminal:
        question = "Edited since they were made:\n  project/apps/car/services.py\nRemove them too? [y/N]: "
        terminal.answer(question, answer + ENTER)
        assert terminal.exit_code() == code
    assert (tree(project) == before) == bool(code)


def test_own_files_in_the_folder_stay_and_are_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create_module("fleet/car", project)
    notes = project / "project/apps/fleet/car/notes.txt"
    notes.write_text("mine")
    capsys.readouterr()
    destroy("module", "fleet/car", "", project)
    assert "keep  project/apps/fleet/car/notes.txt  not made by ellar\n" in capsys.readouterr().out
    assert [path for path in (project / "project/apps/fleet").rglob("*") if path.is_file()] == [
        notes.parent.parent / "__init__.py",
        notes,
    ]


def test_what_a_link_leads_to_outside_of_the_project_stays(project: Path, tmp_path: Path) -> None:
    create_module("car", project)
    templates = project / "project/apps/car/templates"
    templates.rename(tmp_path / "elsewhere")
    templates.symlink_to(tmp_path / "elsewhere")
    destroy("module", "car", "", project)
    assert templates.is_symlink()
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["ws-index.html"]


def test_what_python_left_in_the_folder_goes_with_it(project: Path, git: Git) -> None:
    create_module("car", project)
    subprocess.run(["python3", "-m", "compileall", "-q", "project/apps/car"], cwd=project, check=True)
    destroy("module", "car", "", project)
    assert not (project / "project/apps/car").exists()
    assert git("status", "--porcelain") == ""


def test_other_modules_of_the_same_file_do_not_stand_in_the_way(project: Path) -> None:
    file = project / ROOT_MODULE
    head, decorator, rest = file.read_text().partition("@Module")
    file.write_text(before := f"{head}@Module()\nclass OtherModule(ModuleBase): ...\n\n\n{decorator}{rest}")
    create_module("car", project)
    assert file.read_text() != before
    destroy("module", "car", "", project)
    assert file.read_text() == before


def test_module_that_others_are_in_is_refused_with_what_to_type_first(project: Path, ellar: Ellar, tree: Tree) -> None:
    create_module("fleet", project)
    create_module("fleet/car", project)
    create_websocket("chat", "fleet/car", project)
    before = tree(project)
    run = ellar("destroy", "module", "fleet", cwd=project)
    assert run.returncode == 1
    assert run.stderr.startswith("error: project/apps/fleet has others in it; first ")
    assert tree(project) == before
    first = run.stderr.partition("first ")[2]
    subprocess.run(first, shell=True, cwd=project, check=True, capture_output=True)
    destroy("module", "fleet", "", project)
    assert not (project / "project/apps/fleet").exists()


def test_module_that_one_in_its_folder_imports_is_refused(project: Path, tree: Tree) -> None:
    create_module("lot", project)
    create_module("lot/bid", project, ModuleOptions(parent="root"))
    bid = project / "project/apps/lot/bid/module.py"
    made = bid.read_text()
    for line in ("from project.apps.lot.module import LotModule\n", "from ..module import LotModule\n"):
        bid.write_text(line + made)
        before = tree(project)
        with pytest.raises(CliError, match=r"project\.apps\.lot is imported by project/apps/lot/bid/module\.py:1; "):
            destroy("module", "lot", "", project)
        assert tree(project) == before


def test_package_stays_with_the_module_in_it_and_goes_with_that(project: Path, tree: Tree) -> None:
    before = tree(project)
    create_module("lot", project)
    create_module("lot/bid", project, ModuleOptions(parent="root"))
    destroy("module", "lot", "", project)
    assert (project / "project/apps/lot/__init__.py").is_file()
    assert not (project / "project/apps/lot/module.py").exists()
    destroy("module", "lot/bid", "", project)
    assert tree(project) == before


def test_module_above_that_cannot_be_edited_gets_the_lines_to_take_out(project: Path, ellar: Ellar, tree: Tree) -> None:
    create_module("car", project)
    file = project / ROOT_MODULE
    file.write_text(file.read_text().replace("modules=[CarModule]", "modules=list((CarModule,))"))
    before = tree(project)
    run = ellar("destroy", "module", "car", cwd=project)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == (
        "error: project/root_module.py:9: modules= is not a list written out. "
        "Nothing was removed; take these out by hand, and type it again:\n"
        "  from project.apps.car.module import CarModule\n"
        "  @Module(modules=[..., CarModule])\n"
    )
    assert tree(project) == before
    file.write_text(
        file.read_text().replace("from project.apps.car.module import CarModule\n", "").replace("CarModule,", "")
    )
    destroy("module", "car", "", project)
    assert not (project / "project/apps/car").exists()


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("tests/test_cars.py", "from project.apps.car.services import CarService"),
        ("project/apps/__init__.py", "from .car import services"),
        ("project/server.py", "import project.apps.car.module"),
    ],
)
def test_module_that_is_imported_elsewhere_is_refused(project: Path, tree: Tree, file: str, line: str) -> None:
    create_module("car", project)
    create_module("car_2", project)
    path = project / file
    path.write_text(f"# mine\n{line}\nfrom project.apps.car_2 import services as others\n")
    before = tree(project)
    with pytest.raises(
        CliError, match=rf"^project.apps.car is imported by {file}:2; take that out first, or .* --force$"
    ):
        destroy("module", "car", "", project)
    assert tree(project) == before
    destroy("module", "car", "", project, force=True)
    assert not (project / "project/apps/car").exists()


def test_module_that_a_person_listed_elsewhere_is_refused(project: Path) -> None:
    create_module("bus", project)
    create_module("car", project, ModuleOptions(register=False))
    file = project / "project/apps/bus/module.py"
    file.write_text("from project.apps.car.module import CarModule\n" + file.read_text())
    with pytest.raises(CliError, match=r"is imported by project/apps/bus/module.py:1;"):
        destroy("module", "car", "", project)


def test_module_that_a_person_registered_is_taken_out_all_the_same(project: Path) -> None:
    create_module("car", project, ModuleOptions(register=False))
    file = project / ROOT_MODULE
    before = file.read_text()
    lines = before.replace("\n\n\n@", "\n\nfrom project.apps.car.module import CarModule\n\n\n@")
    file.write_text(lines.replace("modules=[]", "modules=[CarModule]"))
    destroy("module", "car", "", project)
    assert "CarModule" not in file.read_text()


@pytest.mark.parametrize(
    ("made", "typed"),
    [
        ("chat_room", "chat-room"),
        ("chat_room", "ChatRoom"),
        ("chat_room", "ChatRoomModule"),
        ("fleet/car", "car"),
        ("fleet/car", "project/apps/fleet/car/"),
    ],
)
def test_module_is_found_as_create_module_and_a_shell_spell_it(project: Path, made: str, typed: str) -> None:
    create_module(made, project)
    destroy("module", typed, "", project)
    assert not (project / "project/apps" / made).exists()


def test_name_of_several_is_asked_about(project: Path) -> None:
    create_module("fleet", project)
    create_module("fleet/car", project)
    create_module("garage/car", project)
    with pytest.raises(
        CliError, match=r"^'car' is project/apps/fleet/car and project/apps/garage/car; type which one$"
    ):
        destroy("module", "car", "", project)


@pytest.mark.parametrize(
    ("kind", "typed", "words"),
    [
        ("module", "cra", "there is no module 'cra'; did you mean 'car'?"),
        ("module", "hand", "project/apps/hand is not in .ellar/generated.json, .*; remove it by hand"),
        ("websocket", "caht", "no websocket 'caht' is in .ellar/generated.json; did you mean 'car/chat'?"),
        ("websocket", "car", "no websocket 'car' is in .ellar/generated.json; there is car/chat$"),
    ],
)
def test_what_was_not_made_here_is_one_line(project: Path, tree: Tree, kind: Kind, typed: str, words: str) -> None:
    create_module("car", project)
    create_websocket("chat", "car", project)
    hand = project / "project/apps/hand"
    hand.mkdir()
    (hand / "module.py").write_text(ROOT.format(arguments="").replace("ApplicationModule", "HandModule"))
    before = tree(project)
    with pytest.raises(CliError, match=words.replace("?", r"\?")) as error:
        destroy(kind, typed, "", project)
    assert "\n" not in str(error.value)
    assert tree(project) == before


@pytest.mark.parametrize("removed", [0, 3, 99])
def test_command_that_was_killed_is_completed_when_typed_again(project: Path, tree: Tree, removed: int) -> None:
    create_module("bus", project)
    before = tree(project)
    create_module("fleet/car", project)
    (project / ROOT_MODULE).write_bytes(before[ROOT_MODULE])
    for path in [path for path in (project / "project/apps/fleet").rglob("*") if path.is_file()][:removed]:
        path.unlink()
    destroy("module", "fleet/car", "", project)
    assert tree(project) == before


def test_file_that_is_gone_already_is_no_obstacle(project: Path) -> None:
    create_module("car", project)
    (project / "project/apps/car/module.py").unlink()
    destroy("module", "car", "", project)
    assert not (project / "project/apps/car").exists()


def test_module_is_no_option_of_a_module(ellar: Ellar, project: Path) -> None:
    run = ellar("destroy", "module", "car", "--module", "fleet", cwd=project)
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (2, "", 1)
