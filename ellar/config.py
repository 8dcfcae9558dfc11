"""The config: defaults, then a class or dict, then `.env`, then the environment become one object, checked at start."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property, partial
from inspect import get_annotations
from typing import Any, Literal, get_type_hints

from pydantic import (
    ConfigDict,
    NonNegativeInt,
    PositiveInt,
    PydanticSchemaGenerationError,
    TypeAdapter,
    ValidationError,
)
from starlette.middleware import Middleware

from ellar.exceptions import ImproperlyConfigured, MissingSettings
from ellar.variables import OF_ENVIRONMENT, OF_SERVER, PREFIX, EnvFile, Given, place_of, read


class Config:
    """Settings by name. Subclass it; an attribute in capitals that is not listed here is the application's own."""

    DEBUG: bool = False
    """Shows the welcome page and error pages, and reads templates anew when they change."""
    SECRET_KEY: str = ""
    """Signs what is handed to clients."""
    API_DOCS: bool | None = None
    """Describes the routes at `/docs`, `/openapi.json` and `/asyncapi.json`. None becomes True in debug, else False."""
    API_TITLE: str = ""
    """The title of these pages; empty: the name of the application's package."""
    API_VERSION: str = ""
    """The version of what they describe; empty: that of the installed package, or 0.0.0."""
    REDIRECT_SLASHES: bool = False
    """Over HTTP, `/car/` answers with a redirect to `/car` (or the reverse) where only that one exists."""
    STATIC_URL: str = "/static"
    """Static files of the module `car` are below `/static/car/`."""
    MAX_BODY_SIZE: PositiveInt = 1024 * 1024
    """Bytes that the JSON of a `Body()` may have, and the fields of a form together. More are answered with 413."""
    MAX_UPLOAD_SIZE: PositiveInt = 16 * 1024 * 1024
    """Bytes that a form with files may have. `File(max_size=)` is the limit of one file."""
    WS_ALLOWED_ORIGINS: Sequence[str] = ()
    """Origins (`https://example.org`) whose pages may open a websocket here, besides our own; `*` is all of them."""
    ALLOWED_HOSTS: Sequence[str] = ()
    """Hosts that may be asked for (`example.org`, `*.example.org` for all below it); empty, or with `*`, it is any."""
    CORS_ALLOW_ORIGINS: Sequence[str] = ()
    """Origins (`https://example.org`) whose pages may read our answers, besides our own; `*` is all of them."""
    CORS_ALLOW_METHODS: Sequence[str] = ("GET", "HEAD", "POST")
    """Methods that those pages may use; `*` is all of them."""
    CORS_ALLOW_HEADERS: Sequence[str] = ()
    """Headers that those pages may send, besides what a form sends; `*` is all of them."""
    CORS_ALLOW_CREDENTIALS: bool = False
    """Lets those pages send cookies; the origins have to be named for it."""
    CORS_MAX_AGE: NonNegativeInt = 600
    """Seconds that a browser remembers what a page may send."""
    SESSION_COOKIE_NAME: str = ""
    """The cookie that keeps a client's session, signed with SECRET_KEY; empty: there are no sessions."""
    SESSION_COOKIE_AGE: PositiveInt = 14 * 24 * 60 * 60
    """Seconds that a session lasts after it was last changed."""
    SESSION_COOKIE_SECURE: bool | None = None
    """Sends the session's cookie over HTTPS alone. None becomes True, and False in debug."""
    SESSION_COOKIE_SAMESITE: Literal["lax", "strict", "none"] = "lax"
    """Which requests that begin on another site carry the session; `none` is all of them."""
    GZIP_MINIMUM_SIZE: NonNegativeInt = 0
    """Bytes from which on an answer is compressed; 0: none is. Event streams never are."""
    MIDDLEWARE: Sequence[Middleware] = ()
    """Starlette's `Middleware(YourClass, option=1)`, the outermost first, inside of ours."""
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    """Lines of the log from this level on are shown, of all loggers, where LOG_FORMAT sets logging up."""
    LOG_FORMAT: Literal["auto", "text", "json", "none"] = "auto"
    """The form of the log's lines; `auto` is text. Logging that is configured already is let be, `none`: always."""
    REQUEST_ID_HEADER: bool = False
    """Answers each request with its id, which the lines of the log carry, as `X-Request-ID`."""
    GRACEFUL_TIMEOUT: NonNegativeInt | None = None
    """Seconds that `ellar runserver` waits for handlers when it ends. None becomes 1 in debug, else 20."""
    WS_MAX_SIZE: PositiveInt = 1024 * 1024
    """Bytes that a websocket's message may have under `ellar runserver`. A bigger one closes it with 1009."""
    WS_PER_MESSAGE_DEFLATE: bool = False
    """Compresses messages under `ellar runserver`: less traffic for more memory and time per connection."""


ConfigSource = str | type[Any] | Config | Mapping[str, Any]

DEFAULT = f"{Config.__module__}:{Config.__qualname__}"
"""Where a setting comes from that nothing sets."""

_SECRETS = {"SECRET_KEY"}
_SERVER = {variable.removeprefix(PREFIX) for variable in OF_SERVER}
_SOURCES = "__ellar_sources__"
_ANY_TYPE = ConfigDict(arbitrary_types_allowed=True)


def load_config(source: ConfigSource | None) -> Config:
    """Makes the config. Raises ImproperlyConfigured for what can't be imported, is not set or has a wrong value."""
    made = _made(source)
    config = made if isinstance(made, Config) else _from_settings(made)
    declared = _Declared(type(made))
    sources = {name: declared.place(name, made) for name in dir(config) if _is_setting(name)}
    for name, place in sources.items():
        declared.check_name(name, place)
    for name, given in _from_variables(declared, config):
        setattr(config, name, given.value)
        sources[name] = given.place
    setattr(config, _SOURCES, sources)
    missing = declared.missing(config)
    for name, expected in declared.ours.items():
        setattr(config, name, _valid(name, expected, getattr(config, name), sources[name]))
    settle(config, debug=config.DEBUG)
    if missing:
        raise MissingSettings(declared.told(missing), config, missing)
    return config


def settle(config: Config, *, debug: bool) -> None:
    """Gives the settings that are None what follows for them from DEBUG."""
    if config.API_DOCS is None:
        config.API_DOCS = debug
    if config.SESSION_COOKIE_SECURE is None:
        config.SESSION_COOKIE_SECURE = not debug
    if config.GRACEFUL_TIMEOUT is None:
        config.GRACEFUL_TIMEOUT = 1 if debug else 20


def source_of(config: Config, name: str) -> str:
    """Where a setting comes from, for errors: a variable, a line of `.env`, a class, or `config_module` for a dict."""
    sources: dict[str, str] = getattr(config, _SOURCES, {})
    return sources.get(name, "config_module")


def sources_of(config: Config) -> dict[str, str]:
    """All settings, ours first, each with where it comes from; `DEFAULT` where nothing sets it."""
    sources: dict[str, str] = getattr(config, _SOURCES)
    return {name: sources[name] for name in [*get_type_hints(Config), *sorted(sources)]}


def _is_setting(name: str) -> bool:
    return name.isupper() and not name.startswith("_")


class _Declared:
    """What the class of a config says of its settings; that of a dict says nothing."""

    def __init__(self, kind: type[Any]) -> None:
        self._kind = kind
        self.ours = get_type_hints(Config, include_extras=True)
        annotated = {
            name
            for owner in kind.__mro__
            for name, annotation in get_annotations(owner).items()
            if _is_setting(name) and "ClassVar" not in str(annotation)
        }
        self._annotated = sorted(annotated)
        self.own = annotated - self.ours.keys()

    def place(self, name: str, made: Any) -> str:
        """The class that sets it, or else the whole config; `DEFAULT` for ours that nothing sets."""
        if name in (made if isinstance(made, Mapping) else getattr(made, "__dict__", ())):
            return _label(self._kind)
        owners = (*self._kind.__mro__, Config)
        return _label(next((owner for owner in owners if name in vars(owner)), self._kind))

    def type_of(self, name: str, config: Config) -> Any:
        """What a text becomes: what is annotated, or else what is there before."""
        if name in self.ours or name in self.own:
            return self.ours.get(name) or self._hints[name]
        before = getattr(config, name, None)
        return str if before is None else type(before)

    @cached_property
    def _hints(self) -> dict[str, Any]:
        try:
            return get_type_hints(self._kind, include_extras=True)
        except NameError as error:
            raise ImproperlyConfigured(
                f"{_label(self._kind)} has an annotation that names {error.name!r}, which is not there when the"
                " application starts: import it at the top of the file, outside TYPE_CHECKING"
            ) from error

    def check_name(self, written: str, place: str, prefix: str = "") -> None:
        """Raises ImproperlyConfigured for what is nearly one of ours; what is annotated is meant."""
        name = written.removeprefix(PREFIX)
        if name in self.ours or written in self.own:
            return
        if name in self.own:
            raise _no_setting(written, place)
        known = self.ours.keys() | (_SERVER if name != written else set())
        for near in filter(partial(_is_misspelled, name), get_close_matches(name, sorted(known), 3, 0.8)):
            remedy = "" if name != written else " If it is your own, annotate it in a class"
            raise ImproperlyConfigured(f"{place}: there is no setting {written}: did you mean {prefix}{near}?{remedy}")

    def missing(self, config: Config) -> dict[str, str]:
        """The annotations without a value that nothing gives one, each with its class."""
        missing: dict[str, str] = {}
        for name in self._annotated:
            owner = next(kind for kind in self._kind.__mro__ if name in vars(kind) or name in get_annotations(kind))
            if name not in vars(owner) and name not in vars(config):
                missing[name] = _label(owner)
        return missing

    def told(self, missing: Mapping[str, str]) -> str:
        """What a person is told of them."""
        owners = set(missing.values())
        label = owners.pop() if len(owners) == 1 else _label(self._kind)
        variables = _listed([f"{PREFIX}{name}" if name in self.ours else name for name in missing])
        if len(missing) == 1:
            return (
                f"{label}: {_listed(missing)} is not set: set the environment variable {variables}, or write it to .env"
            )
        return (
            f"{label}: {_listed(missing)} are not set: set the environment variables {variables}, or write them to .env"
        )


def _is_misspelled(name: str, ours: str) -> bool:
    """Is each word of it one of the setting's, or nearly? `JWT_SECRET_KEY` is somebody's own."""
    words = ours.split("_")
    return name.replace("_", "") == "".join(words) or all(
        get_close_matches(word, words, 1, 0.7) for word in name.split("_")
    )


def _no_setting(variable: str, place: str) -> ImproperlyConfigured:
    own = variable.removeprefix(PREFIX)
    return ImproperlyConfigured(
        f"{place}: there is no setting {variable}: write {own}, as your own settings have no prefix"
    )


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _from_variables(declared: _Declared, config: Config) -> Iterator[tuple[str, Given]]:
    """What the environment and `.env` set: ours by the prefix, the application's by their own name."""
    file = EnvFile.found()
    for variable in os.environ:
        if variable.startswith(PREFIX) and variable not in OF_ENVIRONMENT | OF_SERVER:
            declared.check_name(variable, place_of(variable), PREFIX)
    lines = [variable for variable in file.lines if variable not in OF_SERVER]
    for variable in lines:
        _check_line(variable, file.place(variable), declared)
    ours = {f"{PREFIX}{name}": name for name in declared.ours}
    own = {name: name for name in (*declared.own, *lines) if _is_setting(name) and name not in ours}
    names = own | ours
    for variable, given in read(names, lambda variable: declared.type_of(names[variable], config), file).items():
        name = names[variable]
        yield name, given if name in declared.ours else _valid_own(name, declared.type_of(name, config), given)


def _check_line(variable: str, place: str, declared: _Declared) -> None:
    if variable in OF_ENVIRONMENT:
        raise ImproperlyConfigured(f"{place}: {variable} is read before this file is: set it in the environment")
    if variable in declared.ours:
        raise ImproperlyConfigured(f"{place}: write {PREFIX}{variable}: without the prefix, it is not for ellar")
    if _is_setting(variable):
        declared.check_name(variable, place, PREFIX)
    if variable.startswith(PREFIX) and variable not in declared.own:
        name = variable.removeprefix(PREFIX)
        if name != name.upper() and name.upper() in declared.ours:
            raise ImproperlyConfigured(f"{place}: there is no setting {variable}: did you mean {variable.upper()}?")
        if name not in declared.ours:
            raise _no_setting(variable, place)


def _valid_own(name: str, expected: Any, given: Given) -> Given:
    return Given(_valid(name, expected, given.value, given.place, is_secret=True), given.place)


def _made(source: ConfigSource | None) -> Any:
    made = Config if source is None else class_at(source) if isinstance(source, str) else source
    return made() if isinstance(made, type) else made


def _from_settings(made: Any) -> Config:
    """Of a dict, or of an object that is no Config."""
    config = Config()
    settings = made if isinstance(made, Mapping) else {name: getattr(made, name) for name in dir(made)}
    for name, value in settings.items():
        if _is_setting(name):
            setattr(config, name, value)
    return config


def _label(kind: type[Any]) -> str:
    return "config_module" if issubclass(kind, Mapping) else f"{kind.__module__}:{kind.__qualname__}"


def class_at(path: str) -> type[Any]:
    """Returns the class that a path names. Raises ImproperlyConfigured where there is none."""
    module_name, _, name = path.rpartition(":" if ":" in path else ".")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise  # the module is there; something that it imports is not
        raise ImproperlyConfigured(f"config_module {path!r}: there is no module {error.name!r}") from error
    except ValueError as error:
        raise ImproperlyConfigured(f"config_module {path!r}: write it as package.module:ClassName") from error
    if not hasattr(module, name):
        near = "".join(f"; did you mean {name!r}?" for name in get_close_matches(name, vars(module), 1))
        raise ImproperlyConfigured(f"config_module {path!r}: {module.__file__} has no {name!r}{near}")
    found = getattr(module, name)
    if not isinstance(found, type):
        raise ImproperlyConfigured(f"config_module {path!r} is not a class")
    return found


def _valid(name: str, expected: Any, value: Any, place: str, *, is_secret: bool = False) -> Any:
    try:
        adapter = TypeAdapter(expected)
    except PydanticSchemaGenerationError:
        adapter = TypeAdapter(expected, config=_ANY_TYPE)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        shown = "" if is_secret or name in _SECRETS else f"={value!r}"
        # Without its cause, which would show what is secret.
        fault = error.errors()[0]
        remedy = ": write a list" if fault["type"] == "sequence_str" else ""
        raise ImproperlyConfigured(f"{place}: {name}{shown} is wrong: {fault['msg']}{remedy}") from None
