from itertools import permutations
from pathlib import Path

import pytest

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.record import Record
from ellar_cli.names import module_name
from ellar_cli.project.modules import root_of
from ellar_cli.project.places import Place
from ellar_cli.project.project import Project, find_project
from ellar_cli.project.registration import Registration, module_entries, websocket_entries

HEAD = "from ellar.common import Module\nfrom ellar.core import ModuleBase\n\n\n"
# A list that one more long name makes too long for its line, and lists that are not there.
DECORATOR = '@Module(modules=[*SOME, *OTHERS], name="{}")\n'.format("n" * 60)
BEFORE = f"{HEAD}{DECORATOR}class ApplicationModule(ModuleBase): ...\n"


@pytest.fixture
def found(project: Path) -> Project:
    (project / "project/root_module.py").write_text(BEFORE)
    return find_project(project)


class Edits:
    """Registrations in the root module, as commands that follow each other make and undo them."""

    def __init__(self, project: Project) -> None:
        self.changes = ChangeSet(project.root)
        self.record = Record.read(project.root, self.changes)
        self.root = root_of(project, self.changes)
        places = {name: Place(project, project.root / "project/apps" / name, module_name(name)) for name in "abc"}
        self.registrations = {
            name: Registration(project, self.root, (websocket_entries if name == "b" else module_entries)(place))
            for name, place in places.items()
        }

    def enter(self, name: str) -> None:
        edits = self.registrations[name].enter(self.changes, self.record, is_new=True)
        kind = "websocket" if name == "b" else "module"
        thing = f"{kind} project/apps/{name}"
        self.record.add(f"{name}.py", b"", thing=thing, command="create", edits=edits)

    def leave(self, name: str) -> None:
        registration = self.registrations[name]
        (entry,) = self.record.of(f"{'websocket' if name == 'b' else 'module'} project/apps/{name}").values()
        registration.leave(self.changes, self.record, entry.edits[registration.file])
        self.record.forget(f"{name}.py")

    @property
    def text(self) -> str:
        return self.changes.read(self.root.file).decode()


@pytest.mark.parametrize("order", ["".join(order) for order in permutations("abc")])
def test_edits_undone_in_any_order_leave_no_trace(found: Project, order: str) -> None:
    edits = Edits(found)
    for name in "abc":
        edits.enter(name)
    for name in order:
        edits.leave(name)
    assert edits.text == BEFORE


@pytest.mark.parametrize("gone", "abc")
def test_file_is_as_if_the_undone_edit_had_never_been_made(found: Project, gone: str) -> None:
    edits, others = Edits(found), Edits(found)
    for name in "abc":
        edits.enter(name)
    for name in "abc".replace(gone, ""):
        others.enter(name)
    edits.leave(gone)
    assert edits.text == others.text


def test_edit_of_a_person_in_between_is_kept(found: Project) -> None:
    edits = Edits(found)
    edits.enter("a")
    edits.changes.update(edits.root.file, edits.text.replace("*SOME", "*MINE").encode(), "")
    edits.enter("b")
    edits.enter("c")
    for name in "abc":
        edits.leave(name)
    assert "*MINE" in edits.text
    assert [name for name in ("AModule", "BController", "BService", "CModule") if name in edits.text] == []
