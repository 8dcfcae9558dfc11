"""`ellar config`: every setting with its value, and where it comes from."""

import json
import sys
from difflib import get_close_matches
from pathlib import Path

from ellar.core import Config
from ellar.exceptions import MissingSettings
from ellar.variables import OF_SERVER, PREFIX
from ellar_cli.application.settings import HIDDEN, Setting, config_of, options_of, settings_of
from ellar_cli.application.target import Target, find_target, prepare
from ellar_cli.columns import Column, say_columns
from ellar_cli.errors import CliError
from ellar_cli.output import command, paint, say, say_json


def config(
    name: str | None, start: Path, app: str | None, named: str | None, *, as_json: bool, traceback: bool
) -> None:
    """Print the settings of the application around `start`, or of `app`, or of the config class `named`; or just one.

    The options of the server that `.env` and the environment give are shown with them.
    Raises CliError where there is no application, for a mistake in its config, and for a `name` that is no setting;
    where settings are missing, after showing the others.
    """
    target = find_target(start, app)
    prepare(target)
    made, broken = _made(target, named, traceback=traceback)
    missing = broken.__context__.missing if broken and isinstance(broken.__context__, MissingSettings) else None
    settings, options = settings_of(made, target.folder, missing), options_of(target)
    label = f"{type(made).__module__}:{type(made).__qualname__}"
    if name is not None:
        found = _found(name, settings, options)
        settings, options = [one for one in settings if one is found], [one for one in options if one is found]
    if as_json and broken:
        broken.outcome = _document(label, settings, options)
    elif as_json:
        say_json(_document(label, settings, options))
    elif name is None:
        _say_all(label, settings, options)
    elif not found.is_missing:
        _say_one(found)
    if broken:
        sys.stdout.flush()  # the table comes first, also where both go into one file
        raise broken


def _made(target: Target, named: str | None, *, traceback: bool) -> tuple[Config, CliError | None]:
    """Return the config; where settings are missing, what there is of it, and the error that says so."""
    try:
        return config_of(target, named, traceback=traceback), None
    except CliError as broken:
        if isinstance(broken.__context__, MissingSettings):
            return broken.__context__.config, broken
        raise


def _found(name: str, settings: list[Setting], options: list[Setting]) -> Setting:
    wanted = name.upper().removeprefix(PREFIX)
    of_server = {option.name: option for option in options}
    names = {setting.name: setting for setting in settings}
    if found := names.get(name) or of_server.get(name) or names.get(wanted) or of_server.get(f"{PREFIX}{wanted}"):
        return found
    if f"{PREFIX}{wanted}" in OF_SERVER:
        raise CliError(f"{PREFIX}{wanted}, an option of the server, is not set; see {command('runserver', '--help')}")
    near = get_close_matches(wanted, names, 1)
    way_out = f"did you mean {near[0]}?" if near else f"see them all: {command('config')}"
    raise CliError(f"there is no setting {name!r}; {way_out}")


def _document(label: str, settings: list[Setting], options: list[Setting]) -> dict[str, object]:
    return {
        "command": "config",
        "config": label,
        "settings": [
            {"name": one.name, "value": one.shown, "is_own": one.is_own, "source": one.source, "place": one.place}
            for one in settings
        ],
        "server": [{"name": one.name, "value": one.shown, "source": one.source, "place": one.place} for one in options],
    }


def _written(setting: Setting) -> str:
    """A value as `.env` has it."""
    if setting.is_missing:
        return "not set"
    return HIDDEN if setting.shown == HIDDEN else json.dumps(setting.shown, ensure_ascii=False)


def _say_one(setting: Setting) -> None:
    """A program wants the bare value; a person, where it is from, too."""
    value = setting.shown if isinstance(setting.shown, str) else _written(setting)
    say(f"{value}  {paint(_place(setting), 'dim')}" if sys.stdout.isatty() else value)


def _say_all(label: str, settings: list[Setting], options: list[Setting]) -> None:
    say(f"{paint(label, 'bold')}\n")
    _say_table("SETTING", settings, [_written(setting) for setting in settings])
    if options:
        say()
        _say_table("OPTION OF THE SERVER", options, [str(option.shown) for option in options])


def _say_table(title: str, settings: list[Setting], values: list[str]) -> None:
    dimmed = ["dim" if setting.source == "default" else "" for setting in settings]
    say_columns(
        [
            Column(title, [setting.name for setting in settings], dimmed),
            Column("VALUE", values, dimmed, least=12),
            Column("FROM", [_place(setting) for setting in settings], dimmed, least=20, keeps_end=True),
        ],
        left_out_last=["FROM"],
    )


def _place(setting: Setting) -> str:
    if setting.source == "default":
        return "default, by DEBUG" if setting.is_settled else "default"
    return f"variable {setting.place}" if setting.source == "environment" else str(setting.place)
