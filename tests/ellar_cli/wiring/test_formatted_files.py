"""What ruff has formatted and sorted is so still with entries registered, and with them taken out again."""

import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from ellar_cli.changes.record import hash_of
from ellar_cli.errors import EditRefused
from ellar_cli.wiring.module_lists import Entry, register, unregister

NAMES = ["A", "Bb", "CarPool", "Car10", "Car2", "L" * 20, "M" * 40, "N" * 70, "zed", "CONST", "Other"]
MODULES = [
    *(f"project.apps.{name}.module" for name in ("bus", "car", "car10", "car2")),
    *(".controllers", ".chat.guards", ".services", "..zoo", ".", "project.zoo"),
]
ENTRIES = [
    Entry("modules", "project.apps.car.module", "CarModule"),
    Entry("modules", f"project.apps.{'long' * 12}.module", f"{'Long' * 12}Module"),
    Entry("controllers", ".chat.controllers", "ChatController"),
    Entry("controllers", "project.apps.car9.module", f"{'V' * 64}Controller"),
    Entry("providers", ".services", "CarService"),
    Entry("providers", ".chat.services", "ChatService"),
    Entry("providers", ".chat.guards", "ChatGuard"),
]


def written(chance: random.Random) -> str:
    """Draw a file with a module's class."""
    head = ["", "", '"""Doc."""\n', "# top\n", '"""Doc."""\nfrom __future__ import annotations\n']
    lines = ["from ellar.common import Module", "from ellar.core import ModuleBase"]
    for module in chance.sample(MODULES, chance.randint(0, 5)):
        names = ", ".join(chance.sample(NAMES, chance.randint(1, 3)))
        comments = ["", "", "# about\n"], ["", "", "  # why"]
        lines.append(f"{chance.choice(comments[0])}from {module} import {names}{chance.choice(comments[1])}")
    lines += chance.sample(["import project.deep", "import os", "import sys as system"], chance.randint(0, 2))
    imports = "\n".join(lines)
    return f"{chance.choice(head)}{imports}\n\n\n{decorator(chance)}\nclass Root(ModuleBase): ...\n"


def decorator(chance: random.Random) -> str:
    keywords = chance.sample(["controllers", "providers", "modules", "exports"], chance.randint(0, 3))
    arguments = ", ".join(f"{keyword}={listed(chance)}" for keyword in keywords)
    return chance.choice(["@Module", *[f"@Module({arguments})"] * 5])


def listed(chance: random.Random) -> str:
    items = [chance.choice(["", "", "*"]) + name for name in chance.sample(NAMES, chance.randint(0, 4))]
    inside = "".join(f"{item},{chance.choice(['', '', '  # c' + chr(10)])}" for item in items)
    return chance.choice([f"[{inside}]", f"[{inside}]", f"({inside})", f"[{', '.join(items)}]"])


def ruff(folder: Path, line_length: int, *arguments: str) -> str:
    command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache", "--config"]
    run = subprocess.run(
        [*command, f"line-length = {line_length}", "."], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if run.returncode == 0 else run.stdout + run.stderr


@pytest.mark.parametrize("line_length", [60, 88, 120])
def test_files_stay_as_ruff_wants_them(tmp_path: Path, line_length: int) -> None:
    chance = random.Random(line_length)
    package = tmp_path / "project"
    package.mkdir()
    (package / "__init__.py").touch()
    for number in range(80):
        (package / f"module{number}.py").write_text(written(chance))
    ruff(tmp_path, line_length, "check", "--select", "I", "--fix")
    ruff(tmp_path, line_length, "format")
    originals = {file: file.read_bytes() for file in package.glob("module*.py")}
    chosen = {file: chance.sample(ENTRIES, chance.randint(1, 4)) for file in sorted(originals)}

    for file, entries in chosen.items():
        file.write_bytes(register(originals[file], "Root", entries, line_length, package="project"))
    assert not ruff(tmp_path, line_length, "check", "--select", "I")
    assert not ruff(tmp_path, line_length, "format", "--diff")

    for file, entries in chosen.items():
        content, known = file.read_bytes(), hash_of(originals[file])
        assert unregister(content, "Root", entries, line_length, known, package="project") == originals[file]
        file.write_bytes(without(content, entries, line_length))
    assert not ruff(tmp_path, line_length, "check", "--select", "I")
    assert not ruff(tmp_path, line_length, "format", "--diff")


def without(content: bytes, entries: list[Entry], line_length: int) -> bytes:
    """Take entries out without the hash. Where one shares an import's line with a comment, that is refused."""
    with suppress(EditRefused):
        return unregister(content, "Root", entries, line_length, package="project")
    return content
