import os
from pathlib import Path

import pytest

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.project.importers import importers
from ellar_cli.project.project import Project, find_project


@pytest.fixture
def found(project: Path) -> Project:
    (project / "project/apps/car").mkdir()
    (project / "project/apps/car/module.py").write_text("from project.apps.car import services\n")
    return find_project(project)


@pytest.mark.parametrize(
    "line",
    [
        "import project.apps.car",
        "import project.apps.car.module as x",
        "from project.apps import car",
        "from project.apps.car.services import CarService",
        "from .apps.car import services",
        "from .apps import car",
        "def f(): from . import x; from .apps.car.module import CarModule",
    ],
)
def test_every_way_to_import_it_is_found(found: Project, line: str) -> None:
    (found.root / "project/other.py").write_text(f"# one\n{line}\n")
    assert list(importers(found, ChangeSet(found.root), "project.apps.car", ())) == ["project/other.py:2"]


@pytest.mark.parametrize(
    "line",
    [
        "import project.apps.car_2",
        "from project.apps import car_2",
        "from apps import car",
        "from ..apps import car",
        "from .. import car",
        "car = 'project.apps.car'",
        "import project.apps.car.inner.module",
        "this is no python: car",
    ],
)
def test_what_only_looks_like_it_is_not(found: Project, line: str) -> None:
    (found.root / "project/other.py").write_text(f"{line}\n")
    assert list(importers(found, ChangeSet(found.root), "project.apps.car", ["project.apps.car.inner"])) == []


def test_environment_in_the_project_is_not_read(found: Project) -> None:
    (found.root / "venv/lib").mkdir(parents=True)
    (found.root / "venv/pyvenv.cfg").touch()
    (found.root / "venv/lib/x.py").write_text("import project.apps.car\n")
    assert list(importers(found, ChangeSet(found.root), "project.apps.car", ())) == []


def test_what_is_no_file_is_not_read(found: Project) -> None:
    (found.root / "project/.#config.py").symlink_to("ada@machine:1")  # an editor's lock
    os.mkfifo(found.root / "project/pipe.py")
    changes = ChangeSet(found.root)
    assert not list(importers(found, changes, "project.apps.car", ()))


def test_files_count_as_they_are_planned(found: Project) -> None:
    for name in ("one", "two"):
        (found.root / f"project/{name}.py").write_text("import project.apps.car\n")
    changes = ChangeSet(found.root)
    changes.update(found.root / "project/one.py", b"# car\n", "")
    changes.remove(found.root / "project/two.py")
    assert list(importers(found, changes, "project.apps.car", ())) == []
