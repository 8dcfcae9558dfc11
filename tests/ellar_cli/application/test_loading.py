import sys
from pathlib import Path
from types import ModuleType

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.routing import Router

from ellar.app import App
from ellar_cli.application.loading import loaded
from ellar_cli.errors import CliError, UsageError


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """What loading sets for its process is taken back."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "modules", sys.modules.copy())
    for name in ("ELLAR_CONFIG_MODULE", "ELLAR_ENV_FILE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_application_of_the_project_is_loaded_from_any_folder_with_its_config_and_env_file(project: Path) -> None:
    (project / ".env").write_text("ELLAR_API_TITLE=Ours\n")
    target, app = loaded(project / "project" / "apps")
    assert (target.folder, target.import_path) == (project, "project.server:bootstrap")
    assert isinstance(app, App)
    assert type(app.config).__name__ == "DevelopmentConfig"
    assert app.config.API_TITLE == "Ours"


def test_another_env_file_that_is_named_is_read_instead(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".env").write_text("ELLAR_API_TITLE=Ours\n")
    (project / "other.env").write_text("ELLAR_API_TITLE=Other\n")
    monkeypatch.setenv("ELLAR_ENV_FILE", str(project / "other.env"))
    assert loaded(project)[1].config.API_TITLE == "Other"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("async def bare(scope, receive, send): ...", "bare"),
        ("class Bare:\n    async def __call__(self, scope, receive, send): ...\nbare = Bare()", "bare"),
        ("async def bare(scope, receive, send): ...\ndef make():\n    return bare", "make"),
        (
            "import functools\nasync def bare(scope, receive, send): ...\n"
            "def make(is_shown):\n    return bare\npart = functools.partial(make, True)",
            "part",
        ),
        (
            "async def bare(scope, receive, send): ...\n"
            "class Maker:\n    def __call__(self):\n        return bare\nmaker = Maker()",
            "maker",
        ),
    ],
)
def test_any_asgi_application_is_loaded_outside_of_a_project(tmp_path: Path, text: str, name: str) -> None:
    (tmp_path / "loaded_bare.py").write_text(f"{text}\n")
    target, app = loaded(tmp_path, f"loaded_bare:{name}")
    assert target.project is None
    assert app is sys.modules["loaded_bare"].bare


@pytest.mark.parametrize(
    "application",
    [FastAPI(), Starlette(), Router(), HTTPEndpoint],
    ids=lambda one: getattr(one, "__name__", type(one).__name__),
)
def test_application_of_another_framework_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, application: object
) -> None:
    module = ModuleType("loaded_theirs")
    vars(module)["app"] = application
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert loaded(tmp_path, "loaded_theirs:app")[1] is application


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nobody", "--app: loaded_odd:nobody is not there"),
        ("latre", "--app: loaded_odd:latre is not there; did you mean loaded_odd:later?"),
        (
            "NUMBER",
            "--app: loaded_odd:NUMBER is no function or application; name an application, or a function that makes one",
        ),
        ("later", "--app: loaded_odd:later is async: make the application in a plain def"),
        ("waits", "--app: loaded_odd:waits is async: make the application in a plain def"),
        ("nothing", "--app: loaded_odd:nothing returns None, which is no application"),
        ("a_class", "--app: loaded_odd:a_class returns <class 'dict'>, which is no application"),
    ],
)
def test_name_that_is_no_application_is_one_line(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "loaded_odd.py").write_text(
        "NUMBER = 1\nasync def later(): ...\ndef nothing(): ...\ndef a_class(): return dict\n"
        "class Waits:\n    async def __call__(self): ...\nwaits = Waits()\n"
    )
    with pytest.raises(CliError) as refused:
        loaded(tmp_path, f"loaded_odd:{name}")
    assert str(refused.value) == reason


PARTS = """
from ellar.app import App, AppFactory
from ellar.common import Controller, ControllerBase, Module, ModuleRouter, get
from ellar.core import ModuleBase

@Controller("/cars")
class CarController(ControllerBase): ...

@Module(controllers=[CarController])
class CarModule(ModuleBase): ...

router = ModuleRouter("/cars")

@get("/")
async def index(a, b, c): ...

class Wsgi:
    def __call__(self, environ, start_response): ...
wsgi = Wsgi()
"""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("CarController", "a controller; write app = AppFactory.create_app(controllers=[CarController]) and name that"),
        ("CarModule", "a module; write app = AppFactory.create_from_app_module(CarModule) and name that"),
        ("router", "a router; write app = AppFactory.create_app(routers=[router]) and name that"),
        ("index", "a route; write app = AppFactory.create_app(routers=[index]) and name that"),
        ("App", "a class; name an application, or a function that makes one"),
        (
            "wsgi",
            "a Wsgi, which is not called with scope, receive and send as ASGI has it;"
            " name an application, or a function that makes one",
        ),
    ],
)
def test_part_of_an_application_is_refused_with_how_one_comes_of_it(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "loaded_parts.py").write_text(PARTS)
    with pytest.raises(CliError) as refused:
        loaded(tmp_path, f"loaded_parts:{name}")
    assert str(refused.value) == f"--app: loaded_parts:{name} is {reason}"


def test_application_beside_what_is_none_is_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "loaded_echo.py").write_text(f"{PARTS}\napp = AppFactory.create_app(controllers=[CarController])\n")
    with pytest.raises(CliError) as refused:
        loaded(tmp_path, "loaded_echo:CarController")
    assert str(refused.value) == "--app: loaded_echo:CarController is a controller; did you mean loaded_echo:app?"


def test_exception_outside_of_all_usual_ones_is_told_by_its_place_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "loaded_stop.py").write_text("class Stop(BaseException): ...\nraise Stop('no')\n")
    with pytest.raises(CliError) as refused:
        loaded(tmp_path, "loaded_stop:app")
    assert str(refused.value).splitlines()[0] == "loaded_stop.py:2: loaded_stop.Stop: no"


@pytest.mark.parametrize("app", ["shop", "shop:", ":app", "shop.py:app:x", "a b:c", "1shop:app"])
def test_app_that_is_no_import_path_is_one_line(tmp_path: Path, app: str) -> None:
    with pytest.raises(UsageError, match=r"^--app cannot be "):
        loaded(tmp_path, app)


def test_variable_that_is_no_import_path_or_names_nothing_is_told_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELLAR_APP", "nope")
    with pytest.raises(UsageError, match=r"^environment variable ELLAR_APP cannot be 'nope'; write it like "):
        loaded(tmp_path, "nope")
    monkeypatch.setenv("ELLAR_APP", "loaded_none:app")
    with pytest.raises(CliError, match=r"^environment variable ELLAR_APP: there is no module loaded_none$"):
        loaded(tmp_path, "loaded_none:app")


def test_folder_without_a_project_names_the_option_as_another_way(tmp_path: Path) -> None:
    with pytest.raises(
        CliError, match=r"; make one: .+ new project; or name an application: --app package\.module:name$"
    ):
        loaded(tmp_path)
