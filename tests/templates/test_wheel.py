"""From a wheel in a fresh environment, with nothing else on it: the generated README, as it is typed."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.early import Early
from tests.server import Server, clean_environment

CHECKOUT = Path(__file__).parents[2]
TEMPLATES = "project_templates"
PORT = 8000  # where the README says that the application is
ACTIVATE = ". .venv/bin/activate\n"

pytestmark = pytest.mark.skipif(not (CHECKOUT / ".git").exists(), reason="this is not a checkout")


def typed(project: Path, heading: str) -> str:
    """The commands under a heading of the README."""
    section = (project / "README.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return "".join(blocks)


def shell(project: Path, commands: str) -> None:
    result = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=project,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


class Installed(NamedTuple):
    """The wheel, and a project that the tool made from it in an environment that only the wheel was installed in.

    The project has an environment of its own, which had no ellar-kit until what `refused` says was typed. Then it was
    installed as its README says.
    """

    wheel: Path
    project: Path
    refused: subprocess.CompletedProcess[str]
    mended: subprocess.CompletedProcess[str]


def installed(folder: Path) -> Installed:
    """Does all that takes its time."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(CHECKOUT)]
    subprocess.run(build, check=True)
    wheel = next(folder.glob("*.whl"))
    subprocess.run([sys.executable, "-m", "venv", folder / "tool"], check=True)
    subprocess.run([folder / "tool/bin/pip", "install", "--quiet", wheel], check=True)
    subprocess.run([folder / "tool/bin/ellar", "new", "project"], cwd=folder, env=clean_environment(), check=True)
    project = folder / "project"
    subprocess.run([sys.executable, "-m", "venv", project / ".venv"], check=True)
    refused = routes(project)
    shell(project, refused.stderr.partition("install it: ")[2])
    mended = routes(project)
    shell(project, typed(project, "Install"))
    return Installed(wheel, project, refused, mended)


def routes(project: Path) -> subprocess.CompletedProcess[str]:
    """Types a command that runs the application, with the tool in its own environment."""
    tool = project.parent / "tool/bin/ellar"
    return subprocess.run([tool, "routes"], cwd=project, env=clean_environment(), capture_output=True, text=True)


INSTALLED = Early(installed)


@pytest.fixture(scope="session")
def wheel() -> Path:
    return INSTALLED.result().wheel


@pytest.fixture(scope="session")
def project() -> Path:
    return INSTALLED.result().project


def status(server: Server, path: str, **headers: str) -> int:
    try:
        with urlopen(Request(server.url + path, headers=headers)) as response:
            answered: int = response.status
            return answered
    except HTTPError as refusal:
        refusal.close()
        return refusal.code


def test_wheel_has_every_template_file_and_no_other(wheel: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z", TEMPLATES], cwd=CHECKOUT, check=True, capture_output=True)
    tracked = {f"ellar_cli/{name}" for name in listed.stdout.decode().split("\0") if name}
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith(f"ellar_cli/{TEMPLATES}/")}
    assert packed == tracked


def test_generated_readme_works_as_it_is_typed(project: Path) -> None:
    with in_environment(project, "Run") as server:
        assert status(server, "/") == 200
    shell(project, ACTIVATE + typed(project, "Add a module"))
    shell(project, ACTIVATE + typed(project, "Test"))
    with in_environment(project, "Run in production") as server:
        assert status(server, "/car/ws-index") == 400
        assert status(server, "/car/ws-index", Host="example.org") == 200
        assert status(server, "/", Host="example.org") == 404


def test_tool_with_an_environment_of_its_own_runs_the_application_with_that_of_the_project(project: Path) -> None:
    refused, mended = INSTALLED.result().refused, INSTALLED.result().mended
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"error: the application runs with {project}/.venv, which has no ellar-kit; ")
    assert refused.stderr.count("\n") == 1
    assert (mended.returncode, mended.stderr) == (0, f"running with {project}/.venv/bin/python\n")
    assert "/openapi.json" in mended.stdout


def in_environment(project: Path, heading: str) -> Server:
    return Server(["bash", "-e", "-c", ACTIVATE + typed(project, heading)], project, PORT)
