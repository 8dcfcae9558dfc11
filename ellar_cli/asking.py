"""Questions on a terminal. Where there is none, nothing is ever asked."""

import sys
from collections.abc import Callable

from ellar_cli.errors import CliError

_ANSWERS = {"y": True, "yes": True, "n": False, "no": False}


def at_a_terminal() -> bool:
    """Say whether there is a person who sees a question and can answer it."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str, check: Callable[[str], object], default: str | None = None) -> str:
    """Ask for a name until `check` raises no CliError for it; Enter is `default`, where there is one.

    Raises typer.Abort for Ctrl-C and Ctrl-D.
    """
    import typer

    while True:
        answer = _answered(question, default)
        try:
            if default is None and not answer.strip():
                raise CliError("a name is needed; Ctrl-C ends this")
            check(answer)
        except CliError as error:
            typer.echo(str(error))
        else:
            return answer


def confirm(question: str, *, default: bool) -> bool:
    """Ask for a yes or a no. Raises typer.Abort for Ctrl-C and Ctrl-D."""
    import typer

    while True:
        answer = _answered(f"{question} [{'Y/n' if default else 'y/N'}]", None).strip().lower()
        if not answer or answer in _ANSWERS:
            return _ANSWERS.get(answer, default)
        typer.echo(f"{answer!r} is neither y nor n")


def _answered(question: str, default: str | None) -> str:
    import typer

    try:
        return str(typer.prompt(question, default=default or "", show_default=bool(default)))
    except typer.Abort:
        typer.echo()  # what comes next begins a line of its own
        raise
