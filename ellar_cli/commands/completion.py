"""`ellar completion` and what the scripts that it prints ask for."""

import os
import sys
from collections.abc import Sequence

from ellar_cli.help import SHELLS
from ellar_cli.output import say


def script(shell: str) -> None:
    """Print the script that makes a shell complete what is typed."""
    folder = os.path.join(os.path.dirname(os.path.dirname(__file__)), "completion")
    with open(os.path.join(folder, f"ellar.{SHELLS[shell]}"), encoding="utf-8") as file:
        sys.stdout.write(file.read())


def complete(typed: Sequence[str]) -> None:
    """Print what the last of the words can become: a line each, and behind a tab what it is about."""
    from ellar_cli.completion.candidates import candidates

    for word, about in candidates(typed or [""], os.getcwd()):
        say(f"{word}\t{about}")
