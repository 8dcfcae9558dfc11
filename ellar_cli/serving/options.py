"""What uvicorn is told, by uvicorn's own names: in `.env`, and after `--` on the command line."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import typer
from click.core import ParameterSource
from uvicorn.config import Config
from uvicorn.main import main as uvicorn

from ellar.core import ImproperlyConfigured
from ellar.variables import OF_SERVER, PREFIX, EnvFile, Given, place_of, read
from ellar_cli.errors import CliError, UsageError
from ellar_cli.output import command, on_one_line

_ITSELF = "--reload watches the folder of the project by itself"
_OURS = {
    "app_dir": "--app says which application it is",
    "factory": "--app says which application it is",
    "env_file": "write --env-file before the --",
    "reload_dirs": _ITSELF,
    "reload_includes": _ITSELF,
    "reload_excludes": _ITSELF,
    "reload_delay": _ITSELF,
}
_FILES = {"ssl_certfile", "ssl_keyfile"}
_LEVEL = f"{PREFIX}LOG_LEVEL"
# uvicorn takes any number for these.
_RANGES = {"port": click.IntRange(0, 65535), "workers": click.IntRange(1)}


def typed(words: Sequence[str]) -> dict[str, Any]:
    """Return the options that words after `--` are for uvicorn, as its Config takes them.

    Raises UsageError for what is none, and typer.Exit after `--help`.
    """
    try:
        context = uvicorn.make_context("uvicorn", ["app", *words], auto_envvar_prefix=None)
    except click.exceptions.Exit as end:
        raise typer.Exit(end.exit_code) from None
    except click.ClickException as error:
        raise UsageError(f"{error.format_message().rstrip('.')}; see {command('runserver', '--', '--help')}") from None
    given = {
        name: value
        for name, value in context.params.items()
        if context.get_parameter_source(name) == ParameterSource.COMMANDLINE and name != "app"
    }
    for option in (option for option in uvicorn.params if option.name in _OURS.keys() & given):
        raise UsageError(f"{option.opts[0]} is not for uvicorn here: {_OURS[str(option.name)]}")
    if "headers" in given:
        given["headers"] = list(map(_header, given["headers"]))
    return given


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise UsageError(f"--header cannot be {text!r}; write it like Name:Value")
    return name, value


def check(options: dict[str, Any]) -> None:
    """Raise UsageError for options that do not go together, or that want a package which is not there."""
    try:
        config = Config(lambda: None, **options, factory=True)
        config.load()
        config.get_loop_factory()
    except Exception as error:
        raise UsageError(f"uvicorn does not take these options: {on_one_line(' '.join(str(error).split()))}") from None
    except SystemExit:  # it has said why
        raise typer.Exit(UsageError.exit_code) from None


def from_env_file(path: Path) -> dict[str, Any]:
    """Return the options that a `.env` sets, like ELLAR_PORT; the file may not be there.

    Raises CliError for a broken one, and for a value that uvicorn does not take, with its line.
    """
    return {name: option.value for name, option in written(path).items()}


def written(path: Path) -> dict[str, Given]:
    """Return the options that the environment or a `.env` sets, and what errors call each of them.

    A file that `.env` names is looked for beside it. Raises CliError as `from_env_file` does.
    """
    options = {}
    for variable, given in _given(path).items():
        name, value = converted(variable, str(given.value), given.place)
        is_in_file = given.place != place_of(variable)
        options[name] = Given(
            str(path.parent / value) if is_in_file and name in _FILES else value,
            f"{given.place}: {variable}" if is_in_file else given.place,
        )
    return options


def _given(path: Path) -> Mapping[str, Given]:
    try:
        return read(OF_SERVER | {_LEVEL}, lambda _: str, EnvFile.at(path))
    except ImproperlyConfigured as error:
        raise CliError(str(error)) from None


@dataclass
class OfEnvFile:
    """The options that a `.env` decides when a server starts: not those in `overridden`, which are typed elsewhere."""

    path: Path
    overridden: Collection[str]

    def __post_init__(self) -> None:
        self._begun = self._texts()

    def changed(self) -> list[str]:
        """Return the variables that have changed since. Raises CliError for a file that is broken."""
        now = self._texts()
        return sorted(name for name in self._begun.keys() | now if self._begun.get(name) != now.get(name))

    def _texts(self) -> dict[str, str]:
        overridden = {f"{PREFIX}{name.upper()}" for name in self.overridden}
        return {name: str(given.value) for name, given in _given(self.path).items() if name not in overridden}


def converted(variable: str, text: str, place: str) -> tuple[str, Any]:
    """Return what a variable is for uvicorn, by its name there. Raises CliError where it is nothing."""
    name = variable.removeprefix(PREFIX).lower()
    option = next(parameter for parameter in uvicorn.params if parameter.name == name)
    context = click.Context(uvicorn)
    try:
        value = option.type_cast_value(context, text.lower() if variable == _LEVEL else text)
        return name, _RANGES[name].convert(value, option, context) if name in _RANGES else value
    except click.BadParameter as error:
        raise CliError(f"{place}: {variable} is wrong: {_reason(text, option, error)}") from None


def _reason(text: str, option: click.Parameter, error: click.BadParameter) -> str:
    """Return what is said where the option is typed: there, numbers and switches are not uvicorn's."""
    # The whole parser, only where something is wrong.
    from ellar_cli.refusals import no_such

    if isinstance(option.type, click.types.IntParamType):
        return no_such(text, int, _RANGES.get(str(option.name)))
    return no_such(text, bool) if isinstance(option.type, click.types.BoolParamType) else error.message.rstrip(".")
