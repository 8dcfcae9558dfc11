"""What [tool.ellar] in pyproject.toml names, and is not there."""

import re
import sys
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches

from ellar.variables import OF_SERVER, PREFIX
from ellar_cli.doctor.case import Case
from ellar_cli.doctor.finding import Finding, NotChecked
from ellar_cli.doctor.structure import listed
from ellar_cli.project.modules import module_places
from ellar_cli.project.project import KEYS

_FILE = "pyproject.toml"


def root_module(case: Case) -> Iterator[Finding]:
    """Yield the root module where the project names another than there is."""
    named = case.project.root_module
    case.check_start()  # a mistake in it would be told twice
    try:
        listed(case)
    except NotChecked:
        problem = f"[tool.ellar] root-module: {named} is not there, or no module"
        near = get_close_matches(named, _classes(case), 1)
        way = f"did you mean {near[0]}?" if near else "name the class there that the application is made of"
        yield Finding("E203", _place(case, "root-module"), problem, way)


def settings(case: Case) -> Iterator[Finding]:
    """Yield the keys that are none, and the folder of the apps where it is not there and another one is meant."""
    text = (case.project.root / _FILE).read_text(encoding="utf-8-sig")
    for key in tomllib.loads(text)["tool"]["ellar"]:
        if key not in KEYS:
            yield Finding("E205", _place(case, key), f"[tool.ellar] has no {key}", _instead(key))
    apps = case.project.apps
    # Without another one it is made with its first module.
    if not (case.project.root / apps).is_dir() and (meant := _apps(case)):
        problem = f"[tool.ellar] apps: there is no folder {apps}"
        yield Finding("E205", _place(case, "apps"), problem, f"did you mean {meant}?")


def _instead(key: str) -> str:
    if near := get_close_matches(key.replace("_", "-"), KEYS, 1):
        return f"did you mean {near[0]}?"
    variable = f"{PREFIX}{key.upper().replace('-', '_')}"
    if variable in OF_SERVER:
        return f"write it to .env, as {variable}"
    return f"take it out; there is {', '.join(KEYS[:-1])} and {KEYS[-1]}"


def _apps(case: Case) -> str | None:
    """Return the folder that may be meant: one that has modules, or is called apps in a package.

    One above that of the apps is none: there may be modules in it beside the apps.
    """
    usual = (f"{package}/apps" for package in case.project.packages)
    folders = dict.fromkeys(place.rpartition("/")[0] for place in module_places(case.project, case.changes))
    there = [*filter(None, folders), *(folder for folder in usual if (case.project.root / folder).is_dir())]
    others = [folder for folder in there if not case.project.apps.startswith(f"{folder}/")]
    return next(iter(get_close_matches(case.project.apps, others, 1) or others), None)


def _classes(case: Case) -> list[str]:
    """Return the classes of the application, which runs, as they are named there."""
    ours = [name for name in sys.modules if name.partition(".")[0] in case.project.packages]
    return [
        f"{name}:{class_name}"
        for name in ours
        for class_name, found in vars(sys.modules[name]).items()
        if isinstance(found, type) and found.__module__ == name
    ]


def _place(case: Case, key: str) -> str:
    """Return the file, with the line where it has the key in a line of its own."""
    is_ours = False
    lines = (case.project.root / _FILE).read_text(encoding="utf-8-sig").splitlines()
    for number, line in enumerate(lines, 1):
        if header := re.match(r"\s*\[+\s*(.+?)\s*\]", line):
            is_ours = header[1] == "tool.ellar"
        elif is_ours and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
            return f"{_FILE}:{number}"
    return _FILE
