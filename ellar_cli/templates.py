"""Where the bundled templates are, and rendering them in memory."""

from collections.abc import Mapping
from pathlib import Path

SUFFIX = ".jinja"


def templates_root() -> Path:
    """Return the folder of the bundled templates: inside the installed package, else beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "project_templates"
    return installed if installed.is_dir() else package.parent / "project_templates"


def render(template: str, variables: Mapping[str, str | bool]) -> dict[str, str]:
    """Render a bundled template (`project`, `module`, `websocket`); nothing is written.

    Returns the text of each file by its path, which is relative to the destination and has `/` between its parts.
    Raises jinja2.UndefinedError where a template asks for a variable that is not there.
    """
    return render_folder(templates_root() / template, variables)


def render_folder(folder: Path, variables: Mapping[str, str | bool]) -> dict[str, str]:
    """Render the template in `folder`, as `render` does."""
    # Only two commands render, and this import is a fifth of their time.
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    files = {}
    for source in sorted(folder.rglob(f"*{SUFFIX}")):
        path = source.relative_to(folder).as_posix().removesuffix(SUFFIX)
        text = source.read_text(encoding="utf-8")
        files[environment.from_string(path).render(variables)] = environment.from_string(text).render(variables)
    return files
