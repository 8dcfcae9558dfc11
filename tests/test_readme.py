"""What the README shows is true: its commands run as typed, its output and its code are what one gets."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

import ellar.common
import ellar.core
import ellar.di
import ellar.testing
from ellar.testing import Test
from tests.project import ELLAR
from tests.server import Server, clean_environment

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


class InstallingServer(Server):
    """It builds, downloads and installs before it serves."""

    start_limit = 300.0


def typed(*arguments: str, folder: Path) -> str:
    """What `ellar` prints."""
    command = [str(ELLAR), *arguments]
    environment = clean_environment()
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what is tracked here, as a clone has it."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.rstrip("\0").split("\0"):
        copy = tmp_path / "checkout" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy)
    return tmp_path / "checkout"


def test_the_first_command_serves_a_chat(checkout: Path) -> None:
    command = blocks("bash")[0]
    with (
        InstallingServer(["bash", "-c", command], checkout, 8000) as server,
        urlopen(f"{server.url}/car/ws-index") as page,
    ):
        assert "Live support" in page.read().decode()
    assert (checkout.parent / "project" / "project" / "apps" / "car" / "module.py").is_file()


def test_the_second_command_is_what_ci_runs() -> None:
    command = blocks("bash")[1].strip()

    assert re.fullmatch(r"python3 -m venv \.venv && .*pytest", command)
    assert "grep '^python3 -m venv .*pytest$' README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_create_module_prints_what_it_shows(tmp_path: Path) -> None:
    shown = blocks("console")[0]
    typed("new", "project", folder=tmp_path)

    assert typed("create-module", "car", folder=tmp_path / "project").startswith(shown.split("\n", 1)[1])


def test_its_controller_works_and_refuses_as_it_says() -> None:
    code = blocks("python")[0]
    names: dict[str, Any] = {"__name__": __name__}
    exec(code, names)
    client = Test.create_test_module(controllers=[names["EchoController"]]).get_test_client()

    with client.websocket_connect("/echo/live") as websocket:
        websocket.send_text("hello")
        assert websocket.receive_text() == "You said: hello"
        websocket.send_text("x" * 501)
        assert websocket.receive_json()["errors"][0]["type"] == "string_too_long"
        assert websocket.receive()["code"] == 1008


def test_its_table_names_every_command() -> None:
    table = README.split("## Commands\n")[1].split("\n## ")[0]
    listed = set(re.findall(r"\| `ellar ([a-z-]+)", table)) - {"--version"}

    assert listed == set(re.findall(r"^  ([a-z][a-z-]+)  ", typed("--help", folder=ROOT), re.MULTILINE))


def test_its_names_are_where_it_says() -> None:
    table = README.split("## You know, here\n")[1].split("\n## ")[0]
    column = " ".join(row.split("|")[3] for row in table.splitlines() if row.count("|") > 3)
    elsewhere = {"injectable": ellar.di, "ProviderConfig": ellar.di, "Test": ellar.testing, "Reflector": ellar.core}
    hooks = {"on_startup", "on_shutdown"}  # methods that a module may have
    names = set(re.findall(r"`@?([A-Za-z_]+)", column)) - {"ellar", "here"} - hooks

    assert names > {"Module", "Controller", "ws_route", "Guards", *elsewhere}
    for name in names:
        assert hasattr(elsewhere.get(name, ellar.common), name)
    assert {"ModuleBase", "Config", "Reflector", "Request", "WebSocket"} <= set(ellar.core.__all__)


def test_its_picture_is_there() -> None:
    for picture in re.findall(r"!\[.+?\]\((.+?)\)", README):
        assert (ROOT / picture).is_file()
