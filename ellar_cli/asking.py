"""Questions on a terminal. Where there is none, nothing is ever asked."""

import sys
from collections.abc import Callable
from typing import TypeVar

from ellar_cli.errors import CliError

Answer = TypeVar("Answer")


def at_a_terminal() -> bool:
    """Say whether there is a person who sees a question and can answer it."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str, check: Callable[[str], object], default: str | None = None) -> str:
    """Ask until `check` raises no CliError for the answer; Enter is `default`, where there is one.

    Raises typer.Abort for Ctrl-C and Ctrl-D.
    """
    import typer

    while True:
        answer: str = _answered(lambda: typer.prompt(question, default=default, show_default=bool(default)))
        try:
            check(answer)
        except CliError as error:
            typer.echo(str(error))
        else:
            return answer


def confirm(question: str, *, default: bool) -> bool:
    """Ask for a yes or a no. Raises typer.Abort for Ctrl-C and Ctrl-D."""
    import typer

    return _answered(lambda: typer.confirm(question, default=default))


def _answered(prompt: Callable[[], Answer]) -> Answer:
    import typer

    try:
        return prompt()
    except typer.Abort:
        typer.echo()  # what comes next begins a line of its own
        raise
