"""Variables: what the environment and the file `.env` say, each with the place where it says so."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ellar.exceptions import ImproperlyConfigured
from ellar.kinds import is_many

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from pydantic_settings import EnvSettingsSource

PREFIX = "ELLAR_"
_FILE_VARIABLE = "ELLAR_ENV_FILE"
OF_ENVIRONMENT = frozenset({_FILE_VARIABLE, "ELLAR_CONFIG_MODULE", "ELLAR_APP"})
"""Variables that are read before there is a config."""
_OPTIONS = "HOST PORT RELOAD WORKERS ROOT_PATH PROXY_HEADERS FORWARDED_ALLOW_IPS SSL_KEYFILE SSL_CERTFILE"
OF_SERVER = frozenset(f"{PREFIX}{name}" for name in _OPTIONS.split())
"""Variables that are no settings: options of `ellar runserver`, also in `.env`."""


class Given(NamedTuple):
    """The value of a variable, not validated yet, and where it is written."""

    value: Any
    place: str


@dataclass(frozen=True, slots=True)
class EnvFile:
    """The file `.env`: the line of each of its names. Without a file there are none."""

    path: Path = Path(".env")
    lines: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def found(cls) -> EnvFile:
        """That of the working directory, or what ELLAR_ENV_FILE names. Raises ImproperlyConfigured for a broken one."""
        named = os.environ.get(_FILE_VARIABLE)
        path = Path(named) if named else Path.cwd() / ".env"
        if named and not path.is_file():
            raise ImproperlyConfigured(f"{place_of(_FILE_VARIABLE)}: there is no file {os.path.abspath(path)}")
        return cls.at(path)

    @classmethod
    def at(cls, path: Path) -> EnvFile:
        """What this file sets, which may not be there. Raises ImproperlyConfigured for a broken one."""
        return cls(path, _lines(path)) if path.is_file() else cls()

    def place(self, name: str) -> str:
        """The line that sets a name."""
        return f"{self.path}:{self.lines[name]}"


def place_of(variable: str) -> str:
    """What errors call a variable of the environment."""
    return f"environment variable {variable}"


def _lines(path: Path) -> dict[str, int]:
    from dotenv.parser import parse_stream  # only where there is a file

    lines: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig") as stream:
            for binding in parse_stream(stream):
                text, line = binding.original
                line += text[: len(text) - len(text.lstrip())].count("\n")
                if binding.error or (binding.key and binding.value is None):
                    raise ImproperlyConfigured(f"{path}:{line}: this is no setting: write NAME=value")
                if binding.key:
                    lines[binding.key] = line
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{path}: this file can't be read: {error}") from None
    return lines


def read(names: Iterable[str], type_of: Callable[[str], Any], file: EnvFile) -> dict[str, Given]:
    """Those of the variables that are set, the environment's before the file's; empty is not set.

    What a type writes as JSON, like a list, is decoded. Raises ImproperlyConfigured where it is no JSON.
    """
    fields: dict[str, Any] = {n: (type_of(n), None) for n in names if os.environ.get(n) or n in file.lines}
    if not fields:
        return {}
    from pydantic import create_model
    from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource  # only where one is set

    class Variables(BaseSettings, arbitrary_types_allowed=True, case_sensitive=True, env_ignore_empty=True):
        """Has a field for each."""

    model = create_model("Variables", __base__=Variables, **fields)
    in_file = DotEnvSettingsSource(model, file.path if file.lines else None, "utf-8-sig")
    sources = ((EnvSettingsSource(model), place_of), (in_file, file.place))
    found = {name: _given(name, info, sources) for name, info in model.model_fields.items()}
    return {name: given for name, given in found.items() if given is not None}


def _given(
    name: str, info: FieldInfo, sources: tuple[tuple[EnvSettingsSource, Callable[[str], str]], ...]
) -> Given | None:
    for source, place in sources:
        text, _, is_complex = source.get_field_value(info, name)
        if text is None:
            continue
        try:
            return Given(source.prepare_field_value(name, info, text, is_complex), place(name))
        except ValueError:
            form = 'a list as ["one", "two"]' if is_many(info.annotation) else 'an object as {"one": "two"}'
            raise ImproperlyConfigured(f"{place(name)}: {name} is no JSON: write {form}") from None
    return None
