"""Terminals: what a page shows of commands and their output, held against a real shell.

A line with `$ ` is typed; what follows is all that comes of it, errors among it. The blocks of a page are one session:
it begins in a folder with the page's files, and `cd` lasts. In what is shown, `...` stands for anything. A server that
is started by `$ ellar runserver &` runs until the end of the page, on a free port that ELLAR_PORT tells what is typed
next.
"""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.pages import Block
from tests.project import SCRIPTS
from tests.server import Server, clean_environment, free_port

_WHERE = "\x1fin "
"""What the shell says last: where it is now."""


@dataclass
class Console:
    """A shell that is opened in `folder`."""

    folder: Path
    environment: dict[str, str] = field(init=False)
    servers: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        """With the tool on the path, and with a git that knows its person."""
        self.environment = clean_environment() | {
            "PATH": os.pathsep.join([str(SCRIPTS), os.environ["PATH"]]),
            "HOME": str(self.folder.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": "ada@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }

    def hold(self, block: Block) -> None:
        """Types a block's commands. Raises AssertionError where one prints other than what is shown."""
        for step in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, _, shown = step.partition("\n")
            if command.endswith(" &"):
                self.serve(command.removesuffix(" &"))
                continue
            printed = _bare(self.type(command))
            pattern = ".*".join(re.escape(part) for part in _bare(shown).split("..."))
            assert re.fullmatch(pattern, printed, re.DOTALL), f"$ {command}\n{printed}\n--- is not\n{shown}"

    def serve(self, command: str) -> None:
        """Starts what one command runs until the end, and waits until it listens."""
        port = free_port()
        self.environment["ELLAR_PORT"] = str(port)
        own = {name: self.environment[name] for name in ("PATH", "HOME")}
        self.servers.enter_context(Server(["bash", "-c", f"exec {command} --port {port}"], self.folder, port, **own))

    def type(self, command: str) -> str:
        """What one command prints, output and errors as they come."""
        run = subprocess.run(
            ["bash", "-c", f"{command}\nprintf '{_WHERE}%s' \"$PWD\""],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        printed, _, folder = run.stdout.rpartition(_WHERE)
        self.folder = Path(folder)
        return printed


def _bare(printed: str) -> str:
    """Without spaces at the ends of lines, which nobody sees."""
    return re.sub(r" +$", "", printed, flags=re.MULTILINE).strip()
