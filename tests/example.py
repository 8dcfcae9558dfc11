"""The examples, each in a copy of its own."""

import shutil
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
CHAT = EXAMPLES / "chat"
API = EXAMPLES / "api"


def copy_of(example: Path, folder: Path) -> Path:
    """Copies an example to `folder`, without what running it has left."""
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv", "*.egg-info", "*.db")
    return shutil.copytree(example, folder / example.name, ignore=ignored)
