"""`ellar config`: every setting with its value, and where it comes from."""

import json
import sys
from difflib import get_close_matches
from pathlib import Path

from ellar_cli.application.settings import HIDDEN, Setting, config_of, settings_of
from ellar_cli.application.target import find_target, prepare
from ellar_cli.columns import Column, say_columns
from ellar_cli.errors import CliError
from ellar_cli.output import command, paint, say, say_json


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
    way_out = f"did you mean {near[0]}?" if near else f"see them all: {command('config')}"
    raise CliError(f"there is no setting {name!r}; {way_out}")


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
    dimmed = ["dim" if setting.source == "default" else "" for setting in settings]
    say_columns(
        [
            Column("SETTING", [setting.name for setting in settings], dimmed),
            Column("VALUE", [_written(setting) for setting in settings], dimmed, least=12),
            Column("FROM", [_place(setting) for setting in settings], dimmed, least=20, keeps_end=True),
        ]
    )


def _place(setting: Setting) -> str:
    if setting.source == "default":
        return "default, by DEBUG" if setting.is_settled else "default"
    return f"variable {setting.place}" if setting.source == "environment" else str(setting.place)
