from pathlib import Path

import pytest

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.errors import CliError
from ellar_cli.project.modules import find_module, parent_of, root_of
from ellar_cli.project.project import Project

MODULE = "from ellar.common import Module\nfrom ellar.core import ModuleBase\n\n\n@Module\nclass {}(ModuleBase): ...\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Modules car, fleet, fleet/truck, garage/truck, chat_room; and the root module."""
    for place in ("car", "fleet", "fleet/truck", "garage/truck", "chat_room"):
        write(tmp_path / "project/apps" / place, f"{place.rpartition('/')[2].title().replace('_', '')}Module")
    (tmp_path / "project/root_module.py").write_text(MODULE.format("ApplicationModule"))
    return Project(
        root=tmp_path,
        application="project.server:bootstrap",
        config="project.config:Config",
        root_module="project.root_module:ApplicationModule",
        apps="project/apps",
        line_length=88,
    )


def write(folder: Path, *class_names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "module.py").write_text("".join(MODULE.format(name) for name in class_names))


def find(project: Project, typed: str) -> str:
    return find_module(project, ChangeSet(project.root), typed).place


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("car", "project/apps/car"),
        ("chat-room", "project/apps/chat_room"),
        ("fleet/truck", "project/apps/fleet/truck"),
        ("fleet/truck/", "project/apps/fleet/truck"),
        ("fleet\\truck", "project/apps/fleet/truck"),
        ("project/apps/fleet/truck", "project/apps/fleet/truck"),
        ("./project/apps/car/", "project/apps/car"),
        ("Chat Room", "project/apps/chat_room"),
        ("chatRoom", "project/apps/chat_room"),
        ("Fleet/Truck", "project/apps/fleet/truck"),
        ("ChatRoomModule", "project/apps/chat_room"),
    ],
)
def test_module_is_found_by_name_by_place_and_by_class(project: Project, typed: str, place: str) -> None:
    assert find(project, typed) == place


def test_found_module_says_how_to_import_and_edit_it(project: Project) -> None:
    found = find_module(project, ChangeSet(project.root), "fleet/truck")
    assert found.file == project.root / "project/apps/fleet/truck/module.py"
    assert found.class_name == "TruckModule"
    assert found.import_path == "project.apps.fleet.truck.module"
    assert found.package == "project.apps.fleet.truck"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("cra", "there is no module 'cra'; did you mean 'car'?"),
        ("trucks", "there is no module 'trucks'; did you mean '.*/truck'?"),
        ("zebra", "there is no module 'zebra'; there is car, chat_room, fleet, fleet/truck and garage/truck"),
        ("../car", r"there is no module '\.\./car'"),
        ("", "there is no module ''"),
        ("truck", "'truck' is project/apps/fleet/truck and project/apps/garage/truck; type which one"),
        ("TruckModule", "'TruckModule' is in project/apps/fleet/truck and project/apps/garage/truck; type which one"),
    ],
)
def test_what_names_no_single_module_is_refused_with_what_is_there(project: Project, typed: str, text: str) -> None:
    with pytest.raises(CliError, match=text):
        find(project, typed)


def test_parent_is_the_nearest_module_above(project: Project) -> None:
    apps = project.root / "project/apps"
    changes = ChangeSet(project.root)
    assert parent_of(project, changes, apps / "fleet/truck").class_name == "FleetModule"
    assert parent_of(project, changes, apps / "fleet/deep/new").class_name == "FleetModule"
    assert parent_of(project, changes, apps / "garage/truck").class_name == "ApplicationModule"
    assert parent_of(project, changes, apps / "car") == root_of(project, changes)


def test_folder_with_no_or_several_modules_is_nobodys_parent(project: Project) -> None:
    apps = project.root / "project/apps"
    (apps / "garage/module.py").write_text("")
    assert parent_of(project, ChangeSet(project.root), apps / "garage/truck").class_name == "ApplicationModule"
    write(apps / "fleet", "FleetModule", "OtherModule")
    assert parent_of(project, ChangeSet(project.root), apps / "fleet/truck").class_name == "ApplicationModule"


def test_planned_modules_are_there_and_those_planned_to_go_are_not(project: Project) -> None:
    changes = ChangeSet(project.root)
    place = project.root / "project/apps/boat"
    changes.create(place / "module.py", MODULE.format("BoatModule"))
    changes.remove(project.root / "project/apps/fleet/module.py")
    assert find_module(project, changes, "boat").class_name == "BoatModule"
    assert parent_of(project, changes, place / "sail").class_name == "BoatModule"
    assert parent_of(project, changes, project.root / "project/apps/fleet/truck").class_name == "ApplicationModule"


def test_root_module_may_be_a_package(project: Project) -> None:
    (project.root / "project/root_module.py").unlink()
    with pytest.raises(CliError, match=r"root-module: there is no .*root_module\.py"):
        root_of(project, ChangeSet(project.root))
    package = project.root / "project/root_module"
    package.mkdir()
    (package / "__init__.py").write_text(MODULE.format("ApplicationModule"))
    found = root_of(project, ChangeSet(project.root))
    assert (found.file, found.package) == (package / "__init__.py", "project.root_module")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("class CarModule: ...\n", r"^project/apps/car/module\.py has no class with @Module$"),
        (MODULE.format("A") + MODULE.format("B"), "has 2 classes with @Module: A and B; type which one"),
        ("class CarModule(\n", r"module\.py:1: it does not parse"),
    ],
)
def test_file_that_is_no_single_module_is_named(project: Project, text: str, reason: str) -> None:
    (project.root / "project/apps/car/module.py").write_text(text)
    with pytest.raises(CliError, match=reason):
        find(project, "car")


def test_one_of_several_classes_of_a_file_is_found_by_its_name(project: Project) -> None:
    write(project.root / "project/apps/car", "CarModule", "VanModule")
    assert find_module(project, ChangeSet(project.root), "VanModule").class_name == "VanModule"
