"""The names that a project has, kept until one of its files changes."""

import os

from ellar_cli import kept

# A name, and what it is about.
Name = tuple[str, str]

_OURS = os.path.dirname(__file__)


def project_names(kind: str, start: str) -> list[Name]:
    """Return the names of a kind (of `reading.KINDS`) in the project around `start`.

    Where there is no project, or none in order, there is nothing to offer: the command says why.
    """
    root = _nearest(start)
    if root is None:
        return []
    match kept.read(_place(root)):
        case (of, files, state, dict(found)) if of == _of(root) and kind in found and kept.state(*files) == state:
            return [(name, about) for name, about in found[kind]]
        case _:
            return _read(kind, start)


def _read(kind: str, start: str) -> list[Name]:
    # What is to be spared.
    from pathlib import Path

    from ellar_cli.completion import reading
    from ellar_cli.errors import CliError
    from ellar_cli.project.project import find_project

    try:
        project = find_project(Path(start))
        files = reading.files(project)
        state = kept.state(*files)
        names = reading.names(kind, project)
    except (CliError, OSError, SyntaxError, ValueError):
        return []
    _keep(str(project.root), files, state, {kind: names})
    return names


def _keep(root: str, files: list[str], state: object, names: dict[str, list[Name]]) -> None:
    match kept.read(_place(root)):
        case (_, _, before, dict(found)) if before == state:
            names = found | names
    if os.path.isdir(os.path.dirname(_place(root))):
        kept.write(_place(root), (_of(root), files, state, names))


def _of(root: str) -> tuple[str, str]:
    """Return whose it is: a project may have been copied with what was kept, and another version of ellar kept it."""
    return root, _OURS


def _nearest(start: str) -> str | None:
    """Return the nearest folder with a pyproject.toml. Where that has no project, there may be one above."""
    folder = os.path.abspath(start)
    while not os.path.isfile(os.path.join(folder, "pyproject.toml")):
        below, folder = folder, os.path.dirname(folder)
        if folder == below:
            return None
    return folder


def _place(root: str) -> str:
    return os.path.join(root, ".ellar", "completion.py")
