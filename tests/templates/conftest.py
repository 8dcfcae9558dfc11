import subprocess
import sysconfig
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def ellar() -> Path:
    return Path(sysconfig.get_path("scripts"), "ellar")


@pytest.fixture(scope="session")
def shop(ellar: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the websocket module car and the module orders, which has none."""
    folder = tmp_path_factory.mktemp("templates") / "shop"
    subprocess.run([ellar, "new", "shop"], cwd=folder.parent, check=True, capture_output=True)
    subprocess.run([ellar, "create-module", "car"], cwd=folder, check=True, capture_output=True)
    subprocess.run([ellar, "create-module", "orders", "--no-websocket"], cwd=folder, check=True, capture_output=True)
    return folder
