"""The environment: who else is in it, and whether versions fit. The runtime may be theirs, and is not imported."""

import platform
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ellar_cli.distribution.foreign import foreign_distributions, overwritten
from ellar_cli.distribution.pip import pip
from ellar_cli.distribution.requirement import installed_version
from ellar_cli.doctor.case import Case
from ellar_cli.doctor.finding import Finding

_FILE = "pyproject.toml"


def foreign(_case: Case) -> Iterator[Finding]:
    """Yield the distributions whose files overwrite ours."""
    if found := foreign_distributions():
        problem, _, remedy = overwritten(found).partition(": ")
        yield Finding("E401", sys.prefix, problem, remedy)


def packages(case: Case) -> Iterator[Finding]:
    """Yield what the project depends on, where that is not here or of another version."""
    listed = _table(case).get("dependencies")
    for text in listed if isinstance(listed, list) else ():
        try:
            requirement = Requirement(text)
        except (InvalidRequirement, TypeError):
            continue  # the installer's to tell
        if (requirement.marker is None or requirement.marker.evaluate()) and (fault := _fault(requirement, text)):
            problem, remedy = fault
            yield Finding("E402", _place(case, text), problem, remedy)


def python(case: Case) -> Iterator[Finding]:
    """Yield the Python where it is none that the project is for."""
    wanted, version = str(_table(case).get("requires-python", "")), platform.python_version()
    try:
        fits = SpecifierSet(wanted).contains(version, prereleases=True)
    except InvalidSpecifier:
        return
    if not fits:
        problem = f"the project is for Python {wanted}, and {sys.executable} is {version}"
        yield Finding("E403", _place(case, wanted), problem, f"make an environment with a Python {wanted}")


def _table(case: Case) -> dict[str, Any]:
    document = tomllib.loads((case.project.root / _FILE).read_text(encoding="utf-8-sig"))
    table = document.get("project", {})
    return table if isinstance(table, dict) else {}


def _place(case: Case, text: str) -> str:
    lines = (case.project.root / _FILE).read_text(encoding="utf-8-sig").splitlines()
    return next((f"{_FILE}:{number}" for number, line in enumerate(lines, 1) if text in line), _FILE)


def _fault(requirement: Requirement, text: str) -> tuple[str, str] | None:
    """Return what is wrong with a package here, and what mends it."""
    name, version = requirement.name, installed_version(requirement.name)
    if requirement.url and (path := _path(requirement.url)) and not path.exists():
        return f"{name} comes from {path}, which is not on this machine", "write a version or an address"
    if version is None:
        return f"{name} is not installed in {sys.prefix}", pip("install", text)
    if not requirement.specifier.contains(version, prereleases=True):
        wanted = f"the project asks for {name}{requirement.specifier}, and {version} is installed in {sys.prefix}"
        return wanted, pip("install", text)
    return None


def _path(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None
