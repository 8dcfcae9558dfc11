import os
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from ellar_cli.commands.new import new
from ellar_cli.errors import CliError

Ellar = Callable[..., subprocess.CompletedProcess[str]]
Tree = Callable[[Path], dict[str, bytes]]


def test_new_prints_every_file_and_where_the_runtime_comes_from(
    tmp_path: Path, tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    new("project", tmp_path, runtime=">=0.1,<0.2")
    lines = capsys.readouterr().out.splitlines()
    created = {line.removeprefix("create  ") for line in lines if line.startswith("create  ")}
    assert created == {path for path, content in tree(tmp_path).items() if content != b"<folder>"}
    assert "create  project/project/server.py" in lines
    assert "Its ellar-kit comes from the package index: ellar-kit<0.2,>=0.1" in lines


def test_new_says_when_a_path_of_this_machine_is_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = tmp_path / "ellar_kit-0.1-py3-none-any.whl"
    wheel.touch()
    new("project", tmp_path, runtime=str(wheel))
    assert f"comes from a path of this machine: ellar-kit @ {wheel.as_uri()}\nNo other machine has that path" in (
        capsys.readouterr().out
    )


def test_project_says_where_everything_is(tmp_path: Path) -> None:
    new("My shop", tmp_path)
    settings = tomllib.loads((tmp_path / "My-shop" / "pyproject.toml").read_text())
    assert settings["project"]["name"] == "My-shop"
    assert settings["tool"]["ellar"] == {
        "application": "my_shop.server:bootstrap",
        "config": "my_shop.config:DevelopmentConfig",
        "root-module": "my_shop.root_module:ApplicationModule",
        "apps": "my_shop/apps",
    }


def test_no_two_projects_have_the_same_key(tmp_path: Path) -> None:
    keys = set()
    for name in ("one", "two"):
        new(name, tmp_path)
        keys.update(re.findall(r'SECRET_KEY = "(.{43,})"', (tmp_path / name / name / "config.py").read_text()))
    assert len(keys) == 2


@pytest.mark.parametrize("existing", ["project", "PROJECT"])
def test_existing_folder_is_refused_before_anything_is_written(tmp_path: Path, tree: Tree, existing: str) -> None:
    (tmp_path / existing).mkdir()
    before = tree(tmp_path)
    with pytest.raises(CliError, match=rf"^{existing} exists already in .*; 'project_2' would do$"):
        new("project", tmp_path)
    assert tree(tmp_path) == before


def test_refused_name_is_one_line_and_no_file(ellar: Ellar, tmp_path: Path) -> None:
    run = ellar("new", "class")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "error: 'class' is a Python keyword; 'class_app' would do\n"
    assert list(tmp_path.iterdir()) == []


def test_next_steps_work_as_typed_by_full_path(ellar: Ellar, tmp_path: Path) -> None:
    steps = [line.strip() for line in ellar("new", "project").stdout.partition("Next:")[2].splitlines() if line]
    assert steps[0] == "cd project"
    assert steps[1].endswith("/ellar create-module car")
    run = subprocess.run(" && ".join(steps[:2]), shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "project/project/apps/car/module.py").is_file()


def test_next_steps_name_the_tool_where_path_finds_it(tool: Path, tmp_path: Path) -> None:
    path = f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        ["ellar", "new", "project"], cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert "\n  ellar create-module car\n  ellar runserver\n" in run.stdout


def test_tool_in_a_folder_with_a_space_is_quoted(tool: Path, tmp_path: Path) -> None:
    (tmp_path / "my tools").mkdir()
    (tmp_path / "my tools" / "ellar").write_text(tool.read_text())
    (tmp_path / "my tools" / "ellar").chmod(0o755)
    run = subprocess.run(["my tools/ellar", "new", "project"], cwd=tmp_path, capture_output=True, text=True)
    assert f"  '{tmp_path}/my tools/ellar' runserver\n" in run.stdout
