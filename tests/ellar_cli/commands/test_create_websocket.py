import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ellar_cli.changes.record import hash_of
from ellar_cli.commands.create_module import ModuleOptions, create_module
from ellar_cli.commands.create_websocket import WebsocketOptions, create_websocket
from ellar_cli.errors import CliError
from ellar_cli.templates.websocket_options import Socket
from tests.terminal import ENTER, Terminal

Ellar = Callable[..., subprocess.CompletedProcess[str]]
Tree = Callable[[Path], dict[str, bytes]]

BY_HAND = """from ellar.common import Module
from ellar.core import ModuleBase


@Module({arguments})
class HandMade(ModuleBase): ...
"""


@pytest.fixture
def hand(project: Path) -> Callable[[str], Path]:
    """A module that nobody generated, without a record, in a class and folders of other names."""

    def write(arguments: str) -> Path:
        folder = project / "project/apps/hand"
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "module.py").write_text(BY_HAND.format(arguments=arguments))
        return folder

    return write


def test_create_websocket_prints_every_change(project: Path, tree: Tree, ellar: Ellar) -> None:
    create_module("car", project)
    before = tree(project)
    run = ellar("create-websocket", "live-news", "--module", "car", cwd=project / "tests")
    lines = run.stdout.splitlines()
    made = {path for path, content in tree(project).items() if path not in before and content != b"<folder>"}
    assert (run.returncode, run.stderr) == (0, "")
    assert {line.removeprefix("create  ") for line in lines if line.startswith("create  ")} == made
    assert {"project/apps/car/live_news/controllers.py", "project/apps/car/templates/live-news.html"} <= made
    assert "update  project/apps/car/module.py  + LiveNewsController, LiveNewsService" in lines
    assert lines[-1].endswith("ellar runserver, and open http://127.0.0.1:8000/car/live-news/ws-index")


def test_websocket_is_listed_in_its_module_and_nowhere_else(project: Path) -> None:
    create_module("car", project, ModuleOptions(socket=None))
    root_module = (project / "project/root_module.py").read_bytes()
    before = (project / "project/apps/car/module.py").read_text()
    create_websocket("chat", "car", project)
    assert (project / "project/apps/car/module.py").read_text() == (
        before.replace("from .controllers", "from .chat.controllers import ChatController\nfrom .controllers")
        .replace("import CarController\n", "import CarController\n", 1)
        .replace("from .controllers", "from .chat.services import ChatService\nfrom .controllers")
        .replace("[CarController]", "[CarController, ChatController]")
        .replace("[CarService]", "[CarService, ChatService]")
    )
    assert (project / "project/root_module.py").read_bytes() == root_module


def test_websocket_has_an_address_below_its_modules(project: Path, ellar: Ellar) -> None:
    create_module("fleet/car", project)
    run = ellar("create-websocket", "chat", "--module", "fleet/car", "--query", "visitor", cwd=project)
    assert '@Controller("/fleet/car/chat")' in (project / "project/apps/fleet/car/chat/controllers.py").read_text()
    assert run.stdout.endswith("http://127.0.0.1:8000/fleet/car/chat/ws-index?visitor=Ada\n")


def test_websocket_of_the_root_module(project: Path) -> None:
    create_websocket("chat", "root", project)
    assert '@Controller("/chat")' in (project / "project/chat/controllers.py").read_text()
    assert (project / "project/templates/chat.html").is_file()
    assert "controllers=[ChatController]" in (project / "project/root_module.py").read_text()


@pytest.mark.parametrize(
    ("arguments", "page"),
    [
        ("", "templates/chat.html"),
        ("template_folder='views'", "views/chat.html"),
        ("template_folder='views/pages'", "views/pages/chat.html"),
        ("template_folder=FOLDER", "chat/templates/chat.html"),
        ("template_folder='../pages'", "chat/templates/chat.html"),
        ("**OPTIONS, controllers=[], providers=[]", "chat/templates/chat.html"),
    ],
)
def test_page_goes_where_a_module_made_by_hand_has_its_templates(
    project: Path, hand: Callable[[str], Path], arguments: str, page: str
) -> None:
    folder = hand(arguments)
    create_websocket("chat", "HandMade", project)
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*.html")] == [page]
    assert "from ...module import HandMade" in (folder / "chat/tests/test_controllers.py").read_text()


def test_websocket_without_a_page_or_tests_has_none(project: Path) -> None:
    create_module("car", project, ModuleOptions(socket=None, tests=False))
    create_websocket("chat", "car", project, WebsocketOptions(Socket(page=False), tests=False))
    assert not (project / "project/apps/car/templates").exists()
    assert not (project / "project/apps/car/chat/tests").exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("car", "^CarModule is the module itself; 'car_socket' would do$"),
        ("services", "^project/apps/car/services.py exists already; 'services_2' would do$"),
        ("chat", "^project/apps/car/chat exists already; 'chat_2' would do$"),
        ("Chat", "^project/apps/car/chat exists already; 'chat_2' would do$"),
        ("templates", "^project/apps/car/templates is where a module keeps other files; 'templates_2' would do$"),
        ("class", "^'class' is a Python keyword"),
        ("fleet/chat", "^'fleet/chat' is a path"),
    ],
)
def test_name_that_is_taken_is_refused_and_changes_nothing(project: Path, tree: Tree, typed: str, words: str) -> None:
    create_module("car", project, ModuleOptions(socket=None))
    create_websocket("chat", "car", project)
    before = tree(project)
    with pytest.raises(CliError, match=words):
        create_websocket(typed, "car", project)
    assert tree(project) == before


def test_unregistered_websocket_has_its_address_after_the_registration(project: Path, ellar: Ellar) -> None:
    create_module("car", project)
    run = ellar("create-websocket", "chat", "--module", "car", "--no-register", cwd=project)
    assert "Next:" not in run.stdout
    last = run.stdout.splitlines()[-1]
    assert last.startswith("When it is registered: ")
    assert last.endswith("runserver, and open http://127.0.0.1:8000/car/chat/ws-index")


def test_page_of_a_person_is_not_overwritten(project: Path, tree: Tree) -> None:
    create_module("car", project)
    (project / "project/apps/car/templates/chat.html").write_text("mine")
    before = tree(project)
    with pytest.raises(
        CliError, match=r"^project/apps/car/templates/chat.html exists with other contents; 'chat_2' would do$"
    ):
        create_websocket("chat", "car", project)
    assert tree(project) == before


def test_class_that_the_module_has_already_is_refused(project: Path, hand: Callable[[str], Path], tree: Tree) -> None:
    file = hand("") / "module.py"
    file.write_text(f"class ChatService: ...\n{file.read_text()}")
    before = tree(project)
    with pytest.raises(CliError, match=r"^project/apps/hand/module.py has another ChatService; 'chat_2' would do$"):
        create_websocket("chat", "hand", project)
    assert tree(project) == before


def test_module_that_is_not_there_is_one_line(project: Path, tree: Tree, ellar: Ellar) -> None:
    create_module("car", project)
    before = tree(project)
    run = ellar("create-websocket", "chat", "--module", "cart", cwd=project)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "error: there is no module 'cart'; did you mean 'car'?\n"
    assert tree(project) == before


def test_module_that_cannot_be_edited_gets_the_lines_to_paste(
    project: Path, hand: Callable[[str], Path], ellar: Ellar
) -> None:
    folder = hand("controllers=CONTROLLERS")
    before = (folder / "module.py").read_bytes()
    run = ellar("create-websocket", "chat", "--module", "hand", cwd=project)
    assert run.returncode == 1
    assert run.stderr == (
        "error: project/apps/hand/module.py:5: controllers= is not a list written out; "
        "to register the websocket, add these by hand:\n"
        "  from .chat.controllers import ChatController\n"
        "  from .chat.services import ChatService\n"
        "  @Module(controllers=[..., ChatController], providers=[..., ChatService])\n"
    )
    assert (folder / "chat/controllers.py").is_file()
    assert (folder / "module.py").read_bytes() == before


def test_module_has_to_be_said_and_name_is_asked_for(project: Path, ellar: Ellar, tool: Path) -> None:
    create_module("car", project)
    run = ellar("create-websocket", "chat", cwd=project)
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)
    assert "--module" in run.stderr
    run = ellar("create-websocket", "--module", "car", cwd=project)
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)
    assert "Missing argument 'NAME'; see " in run.stderr
    with Terminal([tool, "create-websocket", "--module", "car"], project) as terminal:
        terminal.answer("Name of the websocket: ", "fleet/chat" + ENTER)
        terminal.answer("Name of the websocket: ", "chat" + ENTER)
        assert terminal.exit_code() == 0
    assert (project / "project/apps/car/chat/controllers.py").is_file()


def test_module_and_name_are_asked_for_on_a_terminal(project: Path, tool: Path) -> None:
    create_module("car", project, ModuleOptions(socket=None))
    with Terminal([tool, "create-websocket"], project) as terminal:
        terminal.answer("Its module, car or root [car]: ", ENTER)
        terminal.answer("Name of the websocket: ", "car" + ENTER)
        terminal.answer("CarModule is the module itself; 'car_socket' would do\n", "")
        terminal.answer("Name of the websocket: ", "tests" + ENTER)
        terminal.answer("'tests' ", "")
        terminal.answer("Name of the websocket: ", "chat" + ENTER)
        assert terminal.exit_code() == 0
    assert (project / "project/apps/car/chat/controllers.py").is_file()
    create_module("bus", project, ModuleOptions(socket=None))
    with Terminal([tool, "create-websocket", "talk"], project) as terminal:
        terminal.answer("Its module, bus, car or root: ", ENTER)
        terminal.answer("a name is needed; Ctrl-C ends this\n", "")
        terminal.answer("Its module, bus, car or root: ", "buss" + ENTER)
        terminal.answer("there is no module 'buss'; did you mean 'bus'?\n", "")
        terminal.answer("Its module, bus, car or root: ", "root" + ENTER)
        assert terminal.exit_code() == 0
    assert (project / "project/talk/controllers.py").is_file()


def test_module_is_not_asked_for_where_the_name_may_be_a_path_to_it(project: Path, tool: Path) -> None:
    with Terminal([tool, "create-websocket", "car/chat"], project) as terminal:
        assert terminal.exit_code() == 2
    assert " create-websocket chat --module car" in terminal.screen


@pytest.mark.parametrize(("module", "recorded"), [("fleet/car", "fleet/car"), ("CarModule", "fleet/car")])
def test_record_says_which_command_made_it(project: Path, module: str, recorded: str) -> None:
    create_module("fleet/car", project)
    create_websocket("chat", module, project, WebsocketOptions(Socket("message", "json"), tests=False))
    record = json.loads((project / ".ellar/generated.json").read_text())
    entry = record["project/apps/fleet/car/templates/chat.html"]
    assert entry["thing"] == "websocket project/apps/fleet/car/chat"
    assert entry["command"] == (f"create-websocket chat --module {recorded} --style message --encoding json --no-tests")


def test_generated_module_still_counts_as_untouched(project: Path) -> None:
    create_module("car", project)
    create_websocket("chat", "car", project)
    record = json.loads((project / ".ellar/generated.json").read_text())
    assert record["project/apps/car/module.py"]["sha256"] == hash_of(
        (project / "project/apps/car/module.py").read_bytes()
    )


def test_root_in_no_package_can_have_no_websocket(project: Path, tree: Tree, tool: Path) -> None:
    (project / "project/root_module.py").rename(project / "main.py")
    pyproject = project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("project.root_module:", "main:"))
    before = tree(project)
    with pytest.raises(CliError, match=r"main\.py is in no package, .*; make a module: .* create-module chat"):
        create_websocket("chat", "root", project)
    assert tree(project) == before
    with Terminal([tool, "create-websocket", "chat"], project) as terminal:
        terminal.answer("there is no module that it could be in; make one: ", "")
        assert terminal.exit_code() == 1


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("class ApplicationModule", "class Another", "1: there is no class ApplicationModule at the top level"),
        ("class ApplicationModule", "def (\nclass ApplicationModule", ": it does not parse: invalid syntax"),
    ],
)
def test_websocket_in_a_root_that_cannot_be_edited_is_registered_by_hand(
    project: Path, old: str, new: str, fault: str
) -> None:
    root = project / "project/root_module.py"
    root.write_text(broken := root.read_text().replace(old, new))
    with pytest.raises(CliError, match="to register the websocket, add these by hand") as error:
        create_websocket("chat", "root", project)
    assert fault in str(error.value)
    assert root.read_text() == broken
    assert (project / "project/chat/templates/chat.html").is_file()
