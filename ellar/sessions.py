"""Sessions: a mapping for each client, kept in a signed cookie. It is `request.session` and `websocket.session`."""

from __future__ import annotations

from starlette.middleware import Middleware

from ellar.config import Config

_PURPOSE = "ellar.session:"
"""Goes before the key, so that nothing else that an application signs with it is taken for a session."""


def middleware_of(config: Config) -> list[Middleware]:
    """Starlette's session middleware as the config says; nothing where it names no cookie."""
    if not config.SESSION_COOKIE_NAME:
        return []
    from starlette.middleware.sessions import SessionMiddleware  # and itsdangerous, only where there are sessions

    return [
        Middleware(
            SessionMiddleware,
            secret_key=_PURPOSE + config.SECRET_KEY,
            session_cookie=config.SESSION_COOKIE_NAME,
            max_age=config.SESSION_COOKIE_AGE,
            same_site=config.SESSION_COOKIE_SAMESITE,
            https_only=bool(config.SESSION_COOKIE_SECURE),
        )
    ]
