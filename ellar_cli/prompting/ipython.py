"""IPython's prompt, which awaits in the application's loop."""

from typing import Any

import IPython
from traitlets.config import Config

from ellar_cli.prompting.waiting import Waiting


def ask(names: dict[str, Any], waiting: Waiting, banner: str) -> None:
    """Read and run lines until Ctrl-D."""
    config = Config()
    config.InteractiveShell.loop_runner = lambda coroutine: waiting.until(coroutine)
    config.TerminalInteractiveShell.banner1 = f"{banner}\n"
    config.TerminalInteractiveShell.confirm_exit = False
    IPython.start_ipython(argv=[], user_ns=names, config=config)
