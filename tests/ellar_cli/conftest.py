import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ellar_cli.commands.new import new
from tests.project import ELLAR

Ellar = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees the settings of the person who runs it."""
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("NO_COLOR", "FORCE_COLOR", "ELLAR_CONFIG_MODULE", "COLUMNS", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
    # What is printed to be typed has the tool's full path, but where its environment is activated.
    folders = os.environ["PATH"].split(os.pathsep)
    monkeypatch.setenv("PATH", os.pathsep.join(folder for folder in folders if Path(folder) != ELLAR.parent))


@pytest.fixture(autouse=True, scope="session")
def _heeding() -> Iterator[None]:
    """Processes inherit which signals are ignored: tests that run in the background (`&`, nohup) send them too."""
    ignored = [one for one in (signal.SIGINT, signal.SIGHUP) if signal.getsignal(one) == signal.SIG_IGN]
    for one in ignored:
        signal.signal(one, signal.default_int_handler if one == signal.SIGINT else signal.SIG_DFL)
    yield
    for one in ignored:
        signal.signal(one, signal.SIG_IGN)


@pytest.fixture
def tool() -> Path:
    """The tool as it is installed beside this Python."""
    return ELLAR


@pytest.fixture
def ellar(tool: Path, tmp_path: Path) -> Ellar:
    """Runs the tool as a process, by its full path, as a person does whose environment is not activated."""

    def run(*arguments: str, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([tool, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60)

    return run


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A project as `ellar new project` makes it."""
    new("project", tmp_path)
    capsys.readouterr()
    return tmp_path / "project"


@pytest.fixture
def tree() -> Callable[[Path], dict[str, bytes]]:
    """Reads a folder: every file in it, and folders with None, so that two states can be compared."""

    def read(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b"<folder>"
            for path in folder.rglob("*")
        }

    return read
