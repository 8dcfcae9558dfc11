"""The templates are Copier's too: what Copier makes of them is what the tool makes."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from copier import Settings, run_copy

from ellar_cli.templates.rendering import render, templates_root
from ellar_cli.templates.websocket_options import DEFAULT
from tests.templates.combinations import SOCKETS, variables

PROJECT: dict[str, str | bool] = {
    "project_name": "my-shop",
    "package": "my_shop",
    "title": "My shop",
    "requirement": "ellar-kit>=0.1,<0.2",
    "direct_reference": False,
    "secret_key": "q-1_x",
    "readme": "README.md",
    "docker": False,
    "github": False,
    "vendor": False,
}
MODULE = variables("chat_room", DEFAULT)
BELOW = {"path": "car/chat-room", "template": "chat-room.html", "socket": "live", "topic": "chat room"}
WHEEL = {"requirement": "ellar-kit @ file:///a/b.whl", "direct_reference": True}
CASES = [
    ("project", PROJECT),
    ("project", PROJECT | WHEEL),
    ("project", PROJECT | {"docker": True, "github": True, "vendor": True, "readme": "Readme.md"}),
    ("project", PROJECT | {"docker": True, "requirement": "ellar-kit @ git+https://example.org/kit@1"}),
    ("module", MODULE),
    ("module", MODULE | {"class_name": "X" * 64}),
    *(("websocket", variables("chat_room", socket)) for socket in SOCKETS),
    ("websocket", MODULE | BELOW | {"module_class": "CarModule", "module_import": "...module"}),
]


def copied(template: str, answers: Mapping[str, str | bool], folder: Path) -> dict[str, str]:
    source = str(templates_root() / template)
    run_copy(source, folder, data=dict(answers), defaults=True, quiet=True, settings=Settings())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("template", "variables"), CASES)
def test_copier_renders_the_same(template: str, variables: dict[str, str | bool], tmp_path: Path) -> None:
    assert copied(template, variables, tmp_path) == render(template, variables)


@pytest.mark.parametrize("template", ["module", "websocket"])
def test_copier_needs_only_the_name_of_a_module(template: str, tmp_path: Path) -> None:
    assert copied(template, {"name": "chat_room"}, tmp_path) == render(template, MODULE)


def test_copier_needs_only_the_name_of_a_project(tmp_path: Path) -> None:
    answers = {"project_name": "my-shop", "requirement": "ellar-kit>=0.1,<0.2", "secret_key": "q-1_x"}
    assert copied("project", answers, tmp_path) == render("project", PROJECT)


def test_copier_makes_a_key_of_its_own_for_each_project(tmp_path: Path) -> None:
    configs = [copied("project", {"project_name": "shop"}, tmp_path / name)["shop/config.py"] for name in ("a", "b")]
    keys = {key for config in configs for key in re.findall(r'SECRET_KEY = "(\d{60})"', config)}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("template", "answers"), [("project", {"project_name": "-"}), ("module", {"name": "Chat room"})]
)
def test_copier_refuses_what_is_no_name(template: str, answers: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a letter first"):
        copied(template, answers, tmp_path)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"query": "2nd"}, "a letter first"),
        ({"query": "data"}, "The handlers have another data"),
        ({"style": "polling"}, "polling"),
        ({"encoding": "xml"}, "xml"),
    ],
)
def test_copier_refuses_a_websocket_that_cannot_be(answers: dict[str, str], reason: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=reason):
        copied("websocket", {"name": "car"} | answers, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_every_file_of_a_template_ends_in_jinja() -> None:
    files = {path.name for path in templates_root().rglob("*") if path.is_file()}
    assert {name for name in files if not name.endswith(".jinja")} == {"copier.yml"}


def test_websocket_asks_what_the_module_below_it_asks_and_more() -> None:
    # Copier includes nothing from outside a template's folder: what both say stands in both.
    module, websocket = ((templates_root() / name / "copier.yml").read_text() for name in ("module", "websocket"))
    questions = module[module.index("name:") :]
    assert questions in websocket
