"""Middleware: what the config asks for, and no other, from the outermost to the innermost.

Each of Starlette's is imported where it is configured: what nobody asks for costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import signature

from starlette.middleware import Middleware

from ellar.config import Config, source_of
from ellar.exceptions import ImproperlyConfigured
from ellar.origins import origin_as_sent

_PURPOSE = "ellar.session:"
"""Goes before the key, so that nothing else that an application signs with it is taken for a session."""
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)  # by RFC 9110, section 5.6.2: a cookie's name, a method, a header


def middleware_of(config: Config) -> list[Middleware]:
    """The stack. Raises ImproperlyConfigured for what can't work, or would protect nothing."""
    return [*_hosts(config), *_cors(config), *_sessions(config), *_gzip(config), *_own(config)]


def _wrong(config: Config, name: str, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{source_of(config, name)}: {name}={getattr(config, name)!r} {why}")


def _hosts(config: Config) -> Iterator[Middleware]:
    if not config.ALLOWED_HOSTS or "*" in config.ALLOWED_HOSTS:
        return
    from ellar.hosts import AllowedHosts, is_host

    for host in config.ALLOWED_HOSTS:
        if not is_host(host):
            raise _wrong(config, "ALLOWED_HOSTS", f"names {host!r}: write a host without scheme and port: example.org")
    yield Middleware(AllowedHosts, hosts=config.ALLOWED_HOSTS)


def _cors(config: Config) -> Iterator[Middleware]:
    if not config.CORS_ALLOW_ORIGINS:
        return
    if config.CORS_ALLOW_CREDENTIALS and "*" in config.CORS_ALLOW_ORIGINS:
        raise _wrong(
            config, "CORS_ALLOW_ORIGINS", "with CORS_ALLOW_CREDENTIALS lets any site act as its visitor: name the sites"
        )
    for name in ("CORS_ALLOW_METHODS", "CORS_ALLOW_HEADERS"):
        for one in getattr(config, name):
            if not _TOKEN.fullmatch(one):
                raise _wrong(config, name, f"names {one!r}, which can't be one")
    from starlette.middleware.cors import CORSMiddleware

    yield Middleware(
        CORSMiddleware,
        allow_origins=[_origin(config, written) for written in config.CORS_ALLOW_ORIGINS],
        allow_methods=[method.upper() for method in config.CORS_ALLOW_METHODS],
        allow_headers=config.CORS_ALLOW_HEADERS,
        allow_credentials=config.CORS_ALLOW_CREDENTIALS,
        max_age=config.CORS_MAX_AGE,
    )


def _origin(config: Config, written: str) -> str:
    origin = written if written == "*" else origin_as_sent(written)
    if origin is None:
        raise _wrong(config, "CORS_ALLOW_ORIGINS", f"names {written!r}: write an origin like https://example.org")
    return origin


def _sessions(config: Config) -> Iterator[Middleware]:
    if not config.SESSION_COOKIE_NAME:
        return
    _check_session(config)
    from starlette.middleware.sessions import SessionMiddleware

    yield Middleware(
        SessionMiddleware,
        secret_key=_PURPOSE + config.SECRET_KEY,
        session_cookie=config.SESSION_COOKIE_NAME,
        max_age=config.SESSION_COOKIE_AGE,
        same_site=config.SESSION_COOKIE_SAMESITE,
        https_only=bool(config.SESSION_COOKIE_SECURE),
    )


def _check_session(config: Config) -> None:
    """Refuses what a browser would drop, and a session that anybody could sign."""
    if not _TOKEN.fullmatch(config.SESSION_COOKIE_NAME):
        raise _wrong(config, "SESSION_COOKIE_NAME", "is no cookie's name: write letters, digits, - and _")
    if not config.SECRET_KEY:
        raise _wrong(
            config, "SESSION_COOKIE_NAME", "needs SECRET_KEY, which signs the sessions: set it to a long random text"
        )
    if config.SESSION_COOKIE_SECURE:
        return
    remedy = "needs SESSION_COOKIE_SECURE=True: browsers drop the cookie else"
    if config.SESSION_COOKIE_SAMESITE == "none":
        raise _wrong(config, "SESSION_COOKIE_SAMESITE", remedy)
    if config.SESSION_COOKIE_NAME.startswith(("__Secure-", "__Host-")):
        raise _wrong(config, "SESSION_COOKIE_NAME", remedy)


def _gzip(config: Config) -> Iterator[Middleware]:
    if config.GZIP_MINIMUM_SIZE:
        from starlette.middleware.gzip import GZipMiddleware

        yield Middleware(GZipMiddleware, minimum_size=config.GZIP_MINIMUM_SIZE)


def _own(config: Config) -> Iterator[Middleware]:
    for middleware in config.MIDDLEWARE:
        try:
            signature(middleware.cls).bind(None, *middleware.args, **middleware.kwargs)
        except TypeError as error:
            name = getattr(middleware.cls, "__qualname__", type(middleware.cls).__name__)
            raise ImproperlyConfigured(
                f"{source_of(config, 'MIDDLEWARE')}: MIDDLEWARE: {name} can't be made: {error}"
            ) from None
        yield middleware
