"""The config: from a class path, a class or a dict to one object, checked at start."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Literal, get_type_hints

from pydantic import PositiveInt, TypeAdapter, ValidationError

from ellar.exceptions import ImproperlyConfigured


class Config:
    """Settings by name. Subclass it; an attribute in capitals that is not listed here is the application's own."""

    DEBUG: bool = False
    """Shows the welcome page and error pages, and reads templates anew when they change."""
    SECRET_KEY: str = ""
    """Signs what is handed to clients."""
    REDIRECT_SLASHES: bool = False
    """Over HTTP, `/car/` answers with a redirect to `/car` (or the reverse) where only that one exists."""
    STATIC_URL: str = "/static"
    """Static files of the module `car` are below `/static/car/`."""
    WS_ALLOWED_ORIGINS: Sequence[str] = ()
    """Origins (`https://example.org`) whose pages may open a websocket here, besides our own; `*` is all of them."""
    SESSION_COOKIE_NAME: str = ""
    """The cookie that keeps a client's session, signed with SECRET_KEY; empty: there are no sessions."""
    SESSION_COOKIE_AGE: PositiveInt = 14 * 24 * 60 * 60
    """Seconds that a session lasts after it was last changed."""
    SESSION_COOKIE_SECURE: bool | None = None
    """Sends the session's cookie over HTTPS alone. None becomes True, and False in debug."""
    SESSION_COOKIE_SAMESITE: Literal["lax", "strict", "none"] = "lax"
    """Which requests that begin on another site carry the session; `none` is all of them."""
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    """Lines of the log from this level on are shown, of all loggers, where LOG_FORMAT sets logging up."""
    LOG_FORMAT: Literal["auto", "text", "json", "none"] = "auto"
    """The form of the log's lines; `auto` is text. Logging that is configured already is let be, `none`: always."""
    REQUEST_ID_HEADER: bool = False
    """Answers each request with its id, which the lines of the log carry, as `X-Request-ID`."""


ConfigSource = str | type[Any] | Config | Mapping[str, Any]


def load_config(source: ConfigSource | None) -> Config:
    """Makes the config. Raises ImproperlyConfigured for what can't be imported or has a wrong value."""
    config = _instance(source)
    for name, expected in get_type_hints(Config, include_extras=True).items():
        setattr(config, name, _checked(name, expected, getattr(config, name), source))
    if config.SESSION_COOKIE_SECURE is None:
        config.SESSION_COOKIE_SECURE = not config.DEBUG
    if config.SESSION_COOKIE_NAME:
        _check_session(config, _where(source))
    return config


def _instance(source: ConfigSource | None) -> Config:
    if source is None:
        return Config()
    if isinstance(source, Mapping):
        return _from_settings(source)
    made = _imported(source) if isinstance(source, str) else source
    made = made() if isinstance(made, type) else made
    return made if isinstance(made, Config) else _from_settings({k: getattr(made, k) for k in dir(made)})


def _from_settings(settings: Mapping[str, Any]) -> Config:
    config = Config()
    for name, value in settings.items():
        if name.isupper():
            setattr(config, name, value)
    return config


def _imported(path: str) -> type[Any]:
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


def _checked(name: str, expected: Any, value: Any, source: ConfigSource | None) -> Any:
    try:
        return TypeAdapter(expected).validate_python(value)
    except ValidationError as error:
        raise ImproperlyConfigured(
            f"{_where(source)}: {name}={value!r} is wrong: {error.errors()[0]['msg']}"
        ) from error


_COOKIE_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)  # a token by RFC 9110, section 5.6.2


def _check_session(config: Config, where: str) -> None:
    """Refuses what a browser would drop, and a session that anybody could sign."""
    begin = f"{where}: SESSION_COOKIE_NAME={config.SESSION_COOKIE_NAME!r}"
    if not _COOKIE_NAME.fullmatch(config.SESSION_COOKIE_NAME):
        raise ImproperlyConfigured(f"{begin} is no cookie's name: write letters, digits, - and _")
    if not config.SECRET_KEY:
        raise ImproperlyConfigured(f"{begin} needs SECRET_KEY, which signs the sessions: set it to a long random text")
    if config.SESSION_COOKIE_SECURE:
        return
    if config.SESSION_COOKIE_SAMESITE == "none":
        raise ImproperlyConfigured(
            f"{where}: SESSION_COOKIE_SAMESITE='none' needs SESSION_COOKIE_SECURE=True: browsers drop the cookie else"
        )
    if config.SESSION_COOKIE_NAME.startswith(("__Secure-", "__Host-")):
        raise ImproperlyConfigured(f"{begin} needs SESSION_COOKIE_SECURE=True: browsers drop the cookie else")


def _where(source: ConfigSource | None) -> str:
    return source if isinstance(source, str) else "config_module"
