"""The example of a chat, in a copy of its own."""

import shutil
from pathlib import Path

CHAT = Path(__file__).parents[1] / "examples" / "chat"


def copy_of_chat(folder: Path) -> Path:
    """Copies the example to `folder`, without what running it has left."""
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv", "*.egg-info")
    return shutil.copytree(CHAT, folder / "chat", ignore=ignored)
