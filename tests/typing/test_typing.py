"""Applications type-check with mypy and pyright, both strict; and mistakes do not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.early import Early
from tests.typing.accepted.testing import TestCars as Accepted

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FILES = ["tests/typing/accepted", "tests/typing/refused.py"]

Place = tuple[str, int]
Found = Iterator[tuple[Place, str]]


def found_by_mypy() -> Found:
    for line in printed("mypy", "--output", "json").splitlines():
        error = json.loads(line)
        if error["severity"] == "error":
            yield (Path(error["file"]).name, error["line"]), error["message"]


def found_by_pyright() -> Found:
    for error in json.loads(printed("pyright", "--outputjson", "--pythonpath", sys.executable))["generalDiagnostics"]:
        yield (Path(error["file"]).name, error["range"]["start"]["line"] + 1), error["message"]


def printed(module: str, *options: str) -> str:
    """What a checker says of the files; it ends with 1 where it found errors, and with more where it could not look."""
    command = [sys.executable, "-m", module, *options, *FILES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def marked() -> set[Place]:
    refused = HERE / "refused.py"
    lines = enumerate(refused.read_text(encoding="utf-8").splitlines(), start=1)
    return {(refused.name, number) for number, line in lines if "  # E: " in line}


def found_by_both(_: Path) -> dict[str, dict[Place, str]]:
    return {"mypy": dict(found_by_mypy()), "pyright": dict(found_by_pyright())}


FOUND = Early(found_by_both)


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_an_application_type_checks_and_its_mistakes_do_not(checker: str) -> None:
    found = FOUND.result()[checker]

    assert {place: message for place, message in found.items() if place not in marked()} == {}
    assert marked() - found.keys() == set()


def test_an_application_that_type_checks_also_works() -> None:
    test = Accepted()
    test.setup_method()
    test.test_it()
