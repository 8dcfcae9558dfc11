"""The line that installs and uninstalls packages in an environment."""

import sys
from importlib.util import find_spec
from shutil import which

from ellar_cli.output import quote


def pip(verb: str, *arguments: str, python: str = sys.executable, has_pip: bool | None = None) -> str:
    """Return `pip VERB ...` as it is typed for a Python: this one, or another of which is known whether it has pip.

    Without pip, as uv makes environments, it is uv's, or else begins by getting pip.
    """
    if has_pip is None:
        has_pip = find_spec("pip") is not None
    line = quote(python, "-m", "pip", verb, *arguments)
    if has_pip:
        return line
    if which("uv"):
        return quote("uv", "pip", verb, "--python", python, *arguments)
    return f"{quote(python, '-m', 'ensurepip')} && {line}"
