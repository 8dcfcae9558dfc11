"""The templates are Copier's too: what Copier makes of them is what the tool makes."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from copier import Settings, run_copy

from ellar_cli.templates import render, templates_root

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
MODULE: dict[str, str | bool] = {
    "name": "chat_room",
    "path": "chat-room",
    "class_name": "ChatRoom",
    "title": "Chat room",
}
WHEEL = {"requirement": "ellar-kit @ file:///a/b.whl", "direct_reference": True}
CASES = [
    ("project", PROJECT),
    ("project", PROJECT | WHEEL),
    ("project", PROJECT | {"docker": True, "github": True, "vendor": True, "readme": "Readme.md"}),
    ("project", PROJECT | {"docker": True, "requirement": "ellar-kit @ git+https://example.org/kit@1"}),
    ("module", MODULE),
    ("module", MODULE | {"class_name": "X" * 64}),
    ("websocket", MODULE),
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


@pytest.mark.parametrize(
    ("template", "answers"), [("project", {"project_name": "-"}), ("module", {"name": "Chat room"})]
)
def test_copier_refuses_what_is_no_name(template: str, answers: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a letter first"):
        copied(template, answers, tmp_path)


def test_every_file_of_a_template_ends_in_jinja() -> None:
    files = {path.name for path in templates_root().rglob("*") if path.is_file()}
    assert {name for name in files if not name.endswith(".jinja")} == {"copier.yml"}


def test_module_and_the_websocket_laid_over_it_ask_the_same_questions() -> None:
    # Copier includes nothing from outside a template's folder: what both say stands in both.
    questions = [(templates_root() / template / "copier.yml").read_text() for template in ("module", "websocket")]
    assert questions[0] == questions[1]
