"""The public `ellar` and `ellar-cli`: another project, whose files overwrite ours where it is installed too."""

from ellar_cli.distribution.pip import pip
from ellar_cli.distribution.requirement import installed_version, runtime_requirement
from ellar_cli.errors import CliError
from ellar_cli.output import warn

FOREIGN = ("ellar", "ellar-cli")


def foreign_distributions() -> list[str]:
    """Return which of them are in this environment."""
    return [name for name in FOREIGN if installed_version(name)]


def overwritten(found: list[str]) -> str:
    """Return the line about distributions found here, with what removes them and mends what they overwrote."""
    remove = pip("uninstall", "--yes", *found)
    return f"{' and '.join(found)}, another project, overwrites files of ellar-kit here: {remove} && {_reinstall()}"


def warn_of_foreign_distributions() -> None:
    """Print a line where any of them is in this environment."""
    if found := foreign_distributions():
        warn(overwritten(found))


def _reinstall() -> str:
    return pip("install", "--force-reinstall", "--no-deps", runtime_requirement().text)


def check_runtime() -> None:
    """Raise CliError where the runtime of this environment is not ours any more."""
    try:
        import ellar.core

        ellar.core.ImproperlyConfigured  # noqa: B018 # the other project has a module of this name
    except (ImportError, AttributeError) as error:
        raise CliError(f"the runtime does not load: {error}; mend it: {_reinstall()}") from None
