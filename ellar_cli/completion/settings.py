"""The settings and the config classes of a project as its sources have them."""

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from ellar_cli.project.project import Project


def settings(project: Project) -> Iterator[tuple[str, str]]:
    """Yield every setting with what it is for: those of the runtime, and those in the file of the project's config."""
    found: dict[str, str] = {}
    for file in of_runtime() + _files(project):
        for body in _classes(file).values():
            # A class of the project's tells its value of one of ours, and not what that is for.
            found |= {name: about or found.get(name, "") for name, about in _set(body)}
    yield from found.items()


def config_classes(project: Project) -> Iterator[str]:
    """Yield the classes in the file of the project's config, as `--config` takes them."""
    module = project.config.partition(":")[0]
    for file in _files(project):
        yield from (f"{module}:{name}" for name, body in _classes(file).items() if body)


def of_runtime() -> list[Path]:
    """Return the file of the runtime's own settings, where the runtime is."""
    runtime = find_spec("ellar")
    return [Path(folder, "config.py") for folder in (runtime and runtime.submodule_search_locations) or ()]


def _files(project: Project) -> list[Path]:
    return [file for file in project.files_of(project.config) if file.is_file()]


def _classes(file: Path) -> dict[str, list[ast.stmt]]:
    tree = ast.parse(file.read_bytes())
    return {node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}


def _set(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for statement, after in zip(body, [*body[1:], None], strict=True):
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        for name in (target.id for target in targets if isinstance(target, ast.Name) and target.id.isupper()):
            yield name, _told(after)


def _told(statement: ast.stmt | None) -> str:
    """The first sentence of a text below a setting."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return " ".join(str(statement.value.value).split()).partition(". ")[0]
    return ""
