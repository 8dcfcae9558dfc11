import pytest

from ellar_cli.changes.record import hash_of
from ellar_cli.errors import EditRefused
from ellar_cli.wiring.module_lists import Entry, register, unregister

CAR = Entry("modules", "project.apps.car.module", "CarModule")
CHAT = [
    Entry("controllers", ".chat.controllers", "ChatController"),
    Entry("providers", ".chat.services", "ChatService"),
]
HEAD = "from ellar.common import Module\nfrom ellar.core import ModuleBase\n\n"
OWN = "from project.apps.car.module import CarModule\n"
BODY = "class Root(ModuleBase): ...\n"


def removed(text: str, before: str | None = None, *entries: Entry) -> str:
    known = None if before is None else hash_of(before.encode())
    return unregister(text.encode(), "Root", entries or [CAR], before=known, package="project").decode()


def added(text: str, *entries: Entry) -> str:
    return register(text.encode(), "Root", entries or [CAR], package="project").decode()


@pytest.mark.parametrize(
    ("decorator", "expected"),
    [
        ("@Module(modules=[CarModule])", "@Module(modules=[])"),
        ("@Module(modules=[A, CarModule])", "@Module(modules=[A])"),
        ("@Module(modules=[CarModule, A])", "@Module(modules=[A])"),
        ("@Module(modules=[A, CarModule, B])", "@Module(modules=[A, B])"),
        ("@Module(modules=[A, CarModule,])", "@Module(modules=[A,])"),
        ("@Module(modules=(A, CarModule))", "@Module(modules=(A,))"),
        ("@Module(modules=(CarModule,))", "@Module(modules=())"),
        ("@Module(modules=[*more, (CarModule)])", "@Module(modules=[*more])"),
        ("@Module(modules=[\n    A,\n    CarModule,\n    B,\n])", "@Module(modules=[\n    A,\n    B,\n])"),
        ("@Module(modules=[\n    A,\n    CarModule\n])", "@Module(modules=[\n    A\n])"),
        ("@Module(modules=[\n    A, CarModule, B\n])", "@Module(modules=[\n    A, B\n])"),
        ("@Module(modules=[\n    A,\n    CarModule, B\n])", "@Module(modules=[\n    A,\n    B\n])"),
        (
            "@Module(modules=[\n    # first\n    A,  # a\n    CarModule,\n    # end\n])",
            "@Module(modules=[\n    # first\n    A,  # a\n    # end\n])",
        ),
        ("@Module(modules=[A,  # a\n    CarModule])", "@Module(modules=[A,  # a\n    ])"),
        ("@Module(modules=[A, CarModule])  # root", "@Module(modules=[A])  # root"),
        ("@Module(\n    modules=[\n        CarModule,\n    ]\n)", "@Module(modules=[])"),
        ("@Module(\n    modules=[\n        CarModule,\n    ],\n)", "@Module(\n    modules=[],\n)"),
    ],
)  # fmt: skip
def test_entry_and_import_go_and_nothing_else_is_touched(decorator: str, expected: str) -> None:
    assert removed(f"{HEAD}{OWN}\n{decorator}\n{BODY}") == f"{HEAD}{expected}\n{BODY}"


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        (f"{HEAD}{OWN}\n\n", f"{HEAD}\n"),
        (f"{HEAD}{OWN}\nfrom .a import b\n\n\n", f"{HEAD}from .a import b\n\n\n"),
        (f"{HEAD}from project.a import b\n{OWN}\n\n", f"{HEAD}from project.a import b\n\n\n"),
        (f"{HEAD}from project.apps.car.module import A, CarModule\n", f"{HEAD}from project.apps.car.module import A\n"),
        (
            f"{HEAD}from project.apps.car.module import (\n    A,\n    CarModule,\n)\n",
            f"{HEAD}from project.apps.car.module import (\n    A,\n)\n",
        ),
        (f"{HEAD}from .apps.car.module import CarModule\n\n", HEAD),
        (f"{HEAD}from project.apps.car.module import (\n    CarModule,\n)\n\n", HEAD),
    ],
)
def test_import_goes_with_the_space_that_it_came_with(imports: str, expected: str) -> None:
    assert removed(f"{imports}@Module(modules=[A, CarModule])\n{BODY}") == f"{expected}@Module(modules=[A])\n{BODY}"


@pytest.mark.parametrize(
    "decorator",
    [
        "@Module",
        "@Module()",
        "@Module(modules=[])",
        "@Module(modules=[ ])",
        "@Module(modules=[\n])",
        "@Module(controllers=[A])",
        "@Module(controllers=[A],)",
        "@Module(\n    controllers=[A],\n)",
        "@Module(\n    controllers=[A]\n)",
        "@Module(modules=(A,))",
        f"@Module(modules=[{'A' * 30}, {'B' * 30}])",
        f"@Module(controllers=[{'A' * 30}], modules=[{'B' * 25}])",
        f"@Module(\n    controllers=[{'A' * 30}],\n    modules=[{'B' * 30}, {'C' * 30}],\n)",
        f"@Module(\n    controllers=[{'A' * 30}], modules=[{'B' * 30}]\n)",
        f"@Module(\n    controllers=[{'A' * 30}], providers=[{'B' * 30}]\n)",
        f"@Module(\n    controllers=[{'A' * 34}, {'B' * 34}]\n)",
    ],
)
def test_file_is_as_it_was_before_where_its_hash_is_known(decorator: str) -> None:
    before = f"{HEAD}\n{decorator}\n{BODY}"
    after = added(before)
    assert after != before
    assert removed(after, before) == before


def test_hash_is_the_same_for_windows_line_ends() -> None:
    before = f"{HEAD}\n@Module\n{BODY}"
    after = added(before).replace("\n", "\r\n")
    assert removed(after, before) == before.replace("\n", "\r\n")


def test_several_entries_go_as_they_came() -> None:
    before = (
        f"{HEAD}from .controllers import CarController\nfrom .services import CarService\n\n\n"
        f"@Module(\n    controllers=[CarController],\n    providers=[CarService],\n)\n{BODY}"
    )
    after = added(before, *CHAT)
    assert "controllers=[CarController, ChatController]" in after
    assert "providers=[CarService, ChatService]" in after
    assert ".chat.services import ChatService\nfrom .controllers" in after
    assert removed(after, before, *CHAT) == removed(after, None, *CHAT) == before


def test_what_was_written_since_stays() -> None:
    before = f"{HEAD}\n@Module\n{BODY}"
    after = added(before).replace("[CarModule]", "[CarModule, Mine]") + "# mine\n"
    assert removed(after, before) == f"{HEAD}\n@Module(modules=[Mine])\n{BODY}# mine\n"


def test_comment_that_came_since_is_not_lost_with_the_lines_around_it() -> None:
    before = f"{HEAD}\n@Module(modules=[{'A' * 30}, {'B' * 30}])\n{BODY}"
    after = added(before).replace("CarModule,\n", "CarModule,\n        # mine\n")
    assert "        # mine\n    ]" in removed(after, before)


def test_what_is_not_registered_is_left_alone() -> None:
    text = f"{HEAD}@Module(modules=[A])\n{BODY}"
    assert removed(text) == text


def test_import_alone_goes_too() -> None:
    assert removed(f"{HEAD}{OWN}\n@Module(modules=[A])\n{BODY}") == f"{HEAD}@Module(modules=[A])\n{BODY}"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (f"{HEAD}{OWN}@Module(modules=[CarModule], exports=[CarModule])\n{BODY}", 5, "is used here as well"),
        (f"{HEAD}{OWN}@Module(modules=[CarModule])\n{BODY}x = [CarModule]\n", 7, "is used here as well"),
        (f"{HEAD}{OWN}__all__ = ['CarModule']\n@Module(modules=[CarModule])\n{BODY}", 5, "is used here as well"),
        (f"{HEAD}{OWN}@Module(modules=[\n    CarModule,  # mine\n])\n{BODY}", 6, "a comment stands beside CarModule"),
        (f"{HEAD}{OWN}@Module(modules=[\n    A,\n    CarModule  # mine\n])\n{BODY}", 7, "a comment stands beside"),
        (f"{HEAD}{OWN[:-1]}  # mine\n@Module(modules=[CarModule])\n{BODY}", 4, "a comment stands beside CarModule"),
        (f"{HEAD}import os; {OWN}@Module(modules=[CarModule])\n{BODY}", 4, "the import of CarModule shares its line"),
        (f"{HEAD}{OWN}@Module(modules=[CarModule, CarModule])\n{BODY}", 5, "is used here as well"),
        (f"{HEAD}{OWN}@Module(modules=[CarModule\n{BODY}", 5, "does not parse"),
    ],
)
def test_what_cannot_be_taken_out_safely_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(EditRefused, match=reason) as refusal:
        removed(text)
    assert refusal.value.line == line
