"""The tests of a project and of a module without a websocket fail where the code beside them is broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_project(tmp_path_factory.mktemp("templates") / "shop", "orders --no-websocket")


def exit_code_of_its_tests(project: Path) -> int:
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=project, env=clean_environment(), capture_output=True, check=False).returncode


def test_they_pass_as_generated(shop: Path) -> None:
    assert exit_code_of_its_tests(shop) == 0


@pytest.mark.parametrize(("file", "right", "wrong"), MISTAKES)
def test_they_notice_a_mistake(shop: Path, tmp_path: Path, file: str, right: str, wrong: str) -> None:
    project = tmp_path / "shop"
    shutil.copytree(shop, project)
    path = project / "shop" / file
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong))
    assert exit_code_of_its_tests(project) == 1
