"""The tests that come with a websocket fail where the code beside them is broken, in every style and encoding."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from ellar_cli.errors import CliError
from ellar_cli.names import query_parameter
from ellar_cli.templates.rendering import render
from ellar_cli.templates.websocket_options import Encoding, Socket, Style
from tests.early import Early
from tests.server import clean_environment
from tests.templates.combinations import SOCKETS, named, variables

Mistake = tuple[str, str, str]  # file, what it holds, what a mistake makes of it

ALWAYS: list[Mistake] = [
    ("controllers.py", '@ws_route("/live-support"', '@ws_route("/live-feed"'),
    ("controllers.py", '@Controller("/', '@Controller("/the-'),
    ("controllers.py", 'template_name="ws-index.html"', 'template_name="index.html"'),
    ("controllers.py", '@get("/ws-index")', '@get("/index")'),
    ("controllers.py", "    @Guards(", "    # @Guards("),
    ("controllers.py", "min_length=1, ", ""),
    ("controllers.py", ", max_length=100", ""),
    ("controllers.py", "Query(min_length", 'Query("Ada", min_length'),
    ("services.py", "We have received", "We have lost"),
    ("services.py", "we have received", "we have lost"),
    ("services.py", "How can we help", "What do you want"),
    ("services.py", "Welcome {guest} ", "Welcome "),
    ("services.py", "Welcome {name} ", "Welcome "),
    ("services.py", "'{guest}, we", "'we"),
    ("services.py", "%s, we have", "Ada%.0s, we had"),
    ("services.py", '"{name}, we', '"we'),
    ("module.py", "    providers=[", "    # providers=["),
    ("templates/ws-index.html", ' maxlength="{{ message_max_length }}"', ""),
]
OF_STYLE: dict[Style, list[Mistake]] = {
    "session": [
        ("controllers.py", "        await websocket.accept()\n", ""),
        ("controllers.py", "@ws_route.connect(", "@ws_route.disconnect("),
    ],
    "route": [
        ("controllers.py", "        await websocket.accept()\n", ""),
        ("controllers.py", "while True", "for _ in ()"),
        ("controllers.py", "WebSocketException(1008", "WebSocketException(1000"),
        ("controllers.py", "len(data) > ", "len(data) > 9 * "),
    ],
    "message": [("controllers.py", "use_extra_handler=True, ", "")],
}
OF_ENCODING: dict[Encoding, list[Mistake]] = {
    "text": [
        ("controllers.py", 'encoding="text"', 'encoding="bytes"'),
        ("controllers.py", "receive_text()", "receive_bytes()"),
        ("controllers.py", "send_text(", "send_json("),
        ("controllers.py", "data: Message", "data: str"),
        ("schemas.py", "(max_length=MESSAGE_MAX_LENGTH)", "()"),
        ("services.py", "escape(message, quote=False)", "message"),
        ("services.py", "escape(name, quote=False)", "name"),
        ("services.py", "quote=False", "quote=True"),
    ],
    "json": [
        ("controllers.py", 'encoding="json"', 'encoding="bytes"'),
        ("controllers.py", "service.thanks(stars", 'service.receipt("Ada"'),
        ("controllers.py", "data: Message", "data: Complaint"),
        ("controllers.py", "MESSAGE_ADAPTER.validate_json(", "__import__('json').loads("),
        ("controllers.py", "model_dump_json()", "text"),
        ("schemas.py", "(max_length=MESSAGE_MAX_LENGTH)", "()"),
        ("schemas.py", "ge=1, ", ""),
        ("schemas.py", ", le=5", ""),
        ("schemas.py", 'Literal["rating"]', 'Literal["stars"]'),
        ("schemas.py", 'event: Literal["note"] = "note"', 'event: str = "remark"'),
        ("services.py", "quote=complaint", 'quote="a complaint"'),
        ("services.py", "{stars} of 5", "5 of 5"),
    ],
    "bytes": [
        ("controllers.py", 'encoding="bytes"', 'encoding="text"'),
        ("controllers.py", "receive_bytes()", "receive_text()"),
        ("controllers.py", "send_bytes(", "send_json("),
        ("controllers.py", "MESSAGE_MAX_LENGTH // 3", "MESSAGE_MAX_LENGTH"),
        ("controllers.py", "data: Message", "data: bytes"),
        ("schemas.py", "Field(max_length=MESSAGE_MAX_LENGTH)", "Field()"),
        ("services.py", "% message", "% message.decode().encode()"),
        ("services.py", ", message)", ", message.decode().encode())"),
    ],
}
OF_GUARD: list[Mistake] = [
    ("controllers.py", '@post("/tickets")', '@post("/ticket")'),
    ("guards.py", 'name = "ticket"', 'name = "key"'),
    ("guards.py", "max_age=TICKET_LIFETIME", "max_age=None"),
    ("guards.py", "            return None", "            return ticket"),
    ("guards.py", "if not self.config.SECRET_KEY", "if False"),
    ("guards.py", "        return guest", "        return None"),
    ("guards.py", '.dumps("guest")', '.dumps("")'),
]


# One failure tells enough of a module, and one second without an answer enough of a failure.
CONFTEST = """import pytest
from ellar.testing import TestModule

TestModule.get_test_client.__kwdefaults__["receive_timeout"] = 1
failed = set()


def pytest_runtest_logreport(report):
    if report.failed:
        failed.add(report.nodeid.partition("/")[0])


def pytest_runtest_setup(item):
    if item.nodeid.partition("/")[0] in failed:
        pytest.skip("another test of this module has failed")
"""


@dataclass(frozen=True)
class Broken:
    """A websocket with a mistake in it, in a package of its own."""

    name: str
    socket: Socket
    mistake: Mistake

    def write(self, folder: Path) -> None:
        """Writes its module there, mistake and all."""
        file, right, wrong = self.mistake
        for path, text in render("module", variables(self.name, self.socket), over="websocket").items():
            target = folder / self.name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text.replace(right, wrong) if path == file else text)

    @property
    def is_possible(self) -> bool:
        """Does its code hold what the mistake is made in?"""
        file, right, _ = self.mistake
        return right in render("module", variables(self.name, self.socket), over="websocket")[file]


def broken() -> Iterator[Broken]:
    for style, encoding in product(get_args(Style), get_args(Encoding)):
        socket = Socket(style, encoding, guard=True, query="visitor")
        is_first = (style, encoding) == ("session", "text")
        mistakes = [*ALWAYS, *OF_STYLE[style], *OF_ENCODING[encoding], *(OF_GUARD if is_first else [])]
        for number, mistake in enumerate(mistakes):
            one = Broken(f"{named(socket)}_{number}", socket, mistake)
            if one.is_possible:
                yield one


BROKEN = list(broken())


def red_of(folder: Path) -> set[str]:
    """The modules, of all the broken ones and a right one of each kind, whose tests fail."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "conftest.py").write_text(CONFTEST)
    for one in BROKEN:
        one.write(folder)
        Broken(named(one.socket), one.socket, ("", "", "")).write(folder)
    options = ["-p", "no:cacheprovider", "-q", "-rfE", "--tb=no", "--continue-on-collection-errors"]
    command = [sys.executable, "-m", "pytest", *options]
    done = subprocess.run(command, cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return set(re.findall(r"^(?:FAILED|ERROR) (\w+)/tests/", done.stdout, re.MULTILINE))


RED = Early(red_of)


@pytest.fixture(scope="session")
def red() -> set[str]:
    return RED.result()


def test_they_pass_as_generated(red: set[str]) -> None:
    assert red & {named(one.socket) for one in BROKEN} == set()


def test_they_notice_every_mistake(red: set[str]) -> None:
    assert [one for one in BROKEN if one.name not in red] == []


def test_every_mistake_is_made_somewhere() -> None:
    made = {one.mistake for one in BROKEN}
    every = [ALWAYS, OF_GUARD, *OF_STYLE.values(), *OF_ENCODING.values()]
    assert [mistake for mistakes in every for mistake in mistakes if mistake not in made] == []


def names_used_beside_the_query(code: str) -> set[str]:
    handlers = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.AsyncFunctionDef)]
    with_query = [one for one in handlers if "visitor" in {argument.arg for argument in one.args.args}]
    nodes = [node for handler in with_query for statement in handler.body for node in ast.walk(statement)]
    arguments = {argument.arg for handler in with_query for argument in handler.args.args}
    return arguments | {node.id for node in nodes if isinstance(node, ast.Name)}


def test_name_that_a_handler_uses_is_refused_as_its_query() -> None:
    codes = [render("websocket", variables("car", one))["controllers.py"] for one in SOCKETS if one.query]
    used = set().union(*map(names_used_beside_the_query, codes)) - {"visitor"}
    assert {"websocket", "data", "reply", "stars"} <= used
    for name in used:
        with pytest.raises(CliError, match="handler needs"):
            query_parameter(name)
