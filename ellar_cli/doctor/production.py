"""The config for production: what it leaves open."""

import inspect
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

from ellar.config import class_at, load_config
from ellar.core import Config, ImproperlyConfigured
from ellar_cli.application.mistakes import mistake
from ellar_cli.application.settings import is_misnamed, settings_of, written_at
from ellar_cli.doctor.case import Case
from ellar_cli.doctor.finding import CORRECT, Finding, NotChecked

_CLASS = "ProductionConfig"
_LEAST_LENGTH = 32
_LEAST_LETTERS = 10  # different ones
_NEW_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
_REQUIRED = object()  # what has to be set outside of the code


@dataclass(frozen=True)
class _Checked:
    """A config: its class, the values that its settings have, and where each is written, if it is."""

    kind: type[Any]
    values: Mapping[str, Any]
    places: Mapping[str, str | None]
    case: Case

    def finding(self, code: str, name: str, problem: str, remedy: str) -> Finding:
        """What is wrong with a setting, at its place or that of the class that should have it."""
        return Finding(code, self.places[name] or self._place, problem, remedy)

    @property
    def _place(self) -> str:
        if self.kind is Config:
            return self.case.named_at
        file = _file_of(self.kind)
        if file is None:
            return f"{self.kind.__module__}:{self.kind.__qualname__}"
        with suppress(OSError):  # a class that was made by a call has no line
            return f"{self.case.shown(file)}:{inspect.getsourcelines(self.kind)[1]}"
        return self.case.shown(file)

    @property
    def sources(self) -> list[str]:
        """The files that its classes are written in."""
        files = {_file_of(owner) for owner in self.kind.__mro__ if owner not in (Config, object)}
        return [Path(file).read_text(encoding="utf-8", errors="replace") for file in files if file]


def _file_of(kind: type[Any]) -> str | None:
    return getattr(sys.modules.get(kind.__module__), "__file__", None)


def production(case: Case) -> Iterator[Finding]:
    """Yield what is open in the config that is named, or in ProductionConfig beside the project's, or in that.

    On the server it is made, with `.env` and the environment. Elsewhere it is the code that counts: what is here for
    development is not there, and what the code leaves open may be.
    """
    if case.config is None:
        yield from _of_project(case)
        return
    try:
        with redirect_stdout(sys.stderr):
            checked = _made(load_config(case.config), case) if case.is_server else _written(class_at(case.config), case)
    except ImproperlyConfigured as error:
        is_variable = case.is_server and is_misnamed(case.config, error)
        yield case.finding("E306", error, "environment variable ELLAR_CONFIG_MODULE" if is_variable else case.config)
    except (Exception, SystemExit) as error:
        told = str(mistake(error, replace(case.target, import_path=case.config, setting="--config")))
        yield Finding("E306", *case.split(told.removeprefix("--config: "), case.config), CORRECT)
    else:
        yield from _open(checked)


def _of_project(case: Case) -> Iterator[Finding]:
    checked = _of_application(case) if case.target.project is None else _written(_found(case), case)
    if checked.kind.__name__ == _CLASS or checked.values["DEBUG"] is not True:
        yield from _open(checked)
    else:
        problem = f"{checked.kind.__name__} has DEBUG on, and there is no {_CLASS} beside it"
        yield checked.finding("E301", "DEBUG", problem, "write one there, or name yours: --config package.module:Class")


def _of_application(case: Case) -> _Checked:
    """Return the config of an application without a project, or ProductionConfig beside it where DEBUG is on."""
    config = getattr(case.application, "config", None)
    if not isinstance(config, Config):
        raise NotChecked("the application has no config of ellar")
    checked = _made(config, case)
    beside = getattr(sys.modules.get(checked.kind.__module__), _CLASS, None)
    is_for_development = checked.values["DEBUG"] is True and checked.kind.__name__ != _CLASS
    return _written(beside, case) if is_for_development and isinstance(beside, type) else checked


def _found(case: Case) -> type[Any]:
    module, _, _ = case.project.config.partition(":")
    for path in (f"{module}:{_CLASS}", case.project.config):
        with suppress(Exception, SystemExit), redirect_stdout(sys.stderr):
            return class_at(path)
    # Whatever it is, it keeps the application from starting too, and is told there.
    raise NotChecked(f"{case.project.config} cannot be imported")


def _made(config: Config, case: Case) -> _Checked:
    settings = {setting.name: setting for setting in settings_of(config, case.target.folder)}
    values = {name: setting.value for name, setting in settings.items()}
    return _Checked(type(config), values, {name: setting.place for name, setting in settings.items()}, case)


def _written(kind: type[Any], case: Case) -> _Checked:
    try:
        made = kind()
    except (Exception, SystemExit):  # it asks for what is on the server alone
        made = kind
    names = get_type_hints(Config)
    values = {name: _value(made, kind, name) for name in names}
    owners = [owner for owner in kind.__mro__ if owner not in (Config, object)]
    return _Checked(kind, values, {name: _written_in(owners, name, case.target.folder) for name in names}, case)


def _written_in(owners: Iterable[type[Any]], name: str, folder: Path) -> str | None:
    for owner in owners:
        place = written_at(owner, name, folder)
        if place or name in vars(owner):  # one that was made by a call sets it, too
            return place
    return None


def _value(made: Any, kind: type[Any], name: str) -> Any:
    if name in vars(made):
        return vars(made)[name]
    owners = (*kind.__mro__, Config)
    owner = next(owner for owner in owners if name in vars(owner) or name in inspect.get_annotations(owner))
    return vars(owner).get(name, _REQUIRED)


def _open(checked: _Checked) -> Iterator[Finding]:
    values = checked.values
    if values["DEBUG"] is True:
        yield checked.finding("E301", "DEBUG", "DEBUG is on: whoever meets an error reads the code", "set it to False")
    if fault := _fault_of_key(checked):
        way = _set(checked, "SECRET_KEY", "str", f"to what this prints:\n{_NEW_KEY}")
        yield checked.finding("E302", "SECRET_KEY", f"SECRET_KEY {fault}", way)
    hosts = values["ALLOWED_HOSTS"]
    if not hosts or _is_open(hosts):
        fault = f"ALLOWED_HOSTS {'has *' if hosts else 'is empty'}: links and redirects name any host that is asked for"
        way = _set(checked, "ALLOWED_HOSTS", "Sequence[str]", """to yours, like '["example.org"]'""")
        yield checked.finding("E303", "ALLOWED_HOSTS", fault, way)
    for code, name, fault in (
        ("E304", "WS_ALLOWED_ORIGINS", "has *: a page of any site may open websockets, with its visitor's cookies"),
        ("E305", "CORS_ALLOW_ORIGINS", "has *: a page of any site may read the answers"),
    ):
        if _is_open(values[name]):
            yield checked.finding(code, name, f"{name} {fault}", 'name the sites, like "https://example.org"')


def _is_open(listed: Any) -> bool:
    return isinstance(listed, Collection) and "*" in listed


def _set(checked: _Checked, name: str, kind: str, to_what: str) -> str:
    """Say how to set what belongs to the server, so that it does not start without."""
    place = checked.places[name]
    if place is not None and ".py:" not in place:
        return f"set it {to_what}"
    return f"write {name}: {kind}, and set ELLAR_{name} on the server {to_what}"


def _fault_of_key(checked: _Checked) -> str | None:
    key = checked.values["SECRET_KEY"]
    if not isinstance(key, str):  # what has to be set, or what the application does not start with
        return None
    if not key:
        name = checked.values["SESSION_COOKIE_NAME"]
        return "is missing, and sessions are signed with it" if name and name is not _REQUIRED else None
    if len(key) < _LEAST_LENGTH or len(set(key)) < _LEAST_LETTERS:
        return f"is weak: {len(key)} characters, {len(set(key))} different ones"
    is_written = any(key in text for text in checked.sources)
    return "is in a file of the project, and known to all who can read that" if is_written else None
