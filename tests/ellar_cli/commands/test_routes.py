import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.convertors import CONVERTOR_TYPES

from ellar_cli.commands.create_module import ModuleOptions, create_module
from ellar_cli.commands.new import new
from ellar_cli.main import main
from tests.project import ELLAR
from tests.terminal import Terminal

Run = Callable[..., tuple[int, str, str]]

APPLICATION = """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute


async def car(request):
    return PlainTextResponse("car")


async def new(request):
    return PlainTextResponse("new")


async def live(websocket):
    await websocket.accept()


print("told by the application")
application = Starlette(
    routes=[
        Route("/cars/{name}", car),
        Route("/cars/new", new, methods=["GET", "POST"]),
        WebSocketRoute("/live/", live),
        Route("/page/", car),
        Mount("/shop", Starlette(routes=[Route("/wheels/{number:int}", car)]), name="shop"),
    ]
)
empty = Starlette()


async def raw(scope, receive, send): ...


class Raw:
    async def __call__(self, scope, receive, send): ...


closed = Raw()
"""
COLOURS = """
from starlette.convertors import StringConvertor, register_url_convertor

SHADES = {"red": "#f00"}


class Colour(StringConvertor):
    def convert(self, value):
        return SHADES[value]


register_url_convertor("colour", Colour())
application ="""
TABLE = """\
METHOD PATH NAME HANDLER FILE GUARDS MODULE
GET /cars/{name} car car garage.py:7
GET,POST /cars/new new new garage.py:11
WS /live/ live live garage.py:15
GET /page/ car car garage.py:7
MOUNT /shop shop Starlette starlette/applications.py
GET /shop/wheels/{number:int} car car garage.py:7
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `ellar routes` in a folder with an application that is no project's."""
    (tmp_path / "garage.py").write_text(APPLICATION)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", [str(ELLAR)])

    def run(*options: str, name: str = "application") -> tuple[int, str, str]:
        monkeypatch.delitem(sys.modules, "garage", raising=False)
        code = main(["routes", "--app", f"garage:{name}", *options])
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def cars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two modules, one of them with a guard."""
    folder = tmp_path_factory.mktemp("routes")
    new("project", folder)
    create_module("car", folder / "project", ModuleOptions())
    return folder / "project"


def ellar(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ELLAR, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)


def test_routes_are_listed_in_the_order_in_which_they_are_tried(run: Run) -> None:
    code, out, _ = run()
    assert code == 0
    assert re.sub(r" +", " ", re.sub(r"(applications.py):\d+", r"\1", out)) == TABLE


def test_what_the_application_prints_is_not_in_the_result(run: Run) -> None:
    _, out, err = run("--json")
    assert err == "told by the application\n"
    assert json.loads(out)["application"] == "garage:application"


def test_hidden_route_is_told_beside_the_result(run: Run) -> None:
    _, _, err = run()
    assert err == (
        "told by the application\nwarning: garage.py:11: GET /cars/new is never reached: GET /cars/{name}"
        " (garage.py:7) is tried first; put it above that, or let that take less\n"
    )


def test_document_has_every_route_with_what_hides_it(run: Run, tmp_path: Path) -> None:
    document = json.loads(run("--json")[1])
    assert list(document) == ["command", "application", "routes", "modules", "error"]
    hidden = document["routes"][1]
    assert hidden == {
        "kind": "HTTP",
        "methods": ["GET", "HEAD", "POST"],
        "host": None,
        "path": "/cars/new",
        "name": "new",
        "handler": "new",
        "file": str(tmp_path / "garage.py"),
        "line": 11,
        "guards": [],
        "module": None,
        "hidden_by": [{"methods": ["GET"], "by": "/cars/{name}", "handler": "car", "is_whole": False}],
    }
    assert document["routes"][-1]["path"] == "/shop/wheels/{number:int}"


def test_match_says_who_answers_and_what_that_hides(run: Run) -> None:
    code, out, _ = run("--match", "/cars/new")
    assert code == 0
    assert (
        out
        == """\
GET /cars/{name}
  handler     car
  file        garage.py:7
  parameters  name='new'
  hides       GET,POST  /cars/new  new  garage.py:11

POST /cars/new
  handler     new
  file        garage.py:11
"""
    )


def test_match_goes_into_mounted_applications(run: Run) -> None:
    out = run("--match", "GET /shop/wheels/7")[1]
    assert out == (
        "GET /shop/wheels/{number:int}\n  handler     car\n  file        garage.py:7\n  parameters  number=7\n"
    )


def test_match_follows_the_redirect_that_the_server_answers_with(run: Run) -> None:
    code, out, _ = run("--match", "/page")
    assert (code, out.splitlines()[:3]) == (0, ["/page redirects to /page/", "", "GET /page/"])
    assert json.loads(run("--match", "/page", "--json")[1])["redirect"] == "/page/"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("DELETE /page/", "no route answers DELETE /page/; GET is answered there"),
        ("DELETE /cars/new", "no route answers DELETE /cars/new; GET, POST are answered there"),
        ("/car/new", "no route answers /car/new; near: GET /cars/{name}, GET,POST /cars/new"),
        (
            "/shop/wheels",
            "nothing in Starlette, mounted at /shop, answers /shop/wheels; near: GET /shop/wheels/{number:int}",
        ),
        ("WS /live", "no route answers WS /live; near: WS /live/"),
        (
            "/shop/wheels/x",
            "nothing in Starlette, mounted at /shop, answers /shop/wheels/x; near: GET /shop/wheels/{number:int}",
        ),
        ("/xyzzy", f"no route answers /xyzzy; see them all: {ELLAR} routes"),
    ],
)
def test_match_that_nothing_answers_says_what_is_near(run: Run, typed: str, said: str) -> None:
    code, out, err = run("--match", typed)
    assert (code, out, err.splitlines()[-1]) == (1, "", f"error: {said}")


def test_convertor_that_fails_is_told_by_its_line(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONVERTOR_TYPES, "colour", CONVERTOR_TYPES["str"])  # which takes it out again
    written = APPLICATION.replace("application =", COLOURS, 1).replace("/page/", "/{page:colour}/")
    (tmp_path / "garage.py").write_text(written)
    code, out, err = run("--match", "/green/")
    line = written[: written.index("SHADES[value]")].count("\n") + 1
    assert (code, out) == (1, "")
    assert f"error: garage.py:{line}: KeyError: 'green'\n" in err


def test_document_of_a_match(run: Run) -> None:
    document = json.loads(run("--match", "/cars/new", "--json")[1])
    assert (document["match"], document["redirect"]) == ("/cars/new", None)
    first, second = document["answers"]
    assert (first["methods"], first["parameters"]) == (["GET"], {"name": "new"})
    assert (first["route"]["path"], [route["path"] for route in first["hides"]]) == ("/cars/{name}", ["/cars/new"])
    assert (second["methods"], second["hides"]) == (["POST"], [])
    code, out, _ = run("--match", "/car/new", "--json")
    refused = json.loads(out)
    assert (code, refused["answers"]) == (1, [])
    assert {**document, "error": None}.keys() == refused.keys()
    assert refused["application"] == document["application"]
    assert [route["path"] for route in refused["near"]] == ["/cars/{name}", "/cars/new"]


def test_application_without_routes_says_so(run: Run) -> None:
    assert run(name="empty")[:2] == (0, "no routes yet\n")
    assert json.loads(run("--json", name="empty")[1])["routes"] == []


@pytest.mark.parametrize(
    ("options", "name", "code", "said"),
    [
        (["--tree"], "application", 1, "garage:application is no application of ellar's, and has no modules"),
        ([], "closed", 1, "garage:closed is a Raw, which shows no routes as Starlette's applications do"),
        (["--match", "/a b"], "application", 2, "--match cannot be '/a b'; write it like /car/"),
        (["--match", "//page/"], "application", 2, "--match cannot be '//page/'; write it like /car/"),
        (["--tree", "--match", "/"], "application", 2, "--tree shows all routes, and --match what answers one"),
    ],
)
def test_what_cannot_be_shown_is_refused_by_one_line(
    run: Run, options: list[str], name: str, code: int, said: str
) -> None:
    got, out, err = run(*options, name=name)
    assert (got, out) == (code, "")
    assert err.removeprefix("told by the application\n").startswith(f"error: {said}")


def test_projects_routes_have_their_handler_guards_and_module(cars: Path) -> None:
    document: dict[str, Any] = json.loads(ellar(cars / "project" / "apps", "routes", "--json").stdout)
    live = next(route for route in document["routes"] if route["path"] == "/car/live-support")
    assert (live["kind"], live["handler"], live["module"]) == ("WS", "CarController.live_support", "CarModule")
    assert live["file"] == str(cars / "project" / "apps" / "car" / "controllers.py")
    assert [module["name"] for module in document["modules"]] == ["CarModule", "ApplicationModule"]


def test_tree_has_modules_below_what_imports_them(cars: Path) -> None:
    lines = ellar(cars, "routes", "--tree").stdout.splitlines()
    assert lines[0].startswith("ApplicationModule  project/root_module.py:")
    assert lines[1].startswith("└── CarModule  project/apps/car/module.py:")
    assert re.fullmatch(r"    ├── GET  /car/ws-index      CarController.ws_index      .*controllers.py:\d+", lines[2])
    assert lines[3].startswith("    └── WS   /car/live-support  CarController.live_support")
    assert lines[4] == "in no module"
    assert lines[-1].startswith("└── GET  /  ")


def test_terminal_gets_no_line_that_is_wider(cars: Path) -> None:
    colours: list[str | Path] = ["/usr/bin/env", "-u", "NO_COLOR", "COLUMNS=80", ELLAR, "routes"]
    with Terminal(colours, cars) as terminal:
        assert terminal.exit_code() == 0
    plain = re.sub(r"\x1b\[\d*m", "", terminal.screen)
    assert "\x1b[36mWS\x1b[0m" in terminal.screen
    assert max(map(len, plain.splitlines())) <= 80
    assert "WS      /car/live-support  CarController." in plain
    assert plain.splitlines()[-1] == "too narrow for NAME"


def test_broken_application_is_one_error_and_no_table(cars: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("application = 1 / 0\n")
    run = subprocess.run(
        [ELLAR, "routes", "--app", "broken:application", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ,
    )
    document = json.loads(run.stdout)
    assert (run.returncode, document["application"], document["error"]["exit_code"]) == (1, "broken:application", 1)
    assert run.stderr.startswith("error: broken.py:1: ZeroDivisionError: division by zero")
