"""What the Dockerfile, the compose file and the workflow say, done here: there is no engine in a test."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

import pytest

from tests.early import Early
from tests.project import ELLAR
from tests.server import Server, clean_environment, free_port

ALL = ["--package", "store", "--module", "car", "--module", "fleet/bus", "--docker", "--ci", "github"]
SETTINGS = {"ELLAR_SECRET_KEY": "a secret for this test", "ELLAR_ALLOWED_HOSTS": '["example.org"]'}


def done(command: str, folder: Path, **variables: str) -> None:
    result = subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=folder,
        env=clean_environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


class Step(NamedTuple):
    """An instruction of a Dockerfile: RUN and what it runs."""

    name: str
    text: str


class Image:
    """An image's file system in a folder: / is `root`, and only /venv, /build and /cache are of use."""

    def __init__(self, project: Path, root: Path) -> None:
        text = re.sub(r"\\\n\s*", "", (project / "Dockerfile").read_text())
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        steps = [Step(*line.split(" ", 1)) for line in lines]
        last = max(number for number, step in enumerate(steps) if step.name == "FROM")
        self.build, self.final, self.project, self.root = steps[:last], steps[last:], project, root

    def make(self) -> None:
        for name, text in self.build:
            if name == "WORKDIR":
                folder = self._inside(text)
                os.mkdir(folder)
            elif name == "COPY":
                assert text == ". ."
                self._copy(Path(folder))
            elif name == "RUN":
                command = re.sub(r"--mount=type=cache,target=/cache ", "", text)
                command = re.sub(r"^python ", f"{sys.executable} ", command)
                done(self._inside(command), self.root if "venv /venv" in text else Path(folder))

    def _copy(self, folder: Path) -> None:
        """Copy what .dockerignore names: all is left out but what begins with !, and what a later line leaves out."""
        ignored, *lines = [line for line in (self.project / ".dockerignore").read_text().splitlines() if line[0] != "#"]
        assert ignored == "*"
        for line in lines:
            path = line.removeprefix("!").rstrip("/")
            if path == line.rstrip("/"):
                assert line == "**/__pycache__/"
            elif (self.project / path).is_dir():
                shutil.copytree(self.project / path, folder / path, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(self.project / path, folder / path)

    def _inside(self, command: str) -> str:
        return re.sub(r"(?<![\w.])/(?=venv|build|cache)", f"{self.root}/", command)

    def variables(self) -> dict[str, str]:
        words = " ".join(step.text for step in self.final if step.name == "ENV").split()
        path = f"{self.root}/venv/bin:{os.environ['PATH']}"
        said = dict(word.split("=", 1) for word in words) | {"PATH": path}
        del said["PYTHONUNBUFFERED"]  # every server of a test has that
        return said

    def command(self, name: str, port: int) -> list[str]:
        text = next(step.text for step in self.final if step.name == name)
        words: list[str] = json.loads(text[text.index("[") :].replace("8000", str(port)))
        return [f"{self.root}/venv/bin/{words[0]}", *words[1:]]

    def health(self, port: int) -> int:
        return subprocess.run(self.command("HEALTHCHECK", port), capture_output=True).returncode


def made(folder: Path) -> tuple[Path, Image]:
    """A project with everything that `ellar new` can add, and its image."""
    subprocess.run([ELLAR, "new", "my-shop", *ALL], cwd=folder, check=True, capture_output=True)
    (folder / "my-shop" / ".env").write_text("ELLAR_SECRET_KEY=never in an image\n")
    (folder / "root").mkdir()
    image = Image(folder / "my-shop", folder / "root")
    image.make()
    return folder / "my-shop", image


def follow_the_workflow(folder: Path) -> list[str]:
    """Do its steps one after the other, in an environment and a project of their own; return them."""
    subprocess.run([ELLAR, "new", "my-shop", *ALL], cwd=folder, check=True, capture_output=True)
    steps = re.findall(r"^ +- run: (.*)$", (folder / "my-shop/.github/workflows/ci.yml").read_text(), re.MULTILINE)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    for step in steps:
        done(step, folder / "my-shop", PATH=f"{folder / 'venv' / 'bin'}:{os.environ['PATH']}")
    return steps


MADE, FOLLOWED = Early(made), Early(follow_the_workflow)


@pytest.fixture(scope="session")
def project() -> Path:
    return MADE.result()[0]


@pytest.fixture(scope="session")
def image() -> Image:
    return MADE.result()[1]


def test_image_serves_in_production_and_is_healthy(image: Image, tmp_path: Path) -> None:
    port = free_port()
    assert image.health(port) == 1
    folder = tmp_path / "srv"
    folder.mkdir()
    with Server(image.command("CMD", port), folder, port, **image.variables(), **SETTINGS) as server:
        assert image.health(port) == 0
        with urlopen(Request(f"{server.url}/car/ws-index", headers={"Host": "example.org"})) as page:
            assert page.status == 200
    assert image.health(port) == 1


def test_image_does_not_start_without_its_secret(image: Image, tmp_path: Path) -> None:
    environment = clean_environment(**image.variables(), ELLAR_ALLOWED_HOSTS=SETTINGS["ELLAR_ALLOWED_HOSTS"])
    command = image.command("CMD", free_port())
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=30)
    assert run.returncode != 0
    assert "ELLAR_SECRET_KEY" in run.stderr


def test_server_that_fails_is_not_healthy(image: Image) -> None:
    class Failing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            self.send_response(503)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # http.server's name
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Failing) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert image.health(server.server_port) == 1
        thread.join()


def test_image_runs_as_an_ordinary_user_and_holds_no_sources_and_no_secrets(image: Image) -> None:
    names = [step.name for step in image.final]
    user = next(step.text for step in image.final if step.name == "USER")
    assert any(step.name == "RUN" and re.fullmatch(rf"useradd .* {user}", step.text) for step in image.final)
    assert names.index("USER") < names.index("CMD")
    assert [step.text for step in image.final if step.name == "COPY"] == ["--from=build /venv /venv"]
    assert sorted(path.name for path in (image.root / "build").iterdir()) == [
        "README.md",
        "pyproject.toml",
        "store",
        "vendor",
    ]


@pytest.mark.parametrize("name", SETTINGS)
def test_compose_says_which_variable_is_missing(project: Path, name: str) -> None:
    # What a value says between ${ and } means the same to compose and to a shell.
    value = json.loads(re.findall(rf"^ +{name}: (.*)$", (project / "compose.yaml").read_text(), re.MULTILINE)[0])
    command = ["bash", "-c", f"printf %s {value}"]
    without = subprocess.run(command, env=clean_environment(), capture_output=True, text=True)
    assert without.returncode != 0
    assert f"{name}: " in without.stderr
    given = subprocess.run(command, env=clean_environment(**{name: "a-value"}), capture_output=True, text=True)
    assert given.stdout == "a-value"


def test_steps_of_the_workflow_pass_one_after_the_other() -> None:
    assert [step.split()[0] for step in FOLLOWED.result()] == ["pip", "ruff", "ruff", "mypy", "pytest"]
