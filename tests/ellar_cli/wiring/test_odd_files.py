"""Whatever a file looks like, what is registered is one more entry and one more import, and goes as it came."""

import ast
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ellar_cli.changes.record import hash_of
from ellar_cli.errors import EditRefused
from ellar_cli.wiring.module_lists import Entry, register, unregister
from tests.ellar_cli.wiring.odd_files import ENTRIES, FILES

pytestmark = pytest.mark.filterwarnings("ignore:.*invalid escape sequence")
MANY = settings(
    max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
CHOSEN = st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=3, unique=True)
LENGTHS = st.sampled_from([40, 88, 120])


def registered(content: bytes, entries: Sequence[Entry], line_length: int) -> bytes:
    """Return the file with the entries. Some files cannot be edited: that is a test of its own."""
    try:
        return register(content, "Root", entries, line_length, package="project")
    except EditRefused:
        assume(False)
        raise


def removed(content: bytes, entries: Sequence[Entry], line_length: int, before: str | None = None) -> bytes:
    return unregister(content, "Root", entries, line_length, before, package="project")


@MANY
@given(FILES, CHOSEN, LENGTHS)
def test_what_was_registered_is_taken_out_byte_for_byte(content: bytes, entries: list[Entry], length: int) -> None:
    after = registered(content, entries, length)
    assert removed(after, entries, length, hash_of(content)) == content


@MANY
@given(FILES, CHOSEN, LENGTHS)
def test_no_byte_goes_but_spaces_and_a_bracket_round_an_import(
    content: bytes, entries: list[Entry], length: int
) -> None:
    after = registered(content, entries, length)
    position = 0
    for sign in content.decode().split():
        for letter in sign:
            position = after.decode().find(letter, position)
            assert position >= 0
            position += 1


@MANY
@given(FILES, CHOSEN, LENGTHS)
def test_file_means_what_it_did_and_one_more_entry(content: bytes, entries: list[Entry], length: int) -> None:
    after = registered(content, entries, length)
    assert list_of(after, "exports") == list_of(content, "exports")
    for keyword in ("modules", "controllers", "providers"):
        was, now = list_of(content, keyword), list_of(after, keyword)
        wanted = [entry for entry in entries if entry.keyword == keyword]
        assert now[: len(was)] == was
        assert len(now) - len(was) <= len(wanted)
        for entry in wanted:
            assert {entry.class_name, "Car"} & set(now)
    assert others(after) == others(content)
    assert imported(after) >= imported(content)
    assert all(f"{entry.module} {entry.class_name}" in absolute(imported(after)) for entry in entries)


@MANY
@given(FILES, CHOSEN, LENGTHS)
def test_what_is_registered_is_left_alone(content: bytes, entries: list[Entry], length: int) -> None:
    after = registered(content, entries, length)
    assert registered(after, entries[::-1], length) == after


@MANY
@given(FILES, CHOSEN, LENGTHS)
def test_without_the_hash_every_comment_and_other_entry_stays(
    content: bytes, entries: list[Entry], length: int
) -> None:
    after = registered(content, entries, length)
    try:
        back = removed(after, entries, length)
    except EditRefused:
        assume(False)
        raise
    assert others(back) == others(content)
    assert back.count(b"#") == after.count(b"#")
    for keyword in ("modules", "controllers", "providers", "exports"):
        gone = {entry.class_name for entry in entries} | {"Car"}
        assert list_of(back, keyword) == [name for name in list_of(after, keyword) if name not in gone]


def root_of(content: bytes) -> ast.ClassDef:
    return next(node for node in ast.parse(content).body if isinstance(node, ast.ClassDef) and node.name == "Root")


def list_of(content: bytes, keyword: str) -> list[str]:
    decorator = root_of(content).decorator_list[-1]
    for argument in decorator.keywords if isinstance(decorator, ast.Call) else ():
        if argument.arg == keyword:
            entries = argument.value.elts if isinstance(argument.value, ast.List | ast.Tuple) else [argument.value]
            return [ast.unparse(entry) for entry in entries]
    return []


def others(content: bytes) -> list[str]:
    """Everything but the imports and the lists."""
    tree = ast.parse(content)
    nodes = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            node.decorator_list = node.decorator_list[:-1]
    return [ast.unparse(node) for node in nodes]


def imported(content: bytes) -> set[str]:
    nodes = [node for node in ast.parse(content).body if isinstance(node, ast.ImportFrom)]
    return {f"{'.' * node.level}{node.module or ''} {alias.name}" for node in nodes for alias in node.names}


def absolute(names: set[str]) -> set[str]:
    return names | {f"project{name}" for name in names if name.startswith(".")}
