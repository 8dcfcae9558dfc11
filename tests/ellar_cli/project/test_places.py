from pathlib import Path

import pytest

from ellar_cli.names import module_name
from ellar_cli.project.places import Place, place_of_module
from ellar_cli.project.project import Project, find_project


@pytest.fixture
def found(project: Path) -> Project:
    return find_project(project)


@pytest.mark.parametrize(
    ("typed", "directory", "shown", "url"),
    [
        ("car", "", "project/apps/car", "car"),
        ("ChatRoom", "", "project/apps/chat_room", "chat-room"),
        ("my fleet/chat-room", "", "project/apps/my_fleet/chat_room", "my-fleet/chat-room"),
        ("car", "fleet", "project/apps/fleet/car", "fleet/car"),
        ("b/car", "project/apps/a", "project/apps/a/b/car", "a/b/car"),
        ("car", "project/my_own", "project/my_own/car", "my-own/car"),
        ("car", "project", "project/car", "car"),
    ],
)
def test_place_is_a_package_with_its_part_of_the_url(
    found: Project, typed: str, directory: str, shown: str, url: str
) -> None:
    place = place_of_module(found, typed, directory, found.root)
    assert (place.shown, place.import_path, place.url) == (shown, shown.replace("/", "."), url)


@pytest.mark.parametrize("shown", ["project/apps/car", "project/apps/fleet/car", "project/car", "project/my_own/car"])
def test_arguments_lead_to_the_place_again(found: Project, shown: str) -> None:
    place = Place(found, found.root / shown, module_name("car"))
    name, *directory = place.arguments
    assert place_of_module(found, name, "".join(directory), found.root) == place


def test_packages_are_those_below_the_top(found: Project) -> None:
    place = place_of_module(found, "a/b/car", "", found.root)
    shown = [file.relative_to(found.root).as_posix() for file in place.packages]
    assert shown == ["project/apps/__init__.py", "project/apps/a/__init__.py", "project/apps/a/b/__init__.py"]
    assert place_of_module(found, "car", "project", found.root).packages == []
