"""`ellar shell`: a prompt in the running application."""

import gc
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from anyio.from_thread import start_blocking_portal

from ellar.app import App
from ellar.command_line import kept_on_success
from ellar.running import Running
from ellar_cli.application.ending import terminable
from ellar_cli.application.mistakes import mistake
from ellar_cli.application.own import loaded_app
from ellar_cli.errors import Interrupted
from ellar_cli.prompting.prompt import Prompt
from ellar_cli.prompting.waiting import Waiting

_MOST_NAMES = 8


def shell(start: Path, chosen: str | None, code: str | None, *, traceback: bool = False) -> None:
    """Open a prompt in the application `chosen`, or in that of the project around `start`; end it with the prompt.

    `code`, or what is piped in, is run instead. Raises CliError where the application does not start or end, and
    typer.Exit with 1 where that code fails.
    """
    gc.enable()
    target, application = loaded_app(start, chosen, traceback=traceback)
    source = code if code is not None or sys.stdin.isatty() else sys.stdin.read()
    try:
        # At a prompt, Ctrl-C ends a line and not the application.
        with nullcontext() if source is None else terminable():
            _open(application, source)
    except (typer.Exit, Interrupted, BrokenPipeError):
        raise
    except Exception as error:
        raise mistake(error, target, traceback=traceback) from None


def _open(application: App, source: str | None) -> None:
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(application.running()) as running:
        names, provided = _names(application, running)
        waiting = Waiting(portal)
        with kept_on_success():
            if source is not None:
                if not Prompt(names, waiting).run(source):
                    raise typer.Exit(1)
            elif find_spec("IPython"):
                from ellar_cli.prompting.ipython import ask

                ask(names, waiting, _banner(application, provided))
            else:
                Prompt(names, waiting).ask(_banner(application, provided))


def _names(application: App, running: Running) -> tuple[dict[str, Any], list[str]]:
    """Return what can be typed without an import, and which of it the modules provide."""
    provided = _unambiguous(running.provided())
    own = {"app": application, "config": application.config, "get": running.get}
    return {**_unambiguous(running.modules()), **provided, **own}, sorted(provided)


def _unambiguous(kinds: Iterable[type[Any]]) -> dict[str, type[Any]]:
    """Return classes by their names, without those that share one."""
    found: dict[str, set[type[Any]]] = {}
    for kind in kinds:
        found.setdefault(kind.__name__, set()).add(kind)
    return {name: same.pop() for name, same in found.items() if len(same) == 1}


def _banner(application: App, provided: list[str]) -> str:
    example = provided[0] if provided else "CarService"
    rows = {
        "app": "the application, started",
        "config": f"its settings, a {type(application.config).__name__}",
        "get": f"what a module provides: await get({example})",
    }
    lines = [f"  {name:<6}  {text}" for name, text in rows.items()]
    if provided:
        more = ", ..." if len(provided) > _MOST_NAMES else ""
        lines.append(f"Modules and what they provide need no import: {', '.join(provided[:_MOST_NAMES])}{more}")
    return "\n".join([f"Python {sys.version.split()[0]}; await works, and Ctrl-D ends it.", *lines])
