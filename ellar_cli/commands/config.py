"""`ellar config`: every setting with its value, and where it comes from."""

import json
import sys
from difflib import get_close_matches
from pathlib import Path
from shutil import get_terminal_size

from ellar_cli.application.settings import HIDDEN, Setting, config_of, settings_of
from ellar_cli.application.target import find_target, prepare
from ellar_cli.errors import CliError
from ellar_cli.output import paint, say, say_json

_LEAST_WIDTH = 20
_GAP = 2


def config(
    name: str | None, start: Path, app: str | None, named: str | None, *, as_json: bool, traceback: bool
) -> None:
    """Print the settings of the application around `start`, or of `app`, or of the config class `named`; or just one.

    Raises CliError where there is no application, for a mistake in its config, and for a `name` that is no setting.
    """
    target = find_target(start, app)
    prepare(target)
    made = config_of(target, named, traceback=traceback)
    settings = settings_of(made, target.folder)
    label = f"{type(made).__module__}:{type(made).__qualname__}"
    if name is not None:
        settings = [_found(name, settings)]
    if as_json:
        say_json({"command": "config", "config": label, "settings": [_document(setting) for setting in settings]})
    elif name is None:
        say(f"{paint(label, 'bold')}\n")
        _say_table(settings)
    else:
        _say_one(settings[0])


def _found(name: str, settings: list[Setting]) -> Setting:
    wanted = name.upper().removeprefix("ELLAR_")
    names = {setting.name: setting for setting in settings}
    if found := names.get(name) or names.get(wanted):
        return found
    near = get_close_matches(wanted, names, 1)
    raise CliError(f"there is no setting {name}" + (f"; did you mean {near[0]}?" if near else ""))


def _document(setting: Setting) -> dict[str, object]:
    return {
        "name": setting.name,
        "value": setting.shown,
        "is_own": setting.is_own,
        "source": setting.source,
        "place": setting.place,
    }


def _written(setting: Setting) -> str:
    """A value as `.env` has it."""
    return HIDDEN if setting.shown == HIDDEN else json.dumps(setting.shown, ensure_ascii=False)


def _say_one(setting: Setting) -> None:
    """A program wants the bare value; a person, where it is from, too."""
    value = setting.shown if isinstance(setting.shown, str) else _written(setting)
    say(f"{value}  {paint(_place(setting), 'dim')}" if sys.stdout.isatty() else value)


def _say_table(settings: list[Setting]) -> None:
    values = [_written(setting) for setting in settings]
    names = max(len(setting.name) for setting in settings)
    places = max(len(_place(setting)) for setting in settings)
    width = max(map(len, values))
    if sys.stdout.isatty():
        width = min(width, max(_LEAST_WIDTH, get_terminal_size().columns - names - places - 2 * _GAP))
    for setting, value in zip(settings, values, strict=True):
        cut = value if len(value) <= width else f"{value[: width - 3]}..."
        line = f"{setting.name:<{names + _GAP}}{cut:<{width + _GAP}}{_place(setting)}"
        say(paint(line, "dim") if setting.source == "default" else line)


def _place(setting: Setting) -> str:
    if setting.source == "default":
        return "default, by DEBUG" if setting.is_settled else "default"
    return f"variable {setting.place}" if setting.source == "environment" else str(setting.place)
