"""The names of a project are read once, and again when a file changes that they are read from."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ellar_cli.changes.record import PLACE
from ellar_cli.commands.create_module import create_module
from ellar_cli.commands.destroy import destroy
from ellar_cli.commands.new import new
from ellar_cli.completion import project_names as names_of_project
from ellar_cli.completion import reading
from ellar_cli.completion.candidates import candidates
from ellar_cli.completion.project_names import project_names
from ellar_cli.project.project import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a module."""
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    new("project", tmp_path)
    create_module("car", tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds that were read from files."""
    kinds: list[str] = []
    original = reading.names

    def counted(kind: str, project: Project) -> list[tuple[str, str]]:
        kinds.append(kind)
        return original(kind, project)

    monkeypatch.setattr(reading, "names", counted)
    return kinds


def words(kind: str, folder: Path) -> list[str]:
    return [word for word, _ in project_names(kind, str(folder))]


def test_each_kind_is_read_once(project: Path, reads: list[str]) -> None:
    for folder in (project, project / "project/apps", project):
        assert project_names("modules", str(folder)) == [("car", "project/apps/car/module.py")]
        assert words("routes", folder) == ["/car/ws-index", "/car/live-support"]
        assert words("routes WS", folder) == ["/car/live-support"]
    assert reads == ["modules", "routes", "routes WS"]


def add_route(project: Path) -> None:
    controllers = project / "project/apps/car/controllers.py"
    controllers.write_text(controllers.read_text().replace('"/live-support"', '"/live"'))


def move_apps(project: Path) -> None:
    pyproject = project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('apps = "project/apps"', 'apps = "project"'))


def add_setting(project: Path) -> None:
    config = project / "project/config.py"
    config.write_text(config.read_text() + "    DOORS = 4\n")


@pytest.mark.parametrize(
    ("kind", "change", "word"),
    [
        ("routes", add_route, "/car/live"),
        ("modules", move_apps, "apps/car"),
        ("modules", lambda project: create_module("fleet/bus", project), "fleet/bus"),
        ("generated module", lambda project: create_module("bus", project), "bus"),
        ("settings", add_setting, "DOORS"),
    ],
)
def test_change_is_seen_at_the_next_tab(kind: str, change: Callable[[Path], object], word: str, project: Path) -> None:
    assert word not in words(kind, project)
    change(project)
    assert word in words(kind, project)


def test_no_command_that_is_typed_is_kept(project: Path, reads: list[str]) -> None:
    for line in ("app junk1 ", "app junk2 ", "app junk1 -", "app junk2 -"):
        candidates(line.split(" "), project)
    assert reads == ["commands", "options"]


def test_copy_of_a_project_is_read_for_itself(project: Path, tmp_path: Path) -> None:
    words("routes", project)
    shutil.copytree(project, tmp_path / "copy")
    add_route(tmp_path / "copy")
    assert "/car/live" in words("routes", tmp_path / "copy")
    assert "/car/live" not in words("routes", project)


def test_what_another_ellar_has_kept_is_read_again(
    project: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words("routes", project)
    monkeypatch.setattr(names_of_project, "_OURS", "/another/ellar_cli/completion")
    words("routes", project)
    words("routes", project)
    assert reads == ["routes", "routes"]


def test_lock_of_an_editor_is_no_obstacle(project: Path) -> None:
    (project / "project/apps/car/.#module.py").symlink_to("me@host.1")
    assert words("routes WS", project) == ["/car/live-support"]
    assert words("modules", project) == ["car"]


def test_root_module_and_config_may_be_elsewhere(project: Path) -> None:
    pyproject = project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("project.root_module:", "main:"))
    (project / "main.py").write_text("@get('/here')\ndef here(): ...\n")
    config = project / "project/config.py"
    config.write_text(config.read_text() + "    DOORS = 4\n")
    (project / "project/config").mkdir()
    config.rename(project / "project/config/__init__.py")
    assert "/here" in words("routes", project)
    assert "DOORS" in words("settings", project)
    assert "project.config:ProductionConfig" in words("config-classes", project)


def test_record_alone_is_seen_to_change(project: Path) -> None:
    assert words("generated module", project) == ["car"]
    (project / PLACE).write_text("{}\n")
    assert words("generated module", project) == []


def test_what_is_not_in_order_offers_nothing_until_it_is(project: Path) -> None:
    record = (project / PLACE).read_text()
    (project / PLACE).write_text("<<<<<<< ours\n")
    assert words("generated module", project) == []
    (project / PLACE).write_text(record)
    assert words("generated module", project) == ["car"]


def test_nothing_is_written_but_beside_the_record(project: Path, tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    words("modules", project)
    kept = set(tmp_path.rglob("*")) - before
    assert {path.relative_to(project).parts[:2] for path in kept} == {(".ellar", "__pycache__")}
    destroy("module", "car", "", project)
    assert words("modules", project) == []


def test_project_without_a_record_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    new("project", tmp_path)
    (tmp_path / "project" / PLACE).unlink(missing_ok=True)
    (tmp_path / "project" / PLACE).parent.rmdir()
    before = sorted(tmp_path.rglob("*"))
    assert "DEBUG" in words("settings", tmp_path / "project")
    assert sorted(tmp_path.rglob("*")) == before


def test_project_above_another_pyproject_toml_is_found(project: Path) -> None:
    (project / "project/pyproject.toml").write_text("[tool.other]\n")
    assert words("modules", project / "project") == ["car"]
