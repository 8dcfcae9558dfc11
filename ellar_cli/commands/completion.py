"""`ellar completion` and what the scripts that it prints ask for."""

import sys
from collections.abc import Sequence
from pathlib import Path

from ellar_cli.help import SHELLS
from ellar_cli.output import say


def script(shell: str) -> None:
    """Print the script that makes a shell complete what is typed."""
    folder = Path(__file__).parents[1] / "completion"
    sys.stdout.write((folder / f"ellar.{SHELLS[shell]}").read_text(encoding="utf-8"))


def complete(typed: Sequence[str]) -> None:
    """Print what the last of the words can become: a line each, and behind a tab what it is about."""
    from ellar_cli.completion.candidates import candidates

    for word, about in candidates(typed or [""], Path.cwd()):
        say(f"{word}\t{about}")
