"""The errors that the pages show are those that one gets, word by word."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator

import pytest

from ellar.core import ImproperlyConfigured
from tests.docs.pages import PAGES, Page


@pytest.mark.parametrize("page", [page for page in PAGES if page.shown_errors()], ids=lambda page: page.name)
def test_the_errors_of_a_page_are_what_one_gets(page: Page) -> None:
    assert sorted(page.shown_errors()) == sorted(error_of(mistake) for mistake in mistakes(page))


def mistakes(page: Page) -> Iterator[Callable[[], object]]:
    """The functions of the file of this page that begin with `make_`."""
    module = importlib.import_module(f"tests.docs.mistakes.{page.name.replace('-', '_')}")
    return (made for name, made in vars(module).items() if name.startswith("make_"))


def error_of(mistake: Callable[[], object]) -> str:
    """Its text, without the place in front; `(...)` for a place within it, and `.../` for a folder."""
    with pytest.raises((ImproperlyConfigured, TimeoutError)) as caught:
        mistake()
    error = re.sub(r"^\S+\.py:\d+: |\w+\.<locals>\.", "", str(caught.value))
    error = re.sub(r"\(\S+\.py:\d+\)", "(...)", error)
    return re.sub(r"(?<=make )/\S+?/(?=templates/|static(?:/|$))", ".../", error)
