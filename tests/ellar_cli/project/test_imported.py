from pathlib import Path

import pytest

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.project.imported import imported_files
from ellar_cli.project.project import find_project


def imported(project: Path, line: str) -> set[str]:
    """What `car` imports by a line, besides its own packages."""
    found = find_project(project)
    for name, text in {
        "car": line,
        "bus": "import project.apps.van.module\n",
        "van": "from ..car import module\n",
    }.items():
        folder = project / "project/apps" / name
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "module.py").write_text(text)
    file = project / "project/apps/car/module.py"
    files = imported_files(found, ChangeSet(project), file) - {file}
    return {path.parent.name for path in files if path.name == "module.py"}


@pytest.mark.parametrize(
    "line",
    [
        "import project.apps.bus.module",
        "from project.apps.bus.module import BusModule",
        "from ..bus import module",
        "try:\n    from ..bus.module import BusModule as Bus\nexcept ImportError: ...",
        "class Inner:\n    from project.apps.bus import module",
    ],
)
def test_what_is_imported_by_what_is_imported_is_found_too(project: Path, line: str) -> None:
    assert imported(project, line) == {"bus", "van"}


@pytest.mark.parametrize(
    "line",
    [
        "def f():\n    import project.apps.bus.module",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..bus.module import BusModule",
        "from ..bus_2 import module",
        "import json, starlette.routing",
        "from ..bus import (",
    ],
)
def test_what_does_not_run_at_the_import_is_not(project: Path, line: str) -> None:
    assert imported(project, line) == set()
