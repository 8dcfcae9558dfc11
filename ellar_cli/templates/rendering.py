"""Where the bundled templates are, and rendering them in memory."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

SUFFIX = ".jinja"
PARTS = "parts"
"""The folder of a template that holds what its files include, and no files of its own."""


def templates_root() -> Path:
    """Return the folder of the bundled templates: inside the installed package, else beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "project_templates"
    return installed if installed.is_dir() else package.parent / "project_templates"


def render(template: str, variables: Mapping[str, str | bool], over: str | None = None) -> dict[str, str]:
    """Render a bundled template (`project`, `module`, `websocket`); nothing is written.

    Returns the text of each file by its path, which is relative to the destination and has `/` between its parts.
    A file that the template `over` has as well is that one's. One with a name that renders to nothing, be it that of
    a folder above it, is left out.
    Raises jinja2.UndefinedError where a template asks for a variable that is not there.
    """
    root = templates_root()
    return _rendered((root / template,) if over is None else (root / over, root / template), variables)


def render_folder(folder: Path, variables: Mapping[str, str | bool]) -> dict[str, str]:
    """Render the template in `folder`, as `render` does."""
    return _rendered((folder,), variables)


def _rendered(folders: tuple[Path, ...], variables: Mapping[str, str | bool]) -> dict[str, str]:
    environment = _environment(folders)

    def filled(name: str) -> str:
        return environment.from_string(name).render(variables) if "{" in name else name

    files = {}
    for path in _paths(folders):
        names = [filled(name) for name in path.removesuffix(SUFFIX).split("/")]
        if all(names):
            files["/".join(names)] = environment.get_template(path).render(variables)
    return files


@cache
def _environment(folders: tuple[Path, ...]) -> "Environment":
    # Only the commands that make something render, and this import is a sixth of their time.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from ellar_cli.templates.compiled import CompiledTemplates

    return Environment(
        bytecode_cache=CompiledTemplates(),
        loader=FileSystemLoader(folders),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        optimized=False,  # what is rendered once is done before it is optimized
    )


def _paths(folders: tuple[Path, ...]) -> list[str]:
    """The templates that become files."""
    found = {file.relative_to(folder) for folder in folders for file in folder.rglob(f"*{SUFFIX}")}
    return sorted(path.as_posix() for path in found if path.parts[0] != PARTS)
