"""The specification's own Python, every listing as it stands, on a real uvicorn and on TestClient."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ellar.common import GuardCanActivate, IExecutionContext
from ellar.testing import Test
from tests import specification
from tests.ellar.conftest import Frame, Talk

pytestmark = specification.needs_specification

LIVE = "/car/live-support"
GREETING = "Welcome to our live support room!\nHow can we help you?"

# `assert ws.close()` is in the specification; that nobody awaits it is what Python rightly says.
NEVER_AWAITED = "coroutine '.*close' was never awaited"

Project = Callable[[str], ModuleType]


def reply(data: str) -> str:
    return f'We have received you complain:<br><br><strong>"{data}"</strong><br><br>We shall get back to you.'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """Imports `project_name.apps.car.controllers`, as a listing leaves it, with the page beside it."""
    car = tmp_path / "project_name/apps/car"
    (car / "templates").mkdir(parents=True)
    (car / "templates/ws-index.html").write_text(specification.page(), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def load(listing: str) -> ModuleType:
        (car / "controllers.py").write_text(specification.controllers()[listing], encoding="utf-8")
        return importlib.import_module("project_name.apps.car.controllers")

    yield load
    for name in [name for name in sys.modules if name.partition(".")[0] == "project_name"]:
        del sys.modules[name]


def app_of(module: ModuleType) -> Any:
    return Test.create_test_module(controllers=[module.CarController]).create_application()


def test_no_python_is_left_out() -> None:
    whole = specification.text().replace(specification.page(), "")
    cut = "".join(specification.listings())

    for sign in ("@", " import ", "async def ", "    def ", "class My", "class Test", "await ", "    return", "...\n"):
        assert cut.count(sign) == whole.count(sign) > 0, sign


def test_every_listing_is_run_below() -> None:
    assert {*specification.controllers(), "test"} == set(specification.Listings._fields)


def test_the_empty_route_never_accepts(talk: Talk, project: Project) -> None:
    assert talk(app_of(project("empty_route")), LIVE).status == 403


def test_the_loop_greets_and_answers_until_the_client_leaves(talk: Talk, project: Project) -> None:
    app = app_of(project("loop"))

    with pytest.warns(RuntimeWarning, match=NEVER_AWAITED):
        outcome = talk(app, LIVE, send=["one", "two"], expect=3, leave=1000)

    assert outcome.frames == [GREETING, reply("one"), reply("two")]


def test_the_guard_prints_and_refuses(talk: Talk, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = talk(app_of(project("guard")), LIVE)

    assert (outcome.status, outcome.body) == (403, {"detail": "Forbidden"})
    assert capsys.readouterr().out == "MyGuard was called.\n"


@pytest.mark.filterwarnings(f"ignore:{NEVER_AWAITED}")
def test_the_guard_lets_through_what_it_returns_true_for(talk: Talk, project: Project) -> None:
    class Allowing(GuardCanActivate):
        async def can_activate(self, context: IExecutionContext) -> bool:
            return True

    module = project("guard")
    test_module = Test.create_test_module(controllers=[module.CarController])
    app = test_module.override_provider(module.MyGuard, use_class=Allowing).create_application()
    outcome = talk(app, LIVE, send=["hi"], expect=2, leave=1000)

    assert outcome.frames == [GREETING.replace("Welcome", "Welcome John"), reply("hi")]


@pytest.mark.filterwarnings(f"ignore:{NEVER_AWAITED}")
@pytest.mark.parametrize(("query", "name"), [("", "John"), ("?name=Ada", "Ada")])
def test_the_query_parameter_is_in_the_greeting(talk: Talk, project: Project, query: str, name: str) -> None:
    outcome = talk(app_of(project("query")), LIVE + query, send=["hi"], expect=2, leave=1000)

    assert outcome.frames == [GREETING.replace("Welcome", f"Welcome {name}"), reply("hi")]


def test_the_three_handlers_connect_answer_and_disconnect(
    talk: Talk, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = talk(app_of(project("session")), LIVE, send=["one", "two"], expect=3, leave=1000)

    assert outcome.frames == [GREETING, reply("one"), reply("two")]
    assert capsys.readouterr().out == "MyGuard was called.\n"


def test_the_simplified_handler_answers(talk: Talk, project: Project) -> None:
    assert talk(app_of(project("short")), LIVE, send=["hi"], expect=1, leave=1000).frames == [reply("hi")]


@pytest.mark.parametrize(
    ("encoding", "sent", "answer", "refused", "code"),
    [
        ("text", "hi", "hi", b"hi", 1003),
        ("json", '{"speed": 3}', '{"speed":3}', "no json", 1003),
        ("bytes", b"\0\1", b"\0\1", "hi", 1003),
    ],
)
def test_an_encoding_allows_its_messages_alone(
    talk: Talk, project: Project, encoding: str, sent: Frame, answer: Frame, refused: Frame, code: int
) -> None:
    app = app_of(project(encoding))

    assert talk(app, "/car/path", send=[sent], expect=1, leave=1000).frames == [answer]
    assert talk(app, "/car/path", send=[refused]).code == code


def test_its_test_passes(project: Project, tmp_path: Path) -> None:
    project("session")
    tests = tmp_path / "project_name/car/tests"
    tests.mkdir(parents=True)
    (tests / "test_controllers.py").write_text(specification.listings().test, encoding="utf-8")

    test = importlib.import_module("project_name.car.tests.test_controllers").TestCarController()
    test.setup()
    test.test_live_support_works()
    assert test.client.get("/car/ws-index").text == specification.page().rstrip()
