"""The settings of an application's config: their values fit to be shown, and where each is written."""

import ast
import inspect
import os
import re
import sys
import textwrap
from collections.abc import Mapping, Sized
from contextlib import redirect_stdout
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any, Literal, TypeGuard, get_type_hints

from pydantic import BaseModel
from starlette.middleware import Middleware

from ellar.config import DEFAULT, class_at, load_config, sources_of
from ellar.core import Config, ImproperlyConfigured
from ellar.variables import OF_SERVER, EnvFile, read
from ellar_cli.application.loading import load
from ellar_cli.application.mistakes import mistake
from ellar_cli.application.target import Target, check_config, env_file
from ellar_cli.errors import CliError, UsageError
from ellar_cli.output import warn

Source = Literal["default", "class", "config_module", "file", "environment", "missing"]

HIDDEN = "***"
_SECRET = re.compile(
    "SECRET|PASS(WORD|WD|PHRASE)|PWD|TOKEN|CREDENTIAL|PRIVATE|AUTHORIZATION|^COOKIE$|(^|[_-])AUTH$"
    "|(API|^|[_-])KEYS?($|[_-])|(DB|^|[_-])PASS($|[_-])|(^|[_-])(SALT|PEPPER|PIN)($|[_-])",
    re.IGNORECASE,
)
# The password in an address, or the name alone, which is the key in some.
_LOGIN = re.compile(r"(?<=://)(?P<name>[^/@:\s]*)(?P<password>:\S*)?@")
# As in the query of an address, in words like `host=db password=swordfish`, in JSON, and in a header. What is quoted
# goes to where the quotes end: a backslash or a second quote writes one within.
_PAIR = re.compile(
    r"""
    (
        (?:^|[\s?&;,{(\["'])
        (?:
            (?:[\w-]*(?:PASSWORD|PASSWD|PASSPHRASE|PWD|SECRET|TOKEN|KEY)[\w-]*|(?:[\w-]*[_-])?PASS)(?:\s*=|["']\s*:)\s*
            |AUTHORIZATION["']?\s*[:=]\s*(?:(?:BASIC|BEARER|DIGEST|TOKEN)\s+)?
            |BEARER\s+
        )
    )
    (?: (?:'(?:[^'\\]|\\.)*(?:'|$))+ | (?:"(?:[^"\\]|\\.)*(?:"|$))+ | [^&;\s]+ )
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_VARIABLE = "environment variable "
_OURS = frozenset(get_type_hints(Config))


@dataclass(frozen=True)
class Setting:
    """A setting; `place` is where it is written, relative to `folder`: a file and line, or a variable's name.

    One that is missing is `written` where it is annotated.
    """

    name: str
    value: Any
    written: str
    folder: Path
    is_missing: bool = False

    @property
    def is_own(self) -> bool:
        """Is it the application's own?"""
        return self.name not in _OURS

    @property
    def source(self) -> Source:
        """What sets it; `config_module` is a dict."""
        if self.is_missing:
            return "missing"
        if self.written in (DEFAULT, "config_module"):
            return "default" if self.written == DEFAULT else "config_module"
        if self.written.startswith(_VARIABLE):
            return "environment"
        return "file" if re.search(r":\d+$", self.written) else "class"

    @cached_property
    def place(self) -> str | None:
        """None for a default."""
        if self.source == "default":
            return None
        if self.source in ("class", "missing"):
            return written_at(_class(self.written), self.name, self.folder) or self.written
        return self.written.removeprefix(_VARIABLE).removeprefix(f"{self.folder}{os.sep}")

    @property
    def is_settled(self) -> bool:
        """Is it a default that follows from another setting?"""
        return self.source == "default" and getattr(Config, self.name) is None and self.value is not None

    @cached_property
    def shown(self) -> Any:
        """The value with what is secret in it hidden; in the types that JSON has."""
        return _shown(self.name, self.value)


def config_of(target: Target, named: str | None = None, *, traceback: bool = False) -> Config:
    """Return the config of a prepared application, or the class `named` (`package.module:Class`).

    Where the application does not start, it is the one that its project names, with a warning.
    Raises CliError for a mistake in it, and for an application that has none; UsageError for what `named` is not.
    """
    if named is not None:
        check_named(named, target)
        return _loaded(named, target, traceback=traceback)
    try:
        with redirect_stdout(sys.stderr):  # what the application prints is no part of a result
            found = getattr(load(target, traceback=traceback), "config", None)
    except CliError as error:
        broken = error
    else:
        if not isinstance(found, Config):
            raise CliError(f"{target.setting}: {target.import_path} is no application of ellar: it has no config")
        return found
    return _instead(broken, target, traceback=traceback)


def check_named(named: str, target: Target) -> None:
    """Raise UsageError where `--config` names no class that is there. A mistake in its file is left to who makes it."""
    check_config(named)
    try:
        with redirect_stdout(sys.stderr):
            class_at(named)
    except ImproperlyConfigured as error:
        if not is_misnamed(named, error):
            return
        if isinstance(error.__cause__, ModuleNotFoundError):
            of_option = replace(target, import_path=named, setting=f"--config {named!r}")
            raise UsageError(str(mistake(error.__cause__, of_option))) from None
        raise UsageError(str(mistake(error, target)).replace("config_module", "--config", 1)) from None
    except (Exception, SystemExit):
        return


def is_misnamed(named: str, error: ImproperlyConfigured) -> bool:
    """Say whether there is no class at the path `named`, rather than a mistake in what it names."""
    return str(error).startswith(f"config_module {named!r}")


def _instead(broken: CliError, target: Target, *, traceback: bool) -> Config:
    named = os.environ.get("ELLAR_CONFIG_MODULE")
    if named is None:
        raise broken
    config = _loaded(named, target, traceback=traceback)
    warn(f"the application does not start, as `ellar doctor` says; this is the config for it, {named}")
    return config


def settings_of(config: Config, folder: Path, missing: Mapping[str, str] | None = None) -> list[Setting]:
    """Return all settings, ours first; places are relative to `folder`.

    `missing` has those that nothing sets, each with the class that is annotated with it.
    """
    missing = missing or {}
    given = [Setting(name, getattr(config, name, None), place, folder) for name, place in sources_of(config).items()]
    wanted = {name: Setting(name, None, label, folder, is_missing=True) for name, label in missing.items()}
    return [wanted.pop(setting.name, setting) for setting in given] + list(wanted.values())


def options_of(target: Target) -> list[Setting]:
    """Return the options of the server that `.env` and the environment give. Raises CliError for a broken file."""
    try:
        given = read(sorted(OF_SERVER), lambda _: str, EnvFile.at(env_file(target)))
    except ImproperlyConfigured as error:
        raise mistake(error, target) from None
    return [Setting(name, option.value, option.place, target.folder) for name, option in given.items()]


def written_at(kind: type[Any], name: str, folder: Path) -> str | None:
    """Return the file and line that a class or its constructor sets or annotates a setting in, where that is known."""
    try:
        lines, first = inspect.getsourcelines(kind)
        file = Path(inspect.getfile(kind))
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return None
    stores = (node for node in ast.walk(tree) if _is_store(node, name))
    # A constructor runs after the body, and is deeper in the tree.
    *_, last = (None, *(node.lineno for node in stores))
    shown = file.relative_to(folder) if file.is_relative_to(folder) else file
    return None if last is None else f"{shown}:{first + last - 1}"


def _is_store(node: ast.AST, name: str) -> TypeGuard[ast.Name | ast.Attribute]:
    if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Store):
        return False
    return name == (node.id if isinstance(node, ast.Name) else node.attr)


def _loaded(named: str, target: Target, *, traceback: bool) -> Config:
    try:
        with redirect_stdout(sys.stderr):
            return load_config(named)
    except (Exception, SystemExit) as error:
        raise mistake(error, target, traceback=traceback) from None


def _class(label: str) -> type[Any]:
    module, _, path = label.partition(":")
    found: Any = sys.modules.get(module)
    for name in path.split("."):
        found = getattr(found, name, None)
    return found if isinstance(found, type) else type(None)


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, Enum):
        value = value.value
    is_open = value is None or isinstance(value, bool) or (isinstance(value, Sized) and len(value) == 0)
    if not is_open and _SECRET.search(name):
        return HIDDEN
    if isinstance(value, BaseModel):
        value = value.model_dump()
    elif is_dataclass(value) and not isinstance(value, type):
        value = {part.name: getattr(value, part.name) for part in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _shown(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown("", inner) for inner in value]
    if isinstance(value, Middleware):  # not its arguments, which may be secret
        return getattr(value.cls, "__name__", type(value.cls).__name__)
    if value is None or isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return value
    return _PAIR.sub(rf"\1{HIDDEN}", _LOGIN.sub(_without_password, str(value)))


def _without_password(match: re.Match[str]) -> str:
    return f"{match['name']}:{HIDDEN}@" if match["password"] else f"{HIDDEN}@"
