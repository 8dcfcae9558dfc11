"""Mistakes that docs/config.md tells of."""

from __future__ import annotations

import os
from typing import Any
from unittest.mock import patch

from starlette.middleware import Middleware
from starlette.types import ASGIApp

from ellar.core import Config
from tests.docs.mistakes import start


class Production(Config):
    SECRET_KEY: str


class Booking(Config):
    SEATS: int = 4


class Timed:
    def __init__(self, app: ASGIApp, header: str) -> None: ...


def make_config_from_nowhere() -> None:
    start(config_module="project.config:Wrong")


def make_wrong_value() -> None:
    start(config_module={"DEBUG": "perhaps"})


def make_name_that_is_nearly_ours() -> None:
    start(config_module={"ALLOWED_HOST": "example.org"})


def make_variable_of_ones_own_with_the_prefix() -> None:
    with patch.dict(os.environ, {"ELLAR_SEATS": "5"}):
        start(config_module=Booking)


def make_variable_that_is_nearly_ours() -> None:
    with patch.dict(os.environ, {"ELLAR_DEBGU": "1"}):
        start()


def make_list_that_is_no_json() -> None:
    with patch.dict(os.environ, {"ELLAR_ALLOWED_HOSTS": "example.org"}):
        start()


def make_secret_key_missing() -> None:
    start(config_module=Production)


def make_host_with_scheme() -> None:
    start(config_module={"ALLOWED_HOSTS": ["https://example.org"]})


def make_cookies_for_all_sites() -> None:
    start(config_module={"CORS_ALLOW_ORIGINS": ["*"], "CORS_ALLOW_CREDENTIALS": True})


def make_middleware_without_its_argument() -> None:
    make: Any = Middleware
    start(config_module={"MIDDLEWARE": [make(Timed)]})
