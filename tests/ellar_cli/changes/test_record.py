import json
from pathlib import Path

import pytest

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.record import PLACE, Record, hash_of
from ellar_cli.errors import CliError

CAR = "module project/apps/car"
MODULE = "project/apps/car/module.py"
ROOT = "project/root_module.py"


def _read(root: Path) -> Record:
    return Record.read(root, ChangeSet(root))


def _write(record: Record, root: Path) -> bytes:
    changes = ChangeSet(root)
    record.plan(changes)
    changes.apply()
    file = root / PLACE
    return file.read_bytes() if file.exists() else b""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a record of a module and of the file that registers it."""
    record = _read(tmp_path)
    record.add(ROOT, b"before\n", thing="project", command="new project")
    record.add("ä b.py", b"", thing="project", command="new project")
    span = f"{hash_of(b'before')}..{hash_of(b'after')}"
    record.add(MODULE, b"car\n", thing=CAR, command="create-module car --no-tests", edits={ROOT: span})
    _write(record, tmp_path)
    return tmp_path


def test_record_is_one_sorted_line_a_file_and_names_no_path_of_this_machine(root: Path) -> None:
    text = (root / PLACE).read_text()
    lines = text.splitlines()
    assert (lines[0], lines[-1]) == ("{", "}")
    assert [list(json.loads(f"{{{line.removesuffix(',')}}}")) for line in lines[1:-1]] == [[MODULE], [ROOT], ["ä b.py"]]
    assert str(root) not in text
    assert sorted(json.loads(text)[MODULE]) == ["command", "edits", "sha256", "thing", "version"]


def test_what_is_added_can_be_read_again(root: Path) -> None:
    record = _read(root)
    assert record.things() == {"project", CAR}
    assert set(record.of("project")) == {ROOT, "ä b.py"}
    entry = record.of(CAR)[MODULE]
    assert (entry.command, entry.thing) == ("create-module car --no-tests", CAR)
    assert entry.edits == {ROOT: f"{hash_of(b'before')}..{hash_of(b'after')}"}
    assert MODULE in record
    assert "nowhere.py" not in record


def test_record_that_is_written_again_is_the_same_to_the_byte(root: Path) -> None:
    before = (root / PLACE).read_bytes()
    record = _read(root)
    record.add("new.py", b"", thing="new", command="new")
    assert _write(record, root) != before
    record = _read(root)
    record.forget("new.py")
    assert _write(record, root) == before


def test_record_in_another_layout_is_read_and_written_in_its_own(root: Path) -> None:
    before = (root / PLACE).read_bytes()
    windows = before.replace(b"\n", b"\r\n")  # of a checkout where git writes such line ends: a change to git else
    for layout, after in ((json.dumps(json.loads(before), indent=2).encode(), before), (windows, windows)):
        (root / PLACE).write_bytes(layout)
        record = _read(root)
        record.add("new.py", b"", thing="new", command="new")
        record.forget("new.py")
        assert _write(record, root) == after


def test_record_without_files_is_removed_with_its_folder(root: Path) -> None:
    record = _read(root)
    for path in (ROOT, MODULE, "ä b.py"):
        record.forget(path)
    _write(record, root)
    assert list(root.iterdir()) == []


def test_line_ends_of_windows_are_no_edit(root: Path) -> None:
    record = _read(root)
    assert record.is_untouched(MODULE, b"car\r\n")
    assert not record.is_untouched(MODULE, b"car \n")
    assert not record.is_untouched("nowhere.py", b"car\n")


def test_own_edit_keeps_a_file_untouched_and_a_persons_stays_theirs(root: Path) -> None:
    record = _read(root)
    record.edited(ROOT, b"before\n", b"after\n")
    assert record.is_untouched(ROOT, b"after\n")
    record.edited(MODULE, b"theirs\n", b"theirs and ours\n")
    assert not record.is_untouched(MODULE, b"theirs and ours\n")
    record.edited("nowhere.py", b"", b"after\n")
    assert "nowhere.py" not in record


def test_edit_made_since_starts_where_the_undone_one_started(tmp_path: Path) -> None:
    record = _read(tmp_path)
    first, second, third = (hash_of(text) for text in (b"", b"[Car]", b"[Car, Van]"))
    record.add("car.py", b"", thing="car", command="car", edits={ROOT: f"{first}..{second}"})
    record.add("van.py", b"", thing="van", command="van", edits={ROOT: f"{second}..{third}"})
    record.undone(ROOT, f"{first}..{second}", b"[Car, Van]", b"[Van]")
    assert record.of("van")["van.py"].edits == {ROOT: f"{first}..{hash_of(b'[Van]')}"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{\n<<<<<<< HEAD\n=======\n>>>>>>> other\n}\n", r":2: a merge conflict; keep the lines of both sides"),
        ('{\n"a": {"thing": "b"}\n"c": {}\n}\n', r":3: Expecting ',' delimiter; mend it, or restore it"),
        ("", ":1: Expecting value; mend it"),
        ("[]", ": not what this version of ellar writes; restore it"),
        ('{"a": 1}', ": not what this version of ellar writes; restore it"),
        ('{"a": {"thing": 1}}', ": not what this version of ellar writes; restore it"),
        ("[" * 100_000, ": not what this version of ellar writes; restore it"),
    ],
    ids=["conflict", "comma", "empty", "list", "number", "thing", "deep"],
)
def test_corrupt_record_is_one_line_with_its_place(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / ".ellar").mkdir()
    (tmp_path / PLACE).write_text(text)
    with pytest.raises(CliError, match=rf"^{tmp_path / PLACE}{fault}[^\n]*$"):
        _read(tmp_path)


@pytest.mark.parametrize("path", ["../a.py", "/etc/passwd", "a/../../b", "C:/a", "a\\b"])
def test_record_that_leads_out_of_the_project_is_refused(tmp_path: Path, path: str) -> None:
    record = _read(tmp_path)
    record.add(path, b"", thing="a", command="a")
    with pytest.raises(CliError, match="not what this version of ellar writes"):
        record.of("a")


@pytest.mark.parametrize(
    "change", [{"more": "x"}, {"sha256": None}, {"edits": []}, {"edits": {"a": 1}}, {"edits": {"../a.py": "b"}}]
)
def test_entry_of_another_form_is_refused_by_its_path(root: Path, change: dict[str, object]) -> None:
    document = json.loads((root / PLACE).read_bytes())
    document[MODULE] |= change
    (root / PLACE).write_text(json.dumps(document))
    with pytest.raises(CliError, match=rf'{PLACE}: "{MODULE}": not what this version of ellar writes'):
        _read(root).of(CAR)


def test_broken_line_among_whole_ones_is_told_when_it_is_asked_for(root: Path) -> None:
    file = root / PLACE
    file.write_text(
        file.read_text().replace("ä b.py", "b.py").replace("\\u00e4 ", "").replace('"command": "new', "new", 1)
    )
    record = _read(root)
    assert record.things() == {"project", CAR}
    assert MODULE in record.of(CAR)
    with pytest.raises(CliError, match=rf"^{file}:[34]: not what this version of ellar writes"):
        record.of("project")


def test_lines_in_another_order_are_all_found_and_put_in_order(tmp_path: Path) -> None:
    record = _read(tmp_path)
    paths = ["a/b.py", "a.py", "a b.py", "a", "a!.py", "b.py"]
    for path in paths:
        record.add(path, b"", thing=f"module {path}", command="new")
    before = _write(record, tmp_path)
    lines = before.decode()[2:-3].split(",\n")
    (tmp_path / PLACE).write_text("{\n" + ",\n".join([*lines[3:], *lines[:3]]) + "\n}\n")
    record = _read(tmp_path)
    assert [list(record.of(f"module {path}")) for path in paths] == [[path] for path in paths]
    assert all(path in record for path in paths)
    record.add("c.py", b"", thing="module c.py", command="new")
    record.forget("c.py")
    assert _write(record, tmp_path) == before


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_lines_of_one_file_the_last_counts_and_both_can_go(root: Path, order: int) -> None:
    whole = (root / PLACE).read_text()[2:-3].replace("\\u00e4 b.py", "z.py").split(",\n")
    other = whole[0].replace("create-module car", "create-module other")
    (root / PLACE).write_text("{\n" + ",\n".join([*[whole[0], other][::order], *whole[1:]]) + "\n}\n")
    assert _read(root).of(CAR)[MODULE].command == json.loads((root / PLACE).read_text())[MODULE]["command"]
    record = _read(root)
    record.edited(MODULE, b"car\n", b"van\n")
    assert _write(record, root).count(f'"{MODULE}": '.encode()) == 1
    record.forget(MODULE)
    assert MODULE not in record
    assert record.of(CAR) == {}


def test_two_entries_on_one_line_are_both_found(root: Path) -> None:
    file = root / PLACE
    file.write_text(file.read_text().replace("\\u00e4 b.py", "z.py").replace('"},\n"', '"}, "', 1))
    assert {MODULE, ROOT, "z.py"} == {path for path in (MODULE, ROOT, "z.py") if path in _read(root)}
    assert set(_read(root).of("project")) == {ROOT, "z.py"}


def test_broken_line_is_told_by_its_number_in_the_file_whatever_was_added(root: Path) -> None:
    file = root / PLACE
    file.write_text(file.read_text().replace("\\u00e4 b.py", "z.py").replace('"command": "new', "new", 1))
    record = _read(root)
    for path in ("a.py", "b.py"):
        record.add(path, b"", thing="new", command="new")
    with pytest.raises(CliError, match=rf"^{file}:3: not what this version of ellar writes"):
        record.edited(ROOT, b"before\n", b"after\n")


@pytest.mark.parametrize("path", ["a\\b", 'a"b', "ä.py", "a: {b"])
def test_odd_path_is_the_same_when_it_is_read_again(root: Path, path: str) -> None:
    record = _read(root)
    record.add(path, b"x", thing="odd", command=path)
    before = _write(record, root)
    record = _read(root)
    assert (record.things(), path in record) == ({"project", CAR, "odd"}, True)
    assert record.is_untouched(path, b"x")
    assert _write(record, root) == before
