"""Where the bundled templates are, and rendering them in memory."""

from collections.abc import Mapping
from pathlib import Path

SUFFIX = ".jinja"


def templates_root() -> Path:
    """Return the folder of the bundled templates: inside the installed package, else beside it in a checkout."""
    package = Path(__file__).parent
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
    sources = _sources(root / template) | (_sources(root / over) if over else {})
    return _rendered(sources, variables)


def render_folder(folder: Path, variables: Mapping[str, str | bool]) -> dict[str, str]:
    """Render the template in `folder`, as `render` does."""
    return _rendered(_sources(folder), variables)


def _sources(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix().removesuffix(SUFFIX): file.read_text(encoding="utf-8")
        for file in sorted(folder.rglob(f"*{SUFFIX}"))
    }


def _rendered(sources: Mapping[str, str], variables: Mapping[str, str | bool]) -> dict[str, str]:
    # Only two commands render, and this import is a sixth of their time.
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)

    def filled(text: str) -> str:
        return environment.from_string(text).render(variables) if "{" in text else text

    files = {}
    for path, text in sources.items():
        names = [filled(name) for name in path.split("/")]
        if all(names):
            files["/".join(names)] = filled(text)
    return files
