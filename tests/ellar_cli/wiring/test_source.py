import ast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ellar_cli.errors import EditRefused
from ellar_cli.wiring.source import Edit, Source
from tests.ellar_cli.wiring.odd_files import FILES

pytestmark = pytest.mark.filterwarnings("ignore:.*invalid escape sequence")
PIECES = [
    "",
    "\n",
    "    ",
    "import a\n",
    "\nx = 1\n",
    "@b\n",
    "else: pass\n",
    "'''",
    "(",
    ")",
    "\\\n",
    "# coding: latin-1\n",
]
PLACES = st.floats(0, 1)


@st.composite
def edited(draw: st.DrawFn) -> tuple[Source, list[Edit]]:
    """A file with edits that know nothing of Python; most are on the borders of lines."""
    source = Source.read(draw(FILES))
    edits: list[Edit] = []
    for place in sorted(draw(st.lists(PLACES, min_size=1, max_size=3))):
        start = int(place * len(source.text))
        start = max(
            draw(st.sampled_from([start, source.line_start(start), source.line_start(start)])), source.starts[0]
        )
        end = draw(st.sampled_from([start, start, min(start + 1, len(source.text)), source.end(source.number(start))]))
        if not edits or edits[-1][1] < start:
            edits.append((start, end, draw(st.sampled_from(PIECES))))
    return source, edits


def full(content: bytes) -> str | None:
    try:
        return ast.dump(Source.read(content).tree)
    except EditRefused:
        return None


@settings(max_examples=1000, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(edited())
def test_tree_of_what_edits_touch_is_that_of_the_whole_file(case: tuple[Source, list[Edit]]) -> None:
    source, edits = case
    try:
        found = ast.dump(source.after(edits).tree)
    except EditRefused:
        return
    assert found == full(source.edited(edits))


def test_rows_that_no_edit_touches_are_not_parsed_again() -> None:
    source = Source.read(b"import a\nimport b\n\n\nclass C:\n    d = 1\n\n\nprint(a, b)\n")
    place = source.text.index("import b")
    after = source.after([(place, place, "import e\n")]).tree.body
    assert [ast.unparse(node).partition("\n")[0] for node in after] == [
        "import a",
        "import e",
        "import b",
        "class C:",
        "print(a, b)",
    ]
    assert after[3:] == source.tree.body[2:]


@pytest.mark.parametrize(
    "edit", [(0, 0, "("), (0, 8, "else: pass"), (9, 9, "  "), (9, 17, "b = '''"), (8, 9, "\\\n"), (17, 18, " \\\n")]
)
def test_edit_that_spoils_the_file_is_refused(edit: Edit) -> None:
    source = Source.read(b"import a\nimport b\nprint(a, b)\n")
    with pytest.raises(EditRefused, match="does not parse"):
        source.after([edit])


def test_edit_that_makes_a_comment_name_the_encoding_is_refused() -> None:
    source = Source.read("import a\n# coding: latin-1\nb = 'ä'\n".encode())
    with pytest.raises(EditRefused, match="encoding"):
        source.after([(0, 9, "")])
