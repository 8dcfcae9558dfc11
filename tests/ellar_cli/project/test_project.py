import re
from pathlib import Path

import pytest

from ellar_cli.errors import CliError
from ellar_cli.project.project import find_project

TABLE = """
[tool.ellar]
application = "shop.server:bootstrap"
config = "shop.config:DevelopmentConfig"
root-module = "shop.root_module:ApplicationModule"
apps = "shop/apps"
"""


def written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def test_project_is_found_from_any_folder_inside(tmp_path: Path) -> None:
    root = written(tmp_path / "shop", TABLE)
    inside = root / "shop" / "apps" / "car"
    inside.mkdir(parents=True)
    for start in (root, root / "shop", inside):
        project = find_project(start)
        assert project.root == root
        assert (project.application, project.apps, project.root_module) == (
            "shop.server:bootstrap",
            "shop/apps",
            "shop.root_module:ApplicationModule",
        )


def test_package_of_its_own_inside_a_project_does_not_hide_it(tmp_path: Path) -> None:
    root = written(tmp_path, TABLE)
    assert find_project(written(root / "libs" / "one", "[project]\nname = 'one'\n")).root == root


def test_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert find_project(written(tmp_path, "\ufeff" + TABLE)).root == tmp_path


@pytest.mark.parametrize(("ruff", "length"), [("", 88), ("[tool.ruff]\nline-length = 120\n", 120)])
def test_line_length_is_ruffs(tmp_path: Path, ruff: str, length: int) -> None:
    assert find_project(written(tmp_path, TABLE + ruff)).line_length == length


def test_folder_outside_a_project_is_told_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(
        CliError, match=rf"^no Ellar project in {re.escape(str(tmp_path))}.*; make one: .* new project$"
    ):
        find_project(tmp_path)


def test_folder_above_projects_is_told_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "pyproject.toml").write_text("[tool.ellar")
    for name, told in (("my shop", "there is one below: cd 'my shop'"), ("zoo", "there are 2 below, like my shop")):
        (tmp_path / name).mkdir()
        written(tmp_path / name, TABLE)
        with pytest.raises(CliError, match=f"; {told}$"):
            find_project(tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[tool.ellar\n", "line 1"),
        ("[tool]\nellar = 3\n", r"\[tool.ellar\] must be a table"),
        (TABLE.replace("application", "app"), r"\[tool.ellar\] application is missing; write it like application = "),
        (TABLE.replace('"shop/apps"', "3"), r"\[tool.ellar\] apps cannot be 3; write it like apps = "),
        (TABLE.replace("shop/apps", "../apps"), r"apps cannot be '../apps'"),
        (TABLE.replace("shop/apps", "/apps"), r"apps cannot be '/apps'"),
        (TABLE.replace("shop/apps", ""), r"apps cannot be ''"),
        (TABLE.replace("shop.server:bootstrap", "shop.server"), r"application cannot be 'shop.server'"),
        (TABLE.replace("shop.root_module:ApplicationModule", "x y:Z"), r"root-module cannot be 'x y:Z'"),
    ],
)
def test_mistake_in_the_file_is_one_line_with_its_place(tmp_path: Path, text: str, reason: str) -> None:
    file = written(tmp_path, text) / "pyproject.toml"
    with pytest.raises(CliError, match=f"^{re.escape(str(file))}: .*{reason}") as error:
        find_project(tmp_path)
    assert "\n" not in str(error.value)


def test_file_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CliError, match=r"pyproject.toml: .*utf-8"):
        find_project(tmp_path)
