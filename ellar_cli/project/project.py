"""Finds the project that a command was typed in: [tool.ellar] in its pyproject.toml."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ellar_cli.errors import CliError
from ellar_cli.output import command, quote

CLASS_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_EXAMPLES = {
    "application": "project.server:bootstrap",
    "config": "project.config:DevelopmentConfig",
    "root-module": "project.root_module:ApplicationModule",
    "apps": "project/apps",
}
KEYS = tuple(_EXAMPLES)
"""What [tool.ellar] says."""
_RUFF_LINE_LENGTH = 88


@dataclass(frozen=True)
class Project:
    """A project as its pyproject.toml describes it; `root` is the folder of that file.

    `application`, `config` and `root_module` are written `package.module:name`; `apps` is relative to `root`.
    """

    root: Path
    application: str
    config: str
    root_module: str
    apps: str
    line_length: int

    @property
    def packages(self) -> list[str]:
        """The names at the top of its code: packages, or files without their `.py`."""
        return sorted({self.apps.partition("/")[0], self.root_module.partition(":")[0].partition(".")[0]})

    def files_of(self, module: str) -> list[Path]:
        """Return the files that a module, written `package.module:name`, may be in."""
        path = self.root.joinpath(*module.partition(":")[0].split("."))
        return [path.with_suffix(".py"), path / "__init__.py"]


def find_project(start: Path, another_way: str = "") -> Project:
    """Return the nearest project at or above `start`. Where there is none, a person is told of `another_way`, too.

    Raises CliError where there is none, and for a pyproject.toml that does not say what it has to.
    """
    if project := project_around(start):
        return project
    way = "; or ".join(filter(None, [_way_in(start), another_way]))
    raise CliError(f"no Ellar project in {start} or above it (a pyproject.toml with [tool.ellar]); {way}")


def project_around(folder: Path) -> Project | None:
    """Return the nearest project at or above a folder, if there is one. Raises CliError as `find_project` does."""
    for above in (folder, *folder.parents):
        file = above / "pyproject.toml"
        if file.is_file() and (project := _read(file)):
            return project
    return None


def _way_in(start: Path) -> str:
    """Say where there is a project, as after `ellar new` without `cd`, or how to make one."""
    below = [folder.name for folder in sorted(start.iterdir()) if _is_project(folder)]
    if len(below) == 1:
        return f"there is one below: {quote('cd', below[0])}"
    return f"there are {len(below)} below, like {below[0]}" if below else f"make one: {command('new', 'project')}"


def _is_project(folder: Path) -> bool:
    try:
        return _read(folder / "pyproject.toml") is not None
    except (CliError, OSError):
        return False


def _read(file: Path) -> Project | None:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CliError(f"{file}: {error}") from None
    table = _get(document, "tool", "ellar")
    if table is None:
        return None
    if not isinstance(table, dict):
        raise CliError(f"{file}: [tool.ellar] must be a table")
    values = {key: _text(file, table, key) for key in _EXAMPLES}
    line_length = _get(document, "tool", "ruff", "line-length")
    return Project(
        root=file.parent,
        application=values["application"],
        config=values["config"],
        root_module=values["root-module"],
        apps=values["apps"],
        line_length=line_length if isinstance(line_length, int) else _RUFF_LINE_LENGTH,
    )


def _get(document: Any, *keys: str) -> Any:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _text(file: Path, table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    fits = isinstance(value, str) and (_is_package_path(value) if key == "apps" else CLASS_PATH.fullmatch(value))
    if not fits:
        fault = "is missing" if value is None else f"cannot be {value!r}"
        raise CliError(f'{file}: [tool.ellar] {key} {fault}; write it like {key} = "{_EXAMPLES[key]}"')
    return str(value)


def _is_package_path(value: str) -> bool:
    return all(part.isidentifier() for part in value.split("/"))
