"""Which application a command is about: the project's, or what `--app` names."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from ellar_cli.errors import UsageError
from ellar_cli.project.project import CLASS_PATH, Project, find_project

_OPTION, _VARIABLE = "--app", "ELLAR_APP"


@dataclass(frozen=True)
class Target:
    """An application: `import_path` is `package.module:name`, and its package is in `folder`.

    `setting` is where the path is written, for errors; `project` is None for an application outside of one.
    """

    import_path: str
    folder: Path
    setting: str
    project: Project | None = None


def find_target(start: Path, app: str | None = None) -> Target:
    """Return the application `app`, looked for in `start`, or that of the project around `start`.

    Raises CliError where there is no project, and UsageError for what is no `package.module:name`.
    """
    if app is None:
        project = find_project(start, f"name an application: {_OPTION} package.module:name")
        setting = f"{project.root / 'pyproject.toml'}: [tool.ellar] application"
        return Target(project.application, project.root, setting, project)
    setting = f"environment variable {_VARIABLE}" if app == os.environ.get(_VARIABLE) else _OPTION
    if not CLASS_PATH.fullmatch(app):
        raise UsageError(f"{setting} cannot be {app!r}; write it like package.module:name")
    return Target(app, start, setting)


def check_config(named: str) -> None:
    """Raise UsageError where what `--config` says is no `package.module:Class`."""
    if not CLASS_PATH.fullmatch(named):
        raise UsageError(f"--config cannot be {named!r}; write it like package.module:Class")


def env_file(target: Target) -> Path:
    """Return the `.env` of an application, which may not be there: what ELLAR_ENV_FILE names, or that of its folder."""
    return Path(os.environ.get("ELLAR_ENV_FILE") or target.folder / ".env")


def prepare(target: Target) -> None:
    """Let this process import the application, with the config and the `.env` of its project."""
    sys.path.insert(0, str(target.folder))
    if target.project:
        os.environ.setdefault("ELLAR_CONFIG_MODULE", target.project.config)
    if env_file(target).is_file():  # the command may have been typed in a folder below
        os.environ["ELLAR_ENV_FILE"] = str(env_file(target))
