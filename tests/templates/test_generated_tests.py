"""The tests of a project and of a module without a websocket fail where the code beside them is broken."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.early import Early
from tests.project import new_project
from tests.server import clean_environment

# file, what it holds, what a mistake makes of it
MISTAKES = [
    ("apps/orders/controllers.py", "        self.service.add(data)\n", ""),
    ("apps/orders/controllers.py", '@post("/")', '@post("/new")'),
    ("apps/orders/schemas.py", "min_length=1, ", ""),
    ("config.py", "SECRET_KEY: str ", 'SECRET_KEY = "" '),
    ("config.py", "ALLOWED_HOSTS: Sequence[str] ", "ALLOWED_HOSTS: Sequence[str] = () "),
    ("config.py", "SESSION_COOKIE_SECURE = True", "SESSION_COOKIE_SECURE = False"),
    ("config.py", "    DEBUG = True\n", ""),
    ("server.py", 'os.environ.get("ELLAR_CONFIG_MODULE", DEFAULT_CONFIG)', "DEFAULT_CONFIG"),
]


def exit_codes(folder: Path) -> list[int]:
    """Those of the tests of a project as it is generated, and with each mistake."""
    shop = new_project(folder / "shop", "orders --no-websocket")
    return [exit_code_of_its_tests(shop), *(exit_code_with(mistake, shop) for mistake in MISTAKES)]


def exit_code_of_its_tests(project: Path) -> int:
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider"]
    # A file may change twice in a second, which what is compiled does not tell.
    environment = clean_environment(PYTHONDONTWRITEBYTECODE="1")
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, check=False).returncode


def exit_code_with(mistake: tuple[str, str, str], shop: Path) -> int:
    file, right, wrong = mistake
    path = shop / "shop" / file
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong))
    code = exit_code_of_its_tests(shop)
    path.write_text(text)
    return code


EXIT_CODES = Early(exit_codes)


def test_they_pass_as_generated() -> None:
    assert EXIT_CODES.result()[0] == 0


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=lambda number: MISTAKES[number][1])
def test_they_notice_a_mistake(number: int) -> None:
    assert EXIT_CODES.result()[1 + number] == 1
