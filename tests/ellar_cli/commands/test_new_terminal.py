"""`ellar new` on a terminal: what it asks, and what it does not."""

import json
from pathlib import Path

import pytest

from tests.terminal import CTRL_C, CTRL_D, ENTER, Terminal

QUESTIONS = ["Name of the project", "Its package", "First module", "Files for Docker?", "Checks on GitHub?"]


def new(tool: Path, folder: Path, *options: str) -> Terminal:
    return Terminal([tool, "new", *options], folder)


def test_without_a_name_everything_is_asked_and_enter_is_the_default(tool: Path, tmp_path: Path) -> None:
    with new(tool, tmp_path) as terminal:
        terminal.answer("Name of the project: ", "my-shop" + ENTER)
        terminal.answer("Its package [my_shop]: ", ENTER)
        terminal.answer("First modules, like car, fleet/bus; Enter for none: ", ENTER)
        terminal.answer("Files for Docker? [y/N]: ", ENTER)
        terminal.answer("Checks on GitHub? [y/N]: ", ENTER)
        terminal.answer("A git repository? [Y/n]: ", ENTER)
        assert terminal.exit_code() == 0
    assert json.loads((tmp_path / "my-shop/.ellar/generated.json").read_text())["README.md"]["command"] == "new my-shop"
    assert (tmp_path / "my-shop/.git").is_dir()


def test_answers_are_what_the_options_would_be(tool: Path, tmp_path: Path) -> None:
    with new(tool, tmp_path) as terminal:
        for question, typed in zip(QUESTIONS, ["shop", "store", "fleet, fleet/car", "y", "yes"], strict=True):
            terminal.answer(question, typed + ENTER)
        terminal.answer("A git repository?", "n" + ENTER)
        assert terminal.exit_code() == 0
    recorded = json.loads((tmp_path / "shop/.ellar/generated.json").read_text())
    assert (
        recorded["README.md"]["command"]
        == "new shop --package store --module fleet --module fleet/car --docker --ci github"
    )
    assert not (tmp_path / "shop/.git").exists()


def test_answer_that_will_not_do_is_said_and_asked_again(tool: Path, tmp_path: Path) -> None:
    (tmp_path / "SHOP").mkdir()
    with new(tool, tmp_path, "--no-git", "--docker", "--ci", "github", "--module", "car") as terminal:
        terminal.answer("Name of the project: ", "class" + ENTER)
        terminal.answer("'class' is a Python keyword; 'class_app' would do\nName of the project: ", "shop" + ENTER)
        terminal.answer("SHOP exists already in", "")
        terminal.answer("Name of the project: ", "store" + ENTER)
        terminal.answer("Its package [store]: ", "json" + ENTER)
        terminal.answer("'json' would hide a module of the standard library", "")
        terminal.answer("Its package [store]: ", ENTER)
        assert terminal.exit_code() == 0
    assert (tmp_path / "store/Dockerfile").is_file()


def test_nothing_a_module_twice_and_neither_yes_nor_no_are_said_and_asked_again(tool: Path, tmp_path: Path) -> None:
    with new(tool, tmp_path, "--no-git", "--package", "store", "--ci", "github") as terminal:
        terminal.answer("Name of the project: ", ENTER)
        terminal.answer("a name is needed; Ctrl-C ends this\nName of the project: ", "shop" + ENTER)
        terminal.answer("First modules", "lot, 2x" + ENTER)
        terminal.answer("'2x' starts with a digit; 'app_2x' would do\nFirst modules", "lot, fleet/car,Lot" + ENTER)
        terminal.answer("'lot' is there twice\nFirst modules", "lot" + ENTER)
        terminal.answer("Files for Docker? [y/N]: ", "maybe" + ENTER)
        terminal.answer("'maybe' is neither y nor n\nFiles for Docker? [y/N]: ", CTRL_C)
        assert terminal.exit_code() == 130
    assert "Error" not in terminal.screen


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
@pytest.mark.parametrize("answered", [0, 1, 4])
def test_ctrl_c_and_ctrl_d_leave_nothing(tool: Path, tmp_path: Path, key: str, answered: int) -> None:
    with new(tool, tmp_path) as terminal:
        for question in QUESTIONS[:answered]:
            terminal.answer(question, ("shop" if question == QUESTIONS[0] else "") + ENTER)
        terminal.answer(QUESTIONS[answered], key)
        assert terminal.exit_code() == 130
        assert terminal.screen.endswith("\ninterrupted\n")
    assert list(tmp_path.iterdir()) == []


DEFAULTS = "Take the defaults (package shop, no module, no Docker, no checks on GitHub, a git repository)? [Y/n]: "


def test_after_a_name_one_enter_takes_all_the_rest_as_it_is(tool: Path, tmp_path: Path) -> None:
    with new(tool, tmp_path, "shop") as terminal:
        terminal.answer(DEFAULTS, ENTER)
        assert terminal.exit_code() == 0
    assert (tmp_path / "shop/.git").is_dir()


def test_after_a_name_all_that_was_not_given_is_asked_by_whom_the_defaults_do_not_suit(
    tool: Path, tmp_path: Path
) -> None:
    with new(tool, tmp_path, "shop", "--docker", "--no-git") as terminal:
        terminal.answer("Take the defaults (package shop, no module, no checks on GitHub)? [Y/n]: ", "n" + ENTER)
        terminal.answer("Its package [shop]: ", ENTER)
        terminal.answer("First modules, like car, fleet/bus; Enter for none: ", "car" + ENTER)
        terminal.answer("Checks on GitHub? [y/N]: ", ENTER)
        assert terminal.exit_code() == 0
    recorded = json.loads((tmp_path / "shop/.ellar/generated.json").read_text())
    assert recorded["README.md"]["command"] == "new shop --module car --docker"


ALL = ["--package", "store", "--module", "car", "--docker", "--ci", "github", "--no-git"]


@pytest.mark.parametrize("options", [["--defaults"], ALL])
def test_what_was_given_is_not_asked(tool: Path, tmp_path: Path, options: list[str]) -> None:
    with new(tool, tmp_path, "shop", *options) as terminal:
        assert terminal.exit_code() == 0
    assert "?" not in terminal.screen
    assert (tmp_path / "shop/pyproject.toml").is_file()


def test_one_thing_that_was_not_given_is_one_question(tool: Path, tmp_path: Path) -> None:
    with new(tool, tmp_path, "shop", *ALL[:-1]) as terminal:
        terminal.answer("A git repository? [Y/n]: ", "n" + ENTER)
        assert terminal.exit_code() == 0
    assert not (tmp_path / "shop/.git").exists()


def test_name_that_will_not_do_is_refused_before_anything_is_asked(tool: Path, tmp_path: Path) -> None:
    with new(tool, tmp_path, "class") as terminal:
        assert terminal.exit_code() == 1
    assert terminal.screen.startswith("error: 'class' is a Python keyword; 'class_app' would do")


@pytest.mark.parametrize("option", ["--defaults", "--json"])
def test_name_is_not_asked_for_where_nothing_is_to_be_asked(tool: Path, tmp_path: Path, option: str) -> None:
    with new(tool, tmp_path, option) as terminal:
        assert terminal.exit_code() == 2
    assert "error: Missing argument 'NAME'; see " in terminal.screen


@pytest.fixture
def template(tmp_path: Path) -> str:
    (tmp_path / "template").mkdir()
    (tmp_path / "template/copier.yml").write_text(
        "project_name: {type: str, default: none}\n"
        "colour: {type: str, help: Which colour}\n"
        "_exclude: [copier.yml]\n"
        "_tasks: [echo a word of the task]\n"
    )
    (tmp_path / "template/colour.txt.jinja").write_text("{{ project_name }} is {{ colour }}")
    return "template"


def test_templates_questions_are_asked(tool: Path, tmp_path: Path, template: str) -> None:
    with new(tool, tmp_path, "shop", "--no-git", "--template", template, "--trust") as terminal:
        terminal.answer("Copying the template template ...\n", "")
        terminal.answer("project_name", ENTER)
        terminal.answer("Which colour", "red" + ENTER)
        assert terminal.exit_code() == 0
    assert "a word of the task" in terminal.screen
    assert (tmp_path / "shop/colour.txt").read_text() == "shop is red"


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_ctrl_c_and_ctrl_d_at_a_templates_question_leave_nothing(
    tool: Path, tmp_path: Path, template: str, key: str
) -> None:
    with new(tool, tmp_path, "shop", "--no-git", "--template", template, "--trust") as terminal:
        terminal.answer("project_name", ENTER)
        terminal.answer("Which colour", key)
        assert terminal.exit_code() == 130
    assert terminal.screen.endswith("interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["template"]


def test_defaults_of_a_template_that_has_none_is_one_line(tool: Path, tmp_path: Path, template: str) -> None:
    with new(tool, tmp_path, "shop", "--template", template, "--trust", "--defaults") as terminal:
        assert terminal.exit_code() == 1
    assert "error: --template: it asks for 'colour', which has no default: answer it on a terminal" in terminal.screen
