"""Mistakes: each function makes one whose error a page shows; a file a page."""

from __future__ import annotations

from typing import Any

from ellar.app import App
from ellar.testing import Test


def start(*controllers: type[Any], **listed: Any) -> App:
    """An application of these."""
    return Test.create_test_module(controllers=controllers, **listed).create_application()
