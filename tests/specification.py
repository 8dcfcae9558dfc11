"""The specification, cut into what it shows: its page and its Python listings, each as it stands.

A listing that is no whole file is completed by what the text around it says: the imports of another listing, the class
that a method belongs to, the guard that has to return True.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

PATH = Path(__file__).parents[2] / "shared/spec/websockets.txt"

needs_specification = pytest.mark.skipif(not PATH.exists(), reason="the specification is not beside the checkout")

_CODE = r"(?:from |@|class |async def |\.\.\.\n|# )"
_LISTING = re.compile(rf"^{_CODE}.*\n(?:(?:{_CODE}| ).*\n?|\n)*", re.MULTILINE)
_IN_A_SENTENCE = re.compile(r"(?<=e\.g\. )@.+\)$", re.MULTILINE)


class Listings(NamedTuple):
    """All of its Python, in the order of the text."""

    empty_route: str
    loop: str
    guard: str
    query: str
    session: str
    text: str
    json: str
    bytes: str
    short: str
    test: str


@cache
def text() -> str:
    return PATH.read_text(encoding="utf-8")


@cache
def listings() -> Listings:
    """Raises TypeError where the text has more or fewer of them than are named here."""
    found = [*_LISTING.finditer(text()), *_IN_A_SENTENCE.finditer(text())]
    return Listings(*(match[0] for match in sorted(found, key=lambda match: match.start())))


def page(port: int = 8000) -> str:
    """The page, which connects to this port."""
    start = text().index("<!--project_name/apps/car/templates/ws-index.html")
    end = text().index("</html>\n", start) + len("</html>\n")
    return text()[start:end].replace("localhost:8000", f"localhost:{port}")


ALLOWING_GUARD = """from ellar.common import GuardCanActivate, IExecutionContext


class MyGuard(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        print('MyGuard was called.')
        return True


"""


def controllers() -> dict[str, str]:
    """The file of the controller as each listing leaves it, by the listing's name."""
    found = listings()
    imports = "".join(line for line in found.session.splitlines(keepends=True) if line.startswith("from "))
    return {
        "empty_route": found.empty_route,
        "loop": f"{imports}\n\n{found.loop}",
        "guard": f"{imports}\n\n{found.guard}\n\n{_class_of(found)}",
        "query": f"{imports}\n\n{found.query}\n\n{_class_of(found)}",
        "session": ALLOWING_GUARD + found.session,
        "short": found.short,
        **{name: _answering(imports, getattr(found, name), name) for name in ("text", "json", "bytes")},
    }


def _class_of(found: Listings) -> str:
    """The class around a method that is shown alone: what it was before."""
    before, _, _ = found.loop.partition("    @ws_route")
    return f"{before}    live_support = live_support\n"


def _answering(imports: str, decorator: str, encoding: str) -> str:
    """A handler of the messages that a decorator lets through."""
    kind = {"text": "str", "json": "dict[str, int]", "bytes": "bytes"}[encoding]
    return f"""{imports}

@Controller('/car')
class CarController(ControllerBase):
    {decorator}
    async def live_support(self, data: {kind} = WsBody()):
        await self.context.switch_to_websocket().get_client().send_{encoding}(data)
"""
