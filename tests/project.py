"""A project made the way a person makes it: with the installed tool."""

import subprocess
import sysconfig
from pathlib import Path

SCRIPTS = Path(sysconfig.get_path("scripts"))
ELLAR = SCRIPTS / "ellar"


def new_project(folder: Path, *modules: str) -> Path:
    """Makes the project `folder`, and in it the modules, each given as create-module's arguments."""
    subprocess.run([ELLAR, "new", folder.name], cwd=folder.parent, check=True, capture_output=True)
    for module in modules:
        subprocess.run([ELLAR, "create-module", *module.split()], cwd=folder, check=True, capture_output=True)
    return folder
