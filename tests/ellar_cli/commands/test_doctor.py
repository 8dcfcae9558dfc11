import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ellar_cli.commands.create_module import ModuleOptions, create_module
from ellar_cli.doctor.finding import CODES
from tests.ellar_cli.commands.conftest import Inside
from tests.terminal import Terminal

EXAMPLES = Path(__file__).parents[3] / "examples"
NOTHING = f"{len(CODES)} checks, nothing found\n"
KEY = "Zq7-kT9wLx3_nVb5RdYh2PfGmCs8JuAe"


class Found(NamedTuple):
    """A finding as it is printed."""

    code: str
    place: str
    problem: str
    remedy: str


def findings(out: str) -> list[Found]:
    blocks = re.findall(r"(E\d{3})  (.*)\n((?: {6}.*\n)+?) {6}fix: ((?:.+\n)+)", out)
    return [Found(code, place, _joined(problem), _joined(remedy)) for code, place, problem, remedy in blocks]


def _joined(lines: str) -> str:
    return " ".join(line.strip() for line in lines.splitlines())


@pytest.fixture
def car(project: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A project with a module."""
    create_module("car", project)
    capsys.readouterr()
    return project


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_page_has_every_code_with_what_it_is_about() -> None:
    page = (EXAMPLES.parent / "docs" / "doctor.md").read_text()
    assert dict(re.findall(r"^\| `(E\d+)` \| (.+) \|$", page, re.MULTILINE)) == CODES


def test_nothing_wrong_says_so_with_the_number_of_checks(car: Path, inside: Inside) -> None:
    for name in ("fleet", "fleet/van"):
        create_module(name, car, ModuleOptions(socket=None))
    assert inside(car / "project" / "apps", "doctor") == (0, NOTHING, "")


@pytest.mark.parametrize("name", ["api", "chat"])
def test_nothing_is_wrong_with_the_examples(name: str, tmp_path: Path, inside: Inside) -> None:
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder)
    assert inside(folder, "doctor") == (0, NOTHING, "")


def test_module_that_no_module_lists_is_registered_by_its_remedy(car: Path, inside: Inside) -> None:
    root = car / "project" / "root_module.py"
    without = root.read_text()
    create_module("lost", car)
    create_module("lost/inner", car, ModuleOptions(socket=None))  # seen once the one above it is
    root.write_text(without)
    run = inside(car, "doctor")
    (found,) = findings(run.out)
    assert run.code == 1
    assert run.out.endswith(f"\n1 finding in {len(CODES)} checks\n")
    line = 1 + next(
        number
        for number, text in enumerate((car / "project/apps/lost/module.py").read_text().splitlines())
        if "class LostModule" in text
    )
    assert found[:3] == ("E201", f"project/apps/lost/module.py:{line}", "no module lists LostModule")
    assert found.remedy == (
        "write into project/root_module.py: from project.apps.lost.module import LostModule"
        " @Module(modules=[..., LostModule])"
    )
    root.write_text(
        without.replace("\n\n\n@", "\nfrom project.apps.lost.module import LostModule\n\n\n@").replace(
            "[CarModule]", "[CarModule, LostModule]"
        )
    )
    assert inside(car, "doctor").out == NOTHING


def test_module_that_imports_the_one_above_is_to_be_listed_in_the_root_module(car: Path, inside: Inside) -> None:
    create_module("car/wheel", car, ModuleOptions(socket=None, register=False))
    file = car / "project/apps/car/wheel/module.py"
    file.write_text(file.read_text().replace("\n\n@", "\nfrom project.apps.car.module import CarModule\n\n\n@", 1))
    (found,) = findings(inside(car, "doctor").out)
    assert found.remedy.startswith("write into project/root_module.py: from project.apps.car.wheel.module import")
    file.write_text(file.read_text().replace("apps.car.module import Car", "root_module import Application"))
    (found,) = findings(inside(car, "doctor").out)
    assert found.remedy == "take the import of project/root_module.py out of it, and list it there"


def test_module_written_by_hand_is_registered_by_what_is_to_be_written(car: Path, inside: Inside) -> None:
    folder = car / "project" / "apps" / "hand"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "module.py").write_text(
        "from ellar.common import Module\nfrom ellar.core import ModuleBase\n\n\n"
        "@Module()\nclass HandModule(ModuleBase): ...\n"
    )
    (found,) = findings(inside(car, "doctor").out)
    assert found == (
        "E201",
        "project/apps/hand/module.py:6",
        "no module lists HandModule",
        "write into project/root_module.py: from project.apps.hand.module import HandModule"
        " @Module(modules=[..., HandModule])",
    )


def test_file_of_a_module_that_does_not_parse_and_is_not_listed_is_found(car: Path, inside: Inside) -> None:
    (car / "project/apps/lost").mkdir()
    (car / "project/apps/lost/module.py").write_text("\nx = (\n")
    (found,) = findings(inside(car, "doctor").out)
    problem = "no module lists what is in here, and it does not parse: '(' was never closed"
    assert found == ("E201", "project/apps/lost/module.py:2", problem, "correct it there")


@pytest.fixture
def rest(car: Path, inside: Inside) -> Path:
    """What stays of a module that is destroyed: its edited files."""
    folder = car / "project/apps/extra"
    create_module("extra", car)
    for name in ("module.py", "tests/test_controllers.py"):
        (folder / name).write_text(f"{(folder / name).read_text()}# edited\n")
    assert inside(car, "destroy", "module", "extra").code == 1
    return folder


@pytest.mark.parametrize("way_out", [0, 1], ids=["destroyed", "made again"])
def test_rest_of_a_module_is_taken_out_or_made_again_by_its_remedy(
    car: Path, rest: Path, inside: Inside, way_out: int
) -> None:
    module, tests = findings(inside(car, "doctor").out)
    assert (module.code, module.place) == ("E201", "project/apps/extra/module.py:12")
    assert module.problem == (
        "no module lists ExtraModule, and project.apps.extra.controllers, which it imports, is not there"
    )
    assert (tests.code, tests.place) == ("E204", "project/apps/extra/tests/test_controllers.py:4")
    assert tests.problem == "it imports project.apps.extra.schemas, which is not there"
    assert module.remedy == tests.remedy
    command = module.remedy.split(" or make what is not there again: ")[way_out]
    assert inside(car, *shlex.split(command)[1:]).code == 0
    assert inside(car, "doctor").out == NOTHING


def test_rest_of_a_websocket_is_taken_out_by_its_remedy(car: Path, inside: Inside) -> None:
    folder = car / "project/apps/car/chat"
    inside(car, "create-websocket", "chat", "--module", "car")
    (folder / "controllers.py").write_text((folder / "controllers.py").read_text() + "# edited\n")
    assert inside(car, "destroy", "websocket", "chat", "--module", "car").code == 1
    (found,) = findings(inside(car, "doctor").out)
    assert (found.code, found.place.partition(":")[0]) == ("E204", "project/apps/car/chat/controllers.py")
    command, _, _ = found.remedy.partition(" or make what is not there again: ")
    assert inside(car, *shlex.split(command)[1:]).code == 0
    assert inside(car, "doctor").out == NOTHING


def test_test_of_a_file_that_was_renamed_is_found_and_its_module_stays(car: Path, inside: Inside) -> None:
    folder = car / "project/apps/car"
    (folder / "schemas.py").rename(folder / "forms.py")
    edit(folder / "controllers.py", "from .schemas", "from .forms")
    found, recorded = findings(inside(car, "doctor").out)
    assert (found.code, found.remedy) == ("E204", "correct that, or delete the file")
    assert recorded.code == "E502"


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    from ._version import version\nexcept ImportError:\n    version = ''\n",
        "def late() -> None:\n    from .nothing import late\n",
        "from . import __doc__\nfrom .... import typing\nimport json, project.apps\nfrom .built import x\n",
        "x = (\n",
        "import pytest\n\npytest.importorskip('nothing')\n\nfrom project.nothing import x\n",
        "from project.made import x\n",
        "from .lazy.nothing import x\n",
    ],
)
def test_import_that_may_not_be_run_or_is_there_is_none_to_find(car: Path, inside: Inside, code: str) -> None:
    folder = car / "project/apps/car"
    (folder / f"built{EXTENSION_SUFFIXES[0]}").touch()
    (folder / "lazy").mkdir()
    (folder / "lazy/__init__.py").write_text("__path__.append('/elsewhere')\n")
    (folder / "__init__.py").write_text("import sys\n\nsys.modules['project.made'] = sys\n")
    (folder / "script.py").write_text(code)
    assert inside(car, "doctor").out == NOTHING


FLAT = """\
from ellar.app import AppFactory
from ellar.common import Module
from ellar.core import ModuleBase
{imports}

@Module({lists})
class Root(ModuleBase): ...

app = AppFactory.create_from_app_module(Root, config_module={{}})
"""


def flat(folder: Path, apps: str, package: str = "", *modules: str) -> Path:
    """Write a project by hand, with the root module in `root.py` of a package, or else at the top."""
    folder.mkdir()
    of_package = f"{package}." if package else ""
    (folder / "pyproject.toml").write_text(
        f'[tool.ellar]\napplication = "{of_package}root:app"\nconfig = "{of_package}root:Root"\n'
        f'root-module = "{of_package}root:Root"\napps = "{apps}"\n'
    )
    imports = "".join(f"from {module}.module import CarModule\n" for module in modules)
    file = folder / package / "root.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(FLAT.format(imports=imports, lists="modules=[CarModule]" if modules else ""))
    return folder


def test_imports_are_found_where_the_application_finds_them(
    tmp_path: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = flat(tmp_path / "hand", "src/handmade/apps", "handmade", "handmade.apps.car")
    (folder / "src").mkdir()
    package = (folder / "handmade").rename(folder / "src/handmade")
    tests = package / "apps/car/tests"
    tests.mkdir(parents=True)
    for made in (package, *(tests, *tests.parents)[:3]):
        (made / "__init__.py").touch()
    (tests.parent / "module.py").write_text(FLAT.format(imports="", lists="").replace("Root", "CarModule"))
    test = tests / "test_car.py"
    monkeypatch.setattr(sys, "path", [str(folder / "src"), *sys.path])
    test.write_text("from handmade.apps.car.module import CarModule\nfrom ..module import CarModule\n")
    assert inside(folder, "doctor", "--ignore", "E303").code == 0
    test.write_text("from ..nothing import x\n")
    (found,) = findings(inside(folder, "doctor", "--ignore", "E303").out)
    assert found[:3] == (
        "E204",
        "src/handmade/apps/car/tests/test_car.py:1",
        "it imports handmade.apps.car.nothing, which is not there",
    )
    (package / "__init__.py").unlink()  # a part of the package may be anywhere then
    assert inside(folder, "doctor", "--ignore", "E303").code == 0
    del sys.modules["handmade"]


def test_names_in_the_table_of_the_project_that_lead_nowhere_are_found_with_what_was_meant(
    car: Path, inside: Inside
) -> None:
    edit(
        car / "pyproject.toml",
        'apps = "project/apps"',
        'apps = "nowhere"\napplicaton = "x"\nport = 9305\nroot_module = "x"\nfoo.bar = 1',
    )
    found = findings(inside(car, "doctor").out)
    assert [(one.code, one.place, one.problem, one.remedy) for one in found] == [
        ("E205", "pyproject.toml:25", "[tool.ellar] has no applicaton", "did you mean application?"),
        ("E205", "pyproject.toml:26", "[tool.ellar] has no port", "write it to .env, as ELLAR_PORT"),
        ("E205", "pyproject.toml:27", "[tool.ellar] has no root_module", "did you mean root-module?"),
        (
            "E205",
            "pyproject.toml:28",
            "[tool.ellar] has no foo",
            "take it out; there is application, config, root-module and apps",
        ),
        (
            "E205",
            "pyproject.toml:24",
            "[tool.ellar] apps: there is no folder nowhere",
            "did you mean project/apps?",
        ),
    ]


def test_folder_of_the_apps_is_made_with_the_first_module(tmp_path: Path, inside: Inside) -> None:
    folder = flat(tmp_path / "hand", "apps")
    assert inside(folder, "doctor", "--ignore", "E303").code == 0
    assert inside(folder, "create-module", "car").code == 0
    assert (folder / "apps/car/module.py").is_file()


def test_modules_beside_the_folder_of_the_apps_are_no_sign_that_another_is_meant(car: Path, inside: Inside) -> None:
    edit(car / "pyproject.toml", 'apps = "project/apps"', 'apps = "project/apps/inner"')
    assert inside(car, "doctor").out == NOTHING
    edit(car / "pyproject.toml", 'apps = "project/apps/inner"', 'apps = "project/aps"')
    (found,) = findings(inside(car, "doctor").out)
    assert found[2:] == ("[tool.ellar] apps: there is no folder project/aps", "did you mean project/apps?")


def test_options_of_the_server_that_it_does_not_take_are_found_at_their_places(
    car: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    (car / ".env").write_text("ELLAR_PORT=http\nELLAR_RELOAD=1\n")
    monkeypatch.setenv("ELLAR_WORKERS", "none")
    port, workers = findings(inside(car, "doctor").out)
    assert (port.code, port.place) == ("E105", ".env:1")
    assert port.problem.startswith("ELLAR_PORT is wrong: 'http' is ")
    assert workers.place == "environment variable ELLAR_WORKERS"


@pytest.mark.parametrize(
    ("text", "code", "problem"),
    [
        ("ELLAR_PORT=http", "E105", "ELLAR_PORT is wrong: 'http' is "),
        ("ELLAR_DEBUG=perhaps", "E101", "DEBUG='perhaps' is wrong"),
    ],
)
def test_file_of_settings_in_a_folder_with_a_space_is_the_place(
    car: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch, text: str, code: str, problem: str
) -> None:
    file = car.parent / "of this machine" / ".env"
    file.parent.mkdir()
    file.write_text(f"{text}\n")
    shutil.copytree(file.parent, car / "of this machine")
    above = Path("..")
    for folder, path in (
        (car, file),
        (car, above / "of this machine" / ".env"),
        (car / "project", above / above / "of this machine" / ".env"),
        (car, Path("of this machine") / ".env"),
    ):
        monkeypatch.setenv("ELLAR_ENV_FILE", str(path))
        (found,) = findings(inside(folder, "doctor").out)
        assert (found.code, found.place) == (code, f"{path}:1")
        assert found.problem.startswith(problem)


def test_file_of_settings_that_cannot_be_read_is_the_place(car: Path, inside: Inside) -> None:
    (car / ".env").write_bytes(b"A=\xff\n")
    (found,) = findings(inside(car, "doctor").out)
    assert (found.code, found.place) == ("E101", ".env")
    assert found.problem.startswith("this file can't be read: ")


def test_config_in_force_that_is_not_there_is_found_once(
    car: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELLAR_CONFIG_MODULE", "project.nowhere:Live")
    (found,) = findings(inside(car, "doctor").out)
    assert (found.code, found.place) == ("E306", "environment variable ELLAR_CONFIG_MODULE")
    (found,) = findings(inside(car, "doctor", "--ignore", "E306").out)
    assert found.code == "E101"


def test_module_of_the_tests_is_theirs(car: Path, inside: Inside) -> None:
    shutil.copy(car / "project/apps/car/module.py", car / "project/apps/car/tests/module.py")
    assert inside(car, "doctor").out == NOTHING


ROUTES = """
from ellar.common import Controller, ControllerBase, get, render


class Engine: ...


@Controller("/car")
class CarController(ControllerBase):
    @get("/{name}")
    async def by_name(self, name: str) -> str:
        return name

    @get("/new")
    async def new(self) -> str:
        return "new"
"""
NEEDS = """
    @get("/engine")
    async def engine(self, engine: Engine) -> None: ...

    @get("/page")
    @render("gone.html")
    async def page(self) -> dict[str, str]:
        return {}
"""


def test_hidden_route_is_named_with_what_hides_it(car: Path, inside: Inside) -> None:
    (car / "project/apps/car/controllers.py").write_text(ROUTES)
    (found,) = findings(inside(car, "doctor").out)
    assert found[:2] == ("E202", "project/apps/car/controllers.py:14")
    assert "GET /car/new is never reached: GET /car/{name} (project/apps/car/controllers.py:10)" in found.problem


def test_mistakes_in_several_handlers_are_found_together(car: Path, inside: Inside) -> None:
    (car / "project/apps/car/controllers.py").write_text(ROUTES + NEEDS)
    run = inside(car, "doctor")
    place = "project/apps/car/controllers.py"
    assert findings(run.out) == [
        (
            "E102",
            f"{place}:18",
            "CarController.engine needs Engine for 'engine', which nobody provides",
            "add Engine to providers= of CarModule",
        ),
        (
            "E103",
            f"{place}:21",
            "CarController.page renders 'gone.html', which is not there",
            "make project/apps/car/templates/gone.html",
        ),
    ]
    assert "Not checked, because the application does not start: E104, E202, E203, E204\n" in run.out


def test_mistake_that_several_routes_lead_to_is_told_once(car: Path, inside: Inside) -> None:
    edit(
        car / "project/apps/car/services.py",
        "class CarService:",
        "class Engine: ...\n\n\nclass CarService:\n    def __init__(self, engine: Engine) -> None: ...\n",
    )
    (car / "project/apps/car/controllers.py").write_text(
        ROUTES.replace("class Engine: ...", "from .services import CarService")
        + "\n    def __init__(self, service: CarService) -> None: ...\n"
        + "\n\n@Controller('/other')\nclass OtherController(ControllerBase):\n    @get('/')\n"
        + "    async def index(self, service: CarService) -> None: ...\n"
    )
    edit(car / "project/apps/car/module.py", "[CarController]", "[CarController, OtherController]")
    edit(car / "project/apps/car/module.py", "import CarController", "import CarController, OtherController")
    (found,) = findings(inside(car, "doctor").out)
    assert (found.code, found.remedy) == ("E102", "add Engine to providers= of CarModule")
    assert found.problem.startswith("CarService needs Engine for 'engine' (")


def test_missing_static_folder_is_found(car: Path, inside: Inside) -> None:
    edit(car / "project/apps/car/module.py", "@Module(\n", '@Module(\n    static_folder="static",\n')
    (found,) = findings(inside(car, "doctor").out)
    assert found[0] == "E104"
    assert found.remedy == "make project/apps/car/static"


@pytest.mark.parametrize(
    ("file", "code", "place", "problem", "remedy"),
    [
        ("root_module.py", "x = (\n", "project/root_module.py:11", "SyntaxError: '(' was never", "correct it there"),
        ("root_module.py", "1 / 0\n", "project/root_module.py:11", "ZeroDivisionError: division", "correct it there"),
        (
            "root_module.py",
            "import no_such_package\n",
            "project/root_module.py:11",
            "ModuleNotFoundError",
            "if the name is right, install its package: ",
        ),
        ("config.py", "DevelopmentConfig.DEBUG = 'maybe'\n", "project.config:", "DEBUG='maybe' is wrong", "correct it"),
    ],
)
def test_mistake_that_keeps_it_from_starting_is_a_finding(
    car: Path, inside: Inside, file: str, code: str, place: str, problem: str, remedy: str
) -> None:
    path = car / "project" / file
    path.write_text(path.read_text() + code)
    run = inside(car, "doctor")
    (found,) = findings(run.out)
    assert (run.code, run.err, found.code) == (1, "", "E101")
    assert found.place.startswith(place)
    assert found.problem.startswith(problem)
    assert found.remedy.startswith(remedy)
    assert "Not checked, because the application does not start: E102, E103, E104, E202, E203, E204\n" in run.out
    not_imported = "Not checked, because project.root_module:ApplicationModule cannot be imported: E201\n"
    assert (not_imported in run.out) == (file == "root_module.py")


@pytest.mark.parametrize(
    ("line", "code", "problem", "remedy"),
    [
        ("DEBUG = True", "E301", "DEBUG is on", "set it to False"),
        (
            'SECRET_KEY = "secret"',
            "E302",
            "SECRET_KEY is weak: 6 characters",
            "write SECRET_KEY: str, and set ELLAR_",
        ),
        (f'SECRET_KEY = "{KEY}"', "E302", "SECRET_KEY is in a file of the project", "write SECRET_KEY: str, and"),
        (
            'SECRET_KEY, SESSION_COOKIE_NAME = "", "s"',
            "E302",
            "SECRET_KEY is missing, and sessions",
            "write SECRET_KEY",
        ),
        ('ALLOWED_HOSTS = ["*"]', "E303", "ALLOWED_HOSTS has *", "write ALLOWED_HOSTS: Sequence[str], and set ELLAR_"),
        ("ALLOWED_HOSTS = ()", "E303", "ALLOWED_HOSTS is empty", "write ALLOWED_HOSTS: Sequence[str], and set ELLAR_"),
        ('WS_ALLOWED_ORIGINS = ("*",)', "E304", "WS_ALLOWED_ORIGINS has *", "name the sites"),
        ('CORS_ALLOW_ORIGINS = ["*"]', "E305", "CORS_ALLOW_ORIGINS has *", "name the sites"),
    ],
)
def test_what_the_code_leaves_open_in_production_is_found(
    car: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch, line: str, code: str, problem: str, remedy: str
) -> None:
    monkeypatch.setenv("ELLAR_DEBUG", "1")  # of this machine, and no matter
    config = car / "project" / "config.py"
    config.write_text(f"{config.read_text()}    {line}\n")
    (found,) = findings(inside(car, "doctor").out)
    assert (found.code, found.place) == (code, f"project/config.py:{len(config.read_text().splitlines())}")
    assert found.problem.startswith(problem)
    assert found.remedy.startswith(remedy)


def test_project_without_a_config_for_production_has_debug_on(car: Path, inside: Inside) -> None:
    edit(car / "project/config.py", "class ProductionConfig", "class Other")
    (found,) = findings(inside(car, "doctor").out)
    assert (found.code, found.place) == ("E301", "project/config.py:15")
    assert "there is no ProductionConfig beside it" in found.problem
    assert inside(car, "doctor", "--config", "project.config:Other").out == NOTHING


@pytest.mark.parametrize(
    ("also", "place"),
    [("", "project/config.py"), (', "__module__": "made.up"', "made.up:ProductionConfig")],
    ids=["of a file", "of no file"],
)
def test_config_for_production_that_is_made_by_a_call_is_checked(
    car: Path, inside: Inside, also: str, place: str
) -> None:
    config = car / "project" / "config.py"
    code, _, _ = config.read_text().partition("class ProductionConfig")
    made = f'{{"DEBUG": True, "SECRET_KEY": "{KEY}"{also}}}'
    config.write_text(f"{code}ProductionConfig = type('ProductionConfig', (BaseConfig,), {made})\n")
    edit(config, "REDIRECT_SLASHES = True", "DEBUG = False")  # not where it is on
    debug, key, hosts = findings(inside(car, "doctor").out)
    assert (debug.code, debug.place) == ("E301", place)
    assert (key.code, hosts.code, hosts.place) == ("E302", "E303", place)


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("config:ProdConfig", ": project/config.py has no 'ProdConfig'; did you mean 'ProductionConfig'?"),
        ("confg:ProductionConfig", ": there is no module project.confg; did you mean project.config?"),
        ("server:bootstrap", " is not a class"),
    ],
)
@pytest.mark.parametrize("command", ["doctor", "config"])
def test_config_that_is_not_there_is_a_wrong_option(
    car: Path, inside: Inside, command: str, named: str, told: str
) -> None:
    (car / "AGENTS.md").unlink()  # another finding
    error = f"error: --config 'project.{named}'{told}\n"
    assert inside(car, command, "--config", f"project.{named}") == (2, "", error)


def test_config_whose_file_fails_is_a_finding_there(car: Path, inside: Inside) -> None:
    (car / "project/live.py").write_text("1 / 0\n")
    (found,) = findings(inside(car, "doctor", "--config", "project.live:Live").out)
    assert (found.code, found.place) == ("E306", "project/live.py:1")


def test_config_of_the_server_is_made_as_it_is_there_and_found_wrong_once(
    car: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELLAR_CONFIG_MODULE", "project.config:ProductionConfig")
    (found,) = findings(inside(car, "doctor").out)
    assert found[:3] == ("E306", "project.config:ProductionConfig", "ALLOWED_HOSTS and SECRET_KEY are not set")
    assert found.remedy.startswith("set the environment variables ELLAR_ALLOWED_HOSTS and ELLAR_SECRET_KEY, or")
    monkeypatch.setenv("ELLAR_ALLOWED_HOSTS", '["*"]')
    monkeypatch.setenv("ELLAR_SECRET_KEY", "short")
    key, hosts = findings(inside(car, "doctor").out)
    assert (key.code, key.place, hosts.code, hosts.place) == ("E302", "ELLAR_SECRET_KEY", "E303", "ELLAR_ALLOWED_HOSTS")
    assert key.remedy.startswith("set it to what this prints: python -c ")
    monkeypatch.setenv("ELLAR_ALLOWED_HOSTS", '["cars.example"]')
    monkeypatch.setenv("ELLAR_SECRET_KEY", KEY)
    assert inside(car, "doctor").out == NOTHING


def test_config_of_the_project_that_is_in_force_is_for_development(
    car: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELLAR_CONFIG_MODULE", "project.config:DevelopmentConfig")
    assert inside(car, "doctor").out == NOTHING


@pytest.mark.parametrize("is_set", [True, False])
def test_code_of_a_config_that_is_named_is_checked(
    car: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch, is_set: bool
) -> None:
    edit(car / "project/config.py", "class ProductionConfig", "class Live")
    config = car / "project" / "config.py"
    config.write_text(f"{config.read_text()}    DEBUG = True\n")
    if is_set:
        monkeypatch.setenv("ELLAR_CONFIG_MODULE", "project.config:DevelopmentConfig")
    (found,) = findings(inside(car, "doctor", "--config", "project.config:Live").out)
    assert (found.code, found.problem) == ("E301", "DEBUG is on: whoever meets an error reads the code")


@pytest.mark.parametrize(
    ("old", "new", "code", "problem", "remedy"),
    [
        ('"ellar-kit', '"left-pad>=1", "ellar-kit', "E402", "left-pad is not installed in ", "left-pad>=1"),
        ('"ellar-kit', '"typer<0.1", "ellar-kit', "E402", "the project asks for typer<0.1, and ", "typer<0.1"),
        (
            '"ellar-kit',
            '"typer @ file:///not/here", "ellar-kit',
            "E402",
            "typer comes from /not/here, which",
            "write a",
        ),
        (
            'python = ">=3.11"',
            'python = ">=3.99"',
            "E403",
            "the project is for Python >=3.99, and ",
            "make an environment",
        ),
    ],
)
def test_versions_that_do_not_fit_are_found(
    car: Path, inside: Inside, old: str, new: str, code: str, problem: str, remedy: str
) -> None:
    edit(car / "pyproject.toml", old, new)
    (found,) = findings(inside(car, "doctor").out)
    line = 11 if code == "E402" else 10
    assert (found.code, found.place) == (code, f"pyproject.toml:{line}")
    assert found.problem.startswith(problem)
    assert remedy in found.remedy


def test_version_of_the_kit_that_does_not_fit_is_found(car: Path, inside: Inside) -> None:
    file = car / "pyproject.toml"
    file.write_text(re.sub('"ellar-kit[^"]*"', '"ellar-kit>=99"', file.read_text()))
    (found,) = findings(inside(car, "doctor").out)
    assert found.problem.startswith("the project asks for ellar-kit>=99, and ")
    assert found.remedy.endswith("install 'ellar-kit>=99'")


@pytest.mark.parametrize("arguments", ["car", "car --no-websocket", "car --no-tests"])
def test_generated_module_that_the_record_does_not_know_is_recorded_by_its_remedy(
    project: Path, inside: Inside, arguments: str
) -> None:
    inside(project, "create-module", *arguments.split())
    (project / ".ellar" / "generated.json").unlink()
    (found,) = findings(inside(project, "doctor").out)
    assert found[0] == "E501"
    assert found.place.startswith("project/apps/car/")
    assert shlex.split(found.remedy)[1:] == ["create-module", *arguments.split()]
    assert inside(project, *shlex.split(found.remedy)[1:]).code == 0
    assert inside(project, "doctor").out == NOTHING


@pytest.mark.parametrize(
    "arguments",
    ["chat --module car", "chat --module root --encoding json", "chat --module car --encoding bytes --no-tests"],
)
def test_generated_websocket_that_the_record_does_not_know_is_recorded_by_its_remedy(
    car: Path, inside: Inside, arguments: str
) -> None:
    record = car / ".ellar" / "generated.json"
    inside(car, "create-websocket", *arguments.split())
    lines = record.read_text().splitlines(keepends=True)
    record.write_text("".join(line for line in lines if '"thing": "websocket ' not in line))
    (found,) = findings(inside(car, "doctor").out)
    assert found[0] == "E501"
    assert "/chat/" in found.place
    assert inside(car, *shlex.split(found.remedy)[1:]).code == 0
    assert inside(car, "doctor").out == NOTHING
    assert inside(car, "destroy", "websocket", *arguments.split()[:3]).code == 0


def test_generated_websocket_with_other_options_is_known_by_one_of_its_files(car: Path, inside: Inside) -> None:
    record = car / ".ellar" / "generated.json"
    before = record.read_text()
    inside(car, "create-websocket", "chat", "--module", "car", "--guard", "--query", "name", "--style", "message")
    record.write_text(before)
    (found,) = findings(inside(car, "doctor").out)
    assert (found.code, found.remedy) == ("E501", "restore .ellar/generated.json from your repository")


def test_websocket_of_a_root_that_is_not_there_is_found_as_well(car: Path, inside: Inside) -> None:
    inside(car, "create-websocket", "chat", "--module", "root")
    (car / ".ellar" / "generated.json").unlink()
    edit(car / "pyproject.toml", "root_module:ApplicationModule", "root_module:Nobody")
    assert [found.code for found in findings(inside(car, "doctor").out)] == ["E203", "E501", "E501"]


def test_package_of_one_s_own_in_a_module_is_no_websocket(car: Path, inside: Inside) -> None:
    folder = car / "project/apps/car/reports"
    folder.mkdir()
    for name in ("__init__", "controllers", "schemas", "services"):
        (folder / f"{name}.py").write_text("" if name == "__init__" else f'"""The {name}."""\n')
    assert inside(car, "doctor").out == NOTHING


def test_generated_module_that_was_changed_since_asks_for_the_record(car: Path, inside: Inside) -> None:
    (car / ".ellar" / "generated.json").unlink()
    edit(car / "project/apps/car/module.py", "class CarModule", "# ours\nclass CarModule")
    (found,) = findings(inside(car, "doctor").out)
    assert (found.code, found.remedy) == ("E501", "restore .ellar/generated.json from your repository")


def test_generated_module_that_could_not_be_made_again_asks_for_the_record(car: Path, inside: Inside) -> None:
    create_module("wheel", car, ModuleOptions(socket=None, register=False))
    (car / ".ellar" / "generated.json").unlink()
    edit(car / "project/apps/wheel/module.py", "\n\n\n@", "\nfrom project.root_module import ApplicationModule\n\n\n@")
    (wheel,) = [found for found in findings(inside(car, "doctor").out) if "/wheel/controllers" in found.place]
    assert (wheel.code, wheel.remedy) == ("E501", "restore .ellar/generated.json from your repository")


def test_recorded_files_that_are_gone_are_made_again_by_the_remedy(car: Path, inside: Inside) -> None:
    shutil.rmtree(car / "project/apps/car/tests")
    (found,) = findings(inside(car, "doctor").out)
    assert found[:2] == ("E502", "project/apps/car/tests/__init__.py")
    assert found.problem.endswith("and gone, as is 1 more of project/apps/car")
    remedy, _, _ = found.remedy.partition(" or take the lines of what is gone out of .ellar/generated.json")
    assert inside(car, *shlex.split(remedy)[1:]).code == 0
    assert inside(car, "doctor").out == NOTHING


def test_module_whose_folder_is_gone_is_forgotten_by_the_remedy(car: Path, inside: Inside) -> None:
    shutil.rmtree(car / "project/apps/car")
    root = car / "project/root_module.py"
    root.write_text(re.sub(".*import CarModule\n", "", root.read_text()).replace("[CarModule]", "[]"))
    (found,) = findings(inside(car, "doctor").out)
    assert found[:2] == ("E502", "project/apps/car/__init__.py")
    assert inside(car, *shlex.split(found.remedy)[1:]).code == 0
    assert inside(car, "doctor").out == NOTHING


def test_file_of_the_project_that_is_gone_may_leave_the_record(car: Path, inside: Inside) -> None:
    (car / "AGENTS.md").unlink()
    (found,) = findings(inside(car, "doctor").out)
    assert found[:2] == ("E502", "AGENTS.md")
    record = car / ".ellar" / "generated.json"
    record.write_text("".join(line for line in record.read_text().splitlines(True) if "AGENTS.md" not in line))
    assert inside(car, "doctor").out == NOTHING


def test_record_that_cannot_be_read_is_found_at_its_line(car: Path, inside: Inside) -> None:
    record = car / ".ellar" / "generated.json"
    record.write_text(record.read_text().replace("\n", "\n<<<<<<< HEAD\n", 1))
    run = inside(car, "doctor")
    (found,) = findings(run.out)
    assert found[:3] == ("E503", ".ellar/generated.json:2", "a merge conflict")
    assert "Not checked, because the record cannot be read: E501, E502\n" in run.out


def test_record_that_is_no_file_is_found(car: Path, inside: Inside) -> None:
    record = car / ".ellar" / "generated.json"
    record.unlink()
    record.mkdir()
    run = inside(car, "doctor")
    (found,) = findings(run.out)
    assert found == (
        "E503",
        ".ellar/generated.json",
        "it cannot be read: Is a directory",
        "restore it from your repository",
    )
    assert (run.code, run.err) == (1, "")


def test_record_that_cannot_be_read_keeps_no_other_check_from_its_findings(car: Path, inside: Inside) -> None:
    (car / ".ellar" / "generated.json").write_text("[]\n")
    root = car / "project/root_module.py"
    root.write_text(re.sub(".*import CarModule\n", "", root.read_text()).replace("[CarModule]", "[]"))
    unlisted, unreadable = findings(inside(car, "doctor").out)
    assert (unlisted.code, unreadable.code) == ("E201", "E503")
    assert unlisted.remedy.startswith("write into project/root_module.py: from project.apps.car.module import")


def test_websocket_whose_files_are_gone_is_made_again_by_the_remedy(car: Path, inside: Inside) -> None:
    inside(car, "create-websocket", "chat", "--module", "car")
    (car / "project/apps/car/chat/services.py").unlink()
    *_, found = findings(inside(car, "doctor").out)
    assert found[:2] == ("E502", "project/apps/car/chat/services.py")
    assert inside(car, *shlex.split(found.remedy.partition(" or take")[0])[1:]).code == 0
    assert inside(car, "doctor").out == NOTHING


def test_json_is_one_document_with_what_was_checked(car: Path, inside: Inside) -> None:
    (car / "AGENTS.md").unlink()
    file = car / "project/server.py"
    file.write_text(f'print("hello")\n{file.read_text()}1 / 0\n')
    run = inside(car, "doctor", "--json")
    document: dict[str, Any] = json.loads(run.out)
    assert run.code == 1
    assert list(document) == ["command", "findings", "checked", "not_checked", "error"]
    assert [found["code"] for found in document["findings"]] == ["E101", "E502"]
    assert set(document["findings"][0]) == {"code", "place", "problem", "remedy"}
    assert {*document["checked"], *document["not_checked"]} == set(CODES)
    assert document["not_checked"]["E202"] == "the application does not start"


def test_document_of_what_cannot_be_looked_at_has_the_same_keys(car: Path, inside: Inside) -> None:
    edit(car / "pyproject.toml", "root-module", "root-modul")
    run = inside(car, "doctor", "--json")
    document = json.loads(run.out)
    assert run.code == 1
    assert list(document) == ["command", "findings", "checked", "not_checked", "error"]
    assert (document["findings"], document["checked"], set(document["not_checked"])) == ([], [], set(CODES))
    assert "[tool.ellar] root-module is missing" in document["error"]["message"]


def test_root_module_that_is_not_there_is_found(car: Path, inside: Inside) -> None:
    edit(car / "pyproject.toml", "root_module:ApplicationModule", "root_module:Nobody")
    run = inside(car, "doctor")
    (found,) = findings(run.out)
    assert found[:2] == ("E203", "pyproject.toml:23")
    assert "project.root_module:Nobody is not there" in found.problem
    assert "Not checked, because project.root_module:Nobody cannot be imported: E201\n" in run.out


@pytest.mark.parametrize(
    ("misspelt", "remedy"),
    [
        ("project.root_module:AplicationModule", "did you mean project.root_module:ApplicationModule?"),
        ("project.rootmodule:ApplicationModule", "did you mean project.root_module:ApplicationModule?"),
        ("x:Y", "name the class there that the application is made of"),
    ],
)
def test_root_module_that_is_misspelt_is_found_with_what_was_meant(
    car: Path, inside: Inside, misspelt: str, remedy: str
) -> None:
    edit(car / "pyproject.toml", "project.root_module:ApplicationModule", misspelt)
    (found,) = findings(inside(car, "doctor").out)
    assert (found.code, found.remedy) == ("E203", remedy)


def test_application_that_is_not_there_is_found_where_it_is_named(car: Path, inside: Inside) -> None:
    edit(car / "pyproject.toml", "server:bootstrap", "server:nobody")
    (found,) = findings(inside(car, "doctor").out)
    assert found[:2] == ("E101", "pyproject.toml")
    assert found.problem == "[tool.ellar] application: project.server:nobody is not there"


def test_application_that_ends_the_process_does_not_end_the_examination(car: Path, inside: Inside) -> None:
    config = car / "project" / "config.py"
    config.write_text("raise SystemExit(3)\n" + config.read_text())
    run = inside(car, "doctor")
    (found,) = findings(run.out)
    assert (run.code, found.code, found.place) == (1, "E101", "project/config.py:1")
    assert "Not checked, because project.config:DevelopmentConfig cannot be imported: E301, " in run.out


def test_what_is_ignored_is_not_found(car: Path, inside: Inside) -> None:
    (car / "AGENTS.md").unlink()
    expected = f"{len(CODES) - 2} checks, nothing found\n"
    assert inside(car, "doctor", "--ignore", "E502", "--ignore", "E101") == (0, expected, "")
    run = inside(car, "doctor", "--ignore", "e502")
    assert (run.code, run.err) == (2, "error: --ignore cannot be 'e502'; write a code like E502\n")


def test_file_that_cannot_be_read_does_not_end_the_examination(car: Path, inside: Inside) -> None:
    (car / "AGENTS.md").unlink()
    (car / "project/apps/lost").mkdir()
    (car / "project/apps/lost/module.py").symlink_to("module.py")
    run = inside(car, "doctor")
    (found,) = findings(run.out)
    assert (run.code, found.code) == (1, "E502")
    assert run.out.endswith("Not checked, because looking for that failed: E201, E501\n")
    assert re.fullmatch("error: E201 cannot be looked for: .*apps/lost/module.py'\n", run.err)
    document = json.loads(inside(car, "doctor", "--json").out)
    assert [found["code"] for found in document["findings"]] == ["E502"]
    assert (document["error"]["message"], document["error"]["exit_code"]) == (run.err[len("error: ") : -1], 1)


def test_bug_of_a_check_is_raised_after_the_findings_of_the_others(
    car: Path, inside: Inside, capsys: pytest.CaptureFixture[str]
) -> None:
    (car / "AGENTS.md").unlink()
    config = car / "project" / "config.py"
    broken = "class Hosts(list):\n    def __contains__(self, host):\n        raise ValueError('no host')\n\n\n"
    config.write_text(f"{broken}{config.read_text()}    ALLOWED_HOSTS = Hosts(['a'])\n")
    with pytest.raises(ValueError, match="no host"):
        inside(car, "doctor")
    printed = capsys.readouterr().out
    assert [found.code for found in findings(printed)] == ["E502"]
    assert printed.endswith("Not checked, because looking for that failed: E301, E302, E303, E304, E305, E306\n")


def test_application_outside_of_a_project_has_what_can_be_checked(tmp_path: Path, inside: Inside) -> None:
    (tmp_path / "alone.py").write_text(
        "from ellar.app import AppFactory\nfrom starlette.applications import Starlette\n\n"
        "app = AppFactory.create_app(config_module={'CORS_ALLOW_ORIGINS': ['*']})\nother = Starlette()\n"
    )
    run = inside(tmp_path, "doctor", "--app", "alone:app")
    assert [(found.code, found.place) for found in findings(run.out)] == [("E303", "--app"), ("E305", "config_module")]
    assert (
        "Not checked, because --app names an application alone: E201, E203, E204, E205, E402, E403, E501, E502, E503\n"
        in run.out
    )
    other = inside(tmp_path, "doctor", "--app", "alone:other")
    assert "Not checked, because the application has no config of ellar: E301, " in other.out
    nowhere = inside(tmp_path, "doctor", "--app", "nowhere:app").out
    (found,) = findings(nowhere)
    assert found[:3] == ("E101", "--app", "there is no module nowhere")
    assert "alone: E201, E203, E204, E205, E402" in nowhere


def test_application_alone_has_the_config_for_production_beside_its_own_checked(car: Path, inside: Inside) -> None:
    named = ("doctor", "--app", "project.server:bootstrap")
    assert inside(car, *named).out.startswith("13 checks, nothing found\n")
    config = car / "project" / "config.py"
    config.write_text(f"{config.read_text()}    DEBUG = True\n")
    (found,) = findings(inside(car, *named).out)
    assert found[:3] == (
        "E301",
        f"project/config.py:{len(config.read_text().splitlines())}",
        "DEBUG is on: whoever meets an error reads the code",
    )
    edit(config, "class ProductionConfig", "class Other")
    (found,) = findings(inside(car, *named).out)
    assert found.problem == "DevelopmentConfig has DEBUG on, and there is no ProductionConfig beside it"


def test_outside_of_a_project_it_is_one_line(tmp_path: Path, inside: Inside) -> None:
    run = inside(tmp_path, "doctor")
    assert (run.code, run.out, run.err.count("\n")) == (1, "", 1)


def test_public_ellar_in_the_environment_is_found_and_the_rest_not_checked(
    car: Path, tool: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    (site / "ellar" / "core").mkdir(parents=True)
    (site / "ellar-0.8.0.dist-info").mkdir()
    (site / "ellar-0.8.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: ellar\nVersion: 0.8.0\n")
    for package in (site / "ellar", site / "ellar" / "core"):
        (package / "__init__.py").touch()
    inherited = os.environ.get("PYTHONPATH")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), *([inherited] if inherited else [])])}
    run = subprocess.run([tool, "doctor"], cwd=car, env=environment, capture_output=True, text=True)
    (found,) = findings(run.stdout)
    assert (run.returncode, run.stderr, found.code) == (1, "", "E401")
    assert "-m pip uninstall --yes ellar && " in found.remedy
    assert "Not checked, because the runtime does not load: E101, " in run.stdout


def test_terminal_wraps_what_is_wrong_and_keeps_remedies_whole(car: Path, tool: Path) -> None:
    (car / "project/apps/car/controllers.py").write_text(ROUTES)
    with Terminal([tool, "doctor"], car) as terminal:
        assert terminal.exit_code() == 1
    lines = terminal.screen.splitlines()
    assert lines[0] == "E202  project/apps/car/controllers.py:14"
    assert all(line.startswith("      ") for line in lines[1:3])
    assert lines[-1] == f"1 finding in {len(CODES)} checks"
