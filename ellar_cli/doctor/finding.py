"""A finding, the codes that there are, and the checks that come to them."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ellar_cli.doctor.case import Case

CODES = {
    "E101": "a mistake that keeps the application from starting",
    "E102": "a handler or class that needs what nobody provides",
    "E103": "a template that is missing",
    "E104": "a static folder that is missing",
    "E105": "an option of the server that it does not take",
    "E201": "a module that no module lists",
    "E202": "a route that an earlier one hides",
    "E203": "a root module that is not what the project names",
    "E204": "a file that imports what is not there",
    "E205": "a name in `[tool.ellar]` that is unknown, or of a folder that is not there",
    "E301": "production with debug on",
    "E302": "a key for production that is missing, weak, or in a file of the project",
    "E303": "production that answers to any host",
    "E304": "websockets in production that pages of any site may open",
    "E305": "answers in production that pages of any site may read",
    "E306": "a config for production that cannot be made",
    "E401": "the public `ellar` or `ellar-cli` in the same environment",
    "E402": "a package that is missing, or not of the version that the project asks for",
    "E403": "a Python that is not of the version that the project asks for",
    "E501": "a generated module or websocket that the record does not know",
    "E502": "recorded files that are gone",
    "E503": "a record that cannot be read",
}
"""All codes, which stay what they are, and what each is about."""


CORRECT = "correct it there"
"""The remedy of what the place and the problem tell all about."""


class Finding(NamedTuple):
    """Something that is wrong: `place` is a file and line where there is one, `remedy` a command or what to write."""

    code: str
    place: str
    problem: str
    remedy: str


class NotChecked(Exception):
    """A check that cannot be made here; its text says why."""


class Check(NamedTuple):
    """Looks for what some codes are about. `look` may raise NotChecked."""

    codes: tuple[str, ...]
    look: Callable[["Case"], Iterator[Finding]]
