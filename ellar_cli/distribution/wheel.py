"""The ellar-kit that runs here, packed as a wheel again: what a container, a CI or another machine installs."""

import base64
import hashlib
import importlib.util
import io
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from ellar_cli.distribution.foreign import foreign_distributions, overwritten
from ellar_cli.distribution.requirement import DISTRIBUTION
from ellar_cli.errors import CliError
from ellar_cli.templates.rendering import templates_root

_TAG = "py3-none-any"
_MODE = 0o100644 << 16
_UNIX = 3


def pack_runtime() -> tuple[str, bytes]:
    """Return the file name and the bytes of a wheel of the ellar-kit that runs here.

    The same files give the same bytes on every machine, and nothing is fetched or built.
    Raises CliError where it is not installed, or where another project has overwritten files of it.
    """
    if found := foreign_distributions():
        raise CliError(overwritten(found))
    try:
        installed = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        raise CliError(f"{DISTRIBUTION} is not installed in this environment: say where it is with --runtime") from None
    name = f"{DISTRIBUTION.replace('-', '_')}-{installed.version}"
    information = f"{name}.dist-info"
    files = dict(_packages()) | {f"{information}/{path}": text.encode() for path, text in _metadata(installed)}
    return f"{name}-{_TAG}.whl", _archive(files, f"{information}/RECORD")


def _packages() -> Iterator[tuple[str, bytes]]:
    """Read the packages where they are imported from: an editable install has them nowhere else."""
    tool = Path(__file__).parents[1]
    runtime = importlib.util.find_spec("ellar")
    folders = [Path(place) for place in (runtime.submodule_search_locations if runtime else None) or []]
    for folder in (*folders, tool):
        for file in folder.rglob("*"):
            parts = file.relative_to(folder.parent).parts
            if file.is_file() and not any(_is_by_the_way(part) for part in parts):
                yield "/".join(parts), file.read_bytes()
    templates = templates_root()
    for file in templates.rglob("*"):
        if file.suffix in {".jinja", ".yml"}:
            yield f"{tool.name}/project_templates/{file.relative_to(templates).as_posix()}", file.read_bytes()


def _is_by_the_way(part: str) -> bool:
    """Say whether a file or folder is left by a tool, or is one of the templates, which have another rule."""
    return part.startswith(".") or part.endswith((".pyc", "~")) or part in {"__pycache__", "project_templates"}


def _metadata(installed: metadata.Distribution) -> Iterator[tuple[str, str]]:
    text = installed.read_text("METADATA") or ""
    project = Path(__file__).parents[2] / "pyproject.toml"
    yield "METADATA", _with_dependencies_of(project, text) if project.is_file() else text
    yield "WHEEL", f"Wheel-Version: 1.0\nGenerator: {DISTRIBUTION}\nRoot-Is-Purelib: true\nTag: {_TAG}\n"
    yield "entry_points.txt", installed.read_text("entry_points.txt") or ""
    for name in installed.metadata.get_all("License-File") or []:
        yield f"licenses/{name}", installed.read_text(f"licenses/{name}") or ""


def _with_dependencies_of(project: Path, text: str) -> str:
    """Return the metadata with what a checkout needs today, where its own is as old as the editable install."""
    needed = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    head, blank, body = text.partition("\n\n")
    lines = head.split("\n")
    recorded = [line for line in lines if line.startswith("Requires-Dist:") and "; extra ==" not in line]
    if {line.partition(": ")[2] for line in recorded} == set(needed):
        return text
    kept = [line for line in lines if line not in recorded]
    return "\n".join([*kept, *(f"Requires-Dist: {dependency}" for dependency in needed)]) + blank + body


def _archive(files: dict[str, bytes], record: str) -> bytes:
    rows = [f"{path},sha256={_hash(content)},{len(content)}\n" for path, content in sorted(files.items())]
    listed = "".join(rows) + f"{record},,\n"
    buffer = io.BytesIO()
    # Stored: what a compressor makes of the same files differs between its versions, and git compresses it anyway.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in [*sorted(files.items()), (record, listed.encode())]:
            entry = zipfile.ZipInfo(path)
            entry.create_system = _UNIX
            entry.external_attr = _MODE
            archive.writestr(entry, content)
    return buffer.getvalue()


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
