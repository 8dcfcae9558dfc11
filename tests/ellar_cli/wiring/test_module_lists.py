import ast
import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from ellar_cli.errors import EditRefused
from ellar_cli.wiring.module_lists import Entry, register

HEAD = "from ellar.common import Module\nfrom ellar.core import ModuleBase\n\n"
OWN = "from project.apps.car.module import CarModule\n"
BODY = 'class ApplicationModule(ModuleBase):\n    """Root."""\n'


def wired(before: str, name: str = "CarModule", module: str = "project.apps.car.module", line_length: int = 88) -> str:
    return register(before.encode(), "ApplicationModule", [Entry("modules", module, name)], line_length).decode()


@pytest.mark.parametrize(
    ("decorator", "expected"),
    [
        ("@Module(modules=[])", "@Module(modules=[CarModule])"),
        ("@Module(modules=[ ])", "@Module(modules=[ CarModule])"),
        ("@Module(modules=[A])", "@Module(modules=[A, CarModule])"),
        ("@Module(modules=[A,])", "@Module(modules=[A, CarModule,])"),
        ("@Module(modules=[A, *more])", "@Module(modules=[A, *more, CarModule])"),
        ("@Module(modules=[(A)])", "@Module(modules=[(A), CarModule])"),
        ("@Module(modules=[((A) ) ,])", "@Module(modules=[((A) ) , CarModule,])"),
        ("@Module(modules=[f(a, b)])", "@Module(modules=[f(a, b), CarModule])"),
        ("@Module(modules=())", "@Module(modules=(CarModule,))"),
        ("@Module(modules=(A,))", "@Module(modules=(A, CarModule))"),
        ("@Module(modules=(A, B))", "@Module(modules=(A, B, CarModule))"),
        ("@Module(modules=[A], controllers=[B])", "@Module(modules=[A, CarModule], controllers=[B])"),
        ("@Module(**rest, modules=[A])", "@Module(**rest, modules=[A, CarModule])"),
        ("@Module", "@Module(modules=[CarModule])"),
        ("@Module()", "@Module(modules=[CarModule])"),
        ("@Module(controllers=[B])", "@Module(controllers=[B], modules=[CarModule])"),
        ("@Module(controllers=[B],)", "@Module(controllers=[B], modules=[CarModule],)"),
        ("@Module(modules=[A])  # [B, C]", "@Module(modules=[A, CarModule])  # [B, C]"),
        ("@other\n@Module(modules=[A])\n@more()", "@other\n@Module(modules=[A, CarModule])\n@more()"),
        (
            "@Module(\n    modules=[\n        A,\n    ],\n)",
            "@Module(\n    modules=[\n        A,\n        CarModule,\n    ],\n)",
        ),
        (
            "@Module(modules=[\n    A,  # the first\n    # more to come\n])",
            "@Module(modules=[\n    A,  # the first\n    # more to come\n    CarModule,\n])",
        ),
        (
            "@Module(modules=[\n    A,\n    B  # no, comma\n])",
            "@Module(modules=[\n    A,\n    B,  # no, comma\n    CarModule\n])",
        ),
        (
            "@Module(modules=[\n    A,\n    B  # the shop (old), see [2]\n])",
            "@Module(modules=[\n    A,\n    B,  # the shop (old), see [2]\n    CarModule\n])",
        ),
        ("@Module(modules=[\n    A, B\n])", "@Module(modules=[\n    A, B,\n    CarModule\n])"),
        ("@Module(modules=[A,\n                 B])", "@Module(modules=[A,\n                 B, CarModule])"),
        ("@Module(modules=[\n])", "@Module(modules=[\n    CarModule,\n])"),
        ("@Module(modules=[\n    # none\n])", "@Module(modules=[\n    # none\n    CarModule,\n])"),
        ("@Module(\n\tmodules=[\n\t\tA,\n\t],\n)", "@Module(\n\tmodules=[\n\t\tA,\n\t\tCarModule,\n\t],\n)"),
        ("@Module(\n\tmodules=[\n\t],\n)", "@Module(\n\tmodules=[\n\t\tCarModule,\n\t],\n)"),
        ("@Module(modules=(\n))", "@Module(modules=(\n    CarModule,\n))"),
        (
            "@Module(\n    controllers=[B],\n)",
            "@Module(\n    controllers=[B],\n    modules=[CarModule],\n)",
        ),
        (
            "@Module(\n    controllers=[B]  # one\n)",
            "@Module(\n    controllers=[B],  # one\n    modules=[CarModule],\n)",
        ),
        ("@Module(\n)", "@Module(\n    modules=[CarModule],\n)"),
        ("@Module(modules=['ü', A])", "@Module(modules=['ü', A, CarModule])"),
        ("@Module(modules=[A if x else B])", "@Module(modules=[A if x else B, CarModule])"),
        ("@Module(modules=[A  # ]\n])", "@Module(modules=[A,  # ]\n    CarModule,\n])"),
        (
            "@Module(modules=[\n    A\n    # last\n    ,\n])",
            "@Module(modules=[\n    A\n    # last\n    ,\n    CarModule,\n])",
        ),
        ("@Module(modules=[A, \\\n    B])", "@Module(modules=[A, \\\n    B, CarModule])"),
    ],
)
def test_entry_is_added_and_nothing_else_is_touched(decorator: str, expected: str) -> None:
    assert wired(f"{HEAD}{decorator}\n{BODY}") == f"{HEAD}{OWN}\n{expected}\n{BODY}"


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        (HEAD, f"{HEAD}{OWN}"),
        (
            f"{HEAD}from project.apps.bus.module import BusModule\n",
            f"{HEAD}from project.apps.bus.module import BusModule\n{OWN}",
        ),
        (
            f"{HEAD}from project.apps.dog.module import DogModule\n",
            f"{HEAD}{OWN}from project.apps.dog.module import DogModule\n",
        ),
        (f"{HEAD}# ours\nfrom project.zoo import Zoo\n", f"{HEAD}{OWN}\n# ours\nfrom project.zoo import Zoo\n"),
        (f"{HEAD}import project.zoo\n", f"{HEAD}import project.zoo\n{OWN}"),
        (f"{HEAD}from .local import Local\n", f"{HEAD}{OWN}\nfrom .local import Local\n"),
        (
            f"{HEAD}from project.a import (\n    A,\n    B,\n)\nx = 1\n",
            f"{HEAD}from project.a import (\n    A,\n    B,\n)\n{OWN}x = 1\n",
        ),
        (f"{HEAD}import project.a; x = [\n    1,\n]\n", f"{HEAD}import project.a; x = [\n    1,\n]\n{OWN}"),
        (
            f'"""Doc."""\nfrom __future__ import annotations\n\n{HEAD}',
            f'"""Doc."""\nfrom __future__ import annotations\n\n{HEAD}{OWN}',
        ),
        (f'"""Doc."""; from project.zoo import Zoo\n{HEAD}', f'"""Doc."""; from project.zoo import Zoo\n{OWN}{HEAD}'),
        (
            f"from __future__ import annotations; import project.zoo\n{HEAD}",
            f"from __future__ import annotations; import project.zoo\n{OWN}{HEAD}",
        ),
        (
            f"# coding: utf-8\nfrom project.zoo import Zoo\n{HEAD}",
            f"# coding: utf-8\n{OWN}from project.zoo import Zoo\n{HEAD}",
        ),
        (f"{HEAD}import os; \\\nx = 1\n", f"{HEAD}import os; \\\nx = 1\n\n{OWN}"),
        (f"{HEAD}x = [\n1]; import project.zoo\n", f"{HEAD}x = [\n1]; import project.zoo\n{OWN}"),
        (f"{HEAD}from project.a import (  # (\n    A\n)\n", f"{HEAD}from project.a import (  # (\n    A\n)\n{OWN}"),
    ],
)
def test_import_goes_where_isort_puts_it(imports: str, expected: str) -> None:
    result = wired(f"{imports.rstrip()}\n\n@Module(modules=[])\n{BODY}")
    assert result == f"{expected.rstrip()}\n\n@Module(modules=[CarModule])\n{BODY}"


@pytest.mark.parametrize(
    ("present", "grown"),
    [
        ("import A", "import A, CarModule"),
        ("import CARS, Zoo, a", "import CARS, CarModule, Zoo, a"),
        ("import (A, B)", "import (A, B, CarModule)"),
        ("import (\n    A,\n    Zoo,  # why\n)", "import (\n    A,\n    CarModule,\n    Zoo,  # why\n)"),
        ("import (  # why\n    # about\n    Zoo\n)", "import (  # why\n    CarModule,\n    # about\n    Zoo\n)"),
        ("import A, \\\n    Zoo", "import A, \\\n    CarModule, Zoo"),
        (f"import {'B' * 50}", f"import (\n    {'B' * 50},\n    CarModule,\n)"),
        (f"import {'B' * 40}  # why", f"import (  # why\n    {'B' * 40},\n    CarModule,\n)"),
    ],
)
def test_name_joins_the_import_from_its_module(present: str, grown: str) -> None:
    before = f"{HEAD}from project.apps.car.module {present}\n\n@Module(modules=[])\n{BODY}"
    assert wired(before) == before.replace(present, grown).replace("[]", "[CarModule]")


@pytest.mark.parametrize("star", ["*", "A as B"])
def test_import_of_another_kind_from_the_same_module_is_left_alone(star: str) -> None:
    other = f"from project.apps.car.module import {star}\n"
    assert wired(f"{HEAD}{other}\n@Module(modules=[])\n{BODY}") == (
        f"{HEAD}{other}{OWN}\n@Module(modules=[CarModule])\n{BODY}"
    )


CHAT = [
    Entry("controllers", ".chat.controllers", "ChatController"),
    Entry("providers", ".chat.services", "ChatService"),
    Entry("providers", ".chat.services", "ChatTickets"),
]


def test_entries_of_several_lists_come_in_one_edit() -> None:
    own = "from .controllers import CarController\nfrom .services import CarService\n"
    before = f"{HEAD}{own}\n\n@Module(\n    controllers=[CarController],\n    providers=[CarService],\n)\n{BODY}"
    chat = "from .chat.controllers import ChatController\nfrom .chat.services import ChatService, ChatTickets\n"
    assert register(before.encode(), "ApplicationModule", CHAT).decode() == (
        f"{HEAD}{chat}{own}\n\n@Module(\n    controllers=[CarController, ChatController],\n"
        f"    providers=[CarService, ChatService, ChatTickets],\n)\n{BODY}"
    )


def test_lists_that_are_absent_come_after_the_others() -> None:
    before = f"{HEAD}\n@Module(exports=[A])\n{BODY}"
    after = register(before.encode(), "ApplicationModule", CHAT[:2]).decode()
    assert "@Module(exports=[A], controllers=[ChatController], providers=[ChatService])" in after


@pytest.mark.parametrize(
    ("present", "place"),
    [
        ("from . import a\nfrom .b import b\n", 2),
        ("from .a import a\nfrom .d import d\n", 1),
        ("from ...z import z\nfrom ..z import z\n", 2),
        ("from .chat10 import a\n", 0),
        ("from .a import a\nfrom .chat import c\n", 2),
    ],
)
def test_relative_import_goes_among_the_relative_ones(present: str, place: int) -> None:
    lines = present.splitlines(keepends=True)
    wanted = "".join([*lines[:place], "from .chat.controllers import ChatController\n", *lines[place:]])
    before = f"{HEAD}{present}\n\n@Module(controllers=[])\n{BODY}"
    after = register(before.encode(), "ApplicationModule", CHAT[:1]).decode()
    assert after == f"{HEAD}{wanted}\n\n@Module(controllers=[ChatController])\n{BODY}"


@pytest.mark.parametrize(
    ("present", "package"),
    [
        ("from .apps.car.module import CarModule", "project"),
        ("from ..car.module import CarModule", "project.apps.fleet"),
        ("from ..car import module", "project.apps.fleet"),
    ],
)
def test_relative_import_of_the_same_thing_is_the_same(present: str, package: str) -> None:
    name = present.rpartition(" ")[2].replace("module", "module.CarModule")
    before = f"{HEAD}{present}\n\n@Module(modules=[{name}])\n{BODY}".encode()
    entry = Entry("modules", "project.apps.car.module", "CarModule")
    assert register(before, "ApplicationModule", [entry], package=package) == before


def test_relative_import_of_another_thing_is_another() -> None:
    before = f"{HEAD}from .car.module import CarModule\n\n@Module(modules=[CarModule])\n{BODY}".encode()
    entry = Entry("modules", "project.apps.car.module", "CarModule")
    with pytest.raises(EditRefused, match="CarModule is the name of something else here"):
        register(before, "ApplicationModule", [entry], package="project.apps.fleet")


def test_other_classes_of_the_file_stay_as_they_are() -> None:
    other = "@Module(modules=[])\nclass Other(ModuleBase): ...\n\n\n"
    result = wired(f"{HEAD}\n{other}@Module(modules=[])\n{BODY}\n\n{other.replace('Other', 'Third')}")
    assert result == f"{HEAD}{OWN}\n\n{other}@Module(modules=[CarModule])\n{BODY}\n\n{other.replace('Other', 'Third')}"


def test_file_in_an_encoding_where_a_letter_holds_a_backslash_keeps_its_bytes() -> None:
    before = f"# coding: shift_jis\n{HEAD}NAME = '表'\n\n@Module(modules=[])\n{BODY}".encode("shift_jis")
    after = register(before, "ApplicationModule", [Entry("modules", "project.apps.car.module", "CarModule")])
    assert after == before.replace(b"NAME", f"{OWN}\nNAME".encode()).replace(b"[]", b"[CarModule]")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"x = '\xe4'", "it is not written in utf-8"),
        (b"# coding: klingon\n", "unknown encoding"),
        (b"\0", "null bytes"),
        (b"x = " + b"-" * 50_000 + b"1", "nested too deeply|too complex|recursion"),
        (b"x = " + b"(" * 5_000, "too many nested parentheses|never closed"),
    ],
)
def test_what_is_no_python_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(EditRefused, match=f"^it does not parse: .*({reason})"):
        register(content, "ApplicationModule", CHAT)


def test_name_that_the_encoding_cannot_say_is_refused() -> None:
    before = f"# coding: latin-1\n{HEAD}@Module\n{BODY}".encode()
    with pytest.raises(EditRefused, match="its encoding, iso-8859-1, has no letters"):
        register(before, "ApplicationModule", [Entry("modules", "project.apps.Ω", "ΩModule")])


@pytest.mark.parametrize(
    ("head", "decorator"),
    [
        ("from ellar.common import Module as M\n", "@M(modules=[])"),
        ("from ellar import common\n", "@common.Module(modules=[])"),
        ("import ellar.common\n", "@ellar.common.Module(modules=[])"),
        ("import ellar.common as ec\n", "@ec.Module(modules=[])"),
        ("from ellar import common as c\n", "@c.Module(modules=[])"),
        ("from ellar.modules import Module\n", "@Module(modules=[])"),
    ],
)
def test_decorator_is_known_by_what_it_is_and_not_by_its_name(head: str, decorator: str) -> None:
    result = wired(f"{head}\n\n{decorator}\n{BODY}")
    assert f"{decorator[:-3]}[CarModule])" in result


@pytest.mark.parametrize(
    ("head", "entry"),
    [
        (OWN, "CarModule"),
        ("from project.apps.car.module import CarModule as Car\n", "Car"),
        ("from project.apps.car import module\n", "module.CarModule"),
    ],
)
def test_registered_module_is_left_alone(head: str, entry: str) -> None:
    before = f"{HEAD}{head}\n@Module(modules=[A, {entry}])\n{BODY}"
    assert wired(before) == before


def test_import_that_is_there_is_used() -> None:
    before = f"{HEAD}from project.apps.car.module import CarModule as Car\n\n@Module(modules=[])\n{BODY}"
    assert wired(before) == before.replace("modules=[]", "modules=[Car]")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("entries", "grown"),
    [
        ("A,  # ä", "A,  # ä\n        CarModule,"),
        ("A  # ä", "A,  # ä\n        CarModule,"),
        ("# ä", "# ä\n        CarModule,"),
    ],
)
def test_line_ends_and_byte_order_mark_stay(newline: str, bom: str, entries: str, grown: str) -> None:
    rest = "@Module(\n    modules=[\n        {}\n    ],\n)\n" + BODY
    before = f"{bom}{HEAD}\n{rest}".replace("{}", entries).replace("\n", newline)
    expected = f"{bom}{HEAD}{OWN}\n\n{rest}".replace("{}", grown).replace("\n", newline)
    assert wired(before) == expected


def test_line_ends_of_two_kinds_stay() -> None:
    before = f"{HEAD.replace(chr(10), chr(13) + chr(10))}@Module(modules=[\n    A  # c\n])\n{BODY}"
    assert wired(before).endswith(f"@Module(modules=[\n    A,  # c\n    CarModule,\r\n])\n{BODY}")


def test_file_in_another_encoding_keeps_its_bytes() -> None:
    before = b"# coding: latin-1\nfrom ellar.common import Module\n\n@Module(modules=[])  # \xe4\nclass Root: ...\n"
    after = register(before, "Root", [Entry("modules", "project.apps.car.module", "CarModule")])
    assert after == before.replace(
        b"Module\n\n", b"Module\n\nfrom project.apps.car.module import CarModule\n\n"
    ).replace(b"[]", b"[CarModule]")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (f"{HEAD}@Module(modules=MODULES)\n{BODY}", 4, "not a list"),
        (f"{HEAD}@Module(modules=[A] + MORE)\n{BODY}", 4, "not a list"),
        (f"{HEAD}@Module(modules=[m for m in MORE])\n{BODY}", 4, "not a list"),
        (f"{HEAD}@Module(**options)\n{BODY}", 4, "arguments"),
        (f"{HEAD}@Module(*options)\n{BODY}", 4, "arguments"),
        (f"{HEAD}{BODY}", 4, "no @Module"),
        (f"{HEAD}@Module(modules=[])\n@Module(modules=[])\n{BODY}", 6, "more than one @Module"),
        (f"{HEAD}@Module(modules=[])\nclass Other: ...\n", 1, "no class ApplicationModule"),
        (f"{HEAD}@Module(modules=[])\n{BODY}\n@Module()\n{BODY}", 1, "more than one class"),
        (f"from elsewhere import Module\n@Module(modules=[])\n{BODY}", 3, "no @Module"),
        (f"{HEAD}@Module(modules=[\n{BODY}", 4, "does not parse"),
        (f"{HEAD}from other import CarModule\n@Module(modules=[])\n{BODY}", 5, "something else"),
        (f"{HEAD}class CarModule: ...\n@Module(modules=[])\n{BODY}", 5, "something else"),
        (f"{HEAD}CarModule = 1\n@Module(modules=[])\n{BODY}", 5, "something else"),
        (f"{HEAD}Module = wrap(Module)\n@Module(modules=[])\n{BODY}", 6, "no @Module"),
        (f"{HEAD}def f():\n    global CarModule\n\n@Module(modules=[])\n{BODY}", 7, "something else"),
        (f"{HEAD}@Module(modules=[])\n{BODY}\n{OWN}", 4, "line 8 does not serve here"),
        (f"{HEAD}if True:\n    @Module(modules=[])\n    class ApplicationModule: ...\n", 1, "at the top level"),
        (f"try:\n    from ellar.common import Module\nfinally: ...\n@Module(modules=[])\n{BODY}", 5, "no @Module"),
        ("", 1, "no class"),
    ],
)
def test_what_cannot_be_edited_safely_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(EditRefused, match=reason) as refusal:
        wired(text)
    assert refusal.value.line == line


def test_every_edit_parses_and_means_one_more_entry() -> None:
    entries = ["", "A", "*A", "(A)", "f(A)", "A.b", "A, B", "A, # c\nB", "# c\nA", "A # c\n", "A\n# c\n"]
    for brackets, entry, comma, end in itertools.product(["[]", "()"], entries, ["", ","], ["", "\n", " # c\n"]):
        if (comma and not entry) or (brackets == "()" and entry in {"A", "(A)", "f(A)", "A.b", "# c\nA"} and not comma):
            continue
        if "#" in entry and entry.rpartition("\n")[2] == "" and comma:
            entry += "B"
        before = f"{HEAD}@Module(modules={brackets[0]}{entry}{comma}{end}{brackets[1]})\n{BODY}"
        if _entries(before) is None:
            continue
        assert _entries(wired(before)) == [*(_entries(before) or []), "CarModule"], before


def _entries(text: str) -> list[str] | None:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    decorator = next(node for node in tree.body if isinstance(node, ast.ClassDef)).decorator_list[0]
    assert isinstance(decorator, ast.Call)
    value = decorator.keywords[0].value
    return [ast.unparse(entry) for entry in value.elts] if isinstance(value, ast.List | ast.Tuple) else None


@pytest.mark.parametrize("line_length", [88, 120])
def test_many_modules_in_any_order_stay_as_ruff_wants_them(tmp_path: Path, line_length: int) -> None:
    names = ["car", "car_pool", "carpool", "car10", "car2", "car_3", "a", "zebra", "chat_room", "b" * 60, "match"]
    for number, order in enumerate([names, names[::-1], sorted(names), names[5:] + names[:5]]):
        folder = tmp_path / str(number) / "project"
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        text = f"{HEAD.rstrip()}\n\n\n@Module(modules=[])\n{BODY}"
        for name in order:
            class_name = f"{name.title().replace('_', '')}Module"
            text = wired(text, class_name, f"project.apps.{name}.module", line_length)
            (folder / "root_module.py").write_text(text)
            _assert_clean(folder.parent, line_length)


def _assert_clean(folder: Path, line_length: int) -> None:
    config = f"line-length = {line_length}"
    for arguments in (["check", "--select", "I,F", "--config", config], ["format", "--diff", "--config", config]):
        ruff = [sys.executable, "-m", "ruff", arguments[0], "--no-cache", "--isolated", *arguments[1:], "."]
        run = subprocess.run(ruff, cwd=folder, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr


def test_long_call_with_other_arguments_becomes_one_argument_a_line(tmp_path: Path) -> None:
    head = HEAD.rstrip() + "\n\n\n"
    before = f"{head}@Module(controllers=[{'B' * 30}], modules=[{'A' * 20}])\n{BODY}"
    (tmp_path / "root_module.py").write_text(after := wired(before))
    assert "    modules=[\n        AAAAAAAAAAAAAAAAAAAA,\n        CarModule,\n    ],\n)\n" in after
    run = [sys.executable, "-m", "ruff", "format", "--no-cache", "--isolated", "--diff", "."]
    assert subprocess.run(run, cwd=tmp_path).returncode == 0


def test_long_list_in_a_call_of_many_lines_becomes_one_entry_a_line(tmp_path: Path) -> None:
    head = HEAD.rstrip() + "\n\n\n"
    entries = ", ".join(["A" * 20, "B" * 20, "C" * 20])
    before = f"{head}@Module(\n    controllers=[D],\n    modules=[{entries}],\n)\n{BODY}"
    (tmp_path / "root_module.py").write_text(after := wired(before))
    assert "        CCCCCCCCCCCCCCCCCCCC,\n        CarModule,\n    ],\n)\n" in after
    run = [sys.executable, "-m", "ruff", "format", "--no-cache", "--isolated", "--diff", "."]
    assert subprocess.run(run, cwd=tmp_path).returncode == 0


def test_list_that_is_as_long_as_a_line_opens_for_the_comma_that_comes_behind_it(tmp_path: Path) -> None:
    line = f"    controllers=[{'A' * 34}, {'B' * 34}]"
    assert len(line) == 88
    (tmp_path / "root_module.py").write_text(after := wired(f"{HEAD}\n@Module(\n{line}\n)\n{BODY}"))
    assert f"        {'B' * 34},\n    ],\n    modules=[CarModule],\n)\n" in after
    run = [sys.executable, "-m", "ruff", "format", "--no-cache", "--isolated", "--diff", "."]
    assert subprocess.run(run, cwd=tmp_path).returncode == 0


def test_imports_of_what_is_for_type_checking_alone_are_no_imports() -> None:
    guarded = f"if TYPE_CHECKING:\n    {OWN}"
    with pytest.raises(EditRefused, match="the import of CarModule in line 6 does not serve here"):
        wired(f"from typing import TYPE_CHECKING\n{HEAD}{guarded}\n@Module(modules=[])\n{BODY}")
    other = guarded.replace("car", "bus").replace("Car", "Bus")
    result = wired(f"from typing import TYPE_CHECKING\n{HEAD}{other}\n@Module(modules=[])\n{BODY}")
    assert result == f"from typing import TYPE_CHECKING\n{HEAD}{OWN}\n{other}\n@Module(modules=[CarModule])\n{BODY}"
