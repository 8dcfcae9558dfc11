"""The public `ellar` and `ellar-cli`: another project, whose files overwrite ours where it is installed too."""

import sys

from ellar_cli.distribution.pip import pip
from ellar_cli.distribution.requirement import installed_version, runtime_requirement
from ellar_cli.errors import CliError
from ellar_cli.output import warn

FOREIGN = ("ellar", "ellar-cli")


def foreign_distributions() -> list[str]:
    """Return which of them are in this environment."""
    return [name for name in FOREIGN if installed_version(name)]


def overwritten(found: list[str], python: str = sys.executable, *, has_pip: bool | None = None) -> str:
    """Return the line about distributions found here, or in the environment of another Python.

    It has what removes them and mends what they overwrote.
    """
    remove = pip("uninstall", "--yes", *found, python=python, has_pip=has_pip)
    mend = _reinstall(python, has_pip=has_pip)
    return f"{' and '.join(found)}, another project, overwrites files of ellar-kit here: {remove} && {mend}"


def warn_of_foreign_distributions() -> None:
    """Print a line where any of them is in this environment."""
    if found := foreign_distributions():
        warn(overwritten(found))


def _reinstall(python: str = sys.executable, *, has_pip: bool | None = None) -> str:
    requirement = runtime_requirement().text
    return pip("install", "--force-reinstall", "--no-deps", requirement, python=python, has_pip=has_pip)


def check_runtime() -> None:
    """Raise CliError where the runtime of this environment is not ours any more."""
    try:
        import ellar.core

        ellar.core.ImproperlyConfigured  # noqa: B018 # the other project has a module of this name
    except (ImportError, AttributeError) as error:
        raise CliError(f"the runtime does not load: {error}; mend it: {_reinstall()}") from None
