"""The lines that were typed before, for the up arrow in the next run."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from platformdirs import user_state_path
from prompt_toolkit.history import FileHistory, History

_LONGEST = 10_000
"""Letters of a message that is kept."""


def history() -> History:
    """Return the person's earlier lines, of all projects; where they cannot be read or kept, those of this run."""
    return _Kept(user_state_path("ellar", appauthor=False) / "connect-history")


class _Kept(FileHistory):
    """A file for this person's eyes. A line that begins with a space is not kept, as in most shells."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self._file = file

    def load_history_strings(self) -> Iterable[str]:
        with suppress(OSError):
            return super().load_history_strings()
        return []

    def store_string(self, string: str) -> None:
        if string.startswith(" ") or len(string) > _LONGEST:
            return
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._file, os.O_CREAT | os.O_APPEND, 0o600))
            super().store_string(string)
